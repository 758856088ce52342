"""Watch files for changes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import watchfiles

from briefing.errors import BriefingError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_QUIET = 80  # milliseconds without a change that end a burst of changes
_MAX_BURST = 1000  # milliseconds after which a burst is reported even if it continues
_POLL = 100  # milliseconds between checks of single files

# Ignore the files that Python writes beside the code. The default ignores those of editors.
_FILTER = watchfiles.DefaultFilter(ignore_dirs=["__pycache__"])


def watch_changes(watched: Sequence[Path], stop: threading.Event) -> Iterator[tuple[str, ...]]:
    """Yield an empty tuple when the watch has started, then the sorted paths of each set of changes, until `stop`.

    Folders are watched recursively. Single files, which editors replace, are polled. Changes that happen while the
    caller is busy are yielded next. Raises BriefingError if the system cannot watch files.
    """
    last = _stats(watched)
    replaced: set[str] = set()
    while not stop.is_set():
        try:
            for index, found in enumerate(_watch([path for path in watched if path.is_dir()], stop)):
                changed = replaced.union(found) if index == 0 else found
                if changed or index == 0:
                    yield tuple(sorted(changed))
                now = _stats(watched)
                if now != last:
                    break
        except OSError as error:
            msg = f"files cannot be watched ({error}): set WATCHFILES_FORCE_POLLING=1 and run serve again"
            raise BriefingError(msg) from error
        # A single file changed, or a folder was replaced: start the watch again.
        replaced = {str(path) for path in watched if now[path] != last[path]}
        last = now


def _watch(folders: Sequence[Path], stop: threading.Event) -> Iterator[set[str]]:
    """Yield the paths that changed below these folders; an empty set when the watch has started, and regularly."""
    for found in watchfiles.watch(
        *folders,
        watch_filter=_FILTER,
        debounce=_MAX_BURST,
        step=_QUIET,
        rust_timeout=_POLL,
        yield_on_timeout=True,
        stop_event=stop,
    ):
        yield {path for _, path in found}


def _stats(watched: Sequence[Path]) -> dict[Path, tuple[int, ...]]:
    """Return values that change if a file changes or a folder is replaced."""
    return {path: _stat(path) for path in watched}


def _stat(path: Path) -> tuple[int, ...]:
    try:
        status = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return ()
    return (status.st_ino,) if path.is_dir() else (status.st_ino, status.st_size, status.st_mtime_ns)
