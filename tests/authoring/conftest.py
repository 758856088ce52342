"""A publication to write into, and the command line in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pytest

from briefing.commands.app import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORY = """\
---
title: {title}
date: {date}
summary: What happened.
topic: {topic}
sources:
  - name: The Journal
    url: "https://journal.example/"
kind: {kind}
status: {status}
---
{body}
"""


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str


class WriteStory(Protocol):
    """A story's file that passes `check`."""

    def __call__(
        self,
        date: str,
        *,
        title: str = "A story",
        topic: str = "Science",
        kind: str = "brief",
        status: str = "published",
        body: str = "Text.",
    ) -> str: ...


@pytest.fixture
def story() -> WriteStory:
    def write(
        date: str,
        *,
        title: str = "A story",
        topic: str = "Science",
        kind: str = "brief",
        status: str = "published",
        body: str = "Text.",
    ) -> str:
        return STORY.format(title=title, date=date, topic=topic, kind=kind, status=status, body=body)

    return write


@pytest.fixture
def snapshot() -> Callable[[Path], dict[str, bytes]]:
    """Every file under content/, hidden ones too, with its bytes."""

    def look(root: Path) -> dict[str, bytes]:
        content = root / "content"
        return {
            path.relative_to(content).as_posix(): path.read_bytes() for path in content.rglob("*") if path.is_file()
        }

    return look


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """`say(root, "new", "story", "Title")`: one command in this process."""

    def run(root: Path, *argv: str) -> Said:
        capsys.readouterr()
        code = main(argv, root)
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run
