"""A folder as a transport: for trying out, and for mail programs that send what they find in one.

`file:PATH` is a Maildir (https://cr.yp.to/proto/maildir.html), `file:PATH?as=eml` a plain folder of `.eml` files. A
file is named by its envelope's key, so that handing over a message again replaces it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Doubt, Outcome, Traits, UnreachableError, Verdict
from briefing.delivery.sending.transports.transport_url import refuse
from briefing.delivery.store.private_folders import make_private_folder
from briefing.delivery.store.tables import Keeps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from briefing.delivery.sending.transports.contract import Envelope
    from briefing.delivery.sending.transports.transport_url import TransportAddress
    from briefing.settings import Settings

_ALWAYS: Final = 100.0 * 365 * 24 * 60 * 60  # seconds
_SENT: Final = Outcome(Verdict.SENT, "250")


@dataclass(frozen=True, slots=True)
class _MailFolder:
    """Where files are written, where they then are, how their names end, and what else a reader of them looks for."""

    writing: Path
    done: Path
    ending: str = ""
    others: tuple[Path, ...] = ()


class FolderTransport:
    """Fulfils `Transport`."""

    def __init__(self, name: str, place: _MailFolder, connections: int) -> None:
        """Nothing is made yet."""
        self._place = place
        self._traits = Traits(
            name=name, keeps=Keeps.BYTES, doubt=Doubt.REPEAT, connections=connections, repeatable=_ALWAYS
        )

    @property
    def traits(self) -> Traits:
        """What is true of it whatever it carries."""
        return self._traits

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[FolderChannel]:
        """Make the folder where it is not there. Raises UnreachableError where that fails."""
        try:
            for folder in (self._place.writing, self._place.done, *self._place.others):
                make_private_folder(folder)
        except OSError as error:
            msg = f"{self._traits.name}: the folder cannot be made ({error.strerror}); name one that you may write"
            raise UnreachableError(msg) from error
        yield FolderChannel(self._traits.name, self._place)

    async def close(self) -> None:
        """Nothing is shared by channels."""


class FolderChannel:
    """Fulfils `Channel`."""

    def __init__(self, name: str, place: _MailFolder) -> None:
        """In folders that are there."""
        self._name = name
        self._place = place

    @property
    def is_open(self) -> bool:
        """Always."""
        return True

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Write one message; it has reached the disk when this says so."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, _write, self._place, envelope)
        except OSError as error:
            why = f"{self._name} cannot be written ({error.strerror}); make room, or make it yours"
            return Outcome(Verdict.RETURNED, refusal=why)
        return _SENT


def open_folder(address: TransportAddress, settings: Settings, environment: Mapping[str, str]) -> FolderTransport:  # noqa: ARG001 - every transport is opened so
    """The folder of a `file:` URL; a relative path counts from the publication's folder. Raises WrongUseError.

    What is published or kept in git may not hold it: messages have readers' addresses in them.
    """
    address.require("path", options=["as"])
    if not address.path.strip("/"):
        refuse("file", "names no folder")
    form = address.options.get("as", "maildir")
    if form not in {"maildir", "eml"}:
        refuse("file", "has an `as` that is neither maildir nor eml")
    folder = Path(os.path.normpath(settings.root / address.path))
    inside = folder.is_relative_to(settings.root) and settings.private not in folder.parents
    if inside or folder.is_relative_to(settings.output) or settings.root.is_relative_to(folder):
        refuse(
            "file", "names a folder of the publication, which others may see; use one below .briefing/, or elsewhere"
        )
    if form == "eml":
        place = _MailFolder(folder, folder, ".eml")
    else:
        place = _MailFolder(folder / "tmp", folder / "new", others=(folder / "cur",))
    return FolderTransport(f"file:{address.path}", place, settings.options.delivery.connections)


def _write(place: _MailFolder, envelope: Envelope) -> None:
    name = f"{envelope.key}{place.ending}"
    part = place.writing / (f".{name}.part" if place.writing == place.done else name)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(envelope.message)
        file.flush()
        os.fsync(file.fileno())
    part.replace(place.done / name)
    folder = os.open(place.done, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
