"""An issue: a dated, numbered selection of stories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.content.model.text import Status

if TYPE_CHECKING:
    import datetime as dt

    from briefing.content.model.story import Acknowledgement
    from briefing.content.model.text import Body, Image


@dataclass(frozen=True, slots=True)
class Section:
    """A titled run of stories in an issue, by their ids."""

    title: str
    stories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneLiner:
    """A link of an issue that gets one line, not a story."""

    title: str
    url: str
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sponsor:
    """A paid slot, labelled everywhere."""

    name: str
    url: str
    text: str
    label: str = "Sponsor"
    image: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A dated, numbered selection of stories with an introduction: the newsletter's unit.

    Without a `subject` the email's is the title. Without a number it is a notice, a mail outside the sequence: a text
    that names no stories.
    """

    id: str
    path: str
    number: int | None
    title: str
    date: dt.datetime
    subject: str
    preheader: str
    body: Body
    lead: str
    sections: tuple[Section, ...] = ()
    links: tuple[OneLiner, ...] = ()
    sponsor: Sponsor | None = None
    status: Status = Status.PUBLISHED
    acknowledged: tuple[Acknowledgement, ...] = ()

    @property
    def is_notice(self) -> bool:
        """Whether it stands outside the sequence."""
        return self.number is None

    @property
    def story_ids(self) -> tuple[str, ...]:
        """Every story of the issue, the lead first, in reading order."""
        return (*filter(None, [self.lead]), *(s for section in self.sections for s in section.stories))
