"""Folders for what others must not see: readers' addresses, and mails to them."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_KEPT: Final = ("secret", "secret.*", "ledger.sqlite3*")


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for the owner alone. Raises OSError.

    `Path.mkdir` gives its mode to the last of them only.
    """
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def close_private(private: Path, *, mends: bool = True) -> Iterator[str]:
    """Take the private folder, its secrets and ledgers from other users of this machine; a line for each that was open.

    Without `mends` it is only said. What is not there, or closed, is passed over in silence.
    """
    for path in (private, *sorted({file for form in _KEPT for file in private.glob(form)})):
        try:
            found = path.stat()
        except FileNotFoundError:  # another process put it away
            continue
        mode = stat.S_IMODE(found.st_mode)
        if not mode & _OTHERS:
            continue
        what = f"warning: {path} was open to other users of this machine (mode {mode:04o})"
        if not mends or found.st_uid != os.geteuid():
            yield f"{what}; close it: chmod go-rwx {path}"
            continue
        path.chmod(mode & ~_OTHERS)
        # What was read cannot be taken back, but for the folder's sake nobody may have got as far as the file.
        advice = ", and whoever has read it can act for your readers" if path.name.startswith("secret") else ""
        yield f"{what}{advice}; it is closed now"
