"""The shapes of front matter: what may be written, key by key. Editors get them as JSON Schema.

A field's description is shown by editors and, as the hint, in problems.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from briefing import weblinks
from briefing.content.frontmatter.values import Unquoted
from briefing.errors import Check, InvalidValueError

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")
_NEVER_IN_ADDRESS = re.compile(r"[\s\\<>\"]")  # a browser takes \ for / and would ask another host than is written
_NEVER_IN_ALIAS = re.compile(r"[?#\\\x00-\x1f]|(?<=/)/|(?<=/)\.\.?(?=/|$)")
_NEVER_INSIDE = re.compile(r"^[/~]|[\\:]|(?:^|(?<=/))\.\.(?:$|(?=/))")
_YEARS = range(1000, 9000)


def _text(value: str) -> str:
    folded = " ".join(value.split())
    if not folded:
        raise InvalidValueError(what="is empty")
    return folded


def _line(value: str) -> str:
    if "\n" in value.strip():
        raise InvalidValueError(what="contains a line break", hint="write it on one line")
    return _text(value)


def _moment(value: object) -> dt.date | dt.datetime:
    """A day, or a moment with or without zone; YAML's own spellings of both."""
    written = value.written if isinstance(value, Unquoted) else value
    moment, fault = _read_moment(written.strip()) if isinstance(written, str) else (None, "is not a valid date")
    if moment is None:
        named = f"`{written}` {fault}" if isinstance(written, str) and written.strip() else fault
        raise InvalidValueError(what=named, hint="write it as 2026-03-30 or 2026-03-30T09:30:00+02:00")
    return moment


def _read_moment(written: str) -> tuple[dt.date | None, str]:
    """What is meant, or why nothing is."""
    text = re.sub(r"\s+(?=[+-]\d)", "", written)
    day = _DATE.match(text)
    if day is None:
        return None, "is not a valid date" if text else "is empty"
    try:
        moment: dt.date = dt.date.fromisoformat(day[0])
    except ValueError:
        return None, "is not a valid calendar day"
    if moment.year not in _YEARS:
        return None, "is not a year between 1000 and 8999"
    try:
        return (dt.datetime.fromisoformat(text) if text != day[0] else moment), ""
    except ValueError:
        return None, "does not contain a valid time"


