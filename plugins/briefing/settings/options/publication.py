"""`BRIEFING` as a whole, and Pelican's own settings that are read."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations at run time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from briefing import urls
from briefing.settings.options.delivery import Delivery
from briefing.settings.options.email import Email
from briefing.settings.options.publishing import Publish
from briefing.settings.options.values import (
    LANGUAGE,
    Colour,
    Line,
    MenuAddress,
    Names,
    Strict,
    known_zone,
    readable_schedule,
    web_address,
)
from briefing.settings.schedule import Schedule, read_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator


class Brand(Strict):
    """Colours shared by site and email, `#rrggbb`, for light and dark."""

    ink: Colour = "#1a1c23"
    muted: Colour = "#4f5565"
    paper: Colour = "#fbfaf7"
    line: Colour = "#dcd8ce"
    accent: Colour = "#1d4e89"
    ink_dark: Colour = "#ecebe6"
    muted_dark: Colour = "#a9adb8"
    paper_dark: Colour = "#14161c"
    line_dark: Colour = "#343844"
    accent_dark: Colour = "#8fbcf0"


class Aliases(Strict):
    """Former names, and other spellings, by the name of today: what has one of them counts as having that."""

    topics: Names = Field(default_factory=dict, description="Former names of topics: `{'Law': ['Policy']}`.")
    tags: Names = Field(default_factory=dict, description="Former names and other spellings of tags.")
    sources: Names = Field(
        default_factory=dict, description="Former names and other spellings of publishers: `{'Wired': ['WIRED']}`."
    )
    threads: Names = Field(default_factory=dict, description="Former names of threads' files, without `.md`.")
    curators: Names = Field(default_factory=dict, description="Former names of curators' files, without `.md`.")

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """The name of today by the kind and a former name."""
        return {kind: {old: name for name, former in names.items() for old in former} for kind, names in self.kinds()}

    def kinds(self) -> Iterator[tuple[str, dict[str, list[str]]]]:
        """Each kind with its names."""
        return ((kind, getattr(self, kind)) for kind in Aliases.model_fields)


class Options(Strict):
    """The dict `BRIEFING` of `pelicanconf.py`."""

    tagline: Line = Field(default="", description="One line below the publication's name.")
    description: Line = Field(default="", description="One or two sentences for search engines and feeds.")
    topics: list[Line] = Field(min_length=1, description="The names that a story's `topic` may have, in order.")
    slugs: dict[str, str] = Field(
        default_factory=dict,
        description="Addresses of topics, tags and sources whose names make none or the same one: `{'C++': 'cpp'}`.",
    )
    aliases: Aliases = Field(
        default_factory=Aliases, description="Former names of topics, tags, sources, threads and curators."
    )
    brand: Brand = Field(default_factory=Brand, description="Colours of site and email.")
    email: Email = Field(default_factory=Email, description="The digest's sender and footer.")
    delivery: Delivery = Field(default_factory=Delivery, description="How digests reach their readers.")
    publish: Publish = Field(default_factory=Publish, description="Where the site is put, and who is told.")
    schedule: Annotated[Line, AfterValidator(readable_schedule)] = Field(
        default="", description="When an issue goes out by `release --if-due`: `Fri 07:00 Europe/London`."
    )
    licence: Line = Field(default="", description="The licence of the texts, shown in the footer.")
    menu: dict[Line, MenuAddress] = Field(
        default_factory=dict, description="Further entries of the menu: name to address (https or a path of this site)."
    )
    page_size: int = Field(default=20, ge=1, le=500, description="Stories on one page of a list.")
    minimum_stories: int = Field(
        default=1, ge=1, le=100, description="An issue with fewer stories is refused: a thin week."
    )
    feed_size: int = Field(default=30, ge=1, le=500, description="Stories in a feed.")
    allow_remote_images: bool = Field(default=False, description="Let Markdown show pictures of other hosts.")
    allow_svg: bool = Field(default=False, description="Let Markdown and front matter show SVG files under content/.")


class Capitals(BaseModel):
    """The settings of Pelican's that this program reads, under Pelican's names."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    SITENAME: Line = Field(min_length=1)
    SITEURL: Annotated[str, AfterValidator(web_address)] = ""
    TIMEZONE: Annotated[str, AfterValidator(known_zone)] = "UTC"
    DEFAULT_LANG: str = Field(default="en", pattern=LANGUAGE, description="A language's tag, such as en or pt-BR.")
    PATH: Line | None = "content"
    OUTPUT_PATH: Line = "output"
    THEME: Line = "theme"
    OUTPUT_RETENTION: list[Line] = Field(default_factory=list)


class Settings(BaseModel):
    """The whole of it, frozen. `root` is the folder of `pelicanconf.py`; all folders are absolute."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, ignored_types=(cached_property,))

    root: Path
    name: str
    url: str
    language: str
    timezone: str
    content: Path
    output: Path
    theme: Path
    keep: tuple[str, ...]
    options: Options

    @cached_property
    def zone(self) -> ZoneInfo:
        """The publication's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def schedule(self) -> Schedule | None:
        """When issues go out; None where nothing is said of it."""
        return read_schedule(self.options.schedule) if self.options.schedule else None

    @property
    def base(self) -> str:
        """The path under which the site lies on its host: "" or "/folder"."""
        return urlsplit(self.url).path

    @property
    def leaves_by_mail(self) -> bool:
        """Whether readers unsubscribe by mail only: a mailbox is named for it, and no list server."""
        return bool(self.options.email.unsubscribe_address) and not self.options.delivery.listserver

    @property
    def private(self) -> Path:
        """Where this machine's own state lies; never published."""
        return self.root / ".briefing"

    @property
    def outbox(self) -> Path:
        """Where a plain build puts the digests."""
        return self.root / "outbox"

    @property
    def overrides(self) -> Path:
        """The user's templates, laid over the theme's."""
        return self.content / "overrides"

    def current(self, kind: str, name: str) -> str:
        """The name of today of what `aliases` of a kind ("topics", "tags", ...) has under another; else the name itself."""
        return self.options.aliases.names[kind].get(name, name)

    def slug(self, name: str) -> str:
        """The address part of a topic, tag or source: the settings' own, or made from the name."""
        known = self._slugs.get(name)
        if known is None:
            known = self._slugs[name] = self.options.slugs.get(name) or urls.slugify(name, self.language)
        return known

    @cached_property
    def _slugs(self) -> dict[str, str]:
        return {}
