"""The data of the npm package `caniemail` -> the shipped file: what the mail clients in `CLIENTS` support.

Run as `python -m briefing.checks.email.renew_data VERSION CANIEMAIL.JSON`; see data/README.md.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parent / "data" / "caniemail.json"
CLIENTS: Final[dict[str, tuple[str, ...]]] = {
    "Gmail web": ("gmail/desktop-webmail",),
    "Gmail iOS": ("gmail/ios",),
    "Gmail Android": ("gmail/android",),
    "Outlook Windows": ("outlook/windows",),
    "Outlook Mac": ("outlook/macos",),
    "Outlook web": ("outlook/outlook-com",),
    "Outlook iOS": ("outlook/ios",),
    "Apple Mail macOS": ("apple-mail/macos",),
    "Apple Mail iOS": ("apple-mail/ios",),
    "Yahoo web": ("yahoo/desktop-webmail",),
    "Yahoo iOS": ("yahoo/ios",),
    "Yahoo Android": ("yahoo/android",),
    "Proton web": ("protonmail/desktop-webmail",),
    "Proton iOS": ("protonmail/ios",),
    "Proton Android": ("protonmail/android",),
    "Thunderbird": ("thunderbird/macos", "thunderbird/windows"),
    "Fastmail": ("fastmail/desktop-webmail",),
    "Samsung Email": ("samsung-email/android",),
}
"""Each client and its keys in the data; the first one with tests counts."""

_DATE = re.compile(r"\d{4}-\d{2}")


def derived(version: str, whole: dict[str, Any]) -> dict[str, Any]:
    """Each feature with one letter for each client (y: yes, a: partly, n: no, u: unknown), and the notes on `a`."""
    return {
        "package": f"caniemail {version}",
        "updated": whole["last_update_date"][:10],
        "clients": list(CLIENTS),
        "features": {feature["slug"]: _feature(feature) for feature in whole["data"]},
    }


def _feature(feature: dict[str, Any]) -> dict[str, Any]:
    found = [_newest(feature["stats"], places) for places in CLIENTS.values()]
    notes = feature["notes_by_num"] or {}
    limits = {
        client: [notes[number] for number in re.findall(r"#(\d+)", result) if number in notes]
        for client, result in zip(CLIENTS, found, strict=True)
        if result.startswith("a")
    }
    support = "".join(result[0] for result in found)
    return {"title": feature["title"], "tested": feature["last_test_date"], "support": support, "limits": limits}


def _newest(stats: dict[str, Any], places: tuple[str, ...]) -> str:
    """The latest test result: by version or date, or the last one listed if both are mixed."""
    for place in places:
        family, _, platform = place.partition("/")
        tests: dict[str, str] = stats.get(family, {}).get(platform, {})
        if tests:
            of_one_kind = len({bool(_DATE.fullmatch(name)) for name in tests}) == 1
            years = {len(name.split(".")[0]) for name in tests}
            key = max(tests, key=_number) if of_one_kind and len(years) == 1 else list(tests)[-1]
            return tests[key]
    return "u"


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)))


def main(version: str, source: str) -> None:
    """Write the shipped file from a package's `data/caniemail.json`."""
    whole = json.loads(Path(source).read_text(encoding="utf-8"))
    text = json.dumps(derived(version, whole), ensure_ascii=False, indent=1)
    FILE.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
