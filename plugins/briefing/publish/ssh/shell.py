"""A shell on a host, open for a whole publish. Its locks end with this process."""

from __future__ import annotations

import secrets
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from briefing.publish.ssh.ssh_errors import SSH_FAILED, connection_error, remote_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.errors import BriefingError
    from briefing.publish.ssh.connection import Connection

_CLOSE_TIMEOUT: Final = 10  # seconds for the host to end the session
# A line feed every 30 seconds detects a broken connection. Without it the host would keep the session of a machine that
# has vanished, and its lock, for two hours (tcp(7), tcp_keepalive_time).
_START: Final = """\
LC_ALL=C; export LC_ALL; top={top}
(
    trap 'kill $!; exit' TERM
    while :; do sleep 30 >/dev/null 2>&1 & wait $!; echo; done
) >&2 </dev/null & beat=$!
trap 'kill "$beat"' EXIT; trap exit HUP PIPE TERM
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """A POSIX shell on the host. `$top` is the target folder. Messages are in English."""

    connection: Connection
    process: subprocess.Popen[bytes]
    stderr: IO[bytes]
    token: str

    @property
    def is_open(self) -> bool:
        """Whether the session is still running."""
        return self.process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait for the login and for the shell."""
        self._send(_START.format(top=self.connection.target.shell_word))

    def run(self, script: str) -> str:
        """Return a script's output. Raises BriefingError with the output of the first command that fails."""
        return self._send(f"( set -e\n{script}\n) </dev/null 2>&1\n")

    def run_in_session(self, script: str) -> str:
        """Run a script whose open files stay open until the session ends. It continues after a command that fails."""
        return self._send(f"{{\n{script}\n}} </dev/null 2>&1\n")

    def _send(self, commands: str) -> str:
        """Send commands and return their output. A shell runs a compound command only after it has read all of it."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101
        end = self.token.encode()
        lines: list[bytes] = []
        try:
            stdin.write(f"{commands}printf '\\n%s %d\\n' {self.token} $?\n".encode())
            stdin.flush()
            while not (line := stdout.readline()).startswith(end):
                if not line:
                    raise self._session_error(lines)
                lines.append(line)
        except BrokenPipeError as error:
            raise self._session_error([*stdout]) from error
        text = b"".join(lines).removesuffix(b"\n").decode(errors="surrogateescape")
        if int(line.split()[1]):
            reasons = text.strip().splitlines() or ["a command failed without a message"]
            raise remote_error(self.connection, reasons[-1])
        return text

    def _session_error(self, lines: list[bytes]) -> BriefingError:
        """Return why the session ended. An account without a shell says so in its standard output."""
        self.process.wait()
        self.stderr.seek(0)
        stderr = self.stderr.read()
        output = stderr if self.process.returncode == SSH_FAILED else b"".join(lines) + stderr
        return connection_error(self.connection, output.decode(errors="replace"))


@contextmanager
def open_shell(connection: Connection) -> Iterator[Shell]:
    """Log in and open a shell until the block ends. Raises BriefingError if the host refuses the login."""
    with tempfile.TemporaryFile() as stderr:
        # In a new session, so that Ctrl-C does not end it before the cleanup.
        process = subprocess.Popen(
            [*connection.command, "exec sh"],
            env=dict(connection.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        shell = Shell(connection, process, stderr, f"briefing-{secrets.token_hex(8)}")
        try:
            shell.wait_until_ready()
            yield shell
        finally:
            _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe:
                pipe.close()
        except BrokenPipeError:  # unsent input is lost with the session
            continue
    try:
        process.wait(_CLOSE_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
