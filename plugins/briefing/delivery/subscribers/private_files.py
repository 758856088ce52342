"""New files that hold addresses: the owner's alone, whole or not at all, over nothing that is there, and not published."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from briefing.delivery.store.private_folders import make_private_folder
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO, TextIO

    from briefing.settings import Settings


@contextmanager
def new_text_file(path: Path | None, settings: Settings) -> Iterator[TextIO | None]:
    """A text file that appears at `path` once the block has ended well; None for None. Raises as `new_octets`."""
    if path is None:
        yield None
        return
    with (
        new_binary_file(path, settings) as raw,
        os.fdopen(os.dup(raw.fileno()), "w", encoding="utf-8", newline="") as text,
    ):
        yield text


@contextmanager
def new_binary_file(path: Path, settings: Settings) -> Iterator[BinaryIO]:
    """The same for octets. The file's mode is 0600; folders that are missing are made, with 0700.

    Raises WrongUseError where the file would be published or taken for content, and BriefingError where it is there
    already or cannot be made.
    """
    _require_unpublished(path, settings)
    if path.exists():
        msg = f"{path} is there already; give another name, or remove it first"
        raise BriefingError(msg)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_private_folder(path.parent)
        file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        msg = f"{path} cannot be made ({error.strerror}); give a name in a folder that you may write"
        raise BriefingError(msg) from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _require_unpublished(path: Path, settings: Settings) -> None:
    whole = path.resolve()
    for folder in (settings.content, settings.output, settings.outbox):
        if whole.is_relative_to(folder.resolve()):
            msg = f"{path} is in {folder.name}/, from where readers' addresses might be published; name another folder"
            raise WrongUseError(msg)
