"""The values that a setting may have: addresses, lines, colours."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from briefing import urls, weblinks
from briefing.errors import InvalidValueError
from briefing.settings.schedule import read_schedule, read_zone

_COLOUR = r"^#[0-9a-fA-F]{6}$"


LANGUAGE = r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$"


UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")


_SITE = re.compile(r"https?://[^\s/?#\\<>\"@]+(?:/[^\s?#\\<>\"]*)?")


_MAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[^\s<>@\"(),:;\\]+")


_HELP = re.compile(r"https?://[^\s/\\<>\"]+(?:/[^\s\\<>\"]*)?")


_FORM = re.compile(r"https://[^\s/?#\\<>\"'@;,]+(?:/[^\s\\<>\"]*)?")


_ENDPOINT = re.compile(r"https?://[^\s/?#\\<>\"'@;,]+(?:/[^\s#\\<>\"]*)?")


HOST = r"^$|^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"


AUTHSERV_ID = r"^[A-Za-z0-9._-]{1,253}$"


SENDER_ID = r"^$|^[A-Za-z0-9_-]{5,15}$"

_MENU = re.compile(r"(?:https?://[^\s/\\<>\"]|mailto:[^\s<>\"]|/(?![/\\]))[^\s<>\"]*")


def known_zone(name: str) -> str:
    """The IANA name of a time zone."""
    read_zone(name)
    return name


def readable_schedule(text: str) -> str:
    """Days, a time and a zone, or nothing."""
    if text:
        read_schedule(text)
    return text


def _refuse_deceiving(address: str) -> None:
    """Raise InvalidValueError if no link may have this address."""
    fault = weblinks.fault(address)
    if fault:
        raise InvalidValueError(*fault)


def web_address(url: str) -> str:
    """The address of a site, without a trailing slash."""
    _refuse_deceiving(url)
    if url and (not _SITE.fullmatch(url) or {".", ".."} & set(url.split("/")) or not _has_host(url)):
        raise InvalidValueError(
            what=f"`{url}` is not a valid site address", hint="write it as https://host or https://host/path"
        )
    return url.rstrip("/")


def server_address(url: str) -> str:
    """The https address of a server that readers reach; http only on this machine."""
    address = web_address(url)
    if address.startswith("http:") and not urls.is_of_this_machine(address):
        raise InvalidValueError(
            what=f"`{url}` must be https: mailbox providers accept no other unsubscribe link",
            hint="write it as https://host or https://host/path",
        )
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
        raise InvalidValueError(
            what=f"`{address}` is not a valid address",
            hint="write https://..., mailto:... or a path of this site such as /about/",
        )
    return address


def _mail_address(address: str) -> str:
    if address and not _MAIL.fullmatch(address):
        raise InvalidValueError(
            what=f"`{address}` is not a valid mail address", hint="write the address alone, such as post@example.org"
        )
    return address


def _help_address(address: str) -> str:
    _refuse_deceiving(address)
    if address and not _HELP.fullmatch(address) and not _MAIL.fullmatch(address):
        raise InvalidValueError(
            what=f"`{address}` is not a valid address",
            hint="write https://... or a mail address such as post@example.org",
        )
    return address


def form_address(address: str) -> str:
    """The https address that a form posts to."""
    _refuse_deceiving(address)
    if address and (not _FORM.fullmatch(address) or not _has_host(address)):
        raise InvalidValueError(what=f"`{address}` is not a valid form address", hint="write it as https://host/path")
    return address


def endpoint_address(address: str) -> str:
    """The https address of a service that is notified; http only on this machine."""
    _refuse_deceiving(address)
    if address and (not _ENDPOINT.fullmatch(address) or not _has_host(address)):
        raise InvalidValueError(
            what=f"`{address}` is not a valid service address", hint="write it as https://host/path"
        )
    if address.startswith("http:") and not urls.is_of_this_machine(address):
        raise InvalidValueError(what=f"`{address}` must be https", hint="write it as https://host/path")
    return address


def _one_line(text: str) -> str:
    if UNPRINTABLE.search(text):
        raise InvalidValueError(what="contains a control character, such as a line break")
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


class Strict(BaseModel):
    """A group of settings: frozen, unknown keys refused, no conversion of types."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, ignored_types=(cached_property,))


Names = dict[Line, list[Line]]
