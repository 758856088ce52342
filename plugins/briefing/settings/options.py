"""Every option and its default, in one typed place.

The publication's own settings are one dict in `pelicanconf.py`, `BRIEFING = {...}`; of Pelican's
capitals this program reads those of `Capitals`. Both are read once, into a `Settings`.
"""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations at run time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from briefing import urls, weblinks
from briefing.settings.schedule import Schedule, read_schedule, read_zone

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLOUR = r"^#[0-9a-fA-F]{6}$"
_LANGUAGE = r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$"
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_SITE = re.compile(r"https?://[^\s/?#\\<>\"@]+(?:/[^\s?#\\<>\"]*)?")
_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[^\s<>@\"(),:;\\]+")
_HELP = re.compile(r"https?://[^\s/\\<>\"]+(?:/[^\s\\<>\"]*)?")
_FORM = re.compile(r"https://[^\s/?#\\<>\"'@;,]+(?:/[^\s\\<>\"]*)?")
_TOLD = re.compile(r"https?://[^\s/?#\\<>\"'@;,]+(?:/[^\s#\\<>\"]*)?")
_HOST = r"^$|^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
_AUTHSERV_ID = r"^[A-Za-z0-9._-]{1,253}$"
_SENDER_ID = r"^$|^[A-Za-z0-9_-]{5,15}$"
_MENU = re.compile(r"(?:https?://[^\s/\\<>\"]|mailto:[^\s<>\"]|/(?![/\\]))[^\s<>\"]*")


def _known_zone(name: str) -> str:
    read_zone(name)
    return name


def _readable_schedule(text: str) -> str:
    if text:
        read_schedule(text)
    return text


def _refuse_deceiving(address: str) -> None:
    """Raise ValueError if no link may have this address."""
    fault = weblinks.fault(address)
    if fault:
        raise ValueError(fault)


def _web_address(url: str) -> str:
    _refuse_deceiving(url)
    if url and (not _SITE.fullmatch(url) or {".", ".."} & set(url.split("/")) or not _has_host(url)):
        msg = f"`{url}` is not a valid site address; write it as https://host or https://host/path"
        raise ValueError(msg)
    return url.rstrip("/")


def _server_address(url: str) -> str:
    """An address of the web by which readers are reached: https, but for tries on this machine."""
    address = _web_address(url)
    if address.startswith("http:") and not urls.is_of_this_machine(address):
        msg = f"`{url}` must be https: mailbox providers accept no other unsubscribe link; write it as https://host or https://host/path"
        raise ValueError(msg)
    return address


def _has_host(url: str) -> bool:
    """Whether the host's name can travel (IDNA), and the port be one."""
    try:
        parts = urlsplit(url)
        return bool(urls.ascii_host(parts.hostname or "")) and parts.port != 0
    except (UnicodeError, ValueError):
        return False


def _menu_address(address: str) -> str:
    _refuse_deceiving(address)
    if not _MENU.fullmatch(address):
        msg = (
            f"`{address}` is not a valid address; write https://..., mailto:... or a path of this site such as /about/"
        )
        raise ValueError(msg)
    return address


def _mail_address(address: str) -> str:
    if address and not _MAIL.fullmatch(address):
        msg = f"`{address}` is not a valid mail address; write the address alone, such as post@example.org"
        raise ValueError(msg)
    return address


def _help_address(address: str) -> str:
    _refuse_deceiving(address)
    if address and not _HELP.fullmatch(address) and not _MAIL.fullmatch(address):
        msg = f"`{address}` is not a valid address; write https://... or a mail address such as post@example.org"
        raise ValueError(msg)
    return address


def _form_address(address: str) -> str:
    _refuse_deceiving(address)
    if address and (not _FORM.fullmatch(address) or not _has_host(address)):
        msg = f"`{address}` is not a valid form address; write it as https://host/path"
        raise ValueError(msg)
    return address


def _told_address(address: str) -> str:
    """An address of a service that is told something: https, but for tries on this machine."""
    _refuse_deceiving(address)
    if address and (not _TOLD.fullmatch(address) or not _has_host(address)):
        msg = f"`{address}` is not a valid service address; write it as https://host/path"
        raise ValueError(msg)
    if address.startswith("http:") and not urls.is_of_this_machine(address):
        msg = f"`{address}` must be https; write it as https://host/path"
        raise ValueError(msg)
    return address


def _one_line(text: str) -> str:
    if UNPRINTABLE.search(text):
        msg = "holds a control character, such as a line break"
        raise ValueError(msg)
    return text


def _lines(text: str) -> str:
    for line in text.split("\n"):
        _one_line(line)
    return text


