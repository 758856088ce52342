"""Waiting for files to change."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import watchfiles

from briefing.errors import BriefingError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_QUIET = 80  # milliseconds without a change that end a burst of them
_BURST = 1000  # milliseconds after which a burst is acted on though it goes on
_LOOK = 100  # milliseconds between looks at single files

# What Python writes beside the code is no change of the code; the rest is how editors save.
_FILTER = watchfiles.DefaultFilter(ignore_dirs=["__pycache__"])


def changes(watched: Sequence[Path], stop: threading.Event) -> Iterator[tuple[str, ...]]:
    """Yield nothing once the watch stands, then the paths that changed, sorted, whenever some did, until `stop`.

    Folders are watched with all below them; single files, which editors replace, are looked at. Changes made
    while the caller is busy are yielded when it comes back. Raises BriefingError where watching is impossible.
    """
    last = _looks(watched)
    moved: set[str] = set()
    while not stop.is_set():
        try:
            for place, found in enumerate(_watch([path for path in watched if path.is_dir()], stop)):
                changed = moved.union(found) if place == 0 else found
                if changed or place == 0:
                    yield tuple(sorted(changed))
                now = _looks(watched)
                if now != last:
                    break
        except OSError as error:
            msg = f"files cannot be watched ({error}): set WATCHFILES_FORCE_POLLING=1 and run serve again"
            raise BriefingError(msg) from error
        # A single file was changed, or a folder took another's place: begin anew.
        moved = {str(path) for path in watched if now[path] != last[path]}
        last = now


def _watch(folders: Sequence[Path], stop: threading.Event) -> Iterator[set[str]]:
    """The paths that changed below these folders; nothing as soon as the watch stands, and every now and then."""
    for found in watchfiles.watch(
        *folders,
        watch_filter=_FILTER,
        debounce=_BURST,
        step=_QUIET,
        rust_timeout=_LOOK,
        yield_on_timeout=True,
        stop_event=stop,
    ):
        yield {path for _, path in found}


def _looks(watched: Sequence[Path]) -> dict[Path, tuple[int, ...]]:
    """What tells a file from its next version, and a folder from one that took its place."""
    return {path: _look(path) for path in watched}


def _look(path: Path) -> tuple[int, ...]:
    try:
        seen = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return ()
    return (seen.st_ino,) if path.is_dir() else (seen.st_ino, seen.st_size, seen.st_mtime_ns)
