"""What ssh says when it fails, as one sentence with what to do."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from briefing.publish.ssh.connection import Connection

IN_SSH: Final = 255  # ssh's exit code where it failed itself (ssh(1), EXIT STATUS)
_CHANGED: Final = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_UNKNOWN: Final = ("Host key verification failed", "host key is known for")
_REFUSED: Final = re.compile(r"Permission denied \(([\w,-]+)\)|Too many authentication failures")
_LOOSE_KEY: Final = re.compile(r"Permissions 0\d+ for '(.+)' are too open")
_UNREACHABLE: Final = re.compile(
    r"(Connection refused|No route to host|Network is unreachable|Connection timed out|Operation timed out|"
    r"Could not resolve hostname|Temporary failure in name resolution|Name or service not known|Connection reset)"
)
_FULL: Final = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_OFFENDING: Final = re.compile(r"Offending .*key in (.+):(\d+)")


def fault(connection: Connection, said: str) -> BriefingError:
    """Why a connection could not be made, or ended. said: everything that ssh wrote to its standard error."""
    if _CHANGED in said:
        return BriefingError(_changed(connection, said))
    if any(sign in said for sign in _UNKNOWN):
        return BriefingError(_unknown(connection))
    if loose := _LOOSE_KEY.search(said):
        return BriefingError(
            f"others may read the key {loose[1]}, so ssh does not use it: chmod 600 {shlex.quote(loose[1])}"
        )
    if _REFUSED.search(said):
        return BriefingError(_refused(connection))
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if found := _UNREACHABLE.search(said):
        return BriefingError(
            f"{_host(connection)} cannot be reached: {found[1]}; look at host, port and network and run publish again"
        )
    why = lines[-1] if lines else "the connection ended"
    return BriefingError(f"ssh to {_host(connection)} failed: {why}; mend that and run publish again")


def failed(connection: Connection, reason: str) -> BriefingError:
    """Why something failed on the host. reason: what the program there wrote, in one line."""
    if _FULL.search(reason):
        return BriefingError(f"{_host(connection)} has no room left ({reason}): make some and run publish again")
    return BriefingError(f"publishing to {connection.address} failed: {reason}; mend that and run publish again")


def _host(connection: Connection) -> str:
    """The host and port that ssh goes to, whatever alias was given."""
    host, port = connection.first("hostname") or connection.address.host, connection.first("port")
    return host if port in {"", "22"} else f"{host} port {port}"


def _known_as(connection: Connection) -> str:
    """The name under which ssh keeps the host's key (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""
    host, port = connection.first("hostname") or connection.address.host, connection.first("port")
    return connection.first("hostkeyalias") or (host if port in {"", "22"} else f"[{host}]:{port}")


def _known_hosts(connection: Connection) -> str:
    return (connection.first("userknownhostsfile") or "~/.ssh/known_hosts").split(" ")[0]


def _changed(connection: Connection, said: str) -> str:
    where = _OFFENDING.search(said)
    known = f" ({where[1]}, line {where[2]})" if where else ""
    return (
        f"{_host(connection)} has another host key than the one that is known{known}, so nothing was sent: ask whoever "
        f"runs the host; if they changed it, ssh-keygen -f {_known_hosts(connection)} -R '{_known_as(connection)}' and "
        f"add the new one"
    )


def _unknown(connection: Connection) -> str:
    port = connection.first("port")
    scan = f"ssh-keyscan {f'-p {port} ' if port not in {'', '22'} else ''}{connection.first('hostname') or connection.address.host}"
    return (
        f"the host key of {_host(connection)} is not known here: look at it with {scan} | ssh-keygen -lf -, compare it "
        f"with what whoever runs the host says, and add it: {scan} >> {_known_hosts(connection)}"
    )


def _refused(connection: Connection) -> str:
    keys = [key for key in connection.known.get("identityfile", ()) if _is_there(key)]
    tried = f"the keys {', '.join(keys)}" if keys else "no key file"
    agent = "an agent" if connection.environment.get("SSH_AUTH_SOCK") else "no agent (SSH_AUTH_SOCK is not set)"
    user = connection.first("user")
    return (
        f"{_host(connection)} does not let {user} in: there were {tried} and {agent}; add the public key to "
        f"~/.ssh/authorized_keys there, and a key that has a passphrase to an agent with ssh-add"
    )


def _is_there(key: str) -> bool:
    try:
        return Path(key).expanduser().exists()
    except (RuntimeError, OSError):
        return False
