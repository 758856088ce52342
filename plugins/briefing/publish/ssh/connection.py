"""How to reach a host: the ssh command, its options, and the user's ssh configuration."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.publish.ssh.url import SshTarget

_COMMAND: Final = "BRIEFING_SSH_COMMAND"
# No prompts, and nothing from the user's configuration that is for interactive sessions: tunnels, a command, banners.
# Never add an option that weakens the check of the host key.
_OPTIONS: Final = ("BatchMode=yes", "RemoteCommand=none", "ClearAllForwardings=yes", "LogLevel=ERROR")
# Options for a user who has not configured them: keyword, ssh's default (ssh_config(5)), ours in seconds.
_DEFAULTS: Final = (
    ("connecttimeout", "none", "ConnectTimeout=20"),
    ("serveraliveinterval", "0", "ServerAliveInterval=15"),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """A target with the ssh command that reaches its host. config: ssh's configuration, by lower-case keyword."""

    target: SshTarget
    ssh: tuple[str, ...]
    config: Mapping[str, tuple[str, ...]]
    environment: Mapping[str, str]

    @property
    def command(self) -> list[str]:
        """The ssh command with its destination; append the command to run on the host."""
        return [*self.ssh, "--", self.target.destination]

    @property
    def rsync_shell(self) -> str:
        """The ssh command for rsync's `--rsh`, in which quotes are doubled and not escaped."""
        return " ".join("'" + word.replace("'", "''") + "'" for word in self.ssh)

    def option(self, keyword: str) -> str:
        """Return the first value of a keyword in the configuration; "" if there is none."""
        return next(iter(self.config.get(keyword, ())), "")


def resolve_connection(target: SshTarget, environment: Mapping[str, str]) -> Connection:
    """Read ssh's configuration for the host, without connecting.

    Raises WrongUseError if BRIEFING_SSH_COMMAND is not valid, and BriefingError if ssh is missing or its configuration
    is broken.
    """
    given = environment.get(_COMMAND, "ssh")
    try:
        ssh = shlex.split(given)
    except ValueError as error:
        msg = f"{_COMMAND} is not a valid command ({error}): write it as in a shell, such as ssh -i key"
        raise WrongUseError(msg) from error
    if not ssh:
        msg = f"{_COMMAND} is empty: unset it, or write it as in a shell, such as ssh -i key"
        raise WrongUseError(msg)
    environment = {**environment, "LC_ALL": "C"}
    port = ["-p", target.port] if target.port else []
    options = [word for option in _OPTIONS for word in ("-o", option)]
    config = _read_config([*ssh, *port, *options, "-G", "--", target.destination], environment)
    for keyword, default, ours in _DEFAULTS:
        if config.get(keyword, (default,)) == (default,):
            options += ["-o", ours]
    return Connection(target, (*ssh, "-T", *port, *options), config, environment)


def _read_config(command: list[str], environment: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
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
        msg = f"cannot run {command[0]}, which publishing over ssh needs: {error.strerror}; install it"
        raise BriefingError(msg) from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        msg = f"ssh rejects its configuration: {lines[0]}; correct it"
        raise BriefingError(msg)
    config: dict[str, tuple[str, ...]] = {}
    for line in done.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        config[keyword] = (*config.get(keyword, ()), value)
    return config
