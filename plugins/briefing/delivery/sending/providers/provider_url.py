"""A provider draft's URL -> its host and options. Nothing of it is repeated in an error but its scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import parse_qsl, urlsplit

from briefing.digest.headers import ascii_host
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# How each is written.
FORMS: Final[Mapping[str, str]] = {
    "buttondown": "buttondown://",
    "listmonk": "listmonk://HOST?list=ID",
}


@dataclass(frozen=True, slots=True)
class Url:
    """host: with port and path, as it stands behind `//`, without a slash at its end. options: of the query, in order."""

    scheme: str
    host: str
    options: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of an option."""
        return tuple(value for known, value in self.options if known == name)

    def one(self, name: str, otherwise: str) -> str:
        """The value of an option that may be given once. Raises WrongUseError where it is given twice."""
        values = self.all(name)
        if len(values) > 1:
            refuse(self.scheme, f"has `{name}` twice")
        return values[0] if values else otherwise


def read_url(url: str, options: Iterable[str], *, has_host: bool) -> Url:
    """The parts of a provider draft's URL, of which only these options may occur.

    Raises WrongUseError, which says what to write. A user or password in it is a mistake: command lines are seen by
    others, and settings are kept in git.
    """
    scheme = url.strip().partition(":")[0].lower()
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
        host = host if ":" in host or not host else ascii_host(host)
    except (ValueError, BriefingError):
        refuse(scheme, "has a host or port that can be none")
    if "@" in parts.netloc:
        refuse(scheme, "holds a user or password; they belong in the environment")
    if parts.fragment:
        refuse(scheme, "has a `#`")
    if bool(host) != has_host or (parts.path.strip("/") and not has_host):
        refuse(scheme, "names no host" if has_host else "names a host, which means nothing here")
    given = tuple(parse_qsl(parts.query, keep_blank_values=True))
    known = sorted(options)
    if any(name not in known or not value for name, value in given):
        refuse(scheme, f"has an option that is none, or without a value; it may have {', '.join(known)}")
    where = f"[{host}]" if ":" in host else host
    return Url(scheme, f"{where}{port}{parts.path.rstrip('/')}", given)


def refuse(scheme: str, why: str) -> NoReturn:
    """Raise WrongUseError for a provider draft's URL, with how it is written."""
    msg = f"the {scheme}: URL {why}. It is written {FORMS[scheme]}; see docs/how-to/send-by-a-provider.md"
    raise WrongUseError(msg)
