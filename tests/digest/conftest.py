"""Issues made by hand, and their digests read as a mail program reads them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import re
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from briefing.digest import make_digest
from briefing.pages.templating import Templates
from briefing.pages.views import (
    CorrectionView,
    DigestView,
    ImageView,
    IssueView,
    ItemView,
    OneLinerView,
    Ref,
    SectionView,
    SourceView,
    SponsorView,
    StoryCard,
)
from briefing.settings import Settings, resolve

if TYPE_CHECKING:
    from email.message import EmailMessage

    from briefing.content.model import Digest

REPOSITORY = Path(__file__).resolve().parents[2]
LONDON = ZoneInfo("Europe/London")
UNSUBSCRIBE = "https://unsubscribe.invalid/"
STRICT = email.policy.SMTP + email.policy.strict
OPTIONS: dict[str, Any] = {
    "tagline": "One line",
    "topics": ["Science", "Law"],
    "licence": "CC BY 4.0",
    "email": {
        "sender": "The Example <desk@example.org>",
        "reply_to": "answers@example.org",
        "postal_address": "The Example\n1 Example Street",
    },
}


class _Elements(HTMLParser):
    """Every element of a page, as its tag and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


@dataclass(frozen=True)
class Read:
    """A digest, and its message read back in strict policy."""

    digest: Digest

    @cached_property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.digest.message, policy=STRICT)

    @property
    def parts(self) -> list[EmailMessage]:
        return [part for part in self.message.walk() if not part.is_multipart()]

    @property
    def elements(self) -> list[tuple[str, dict[str, str]]]:
        return _Elements(self.digest.html).found

    @property
    def html_links(self) -> set[str]:
        """Every address that a reader of the HTML can follow, but places within it."""
        links = {attributes.get("href", "") for tag, attributes in self.elements if tag == "a"}
        return {link for link in links if not link.startswith("#")}

    @property
    def text_links(self) -> set[str]:
        """Every address listed in the text, as `[3] address`."""
        return set(re.findall(r"^\[\d+\] (.+)$", self.digest.text, flags=re.MULTILINE))


def source(number: int = 1, **changes: Any) -> SourceView:
    made = SourceView(
        number=number,
        publisher=Ref("The Journal", "sources/the-journal/"),
        href=f"https://journal.example/report/{number}?a=1&b=2",
        title=f"Report number {number}",
        author="",
        date=dt.date(2026, 3, 29),
        via="",
        note="",
    )
    return dataclasses.replace(made, **changes)


def item(number: int = 1, **changes: Any) -> ItemView:
    """A story in an issue; the changes go to the item or to its card, wherever the field is."""
    card = StoryCard(
        id=f"2026-03-30-story-{number}",
        url=f"stories/2026-03-30-story-{number}/",
        title=f"What happened, part {number}",
        summary="An account of what happened in one or two sentences, so that whoever reads on knows why.",
        date=dt.datetime(2026, 3, 30, tzinfo=LONDON),
        topic=Ref("Science", "topics/science/"),
        kind="brief",
        sentiment="",
        words=300,
        minutes=2,
        lead_source="The Journal",
        image=None,
        lang="",
        status="published",
    )
    made = ItemView(card=card, why_it_matters="", key_questions=(), sources=(source(number),))
    names = {field.name for field in dataclasses.fields(StoryCard)}
    card = dataclasses.replace(card, **{name: value for name, value in changes.items() if name in names})
    rest = {name: value for name, value in changes.items() if name not in names}
    return dataclasses.replace(made, card=card, **rest)


def picture(**changes: Any) -> ImageView:
    made = ImageView("images/film.png", "Five frames", 1200, 675, "A caption", "A credit", "CC0")
    return dataclasses.replace(made, **changes)


def issue(items: tuple[ItemView, ...] = (), **changes: Any) -> IssueView:
    """An issue whose section holds the items."""
    made = IssueView(
        id="2026-w14",
        url="issues/2026-w14/",
        number=14,
        title="A quiet week",
        date=dt.datetime(2026, 4, 3, tzinfo=LONDON),
        subject="A quiet week, and one ending",
        preheader="What came after it",
        html="",
        lead=item(0),
        sections=(SectionView("Law and order", items),) if items else (),
        links=(),
        sponsor=None,
        corrections=(),
        words=500,
        minutes=3,
        updated=dt.datetime(2026, 4, 3, tzinfo=LONDON),
    )
    return dataclasses.replace(made, **changes)


class ReadDigest(Protocol):
    """Makes an issue's digest and reads it; `options` are laid over the publication's."""

    def __call__(self, view: IssueView, unsubscribe: str = UNSUBSCRIBE, **options: Any) -> Read: ...


class MakeSettings(Protocol):
    """A publication's settings; `capitals` are Pelican's, `options` are laid over the publication's own."""

    def __call__(self, capitals: dict[str, str] | None = None, **options: Any) -> Settings: ...


@pytest.fixture
def make_settings(tmp_path: Path) -> MakeSettings:
    (tmp_path / "theme").symlink_to(REPOSITORY / "theme")

    def make(capitals: dict[str, str] | None = None, **options: Any) -> Settings:
        base = {"SITENAME": "The Example", "SITEURL": "https://example.org", "TIMEZONE": "Europe/London"}
        return resolve(tmp_path, {**base, **(capitals or {}), "BRIEFING": {**OPTIONS, **options}})

    return make


@pytest.fixture
def read(make_settings: MakeSettings) -> ReadDigest:
    def make(view: IssueView, unsubscribe: str = UNSUBSCRIBE, **options: Any) -> Read:
        settings = make_settings(**options)
        return Read(make_digest(DigestView(view, unsubscribe), Templates(settings), settings))

    return make


class Maker:
    """The makers above, as one fixture: tests are imported by path and cannot import this file."""

    issue = staticmethod(issue)
    item = staticmethod(item)
    picture = staticmethod(picture)
    source = staticmethod(source)


@pytest.fixture
def an() -> Maker:
    """`an.issue((an.item(1), an.item(2)))`."""
    return Maker()


@pytest.fixture
def whole() -> IssueView:
    """An issue with one of everything."""
    lead = item(
        0,
        image=picture(),
        sentiment="negative",
        why_it_matters="Because.",
        key_questions=("What now?", "And then?"),
        sources=(
            source(1),
            source(2, href="", title="", date=None, publisher=Ref("The Gazette", "sources/the-gazette/")),
        ),
    )
    return issue(
        (item(1, why_it_matters="It counts."), item(2, sentiment="mixed", sources=(source(1), source(2)))),
        html='<h2>First</h2><p>Good <em>morning</em>. <a href="\x1etopics/law/">Law</a>, <a href="#below">below</a>.</p>',
        lead=lead,
        links=(OneLinerView("A short thing", "https://lines.example/1", "LWN", "Worth a look."),),
        sponsor=SponsorView("Acme", "https://acme.example/?ref=1", "makes paperclips.", "Sponsor", picture(alt="")),
        corrections=(CorrectionView(dt.date(2026, 4, 1), "The year was 2019.", Ref("A story", "stories/a-story/")),),
    )