Line = Annotated[str, AfterValidator(_one_line)]
MenuAddress = Annotated[str, AfterValidator(_menu_address)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
HelpAddress = Annotated[str, AfterValidator(_help_address)]
Lines = Annotated[str, AfterValidator(_lines)]
Stripped = AfterValidator(str.strip)  # so that only spaces are nothing
Colour = Annotated[str, Field(pattern=_COLOUR, description="Six hexadecimal digits: #1d4e89.")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, ignored_types=(cached_property,))


class Brand(_Strict):
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


class Dkim(_Strict):
    """Who signs the messages (RFC 6376). The private keys are no settings: they come from the environment."""

    domain: str = Field(
        default="", pattern=_HOST, description="The name that signs, such as example.org; default: the sender's."
    )
    selector: str = Field(
        default="", pattern=_HOST, description="The RSA key's name: its public half is at SELECTOR._domainkey.DOMAIN."
    )
    ed25519_selector: str = Field(
        default="", pattern=_HOST, description="The name of a second key, Ed25519 (RFC 8463); default: one signature."
    )


class Email(_Strict):
    """What every digest says about its sender. Addresses are the publication's own, not readers'."""

    sender: Annotated[Line, Stripped] = Field(
        default="", description="The From address, `Name <address>` or the address alone."
    )
    reply_to: Annotated[Line, Stripped] = Field(default="", description="Where readers' answers go.")
    postal_address: Annotated[Lines, Stripped] = Field(
        default="", description="Shown in every footer; many laws ask for it."
    )
    list_id: Line = Field(
        default="", description="RFC 2919: a host-like name of the list; default: made from the site's host."
    )
    bounce_address: MailAddress = Field(
        default="", description="Where servers report failures; each reader's is bounces+TOKEN@ for bounces@."
    )
    unsubscribe_address: MailAddress = Field(
        default="", description="Where a mail unsubscribes; default: readers unsubscribe by web only."
    )
    help: HelpAddress = Field(
        default="", description="For questions: https://... or a mail address; default: where answers go."
    )
    feedback_id: str = Field(
        default="",
        pattern=_SENDER_ID,
        description="Google's SenderId, 5 to 15 letters, digits, hyphens; default: made from the site's host.",
    )
    dkim: Dkim = Field(default_factory=Dkim, description="Who signs the messages.")
    accepted: dict[Line, Line] = Field(
        default_factory=dict,
        description="Features that some mail clients do not show, by caniemail's names, each with why that does no harm.",
    )


class Delivery(_Strict):
    """How digests reach their readers, and for how long what is known about readers is kept."""

    transport: Line = Field(
        default="", description="The URL of what sends when no `--via` is given; passwords belong in the environment."
    )
    listserver: Annotated[str, AfterValidator(_server_address)] = Field(
        default="", description="Where readers reach the list server: `https://list.example.org`."
    )
    subscribe_form: Annotated[str, AfterValidator(_form_address)] = Field(
        default="",
        description="Where the site's form posts to while there is no list server: a provider's https address.",
    )
    subscribe_field: str = Field(
        default="email",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="What that provider calls the field of the address.",
    )
    inbox: Line = Field(
        default="",
        description="Where bounces and mails to leave arrive: `imaps://user@host`, `maildir:FOLDER`; no password.",
    )
    trusted_authserv_ids: list[Annotated[str, Field(pattern=_AUTHSERV_ID)]] = Field(
        default_factory=list,
        description="Your mail server's names in Authentication-Results, which is believed about who sent a mail.",
    )
    readers_by_mail: int = Field(
        default=500, ge=0, description="The most readers who are sent to while unsubscribing works by mail only."
    )
    connections: int = Field(default=10, ge=1, le=50, description="How many messages are handed over at once, at most.")
    per_second: float = Field(default=0.0, ge=0, description="The most messages a second; 0 is no limit.")
    domains_per_second: dict[str, float] = Field(
        default_factory=dict, description="The same for single mail domains: `{'example.org': 0.5}`."
    )
    warm_up: list[int] = Field(
        default_factory=list, description="The most messages on each of a new sender's first days: `[50, 100, 500]`."
    )
    retry_hours: float = Field(
        default=36.0, ge=1, le=120, description="How long a delivery that is refused for now is tried again."
    )
    keep_pending_days: int = Field(default=30, ge=1, description="When who never confirmed is forgotten.")
    keep_deliveries_days: int = Field(default=180, ge=7, description="When who got which issue is forgotten.")

    @property
    def form(self) -> str:
        """Where the site's form posts to: the list server, else a provider; "" where there is neither."""
        return f"{self.listserver}/subscribe" if self.listserver else self.subscribe_form


class Publish(_Strict):
    """Where the site is put, what is looked at once it is there, and who is told of it."""

    target: Line = Field(default="", description="The URL to publish to where none is given: `file:///srv/www`.")
    wait_seconds: int = Field(
        default=120, ge=0, le=3600, description="How long a published site is waited for at its address."
    )
    sample: int = Field(
        default=20, ge=0, le=500, description="How many pages are looked at beside those that always are."
    )
    indexnow_key: str = Field(
        default="",
        pattern=r"^$|^[A-Za-z0-9-]{8,128}$",
        description="8 to 128 letters, digits and hyphens that you made up: with it search engines are told of changes.",
    )
    indexnow_endpoint: Annotated[str, AfterValidator(_told_address)] = Field(
        default="https://api.indexnow.org/indexnow", description="Where search engines are told: an https address."
    )
    websub_hub: Annotated[str, AfterValidator(_told_address)] = Field(
        default="", description="The address of a WebSub hub, which is told when a feed changes: an https address."
    )


Names = dict[Line, list[Line]]


class Aliases(_Strict):
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


class Options(_Strict):
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
    schedule: Annotated[Line, AfterValidator(_readable_schedule)] = Field(
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
    SITEURL: Annotated[str, AfterValidator(_web_address)] = ""
    TIMEZONE: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    DEFAULT_LANG: str = Field(default="en", pattern=_LANGUAGE, description="A language's tag, such as en or pt-BR.")
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
