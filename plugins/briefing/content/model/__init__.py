"""What a publication is made of: frozen, typed values that hold no file handles and do no I/O.

Times are aware datetimes in the publication's time zone (midnight where only a day was given).
Paths of files are relative to `content/`, with forward slashes; `path` is where the value was
read from, relative to the publication's root.
"""

from __future__ import annotations

from briefing.content.model.digest import Digest, MessageTemplate
from briefing.content.model.issue import Issue, OneLiner, Section, Sponsor
from briefing.content.model.record import Contents, Counts, ProofRecord, ProviderDraftRecord, SentCorrection, SentRecord
from briefing.content.model.story import (
    Account,
    Acknowledgement,
    Correction,
    Curator,
    Disagreement,
    Kind,
    Sentiment,
    Source,
    Story,
    Thread,
)
from briefing.content.model.text import Body, Heading, Image, Link, Page, Reference, Status, reading_minutes

__all__ = [
    "Account",
    "Acknowledgement",
    "Body",
    "Contents",
    "Correction",
    "Counts",
    "Curator",
    "Digest",
    "Disagreement",
    "Heading",
    "Image",
    "Issue",
    "Kind",
    "Link",
    "MessageTemplate",
    "OneLiner",
    "Page",
    "ProofRecord",
    "ProviderDraftRecord",
    "Reference",
    "Section",
    "SentCorrection",
    "SentRecord",
    "Sentiment",
    "Source",
    "Sponsor",
    "Status",
    "Story",
    "Thread",
    "reading_minutes",
]
