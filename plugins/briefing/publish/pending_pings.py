"""Which changed files nobody was told of yet: a look that failed, or a ping that did, is made up for by the next publish.

They are kept in `.briefing/pending_pings.json`, names only. Where that is lost nobody is harmed: search engines and readers of
feeds come by themselves, only later.
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
    """The names of files that changed and were told to nobody."""
    try:
        names = json.loads((private / _FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return frozenset()
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()


def keep_pending(private: Path, names: Collection[str]) -> None:
    """Keep these names in place of those kept before; none of them: keep nothing."""
    if not names:
        (private / _FILE).unlink(missing_ok=True)
        return
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = private / f"{_FILE}.new"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(sorted(names), file)
    new.replace(private / _FILE)
