"""A provider's URL -> its host and options. Errors repeat nothing of it but the scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import parse_qsl, urlsplit

from briefing.digest.headers import ascii_host
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The form of each URL.
FORMS: Final[Mapping[str, str]] = {
    "buttondown": "buttondown://",
    "listmonk": "listmonk://HOST?list=ID",
}


@dataclass(frozen=True, slots=True)
class ProviderUrl:
    """host: with port and path, without a slash at the end. options: those of the query, in order."""

    scheme: str
    host: str
    options: tuple[tuple[str, str], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of an option."""
        return tuple(value for known, value in self.options if known == name)

    def one(self, name: str, default: str) -> str:
        """The value of an option that can be given once. Raises WrongUseError if it is given twice."""
        values = self.all(name)
        if len(values) > 1:
            refuse(self.scheme, f"has `{name}` twice")
        return values[0] if values else default


def read_url(url: str, options: Iterable[str], *, has_host: bool) -> ProviderUrl:
    """The parts of a provider's URL, in which only these options can occur.

    Raises WrongUseError, which shows the right form. A user or password is refused: other users of a machine can see
    command lines, and settings are kept in Git.
    """
    scheme = url.strip().partition(":")[0].lower()
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
        host = parts.hostname or ""
        host = host if ":" in host or not host else ascii_host(host)
    except (ValueError, BriefingError):
        refuse(scheme, "has an invalid host or port")
    if "@" in parts.netloc:
        refuse(scheme, "contains a user or password, which belong in the environment")
    if parts.fragment:
        refuse(scheme, "has a `#`")
    if bool(host) != has_host or (parts.path.strip("/") and not has_host):
        refuse(scheme, "does not name a host" if has_host else "names a host, which this provider does not use")
    given = tuple(parse_qsl(parts.query, keep_blank_values=True))
    known = sorted(options)
    if any(name not in known or not value for name, value in given):
        refuse(scheme, f"has an unknown option, or one without a value; allowed: {', '.join(known)}")
    where = f"[{host}]" if ":" in host else host
    return ProviderUrl(scheme, f"{where}{port}{parts.path.rstrip('/')}", given)


def refuse(scheme: str, why: str) -> NoReturn:
    """Raise WrongUseError for a provider's URL, with the right form."""
    msg = f"the {scheme}: URL {why}. It is written {FORMS[scheme]}; see docs/how-to/send-by-a-provider.md"
    raise WrongUseError(msg)