def _day(value: object) -> dt.date:
    moment = _moment(value)
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _web(value: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    try:
        fault = weblinks.fault(value)
        parts = urlsplit(value)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        fault, parts, port_is_right = None, urlsplit(""), False
    if fault:
        raise InvalidValueError(*fault)
    to = parts.path if parts.scheme == "mailto" else parts.hostname
    never = _NEVER_IN_ADDRESS.search(value)
    if parts.scheme not in schemes or not to or not port_is_right or never:
        kinds = "http(s) or mailto" if "mailto" in schemes else "http(s)"
        shown = weblinks.excerpt(value, never.start() if never else 0)
        raise InvalidValueError(
            what=f"`{shown}` is not a valid {kinds} address", hint="write the full address: https://..."
        )
    return value


def _link(value: str) -> str:
    return _web(value, ("http", "https", "mailto"))


def _alias(value: str) -> str:
    if fault := weblinks.fault(value):
        raise InvalidValueError(*fault)
    meant = unquote(value).rstrip("/")
    never = re.search(" ", value) or _NEVER_IN_ALIAS.search(value.rstrip("/"))
    if never or (meant and meant[0] != "/") or _NEVER_IN_ALIAS.search(meant):
        shown = weblinks.excerpt(value, never.start() if never else 0)
        raise InvalidValueError(what=f"`{shown}` is not a valid address of this site", hint="write it as /old/address/")
    return value


def _inside(value: str) -> str:
    never = _NEVER_INSIDE.search(value)
    if never:
        raise InvalidValueError(
            what=f"`{weblinks.excerpt(value, never.start())}` is not a valid path under content/",
            hint="write it as images/name.jpg",
        )
    return value


def _yes(value: object) -> object:
    return value.value if isinstance(value, Unquoted) and isinstance(value.value, bool) else value


def _number(value: object) -> object:
    return value.value if isinstance(value, Unquoted) and type(value.value) is int else value


def _given_number(value: object) -> object:
    if value is None:
        raise InvalidValueError(what="is empty")
    return _number(value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - the user's own keys hold anything
    if isinstance(value, Unquoted):
        return value.written if value.value is None else value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _no_default(schema: dict[str, Any]) -> None:
    """JSON has no value for "not written"."""
    del schema["default"]


Text = Annotated[str, AfterValidator(_text)]
Line = Annotated[str, AfterValidator(_line)]
Block = Annotated[str, AfterValidator(str.strip)]
Web = Annotated[str, AfterValidator(_web), WithJsonSchema({"type": "string", "format": "uri"})]
WebOrMail = Annotated[str, AfterValidator(_link), WithJsonSchema({"type": "string", "format": "uri"})]
Moment = Annotated[
    dt.date | dt.datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"}),
]
Day = Annotated[dt.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"})]
Truth = Annotated[bool, BeforeValidator(_yes)]
Number = Annotated[int, BeforeValidator(_number)]
GivenNumber = Annotated[int | None, BeforeValidator(_given_number), WithJsonSchema({"type": "integer", "minimum": 0})]
Alias = Annotated[str, AfterValidator(_alias)]
Inside = Annotated[str, AfterValidator(_inside)]
Extra = Annotated[dict[str, Any], BeforeValidator(_plain)]
Status = Literal["draft", "hidden", "published"]


class FrontMatter(BaseModel):
    """Refuses keys it does not know; never turns one type into another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SourceMatter(FrontMatter):
    """A cited article."""

    name: Line = Field(description="who published it")
    url: Web | None = Field(description="its address, or null with a `note` about where it was read")
    title: Line = Field(default="", description="its title")
    author: Line = Field(default="", description="who wrote it")
    date: Day | None = Field(default=None, description="when it was published")
    via: Line = Field(default="", description="the original, if this source retells another: a name or an address")
    note: Text = Field(default="", description="what a reader should know about it")


class ImageMatter(FrontMatter):
    """A picture under content/."""

    file: Inside = Field(min_length=1, description="its path under content/, such as images/name.jpg")
    alt: Block = Field(description='what it shows, for readers who cannot see it; "" for decoration')
    caption: Text = Field(default="", description="the line below it")
    credit: Line = Field(default="", description="who made it")
    license: Line = Field(default="", description="its licence")


class CorrectionMatter(FrontMatter):
    """Something put right."""

    date: Day = Field(description="when it was corrected")
    text: Text = Field(description="what was wrong, and what is correct")
    minor: Truth = Field(
        default=False, description="true if nobody was misled, such as a spelling mistake: not shown to readers"
    )


class AccountMatter(FrontMatter):
    """One source's account."""

    source: Number = Field(ge=1, description="the number of the source, from 1")
    says: Text = Field(description="what it says")


class DisagreementMatter(FrontMatter):
    """A point on which sources differ."""

    claim: Text = Field(description="the point the sources disagree on")
    accounts: list[AccountMatter] = Field(min_length=2, description="what each source says, two or more")


class AcknowledgementMatter(FrontMatter):
    """A finding accepted."""

    check: Check = Field(description="the name shown after the warning")
    reason: Text = Field(description="why it is accepted")


class StoryMatter(FrontMatter):
    """The front matter of content/stories/YYYY/YYYY-MM-DD-slug.md."""

    title: Line = Field(description="the headline, on one line")
    date: Moment = Field(description="the day or moment of the story")
    summary: Text = Field(description="one or two sentences of plain text: the dek")
    topic: Line = Field(description="one of the topics of pelicanconf.py")
    sources: list[SourceMatter] = Field(min_length=1, description="one or more sources, the first is the lead source")
    kind: Literal["main", "brief"] = Field(default="brief", description="the story's weight")
    sentiment: Literal["positive", "neutral", "negative", "mixed"] | None = Field(
        default=None, description="the curator's judgement"
    )
    sentiment_reason: Text = Field(
        default="", description="why, in a sentence; required with sentiment on a main story"
    )
    why_it_matters: Text = Field(default="", description="one sentence")
    key_questions: list[Text] = Field(default_factory=list, description="questions the story leaves open")
    disagreements: list[DisagreementMatter] = Field(default_factory=list, description="points the sources disagree on")
    authors: list[Line] = Field(default_factory=list, description="curators, by the names of their files")
    tags: list[Line] = Field(default_factory=list, description="words to find it by")
    thread: Line = Field(default="", description="the thread it belongs to, by the name of its file")
    image: ImageMatter | None = Field(default=None, description="its picture")
    corrections: list[CorrectionMatter] = Field(default_factory=list, description="corrections, with their dates")
    modified: Moment | None = Field(default=None, description="when the text last changed")
    lang: Line = Field(
        default="", pattern=r"^$|^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$", description="its language, such as en"
    )
    translation_of: Line = Field(default="", description="the story that this one translates")
    aliases: list[Alias] = Field(default_factory=list, description="old addresses that lead here")
    status: Status = Field(default="published", description="draft, hidden or published")
    assisted: Truth = Field(default=False, description="true if a machine drafted it")
    reviewed_by: Line = Field(default="", description="the curator who checked an assisted story")
    acknowledged: list[AcknowledgementMatter] = Field(
        default_factory=list, description="warnings of `check` that you have reviewed and accept"
    )
    extra: Extra = Field(default_factory=dict, description="your own keys")


class SectionMatter(FrontMatter):
    """A titled run of stories."""

    title: Line = Field(description="the section's heading")
    stories: list[Line] = Field(min_length=1, description="its stories, by file name or slug")


class OneLinerMatter(FrontMatter):
    """A link with one line."""

    title: Line = Field(description="the link's text")
    url: WebOrMail = Field(description="where it leads")
    source: Line = Field(default="", description="who published it")
    note: Text = Field(default="", description="one line about it")


class SponsorMatter(FrontMatter):
    """A paid slot."""

    name: Line = Field(description="who pays")
    url: Web = Field(description="where it leads")
    text: Text = Field(description="what it says")
    image: ImageMatter | None = Field(default=None, description="its picture")
    label: Line = Field(default="Sponsor", description="how it is labelled")


class IssueMatter(FrontMatter):
    """The front matter of content/issues/YYYY-wNN.md."""

    model_config = ConfigDict(
        json_schema_extra={"dependentRequired": {"number": ["lead"], "lead": ["number"], "sections": ["number"]}}
    )

    number: GivenNumber = Field(
        default=None, ge=0, description="the issue's number; a notice has none", json_schema_extra=_no_default
    )
    title: Line = Field(description="the issue's title")
    date: Moment = Field(description="the day it goes out")
    subject: Line = Field(default="", description="the email's subject; default: the title")
    preheader: Line = Field(default="", description="what inboxes show after the subject")
    lead: Line = Field(default="", description="the first story, by file name or slug; a notice has none")
    sections: list[SectionMatter] = Field(default_factory=list, description="the other stories, in titled sections")
    links: list[OneLinerMatter] = Field(default_factory=list, description="links with one line each")
    sponsor: SponsorMatter | None = Field(default=None, description="a paid slot, labelled everywhere")
    status: Status = Field(default="published", description="draft, hidden or published")
    acknowledged: list[AcknowledgementMatter] = Field(
        default_factory=list, description="warnings of `check` that you have reviewed and accept"
    )
    extra: Extra = Field(default_factory=dict, description="your own keys")


class ThreadMatter(FrontMatter):
    """The front matter of content/threads/ID.md."""

    title: Line = Field(description="the thread's title")
    summary: Text = Field(description="one or two sentences of plain text")
    extra: Extra = Field(default_factory=dict, description="your own keys")


class CuratorLinkMatter(FrontMatter):
    """A labelled address."""

    title: Line = Field(description="the link's text")
    url: WebOrMail = Field(description="where it leads")


class CuratorMatter(FrontMatter):
    """The front matter of content/curators/ID.md."""

    name: Line = Field(description="the curator's name")
    role: Line = Field(default="", description="what the curator does")
    image: ImageMatter | None = Field(default=None, description="a picture")
    links: list[CuratorLinkMatter] = Field(default_factory=list, description="where to find the curator")
    extra: Extra = Field(default_factory=dict, description="your own keys")


class PageMatter(FrontMatter):
    """The front matter of content/pages/ID.md."""

    title: Line = Field(description="the page's title")
    summary: Text = Field(default="", description="one or two sentences of plain text")
    menu: Truth = Field(default=True, description="false keeps the page out of the menu")
    status: Status = Field(default="published", description="draft, hidden or published")
    aliases: list[Alias] = Field(default_factory=list, description="old addresses that lead here")
    extra: Extra = Field(default_factory=dict, description="your own keys")


class LetterMatter(FrontMatter):
    """The front matter of content/mail/NAME.md."""

    subject: Line = Field(description="the letter's subject; {{ name }} is the publication's name")
    extra: Extra = Field(default_factory=dict, description="your own keys")


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema (2020-12) of every front matter, by the name of its kind."""
    shapes: dict[str, type[FrontMatter]] = {
        "story": StoryMatter,
        "issue": IssueMatter,
        "thread": ThreadMatter,
        "curator": CuratorMatter,
        "page": PageMatter,
        "letter": LetterMatter,
    }
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: dialect | _untitled(shape.model_json_schema()) for name, shape in shapes.items()}


def _untitled(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """The schema without pydantic's titles, which editors would show in place of the descriptions."""
    if isinstance(schema, list):
        return [_untitled(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _untitled(part) for key, part in schema.items() if key != "title" or isinstance(part, dict)}
