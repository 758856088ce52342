"""A folder as a transport: to try things out, and for mail programs that send what they find in a folder.

`file:PATH` is a Maildir (https://cr.yp.to/proto/maildir.html), `file:PATH?as=eml` a plain folder of `.eml` files. A
file is named by its envelope's key, so that a message handed over again replaces itself.
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
    """writing: where files are written. done: where they are moved to. ending: of their names. others: more folders to make."""

    writing: Path
    done: Path
    ending: str = ""
    others: tuple[Path, ...] = ()


class FolderTransport:
    """A `Transport`."""

    def __init__(self, name: str, place: _MailFolder, connections: int) -> None:
        """No folder is made yet."""
        self._place = place
        self._traits = Traits(
            name=name, keeps=Keeps.BYTES, doubt=Doubt.REPEAT, connections=connections, repeatable=_ALWAYS
        )

    @property
    def traits(self) -> Traits:
        """Its properties."""
        return self._traits

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[FolderChannel]:
        """Make the folder if it does not exist. Raises UnreachableError if that fails."""
        try:
            for folder in (self._place.writing, self._place.done, *self._place.others):
                make_private_folder(folder)
        except OSError as error:
            msg = (
                f"{self._traits.name}: cannot create the folder ({error.strerror}); name a folder that you can write to"
            )
            raise UnreachableError(msg) from error
        yield FolderChannel(self._traits.name, self._place)

    async def close(self) -> None:
        """Channels share nothing."""


class FolderChannel:
    """A `Channel`."""

    def __init__(self, name: str, place: _MailFolder) -> None:
        """For folders that exist."""
        self._name = name
        self._place = place

    @property
    def is_open(self) -> bool:
        """Always."""
        return True

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Write one message. When this returns, it has reached the disk."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(None, _write, self._place, envelope)
        except OSError as error:
            why = (
                f"cannot write to {self._name} ({error.strerror}); free some space, or change the folder's permissions"
            )
            return Outcome(Verdict.RETURNED, refusal=why)
        return _SENT


def open_folder(address: TransportAddress, settings: Settings, environment: Mapping[str, str]) -> FolderTransport:  # noqa: ARG001 - the signature of every opener
    """The folder of a `file:` URL, relative to the publication. Raises WrongUseError.

    It must not be in a folder that is published or kept in git: messages contain readers' addresses.
    """
    address.require("path", options=["as"])
    if not address.path.strip("/"):
        refuse("file", "does not name a folder")
    form = address.options.get("as", "maildir")
    if form not in {"maildir", "eml"}:
        refuse("file", "has an `as` other than maildir or eml")
    folder = Path(os.path.normpath(settings.root / address.path))
    inside = folder.is_relative_to(settings.root) and settings.private not in folder.parents
    if inside or folder.is_relative_to(settings.output) or settings.root.is_relative_to(folder):
        refuse("file", "names a folder in the publication, which others may see; use one in .briefing/, or elsewhere")
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
