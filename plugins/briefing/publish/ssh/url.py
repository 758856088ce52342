"""`ssh://[user@]host[:port]/folder`, read and written."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from briefing.errors import WrongUseError

_AUTHORITY: Final = re.compile(
    r"(?:(?P<user>[^@:/\s-][^@:/\s]*)@)?(?P<host>\[[0-9A-Fa-f:.]+(?:%[\w.]+)?\]|[\w.][\w.-]*)(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PORTS: Final = range(1, 65536)
_EXAMPLE: Final = "ssh://user@host/srv/www"


@dataclass(frozen=True, slots=True)
class SshAddress:
    """A folder on a host. user, port: "" is what ssh's configuration says. folder: absolute, or `~/...`: at home."""

    user: str
    host: str
    port: str
    folder: str

    def __str__(self) -> str:
        """The URL, readable rather than encoded."""
        return (
            f"ssh://{self.user and f'{self.user}@'}{self.host}{self.port and f':{self.port}'}/{self.folder.lstrip('/')}"
        )

    @property
    def destination(self) -> str:
        """What ssh is given: `user@host`, or an alias of ssh's configuration."""
        return f"{self.user and f'{self.user}@'}{self.host.strip('[]')}"

    @property
    def from_home(self) -> str:
        """The folder as a path that holds where a session begins, at home: for rsync, which knows no `~`."""
        return f"./{self.folder[2:]}" if self.folder.startswith("~/") else self.folder

    @property
    def for_a_shell(self) -> str:
        """The folder as a word of a POSIX shell."""
        if self.folder.startswith("~/"):
            return f'"$HOME"/{shlex.quote(self.folder[2:])}'
        return shlex.quote(self.folder)


def read_address(address: str) -> SshAddress:
    """Read a URL without its `ssh:`. Raises WrongUseError, which repeats no password, where it makes no sense."""
    if not address.startswith("//"):
        msg = f"ssh: names no host: write {_EXAMPLE}"
        raise WrongUseError(msg)
    authority, slash, path = address[2:].partition("/")
    if ":" in authority.rpartition("@")[0]:
        msg = f"ssh: holds a password, and none is ever used: log in by key and write {_EXAMPLE}"
        raise WrongUseError(msg)
    found = _AUTHORITY.fullmatch(authority)
    if not found or (found["port"] and int(found["port"]) not in _PORTS):
        msg = (
            f"ssh://{authority}/ names no host that ssh would accept: write {_EXAMPLE}, or ssh://user@host:2222/srv/www"
        )
        raise WrongUseError(msg)
    return SshAddress(
        found["user"] or "", found["host"], found["port"] or "", _folder(path, f"ssh://{authority}{slash}{path}")
    )


def _folder(path: str, url: str) -> str:
    home = path.startswith("~")
    if home and not path.startswith("~/"):
        msg = (
            f"{url} names another account's home: write {_EXAMPLE} with its whole path, "
            "or ssh://user@host/~/www for the home of the account that logs in"
        )
        raise WrongUseError(msg)
    plain = unquote(path.removeprefix("~/"), errors="surrogateescape")
    parts = [part for part in plain.split("/") if part not in {"", "."}]
    if not parts:
        msg = f"{url} names no folder: write {_EXAMPLE}, or ssh://user@host/~/www for a folder at home"
        raise WrongUseError(msg)
    if ".." in parts or _CONTROL.search(plain) or not _is_text(plain):
        msg = f"{url} contains .. or characters that are not text: write {_EXAMPLE}, with the folder's whole path"
        raise WrongUseError(msg)
    return ("~/" if home else "/") + "/".join(parts)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
