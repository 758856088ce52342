"""Changed files that no service has been notified of yet: after a failure, the next publish notifies them.

They are stored in `.briefing/pending_pings.json`, names only. If that is lost, search engines and feed readers find the
changes by themselves, only later.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

_FILE: Final = "pending_pings.json"


def read_pending(private: Path) -> frozenset[str]:
    """Return the names of changed files for which no ping was sent."""
    try:
        names = json.loads((private / _FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def write_pending(private: Path, names: Collection[str]) -> None:
    """Replace the stored names. Without names, remove the file."""
    if not names:
        (private / _FILE).unlink(missing_ok=True)
        return
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = private / f"{_FILE}.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(sorted(names), file)
    new.replace(private / _FILE)
