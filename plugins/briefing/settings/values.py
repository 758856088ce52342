"""The types of settings' values: what may be written in `pelicanconf.py`."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from briefing import urls, weblinks
from briefing.errors import InvalidValueError

UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")
_SITE: Final = re.compile(r"https?://[^\s/?#\\<>\"@]+(?:/[^\s?#\\<>\"]*)?")
_MAIL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[^\s<>@\"(),:;\\]+")
_HELP: Final = re.compile(r"https?://[^\s/\\<>\"]+(?:/[^\s\\<>\"]*)?")
_FORM: Final = re.compile(r"https://[^\s/?#\\<>\"'@;,]+(?:/[^\s\\<>\"]*)?")
_SERVICE: Final = re.compile(r"https?://[^\s/?#\\<>\"'@;,]+(?:/[^\s#\\<>\"]*)?")
_MENU: Final = re.compile(r"(?:https?://[^\s/\\<>\"]|mailto:[^\s<>\"]|/(?![/\\]))[^\s<>\"]*")


class StrictModel(BaseModel):
    """The base of settings: unknown names are refused, and no type is turned into another."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, ignored_types=(cached_property,))


def matching(pattern: str, noun: str, hint: str) -> AfterValidator:
    """Refuse text that does not match a pattern: it `is not a valid NOUN`. hint: what to do."""
    expression = re.compile(pattern)

    def validate(text: str) -> str:
        if not expression.fullmatch(text):
            what = f"`{text}` is not a valid {noun}"
            raise InvalidValueError(what, hint)
        return text

    return AfterValidator(validate)


def _refuse_deceptive(address: str) -> None:
    """Raise InvalidValueError if no link may have this address, or if it cannot be parsed."""
    try:
        weblinks.refuse_deceptive(address)
    except InvalidValueError:
        raise
    except ValueError as error:
        what = f"`{address}` is not a valid address"
        raise InvalidValueError(what, "write the complete address: https://...") from error


def site_url(url: str) -> str:
    """The address of a site, without a trailing slash. Raises InvalidValueError."""
    _refuse_deceptive(url)
    if url and (not _SITE.fullmatch(url) or {".", ".."} & set(url.split("/")) or not _has_valid_host(url)):
        what = f"`{url}` is not a valid site address"
        raise InvalidValueError(what, "write it as https://host or https://host/path")
    return url.rstrip("/")


def _server_url(url: str) -> str:
    url = site_url(url)
    if url.startswith("http:") and not urls.is_loopback(url):
        what = f"`{url}` must be https: mailbox providers accept no other unsubscribe link"
        raise InvalidValueError(what, "write it as https://host or https://host/path")
    return url


def _has_valid_host(url: str) -> bool:
    """Whether the host has an ASCII form (IDNA), and the port is not 0."""
    try:
        parts = urlsplit(url)
        return bool(urls.ascii_host(parts.hostname or "")) and parts.port != 0
    except (UnicodeError, ValueError):
        return False


def _menu_url(url: str) -> str:
    _refuse_deceptive(url)
    if not _MENU.fullmatch(url):
        what = f"`{url}` is not a valid address"
        raise InvalidValueError(what, "write https://..., mailto:... or a path on this site such as /about/")
    return url


def _mail_address(address: str) -> str:
    if address and not _MAIL.fullmatch(address):
        what = f"`{address}` is not a valid email address"
        raise InvalidValueError(what, "write only the address, such as post@example.org")
    return address


def _help_address(address: str) -> str:
    _refuse_deceptive(address)
    if address and not _HELP.fullmatch(address) and not _MAIL.fullmatch(address):
        what = f"`{address}` is not a valid address"
        raise InvalidValueError(what, "write https://... or an email address such as post@example.org")
    return address


def _form_url(url: str) -> str:
    _refuse_deceptive(url)
    if url and (not _FORM.fullmatch(url) or not _has_valid_host(url)):
        what = f"`{url}` is not a valid form address"
        raise InvalidValueError(what, "write it as https://host/path")
    return url


def _service_url(url: str) -> str:
    _refuse_deceptive(url)
    if url and (not _SERVICE.fullmatch(url) or not _has_valid_host(url)):
        what = f"`{url}` is not a valid service address"
        raise InvalidValueError(what, "write it as https://host/path")
    if url.startswith("http:") and not urls.is_loopback(url):
        what = f"`{url}` must be https"
        raise InvalidValueError(what, "write it as https://host/path")
    return url


def _one_line(text: str) -> str:
    if UNPRINTABLE.search(text):
        what = "contains a control character, such as a line break"
        raise InvalidValueError(what, "remove it")
    return text


def _lines(text: str) -> str:
    for line in text.split("\n"):
        _one_line(line)
    return text


Line = Annotated[str, AfterValidator(_one_line)]
Lines = Annotated[str, AfterValidator(_lines)]
Stripped = AfterValidator(str.strip)  # so that only spaces count as empty
SiteUrl = Annotated[str, AfterValidator(site_url)]
ServerUrl = Annotated[str, AfterValidator(_server_url)]  # http only on this machine
ServiceUrl = Annotated[str, AfterValidator(_service_url)]  # http only on this machine
FormUrl = Annotated[str, AfterValidator(_form_url)]
MenuUrl = Annotated[str, AfterValidator(_menu_url)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
HelpAddress = Annotated[str, AfterValidator(_help_address)]
