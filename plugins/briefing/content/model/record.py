"""What is recorded beside an issue, and committed: its proof, its draft at a provider, its sending."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainSerializer, Strict

from briefing.errors import InvalidValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
"""How records write times, in UTC."""


def _time(value: object) -> object:
    try:
        return dt.datetime.strptime(str(value), TIME).replace(tzinfo=dt.UTC)
    except ValueError as error:
        what = "is not a valid time such as 2026-04-03T08:00:00Z"
        raise InvalidValueError(what) from error


def _day(value: object) -> object:
    try:
        return dt.datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - days have no zone
    except ValueError as error:
        what = "is not a valid day such as 2026-04-03"
        raise InvalidValueError(what) from error


def _keeps(value: str) -> str:
    if value not in {"bytes", "content"}:
        what = f"`{value}` is not `bytes` or `content`"
        raise InvalidValueError(what)
    return value


def _written(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime(TIME)


_Line = Annotated[str, Field(min_length=1, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Time = Annotated[dt.datetime, BeforeValidator(_time), PlainSerializer(_written)]
_Day = Annotated[dt.date, BeforeValidator(_day)]
_Number = Annotated[int, Strict(), Field(ge=0)]
_Truth = Annotated[bool, Strict()]
_Keeps = Annotated[str, AfterValidator(_keeps)]


@dataclass(frozen=True, slots=True)
class Recorded:
    """The base of records and their parts: pydantic validates them, and unknown keys are refused."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class RecordedCorrection(Recorded):
    """A correction that an issue published, unless it is minor."""

    story: _Line
    date: _Day
    text: _Line
    minor: _Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents(Recorded):
    """What an issue published: `stories`, the lead first, and corrections of other stories.

    content_hashes: the `Story.content_hash` of each of these stories, and of each corrected one, at that time.
    """

    stories: tuple[_Line, ...] = ()
    content_hashes: dict[_Line, _Hash] = field(default_factory=dict)
    corrections: tuple[RecordedCorrection, ...] = ()

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields by name, for a record that extends this."""
        return {"stories": self.stories, "content_hashes": self.content_hashes, "corrections": self.corrections}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRecord(Recorded):
    """That a digest was mailed as a proof. A digest with this fingerprint may be sent, by this transport.

    keeps: "bytes" or "content", whichever the transport preserves. at: in UTC, to the second.
    """

    issue: _Line
    fingerprint: _Hash
    transport: _Line
    keeps: _Keeps
    at: _Time


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts(Recorded):
    """How many deliveries of a finished campaign ended in which way."""

    sent: _Number
    dead: _Number
    suppressed: _Number
    unknown: _Number


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderDraftRecord(Contents):
    """That a provider received an issue as a draft.

    fingerprint: of the page that the provider received. transport: the provider. draft: the provider's id of the draft.
    where: its address for the editor. at: in UTC, to the second. sent: whether the provider has reported that it was sent.
    """

    issue: _Line
    fingerprint: _Hash
    transport: _Line
    keeps: _Keeps
    draft: _Line
    where: _Line
    at: _Time
    sent: _Truth = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRecord(Contents):
    """That a digest was sent to readers, and what it contained. The counts add up to `recipients`.

    keeps: "bytes" or "content". opened, finished: in UTC, to the second.
    """

    issue: _Line
    subject: _Line
    fingerprint: _Hash
    transport: _Line
    keeps: _Keeps
    opened: _Time
    finished: _Time
    recipients: _Number
    counts: Counts

    @property
    def at(self) -> dt.datetime:
        """When the contents became final."""
        return self.opened
