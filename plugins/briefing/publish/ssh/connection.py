"""How this machine reaches a host: the ssh command, what it is told beside the user's configuration, what it knows."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.publish.ssh.url import SshAddress

COMMAND: Final = "BRIEFING_SSH_COMMAND"
# Nothing is asked; no terminal; nothing of the user's configuration that is for people: tunnels, a command, banners.
# Whether a host's key is checked is never touched.
_OPTIONS: Final = ("BatchMode=yes", "RemoteCommand=none", "ClearAllForwardings=yes", "LogLevel=ERROR")
# What is set where the user's configuration says nothing (ssh_config(5)): its default, and ours in seconds.
_IF_UNSET: Final = (
    ("connecttimeout", "none", "ConnectTimeout=20"),
    ("serveraliveinterval", "0", "ServerAliveInterval=15"),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """An address with the ssh command that reaches it. known: what ssh's configuration says, by lower-case keyword."""

    address: SshAddress
    ssh: tuple[str, ...]
    known: Mapping[str, tuple[str, ...]]
    environment: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        """The command to which the host's own command is added."""
        return [*self.ssh, "--", self.address.destination]

    @property
    def for_rsync(self) -> str:
        """The command without a destination, as rsync's `-e` takes it apart: quotes are doubled, not escaped."""
        return " ".join("'" + word.replace("'", "''") + "'" for word in self.ssh)

    def first(self, keyword: str) -> str:
        """What the configuration says first for a keyword; "" where it says nothing."""
        return next(iter(self.known.get(keyword, ())), "")


def connection_to(address: SshAddress, environment: Mapping[str, str]) -> Connection:
    """Ask ssh what it knows of the host; nothing is connected yet.

    Raises WrongUseError where BRIEFING_SSH_COMMAND cannot be read, BriefingError where there is no ssh or its
    configuration is broken.
    """
    given = environment.get(COMMAND, "ssh")
    try:
        ssh = shlex.split(given)
    except ValueError as error:
        msg = f"{COMMAND} is not a valid command ({error}): write it as in a shell, such as ssh -i key"
        raise WrongUseError(msg) from error
    if not ssh:
        msg = f"{COMMAND} is empty: unset it, or write it as in a shell, such as ssh -i key"
        raise WrongUseError(msg)
    environment = {**environment, "LC_ALL": "C"}
    port = ["-p", address.port] if address.port else []
    options = [word for option in _OPTIONS for word in ("-o", option)]
    known = _known([*ssh, *port, *options, "-G", "--", address.destination], environment)
    for keyword, default, ours in _IF_UNSET:
        if known.get(keyword, (default,)) == (default,):
            options += ["-o", ours]
    return Connection(address, (*ssh, "-T", *port, *options), known, environment)


def _known(command: list[str], environment: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        msg = f"publishing over ssh needs {command[0]}, which cannot be run: {error.strerror}"
        raise BriefingError(msg) from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        msg = f"ssh refuses its configuration: {said[0]}"
        raise BriefingError(msg)
    known: dict[str, tuple[str, ...]] = {}
    for line in done.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        known[keyword] = (*known.get(keyword, ()), value)
    return known
