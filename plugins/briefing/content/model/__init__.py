"""What a publication consists of: frozen, typed values that do no I/O.

A model of a file extends the shape of its front matter, in which each key is declared once: its name, type, limits,
description, and whether readers see it and the content hash covers it. The model adds what the file's name, its text and
the other files say, and replaces what is resolved.

Times are aware datetimes in the publication's time zone (midnight if only a day was given). Paths of files are relative to
`content/`, with forward slashes; `path` is the file that the value was read from, relative to the publication's root.
"""

from briefing.content.model.acknowledgement import Acknowledgement
from briefing.content.model.body import Body, Heading, Reference
from briefing.content.model.curator import Curator, CuratorFrontMatter, Link
from briefing.content.model.digest import Digest, MessageTemplate
from briefing.content.model.image import Image, ImageFrontMatter
from briefing.content.model.issue import (
    Issue,
    IssueFrontMatter,
    OneLiner,
    Section,
    Sponsor,
    SponsorFrontMatter,
)
from briefing.content.model.notification import NotificationFrontMatter
from briefing.content.model.page import Page, PageFrontMatter
from briefing.content.model.reading_time import reading_minutes
from briefing.content.model.record import (
    Contents,
    Counts,
    ProofRecord,
    ProviderDraftRecord,
    RecordedCorrection,
    SentRecord,
)
from briefing.content.model.status import Status
from briefing.content.model.story import Kind, Sentiment, Story, StoryFrontMatter
from briefing.content.model.story_parts import Account, Correction, Disagreement, Source
from briefing.content.model.thread import Thread, ThreadFrontMatter

__all__ = [
    "Account",
    "Acknowledgement",
    "Body",
    "Contents",
    "Correction",
    "Counts",
    "Curator",
    "CuratorFrontMatter",
    "Digest",
    "Disagreement",
    "Heading",
    "Image",
    "ImageFrontMatter",
    "Issue",
    "IssueFrontMatter",
    "Kind",
    "Link",
    "MessageTemplate",
    "NotificationFrontMatter",
    "OneLiner",
    "Page",
    "PageFrontMatter",
    "ProofRecord",
    "ProviderDraftRecord",
    "RecordedCorrection",
    "Reference",
    "Section",
    "SentRecord",
    "Sentiment",
    "Source",
    "Sponsor",
    "SponsorFrontMatter",
    "Status",
    "Story",
    "StoryFrontMatter",
    "Thread",
    "ThreadFrontMatter",
    "reading_minutes",
]
