"""A mailbox over IMAP (RFC 9051): reads mails in batches, and moves them to folders.

Nothing is deleted. Mails are read without marking them as read, and moved only after they are processed.
"""

from __future__ import annotations

import logging
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from briefing.delivery.inbox.mailbox import BATCH, MAX_BYTES, IncomingMail, MailboxUnreadableError
from briefing.delivery.store.email_addresses import redact_addresses
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from briefing.delivery.inbox.inbox_url import ImapSource

PASSWORD: Final = "BRIEFING_IMAP_PASSWORD"  # noqa: S105 - the variable's name
PROCESSED: Final = "Processed"
OTHER: Final = "Other"
_LOG: Final = logging.getLogger(__name__)
_WAIT: Final = 60  # seconds for a response


class ImapMailbox:
    """One folder, selected."""

    def __init__(self, client: IMAPClient, source: ImapSource, *, is_dry: bool) -> None:
        """Raises IMAPClientError if there is no such folder."""
        self._client = client
        self._folder = source.folder
        self._prefix = _prefix(client)
        if source.folder in {self._prefix + PROCESSED, self._prefix + OTHER}:
            msg = f"--from: {source.folder} is the folder for processed mails; name the folder in which they arrive"
            raise WrongUseError(msg)
        client.select_folder(source.folder, readonly=is_dry)
        self._uids = client.search(["UNDELETED"])

    def __len__(self) -> int:
        """How many mails there were at the start."""
        return len(self._uids)

    def batches(self) -> Iterator[list[IncomingMail]]:
        """The mails that were there at the start, oldest first."""
        for start in range(0, len(self._uids), BATCH):
            yield self._fetched(self._uids[start : start + BATCH])

    def place(self, mail: IncomingMail) -> str:
        """The folder, and the mail's number in it."""
        return f"{self._folder}, mail {mail.key}"

    def settle(self, processed: Sequence[IncomingMail], other: Sequence[IncomingMail]) -> None:
        """Move mails to PROCESSED or OTHER, which are created if they are missing."""
        for mails, name in ((processed, PROCESSED), (other, OTHER)):
            uids = [int(mail.key) for mail in mails]
            if uids:
                folder = self._prefix + name
                self._make(folder)
                self._with_present(uids, lambda present, folder=folder: self._move(present, folder))  # type: ignore[misc]

    def _fetched(self, uids: Sequence[int]) -> list[IncomingMail]:
        wanted = [f"BODY.PEEK[]<0.{MAX_BYTES}>", "INTERNALDATE"]
        found: dict[int, Mapping[bytes, object]] = {}
        self._with_present(uids, lambda present: found.update(self._client.fetch(present, wanted)))
        return [_incoming_mail(uid, data) for uid, data in sorted(found.items())]

    def _make(self, folder: str) -> None:
        if self._client.folder_exists(folder):
            return
        try:
            self._client.create_folder(folder)
        except IMAPClientError:
            if not self._client.folder_exists(folder):
                raise
        self._client.subscribe_folder(folder)

    def _with_present(self, uids: Sequence[int], act: Callable[[Sequence[int]], None]) -> None:
        """Run a command on the mails that are still there.

        A server may refuse the whole command if another run has moved one of the mails (RFC 9051, section 7.1,
        EXPUNGEISSUED). Raises IMAPClientError if it refuses although all of them are there.
        """
        while uids:
            try:
                act(uids)
            except IMAPClientError:
                self._client.noop()  # lets the server report which mails are gone
                present = self._client.search(["UNDELETED", "UID", ",".join(map(str, uids))])
                if len(present) == len(uids):
                    raise
                uids = present
            else:
                return

    def _move(self, uids: Sequence[int], folder: str) -> None:
        if self._client.has_capability("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.add_flags(uids, [b"\\Deleted"], silent=True)
        if self._client.has_capability("UIDPLUS"):
            self._client.uid_expunge(uids)


@contextmanager
def open_mailbox(source: ImapSource, environment: Mapping[str, str], *, is_dry: bool) -> Iterator[ImapMailbox]:
    """The folder while the block runs. Raises MailboxUnreadableError with what to do, without user or address."""
    password = environment.get(PASSWORD, "")
    if not password:
        msg = f"the mailbox at {source.host} requires a password; set {PASSWORD}"
        raise MailboxUnreadableError(msg)
    try:
        client = _connected(source)
        try:
            client.login(source.user, password)
            yield ImapMailbox(client, source, is_dry=is_dry)
        finally:
            _disconnect(client)
    except LoginError as error:
        msg = f"{source.host} refuses the user or password; check the URL and {PASSWORD}"
        raise MailboxUnreadableError(msg) from error
    except ssl.SSLError as error:
        msg = f"cannot connect securely to {source.host}:{source.port} ({error.reason or 'TLS failed'}); check host and port"
        raise MailboxUnreadableError(msg) from error
    except (IMAPClientError, OSError, EOFError) as error:
        reason = redact_addresses(" ".join(str(error).split()))[:200] or type(error).__name__
        msg = f"{source.name} failed: {reason}; what was processed stays processed, so run this again"
        raise MailboxUnreadableError(msg) from error


def _connected(source: ImapSource) -> IMAPClient:
    trusted = ssl.create_default_context()
    is_tls = source.security == "tls"
    client = IMAPClient(source.host, source.port, ssl=is_tls, ssl_context=trusted if is_tls else None, timeout=_WAIT)
    client.normalise_times = False
    if source.security == "starttls":
        try:
            client.starttls(trusted)
        except BaseException:
            _disconnect(client)
            raise
    _LOG.info("connected to %s:%s, security %s", source.host, source.port, source.security)
    return client


def _disconnect(client: IMAPClient) -> None:
    with suppress(OSError):  # the server may have closed the connection
        client.shutdown()


def _prefix(client: IMAPClient) -> str:
    """The prefix of personal folders (RFC 2342): `INBOX.` on some servers, usually nothing."""
    if not client.has_capability("NAMESPACE"):
        return ""
    personal = client.namespace().personal
    return str(personal[0][0]) if personal else ""


def _incoming_mail(uid: int, data: Mapping[bytes, object]) -> IncomingMail:
    raw = next((value for key, value in data.items() if key.startswith(b"BODY[]")), b"")
    when: dt.datetime | object = data.get(b"INTERNALDATE")
    at = int(when.timestamp()) if hasattr(when, "timestamp") else 0
    return IncomingMail(uid, raw if isinstance(raw, bytes) else b"", at)
