"""New files with addresses: private, complete or absent, never over an existing file, never in a published folder."""

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
    """A text file that appears at `path` after the block succeeded; None for None. Raises as `new_binary_file`."""
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
    """The same for bytes. The file gets mode 0600; missing folders are created with 0700.

    Raises WrongUseError if the file could be published, and BriefingError if it exists or cannot be created.
    """
    _require_unpublished(path, settings)
    if path.exists():
        msg = f"{path} already exists; choose another name, or remove it first"
        raise BriefingError(msg)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        make_private_folder(path.parent)
        file = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        msg = f"cannot create {path} ({error.strerror}); choose a folder that you can write to"
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
    absolute = path.resolve()
    for folder in (settings.content, settings.output, settings.outbox):
        if absolute.is_relative_to(folder.resolve()):
            msg = f"{path} is in {folder.name}/, so readers' addresses could be published; choose another folder"
            raise WrongUseError(msg)
