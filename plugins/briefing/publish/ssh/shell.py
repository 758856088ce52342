"""A shell on a host, kept open for a whole publish: what it holds, such as a lock, ends with this process."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from briefing.publish.ssh.ssh_errors import IN_SSH, failed, fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.errors import BriefingError
    from briefing.publish.ssh.connection import Connection

_PATIENCE: Final = 10  # seconds for the host to end the session once it is told to
# The line feed every half minute goes where only a broken connection notices it: without one the host would keep the
# session of a machine that has vanished, and its lock, for two hours (tcp(7), tcp_keepalive_time).
_OPENING: Final = """\
LC_ALL=C; export LC_ALL; top={top}
(
    trap 'kill $!; exit' TERM
    while :; do sleep 30 >/dev/null 2>&1 & wait $!; echo; done
) >&2 </dev/null & beat=$!
trap 'kill "$beat"' EXIT; trap exit HUP PIPE TERM
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """A POSIX shell on the host. `$top` is the target folder; messages are English."""

    connection: Connection
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    token: str

    @property
    def is_open(self) -> bool:
        """Whether the session still runs."""
        return self.process.poll() is None

    def begin(self) -> None:
        """Wait until the host has let us in and its shell is ready."""
        self._answer(_OPENING.format(top=self.connection.address.for_a_shell))

    def run(self, script: str) -> str:
        """What a script writes. It ends at its first command that fails; then BriefingError says what that wrote."""
        return self._answer(f"( set -e\n{script}\n) </dev/null 2>&1\n")

    def keep(self, script: str) -> str:
        """The same for a script whose open files stay open until the session ends. It does not stop by itself."""
        return self._answer(f"{{\n{script}\n}} </dev/null 2>&1\n")

    def _answer(self, commands: str) -> str:
        """Send commands and read what comes of them. A shell begins a compound one only once it has the whole of it."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101
        ending = self.token.encode()
        lines: list[bytes] = []
        try:
            stdin.write(f"{commands}printf '\\n%s %d\\n' {self.token} $?\n".encode())
            stdin.flush()
            while not (line := stdout.readline()).startswith(ending):
                if not line:
                    raise self._lost(lines)
                lines.append(line)
        except BrokenPipeError as error:
            raise self._lost([*stdout]) from error
        text = b"".join(lines).removesuffix(b"\n").decode(errors="surrogateescape")
        if int(line.split()[1]):
            reasons = text.strip().splitlines() or ["a command failed without a word"]
            raise failed(self.connection, reasons[-1])
        return text

    def _lost(self, lines: list[bytes]) -> BriefingError:
        """Why the session ended. An account without a shell says so in its output."""
        self.process.wait()
        self.said.seek(0)
        said = self.said.read() if self.process.returncode == IN_SSH else b"".join(lines) + self.said.read()
        return fault(self.connection, said.decode(errors="replace"))


@contextmanager
def opened(connection: Connection) -> Iterator[Shell]:
    """Log in and keep a shell until the end. Raises BriefingError where the host does not let us in."""
    with tempfile.TemporaryFile() as said:
        # In a session of its own: an interrupt at the terminal must leave it to clear up.
        process = subprocess.Popen(
            [*connection.command, "exec sh"],
            env=dict(connection.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
        shell = Shell(connection, process, said, f"briefing-{secrets.token_hex(8)}")
        try:
            shell.begin()
            yield shell
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe:
                pipe.close()
        except BrokenPipeError:  # what was not sent any more is lost with the session
            continue
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
