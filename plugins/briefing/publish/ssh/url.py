"""Parse `ssh://[user@]host[:port]/folder`."""

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
class SshTarget:
    """A folder on a host. user, port: "" is ssh's own default. folder: absolute, or `~/...` in the home folder."""

    user: str
    host: str
    port: str
    folder: str

    def __str__(self) -> str:
        """The URL, without percent-encoding, for messages."""
        return (
            f"ssh://{self.user and f'{self.user}@'}{self.host}{self.port and f':{self.port}'}/{self.folder.lstrip('/')}"
        )

    @property
    def destination(self) -> str:
        """The destination for ssh: `user@host`, or an alias in ssh's configuration."""
        return f"{self.user and f'{self.user}@'}{self.host.strip('[]')}"

    @property
    def rsync_path(self) -> str:
        """The folder relative to the home folder, where a session begins: rsync does not expand `~`."""
        return f"./{self.folder[2:]}" if self.folder.startswith("~/") else self.folder

    @property
    def shell_word(self) -> str:
        """The folder, quoted for a POSIX shell."""
        if self.folder.startswith("~/"):
            return f'"$HOME"/{shlex.quote(self.folder[2:])}'
        return shlex.quote(self.folder)


def parse_url(address: str) -> SshTarget:
    """Parse a URL without its `ssh:`. Raises WrongUseError, without repeating a password, if it is not valid."""
    if not address.startswith("//"):
        msg = f"ssh: names no host: write {_EXAMPLE}"
        raise WrongUseError(msg)
    authority, slash, path = address[2:].partition("/")
    if ":" in authority.rpartition("@")[0]:
        msg = f"ssh: URLs cannot contain a password: log in with a key and write {_EXAMPLE}"
        raise WrongUseError(msg)
    found = _AUTHORITY.fullmatch(authority)
    if not found or (found["port"] and int(found["port"]) not in _PORTS):
        msg = f"ssh://{authority}/ does not name a valid host: write {_EXAMPLE}, or ssh://user@host:2222/srv/www"
        raise WrongUseError(msg)
    return SshTarget(
        found["user"] or "", found["host"], found["port"] or "", _folder(path, f"ssh://{authority}{slash}{path}")
    )


def _folder(path: str, url: str) -> str:
    home = path.startswith("~")
    if home and not path.startswith("~/"):
        msg = (
            f"{url} names another account's home folder: write {_EXAMPLE} with its full path, "
            "or ssh://user@host/~/www for your own home folder on the host"
        )
        raise WrongUseError(msg)
    plain = unquote(path.removeprefix("~/"), errors="surrogateescape")
    parts = [part for part in plain.split("/") if part not in {"", "."}]
    if not parts:
        msg = f"{url} names no folder: write {_EXAMPLE}, or ssh://user@host/~/www for a folder in your home folder"
        raise WrongUseError(msg)
    if ".." in parts or _CONTROL.search(plain) or not _is_text(plain):
        msg = f"{url} contains .. or characters that are not text: write {_EXAMPLE}, with the folder's full path"
        raise WrongUseError(msg)
    return ("~/" if home else "/") + "/".join(parts)


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
