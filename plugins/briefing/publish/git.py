"""The git command, as far as publishing to a branch needs it."""

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
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x1f\x7f-\x9f]")  # colours and the like (ECMA-48, 5.4) whole
_LONGEST = 200  # characters of what a remote says
_SAID = re.compile(r"^(?:fatal|error|remote: error): *(.*)", re.MULTILINE)
# A hook that runs publish has these set for its own purposes (git rev-parse --local-env-vars).
_OF_A_HOOK = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


class GitFailedError(BriefingError):
    """Git refused; the message is its reason in one line, free of credentials."""


@dataclass(frozen=True, slots=True)
class Git:
    """Git, run in one folder. Its messages are English whatever the locale; it asks only on a terminal."""

    folder: Path

    def run(self, *command: str, **extra: str) -> str:
        """The standard output of `git COMMAND`, `extra` added to the environment. Raises GitFailedError."""
        done = self.attempt(*command, **extra)
        if done.returncode:
            msg = f"git {command[0]}: {reason(done)}"
            raise GitFailedError(msg)
        return done.stdout

    def attempt(self, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
        """`git COMMAND`, whatever comes of it."""
        return self.execute(["git", *command], extra)

    def feed(self, text: str, *command: str, **extra: str) -> str:
        """As `run`, with a text at the command's standard input."""
        done = self.execute(["git", *command], extra, text)
        if done.returncode:
            msg = f"git {command[0]}: {reason(done)}"
            raise GitFailedError(msg)
        return done.stdout

    def execute(
        self, command: list[str], extra: Mapping[str, str], text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command that calls git itself, in the same folder and the same environment; `text` is its standard input."""
        environment = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
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
            msg = f"publishing to a branch needs {command[0]}, which is not installed"
            raise BriefingError(msg) from error

    def has(self, *command: str) -> bool:
        """Whether `git COMMAND` succeeds."""
        return self.attempt(*command).returncode == 0


def reason(done: subprocess.CompletedProcess[str]) -> str:
    """Why a command failed, in one line, free of credentials."""
    said = _SAID.findall(done.stderr) or done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
    return without_credentials(said[0].strip())


def said_by_remote(done: subprocess.CompletedProcess[str], secret: str) -> str:
    """What the remote itself said, such as a hook of its: the beginning, in one line; "" where it said nothing.

    Free of credentials and tokens, and of `secret`, "" or what the remote's own URL has before its host.
    """
    lines = (" ".join(_CONTROL.sub(" ", line).split()) for line in _REMOTE.findall(done.stderr))
    text = without_credentials(" ".join(line for line in lines if line and not _PROGRESS.match(line)))
    for part in filter(None, (secret, *secret.split(":", 1)[1:])):
        text = text.replace(part, "...")
    text = _TOKEN.sub("...", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST].rstrip()} ..."


def credentials_in(url: str) -> str:
    """What a web address has before its host, such as `user:password`; "" where it has nothing. Ssh's user is none."""
    found = _CREDENTIALS.search(url) if url.startswith("http") else None
    return found[0].removesuffix("@") if found else ""


def without_credentials(text: str) -> str:
    """The text, with the user and password part cut out of every URL in it."""
    return _CREDENTIALS.sub("", text)
