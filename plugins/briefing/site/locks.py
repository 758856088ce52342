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
def locked(private: Path, folder: Path) -> Iterator[None]:
    """Hold the folder against other builds of this machine; waits for them."""
    name = hashlib.sha256(os.fsencode(os.path.abspath(folder))).hexdigest()[:16]  # noqa: PTH100 - no links followed
    try:
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.fdopen(os.open(private / f"build-{name}.lock", os.O_WRONLY | os.O_CREAT, 0o600), "w")
    except OSError as error:
        msg = f"cannot keep this machine's state in {private}: {error.strerror}; it must be a folder of yours"
        raise BriefingError(msg) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
