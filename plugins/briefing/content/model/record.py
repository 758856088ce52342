"""What is recorded beside an issue: its proof, its draft at a provider, its sending."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping
    from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRecord:
    """That a digest was sent to the desk. Its fingerprint, and the transport with what that keeps, may be sent.

    keeps: "bytes" or "content". at: in UTC, to the second.
    """

    issue: str
    fingerprint: str
    transport: str
    keeps: str
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many deliveries of a finished campaign ended in which way."""

    sent: int
    dead: int
    suppressed: int
    unknown: int


@dataclass(frozen=True, slots=True)
class SentCorrection:
    """A correction that an issue took up: its readers were told of it, unless it is minor."""

    story: str
    date: dt.date
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an issue told its readers: `stories`, the lead first, and the corrections of others.

    content_hashes: the `Story.content_hash` of each of these stories, and of each corrected one, as it was then.
    """

    stories: tuple[str, ...] = ()
    content_hashes: dict[str, str] = field(default_factory=dict)
    corrections: tuple[SentCorrection, ...] = ()

    @property
    def fields(self) -> Mapping[str, Any]:
        """By name, to make a record with."""
        return {"stories": self.stories, "content_hashes": self.content_hashes, "corrections": self.corrections}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDraftRecord(Contents):
    """That an issue was handed to a provider as a draft. draft: the provider's name for it. where: its address for the desk.

    fingerprint: of the page that was handed over. transport: the provider. at: in UTC, to the second. sent: the provider
    has said that it went out.
    """

    issue: str
    fingerprint: str
    transport: str
    keeps: str
    draft: str
    where: str
    at: dt.datetime
    sent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRecord(Contents):
    """That a digest was sent to readers, and what it held. The counts add up to `recipients`.

    keeps: "bytes" or "content". opened, finished: in UTC, to the second.
    """

    issue: str
    subject: str
    fingerprint: str
    transport: str
    keeps: str
    opened: dt.datetime
    finished: dt.datetime
    recipients: int
    counts: Counts

    @property
    def at(self) -> dt.datetime:
        """Since when the contents are fixed."""
        return self.opened
