"""Debian's OpenSSH server on loopback: its own host key, its own user key, a port of its own."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
KexAlgorithms curve25519-sha256
# Else bash reads the tester's own start-up files.
SetEnv SHLVL=2
ForceCommand sh {folder}/login
"""
CLIENT = """\
Host *
    IdentityFile {folder}/user
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known_hosts
    GlobalKnownHostsFile none
    IdentityAgent none
"""
# One login for all that comes after it, as many have it in their own configuration.
SHARING = """\
Host *
    ControlMaster auto
    ControlPath "{folder}/shared"
    ControlPersist 60
"""

# What a publish needs of a host, besides what a shell has in itself.
NEEDED = tuple(
    "sh rsync flock sha256sum find mv readlink stat ls head tr wc cat mkdir rm ln touch sync sleep".split()  # noqa: SIM905 - a list of words is easier to read
)


@dataclass(frozen=True)
class Sshd:
    """One server. folder: its keys and settings, and its users' home."""

    folder: Path
    port: int

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        """What a publish is given to reach it."""
        return self.told()

    def told(self, *options: str, client: str = "it's client") -> dict[str, str]:
        """The same with more of ssh's options, or another of its configurations."""
        command = shlex.join(["ssh", "-F", str(self.folder / client), *options])
        return {**os.environ, "BRIEFING_SSH_COMMAND": command}

    def url(self, folder: Path | str) -> str:
        return f"ssh://127.0.0.1:{self.port}{folder}"

    def reset(self) -> None:
        """As a host usually is: known, with everything installed and an empty home."""
        self.login("")
        public = (self.folder / "host.pub").read_text()
        (self.folder / "known_hosts").write_text(f"[127.0.0.1]:{self.port} {public}")
        (self.folder / "it's client").write_text(CLIENT.format(folder=self.folder))
        (self.folder / "sharing").write_text((CLIENT + SHARING).format(folder=self.folder))
        shutil.rmtree(self.home, ignore_errors=True)
        self.home.mkdir()

    def login(self, before: str, command: str = 'exec sh -c "$SSH_ORIGINAL_COMMAND"') -> None:
        """From now on every login runs `before`, and then what was asked for."""
        (self.folder / "login").write_text(
            f"HOME={shlex.quote(str(self.home))}; export HOME; cd; umask 022\n{before}\n{command}\n"
        )

    def only(self, *tools: str) -> None:
        """From now on only these programs are installed."""
        installed = self.folder / "bin"
        shutil.rmtree(installed, ignore_errors=True)
        installed.mkdir()
        for tool in tools:
            (installed / tool).symlink_to(str(shutil.which(tool)))
        self.login(f"PATH={installed}; export PATH")


@contextlib.contextmanager
def running(program: str, folder: Path) -> Iterator[Sshd]:
    """A server until the end."""
    for name in ("host", "user"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a test", "-f", str(folder / name)]
        subprocess.run(make, check=True)
    if os.geteuid() == 0:  # what Debian's unit does before it starts the server
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    process, server = _started(program, folder)
    try:
        server.reset()
        yield server
    finally:
        end = ["ssh", "-F", str(folder / "sharing"), "-O", "exit", "any"]
        subprocess.run(end, check=False, capture_output=True)
        process.terminate()
        process.wait()


def _started(program: str, folder: Path) -> tuple[subprocess.Popen[bytes], Sshd]:
    for _ in range(5):
        port = _free_port()
        (folder / "config").write_text(CONFIG.format(port=port, folder=folder))
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "config")], stderr=log)
        while process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)) as there:
                there.recv(3)
                return process, Sshd(folder, port)
            time.sleep(0.02)
    raise AssertionError((folder / "log").read_text())


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
