"""One build at a time in one folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def build_lock(private: Path, folder: Path) -> Iterator[None]:
    """Lock an output folder. Waits for another build on this machine."""
    name = hashlib.sha256(os.fsencode(os.path.abspath(folder))).hexdigest()[:16]  # noqa: PTH100 - no links followed
    try:
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.fdopen(os.open(private / f"build-{name}.lock", os.O_WRONLY | os.O_CREAT, 0o600), "w")
    except OSError as error:
        msg = f"cannot write to {private}: {error.strerror}; it must be a folder that you own"
        raise BriefingError(msg) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
