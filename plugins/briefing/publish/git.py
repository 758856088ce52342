"""Run git, as far as publishing to a branch needs it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CREDENTIALS = re.compile(r"(?<=://)[^/\s'\"]*@")
_TOKEN = re.compile(r"\b(?:gh[a-z]_|github_pat_|glpat-)[\w-]+")
_REMOTE = re.compile(r"^remote:(.*)", re.MULTILINE)
_PROGRESS = re.compile(r"[A-Z][\w ]+: +\d+% ")
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f]")  # with escape sequences (ECMA-48, 5.4)
_MAX_LENGTH = 200  # characters of a remote's message
_ERROR = re.compile(r"^(?:fatal|error|remote: error): *(.*)", re.MULTILINE)
# Git sets these for a hook, which may run publish (git rev-parse --local-env-vars).
_HOOK_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


class GitFailedError(BriefingError):
    """Git failed. The message is its reason in one line, without credentials."""


@dataclass(frozen=True, slots=True)
class Git:
    """Git in one folder. Its messages are in English whatever the locale, and it prompts only on a terminal."""

    folder: Path

    def run(self, *command: str, **extra: str) -> str:
        """Return the output of `git COMMAND`, with `extra` in its environment. Raises GitFailedError."""
        return _output(command[0], self.attempt(*command, **extra))

    def run_with_input(self, text: str, *command: str, **extra: str) -> str:
        """Return the output of `git COMMAND` with `text` as its standard input. Raises GitFailedError."""
        return _output(command[0], self.execute(["git", *command], extra, text))

    def attempt(self, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """Return the result of `git COMMAND`, even if it fails."""
        return self.execute(["git", *command], extra)

    def execute(
        self, command: list[str], extra: Mapping[str, str], text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Return the result of a command that calls git, in the same folder. text: its standard input."""
        environment = {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES}
        environment |= {"LC_ALL": "C.UTF-8", "LANGUAGE": "", **extra}
        if sys.stdin is None or not sys.stdin.isatty():
            environment.setdefault("GIT_TERMINAL_PROMPT", "0")
        try:
            return subprocess.run(
                command,
                cwd=self.folder,
                env=environment,
                input=text,
                capture_output=True,
                check=False,
                encoding="utf-8",
                errors="surrogateescape",
            )
        except FileNotFoundError as error:
            msg = f"publishing to a branch needs {command[0]}, which is not installed: install it"
            raise BriefingError(msg) from error

    def succeeds(self, *command: str) -> bool:
        """Return whether `git COMMAND` succeeds."""
        return self.attempt(*command).returncode == 0


def failure_reason(done: subprocess.CompletedProcess[str]) -> str:
    """Return why a command failed, in one line, without credentials."""
    lines = _ERROR.findall(done.stderr) or done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
    return without_credentials(lines[0].strip())


def remote_message(done: subprocess.CompletedProcess[str], secret: str) -> str:
    """Return the message of the remote, such as of its hook: the beginning, in one line; "" if there is none.

    Without credentials, tokens, and `secret`: the part before the host in the remote's URL, or "".
    """
    lines = (" ".join(_CONTROL.sub(" ", line).split()) for line in _REMOTE.findall(done.stderr))
    text = without_credentials(" ".join(line for line in lines if line and not _PROGRESS.match(line)))
    for part in filter(None, (secret, *secret.split(":", 1)[1:])):
        text = text.replace(part, "...")
    text = _TOKEN.sub("...", text)
    return text if len(text) <= _MAX_LENGTH else f"{text[:_MAX_LENGTH].rstrip()} ..."


def credentials_in(url: str) -> str:
    """Return the part before the host in an http(s) URL, such as `user:password`; "" if there is none."""
    found = _CREDENTIALS.search(url) if url.startswith("http") else None
    return found[0].removesuffix("@") if found else ""


def without_credentials(text: str) -> str:
    """Return the text without the user and password of every URL in it."""
    return _CREDENTIALS.sub("", text)


def _output(name: str, done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode:
        msg = f"git {name}: {failure_reason(done)}"
        raise GitFailedError(msg)
    return done.stdout
