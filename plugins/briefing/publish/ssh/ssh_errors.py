"""Translate ssh's errors to one sentence: what is wrong, and what to do."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from briefing.publish.ssh.connection import Connection

SSH_FAILED: Final = 255  # ssh's exit code if ssh itself failed (ssh(1), EXIT STATUS)
_HOST_KEY_CHANGED: Final = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_HOST_KEY_UNKNOWN: Final = ("Host key verification failed", "host key is known for")
_LOGIN_REFUSED: Final = re.compile(r"Permission denied \(([\w,-]+)\)|Too many authentication failures")
_KEY_PERMISSIONS: Final = re.compile(r"Permissions 0\d+ for '(.+)' are too open")
_UNREACHABLE: Final = re.compile(
    r"(Connection refused|No route to host|Network is unreachable|Connection timed out|Operation timed out|"
    r"Could not resolve hostname|Temporary failure in name resolution|Name or service not known|Connection reset)"
)
_DISK_FULL: Final = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_OFFENDING: Final = re.compile(r"Offending .*key in (.+):(\d+)")


def connection_error(connection: Connection, stderr: str) -> BriefingError:
    """Return why a connection failed or ended. stderr: everything that ssh wrote there."""
    if _HOST_KEY_CHANGED in stderr:
        return BriefingError(_host_key_changed(connection, stderr))
    if any(sign in stderr for sign in _HOST_KEY_UNKNOWN):
        return BriefingError(_host_key_unknown(connection))
    if key := _KEY_PERMISSIONS.search(stderr):
        return BriefingError(
            f"ssh ignores the key {key[1]} because other users can read it: run chmod 600 {shlex.quote(key[1])}"
        )
    if _LOGIN_REFUSED.search(stderr):
        return BriefingError(_login_refused(connection))
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    if found := _UNREACHABLE.search(stderr):
        return BriefingError(
            f"{_host(connection)} cannot be reached: {found[1]}; check host, port and network and run publish again"
        )
    reason = lines[-1] if lines else "the connection ended"
    return BriefingError(f"ssh to {_host(connection)} failed: {reason}; fix that and run publish again")


def remote_error(connection: Connection, reason: str) -> BriefingError:
    """Return why something failed on the host. reason: the output of the program there, in one line."""
    if _DISK_FULL.search(reason):
        return BriefingError(
            f"the disk of {_host(connection)} is full ({reason}): free some space and run publish again"
        )
    return BriefingError(f"publishing to {connection.target} failed: {reason}; fix that and run publish again")


def _host(connection: Connection) -> str:
    """Return the host and port that ssh connects to, whatever alias was given."""
    host, port = connection.option("hostname") or connection.target.host, connection.option("port")
    return host if port in {"", "22"} else f"{host} port {port}"


def _host_key_name(connection: Connection) -> str:
    """Return the name under which ssh stores the host's key (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT)."""
    host, port = connection.option("hostname") or connection.target.host, connection.option("port")
    return connection.option("hostkeyalias") or (host if port in {"", "22"} else f"[{host}]:{port}")


def _known_hosts(connection: Connection) -> str:
    return (connection.option("userknownhostsfile") or "~/.ssh/known_hosts").split(" ")[0]


def _host_key_changed(connection: Connection, stderr: str) -> str:
    where = _OFFENDING.search(stderr)
    known = f" ({where[1]}, line {where[2]})" if where else ""
    return (
        f"the host key of {_host(connection)} is not the one that this machine knows{known}, so nothing was sent: ask "
        f"the host's administrator; if they changed it, run ssh-keygen -f {_known_hosts(connection)} "
        f"-R '{_host_key_name(connection)}' and add the new one"
    )


def _host_key_unknown(connection: Connection) -> str:
    port = connection.option("port")
    host = connection.option("hostname") or connection.target.host
    scan = f"ssh-keyscan {f'-p {port} ' if port not in {'', '22'} else ''}{host}"
    return (
        f"the host key of {_host(connection)} is unknown: show it with {scan} | ssh-keygen -lf -, compare it with the one "
        f"that the host's administrator gives you, and add it with {scan} >> {_known_hosts(connection)}"
    )


def _login_refused(connection: Connection) -> str:
    keys = [key for key in connection.config.get("identityfile", ()) if _exists(key)]
    tried = f"the keys {', '.join(keys)}" if keys else "no key file"
    agent = "an agent" if connection.environment.get("SSH_AUTH_SOCK") else "no agent (SSH_AUTH_SOCK is not set)"
    user = connection.option("user")
    return (
        f"{_host(connection)} refuses the login of {user} with {tried} and {agent}: add your public key to "
        f"~/.ssh/authorized_keys there, and if the key has a passphrase add it to an agent with ssh-add"
    )


def _exists(key: str) -> bool:
    try:
        return Path(key).expanduser().exists()
    except (RuntimeError, OSError):
        return False
