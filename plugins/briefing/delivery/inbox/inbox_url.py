"""The URL of an inbox -> its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote, urlsplit

from briefing import urls
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

FORMS: Final = (
    "imaps://user@host, imap://user@host, maildir:FOLDER, mbox:FILE, jsonl:FILE, jsonl:FOLDER/ "
    "or sqs://REGION/ACCOUNT/QUEUE"
)
_PORTS: Final = {"imap": 143, "imaps": 993}
_QUEUE = re.compile(r"https://sqs\.([a-z0-9-]+)\.[a-z0-9.-]+/([0-9]+)/([A-Za-z0-9_-]+(?:\.fifo)?)")
_NAME = re.compile(r"[A-Za-z0-9_-]+(?:\.fifo)?")
_REGION = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class ImapSource:
    """An IMAP mailbox. security: `tls` from the first byte, `starttls`, or `none`."""

    host: str
    port: int
    user: str
    folder: str
    security: str

    @property
    def name(self) -> str:
        """Its name in messages, without the user."""
        return f"{'imaps' if self.security == 'tls' else 'imap'}://{self.host}:{self.port}/{self.folder}"


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file with JSON lines, or a folder of such files that a list server writes."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class MaildirSource:
    """A Maildir on this machine."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class MboxSource:
    """An mbox file on this machine."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue of Amazon SQS. endpoint: "" for Amazon's own."""

    region: str
    account: str
    queue: str
    endpoint: str

    @property
    def name(self) -> str:
        """Its name in messages."""
        return f"sqs://{self.region}/{self.account}/{self.queue}"


Source = ImapSource | FileSource | MaildirSource | MboxSource | QueueSource


_ON_DISK: Final = {"jsonl", "maildir", "mbox"}


def read_source(url: str, here: Path) -> Source:
    """Read a URL; a relative path starts at `here`. Raises WrongUseError, which never repeats a password."""
    if queue := _QUEUE.fullmatch(url):
        return QueueSource(queue[1], queue[2], queue[3], "")
    scheme, _, name = url.partition(":")
    if name and scheme.lower() in _ON_DISK:
        return _on_disk(scheme.lower(), name, here)
    try:
        parts = urlsplit(url)
        if parts.scheme in _PORTS:
            return _mailbox(parts)
        if parts.scheme == "sqs":
            return _queue(parts)
    except ValueError as error:  # an invalid port or host
        msg = f"--from: the URL has an invalid host or port; use {FORMS}"
        raise WrongUseError(msg) from error
    msg = f"--from: that is not the URL of an inbox; use {FORMS}"
    raise WrongUseError(msg)


def _on_disk(scheme: str, name: str, here: Path) -> Source:
    path = Path.home() / name[2:] if name.startswith("~/") else here / name  # a shell does not expand ~ after a colon
    if scheme == "jsonl":
        return FileSource(path, name)
    shown = f"{scheme}:{name}"
    return MaildirSource(path, shown) if scheme == "maildir" else MboxSource(path, shown)


def _mailbox(parts: SplitResult) -> ImapSource:
    if parts.password is not None:
        _refuse("other users can see a password in a URL; set BRIEFING_IMAP_PASSWORD instead")
    if not parts.hostname or not parts.username:
        _refuse("a mailbox needs a user and a host: imaps://user@host, or imaps://user@host/FOLDER")
    query = parse_qs(parts.query, keep_blank_values=True)
    plain = query.pop("tls", [""]) == ["none"]
    if query or (parts.query and not plain):
        _refuse("the only option of a mailbox's URL is ?tls=none")
    if plain and (not urls.is_loopback(parts.geturl()) or parts.scheme == "imaps"):
        _refuse("?tls=none would send the password unencrypted; use it only for imap:// on this machine (127.0.0.1)")
    return ImapSource(
        parts.hostname or "",
        parts.port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.path.removeprefix("/")) or "INBOX",
        "tls" if parts.scheme == "imaps" else "none" if plain else "starttls",
    )


def _queue(parts: SplitResult) -> QueueSource:
    account, _, queue = parts.path.removeprefix("/").partition("/")
    query = parse_qs(parts.query, keep_blank_values=True)
    endpoint = query.pop("endpoint", [""])[0]
    known = _REGION.fullmatch(parts.netloc) and account.isdigit() and _NAME.fullmatch(queue)
    if query or not known or (endpoint and urlsplit(endpoint).scheme not in {"http", "https"}):
        _refuse("write a queue as sqs://REGION/ACCOUNT/QUEUE, such as sqs://eu-west-1/123456789012/events")
    return QueueSource(parts.netloc, account, queue, endpoint.rstrip("/"))


def _refuse(reason: str) -> None:
    msg = f"--from: {reason}"
    raise WrongUseError(msg)
