"""Folders that only their owner can read, for addresses and mails."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_PRIVATE: Final = ("secret", "secret.*", "ledger.sqlite3*")


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, readable only by the owner. Raises OSError.

    `Path.mkdir` applies its mode only to the last folder.
    """
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def restrict_access(private: Path, *, fix: bool = True) -> Iterator[str]:
    """Remove other users' access to the private folder, its secrets and ledgers; yield a warning for each that had any.

    If `fix` is off, nothing is changed. Missing files are skipped.
    """
    for path in (private, *sorted({file for pattern in _PRIVATE for file in private.glob(pattern)})):
        try:
            found = path.stat()
        except FileNotFoundError:  # another process removed it
            continue
        mode = stat.S_IMODE(found.st_mode)
        if not mode & _OTHERS:
            continue
        what = f"warning: other users of this machine could read {path} (mode {mode:04o})"
        if not fix or found.st_uid != os.geteuid():
            yield f"{what}; run: chmod go-rwx {path}"
            continue
        path.chmod(mode & ~_OTHERS)
        # A private folder may still have kept others from reaching the file, so this is only a warning.
        risk = ", and anyone who read it can act on behalf of your readers" if path.name.startswith("secret") else ""
        yield f"{what}{risk}; this is now fixed"
