"""Every option and its default.

The publication's own settings are one dict in `pelicanconf.py`, `BRIEFING = {...}`. Of Pelican's settings, this program reads
those of `Capitals`. Both are read once, into a `Settings` (see `publication`).
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from briefing.settings.aliases import Aliases
from briefing.settings.brand import Brand
from briefing.settings.delivery import Delivery
from briefing.settings.email import Email
from briefing.settings.publishing import Publish
from briefing.settings.schedule import read_schedule, read_zone
from briefing.settings.values import Line, MenuUrl, SiteUrl, StrictModel, matching


def _known_zone(name: str) -> str:
    read_zone(name)
    return name


def _valid_schedule(text: str) -> str:
    if text:
        read_schedule(text)
    return text


class Options(StrictModel):
    """The dict `BRIEFING` of `pelicanconf.py`."""

    tagline: Line = Field(default="", description="One line below the publication's name.")
    description: Line = Field(default="", description="One or two sentences for search engines and feeds.")
    topics: list[Line] = Field(min_length=1, description="The names that a story's `topic` may have, in order.")
    slugs: dict[str, str] = Field(
        default_factory=dict,
        description="Address parts for topics, tags and sources, if their names give none or the same one: `{'C++': 'cpp'}`.",
    )
    aliases: Aliases = Field(
        default_factory=Aliases, description="Former names of topics, tags, sources, threads and curators."
    )
    brand: Brand = Field(default_factory=Brand, description="The colours of site and email.")
    email: Email = Field(default_factory=Email, description="The digest's sender and footer.")
    delivery: Delivery = Field(default_factory=Delivery, description="How digests reach their readers.")
    publish: Publish = Field(
        default_factory=Publish, description="Where the site is published, and which services are notified."
    )
    schedule: Annotated[Line, AfterValidator(_valid_schedule)] = Field(
        default="", description="When `release --if-due` sends an issue: `Fri 07:00 Europe/London`."
    )
    licence: Line = Field(default="", description="The licence of the texts, shown in the footer.")
    menu: dict[Line, MenuUrl] = Field(
        default_factory=dict,
        description="More menu entries: each name with an address, https://... or a path on this site.",
    )
    page_size: int = Field(default=20, ge=1, le=500, description="How many stories one page of a list contains.")
    minimum_stories: int = Field(
        default=1,
        ge=1,
        le=100,
        description="The minimum number of stories in an issue; an issue with fewer is refused.",
    )
    feed_size: int = Field(default=30, ge=1, le=500, description="How many stories a feed contains.")
    allow_remote_images: bool = Field(default=False, description="Allow pictures from other hosts in Markdown.")
    allow_svg: bool = Field(
        default=False, description="Allow SVG files under content/ as pictures in Markdown and front matter."
    )


class Capitals(BaseModel):
    """Pelican's settings that this program reads, with Pelican's names."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    SITENAME: Line = Field(min_length=1, description="The publication's name.")
    SITEURL: SiteUrl = Field(default="", description="The site's address.")
    TIMEZONE: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="UTC", description="An IANA time zone, such as Europe/London."
    )
    DEFAULT_LANG: Annotated[
        str,
        matching("[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*", "language tag", "write a tag such as en or pt-BR"),
    ] = Field(default="en", description="The language of the publication.")
    PATH: Line | None = Field(default="content", description="The folder of the content.")
    OUTPUT_PATH: Line = Field(default="output", description="The folder into which the site is built.")
    THEME: Line = Field(default="theme", description="The folder of the theme.")
    OUTPUT_RETENTION: list[Line] = Field(
        default_factory=list, description="Entries at the top of the output folder that a build keeps."
    )
