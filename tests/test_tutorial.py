"""The tutorial, followed block by block as a reader would, in a copy of the repository as it is shipped."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY, on_terminal
from tests.test_docs import section
from tests.test_init import shipped

from briefing.authoring.scaffold.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["shipped"]

TUTORIAL = (REPOSITORY / "docs" / "tutorial.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^## (\d\. .+)$", TUTORIAL, re.MULTILINE)
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| (?!question|---)(.+?) \| (.+?) \|$", re.MULTILINE)
EXAMPLE = "2026-w14"  # the issue in the text; a reader's own has another name
SECOND = """\
---
title: The bridge stays closed
date: 2026-03-30
summary: Its bearings need another month.
topic: Town
sources: [{name: The Gazette, url: "https://gazette.example/bridge", title: Bearings, date: 2026-03-28}]
authors: [me]
status: draft
---
The town has found more rust than it had looked for.
"""
WORDS = {
    "title: ": "A second ship",
    "subject: ": "A second ship to the islands",
    "preheader: ": "And a bridge that stays closed until May.",
    "": "Good morning. This week the Harbour Board kept a promise.",
}
RUN = "python3 tasks.py "
CODE = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"


def answers() -> list[tuple[str, str]]:
    """Each question of `init` as the tutorial has it, and what is typed: "" for Enter."""
    rows = ROW.findall(section(TUTORIAL, STEPS[1]))
    return [(question, "" if answer == "Enter" else answer.strip("`")) for question, answer in rows]


@dataclass
class Follower:
    """Somebody who does what the tutorial says, and notices where that fails."""

    root: Path
    issue: str = EXAMPLE
    story: Path = Path()
    serving: subprocess.Popen[str] | None = None
    output: list[str] = field(default_factory=list)

    def follow(self, block: str) -> None:
        """Write a block that is a file's text into the newest story; type the lines of any other."""
        if block.startswith("---"):
            day = re.search(r"^date: .*$", self.story.read_text(encoding="utf-8"), re.MULTILINE)
            assert day
            self.story.write_text(re.sub(r"^date: 2026-03-30$", day[0], block, flags=re.MULTILINE), encoding="utf-8")
            return
        for line in block.splitlines():
            assert line.startswith(RUN), f"say how {line!r} is followed"
            self.type(*shlex.split(line.removeprefix(RUN).replace(EXAMPLE, self.issue)))

    def type(self, *argv: str) -> None:
        """One command, which must end well."""
        match argv[0]:
            case "serve":
                self.serving = self._start(*argv)
                assert self.serving.stdout
                while "built in" not in (line := self.serving.stdout.readline()):
                    assert line, "serve has ended"
                return
            case "init":
                typed = [answer for _, answer in answers()]
                code, output = on_terminal(self.root, *argv, typed=[*typed, ""], TZ="Europe/London")
            case "send":
                code, output = on_terminal(self.root, *argv, typed=["y"])
            case _:
                process = self._start(*argv)
                output, _ = process.communicate(timeout=300)
                code = process.returncode
        assert code == 0, f"{shlex.join(argv)}: {output}"
        self.output.append(output)
        if argv[0] == "new":
            made = self.root / re.findall(r"content/\S+\.md", output)[0]
            self.story, self.issue = (made, self.issue) if argv[1] == "story" else (self.story, made.stem)

    def _start(self, *argv: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", CODE, str(self.root), *argv],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root / "plugins")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def mails(self) -> list[Path]:
        """What was mailed, into the folder."""
        return list((self.root / ".briefing" / "mail" / "new").iterdir())


@pytest.fixture
def follower(shipped: Path) -> Iterator[Follower]:
    made = Follower(shipped)
    yield made
    if made.serving:
        os.killpg(made.serving.pid, signal.SIGINT)
        made.serving.communicate(timeout=60)
        assert made.serving.returncode == 0


def write_issue(file: Path) -> None:
    """What step 4 asks for in words: title, subject, preheader and introduction."""
    text = file.read_text(encoding="utf-8")
    for name, words in WORDS.items():
        text, written = re.subn(rf"^({name})TODO.*$", rf"\1{words}", text, flags=re.MULTILINE)
        assert written == 1, name
    file.write_text(text, encoding="utf-8")


def test_the_tutorial_works_to_the_letter(follower: Follower) -> None:
    root = follower.root
    for step in STEPS:
        for block in BLOCK.findall(section(TUTORIAL, step)):
            follower.follow(block)
            if block.startswith(f"{RUN}init"):
                assert (root / "content/curators/me.md").is_file()
                follower.type("check")
                assert follower.output[-1] == "no problems\n"
            elif block.startswith(f"{RUN}check"):
                assert follower.output[-1] == "no problems\n", "the tutorial's story is written in full"
            elif block.startswith(f"{RUN}ready a-new"):
                follower.type("new", "story", "The bridge stays closed")
                follower.follow(SECOND)
                follower.type("ready", "the-bridge-stays-closed")
            elif block.startswith(f"{RUN}new issue"):
                write_issue(root / f"content/issues/{follower.issue}.md")
            elif block.startswith(f"{RUN}ready 2026"):
                follower.type("check")
                assert follower.output[-1].endswith("no problems\n")
            elif block.startswith(f"{RUN}publish"):
                assert (root / "www/current/index.html").is_file()
                shutil.rmtree(root / "www")
            elif block.startswith(f"{RUN}proof"):
                assert len(follower.mails) == 1
    assert {file.name for file in (root / "outbox" / follower.issue).iterdir()} >= {
        f"digest.{x}" for x in ("html", "eml", "txt")
    }
    assert len(follower.mails) == 3
    record = (root / f"content/issues/{follower.issue}.sent.json").read_text(encoding="utf-8")
    assert "@" not in record
    assert f"{follower.issue}" in follower.output[-1]
    code, output = on_terminal(
        root, "send", follower.issue, "--via", "file:.briefing/mail", "--no-site-check", typed=[]
    )
    assert (code, "has already been sent" in output) == (1, True)


def test_the_tutorial_answers_what_is_asked_in_that_order() -> None:
    named = [question for question, _ in answers()]
    assert len(named) == len(QUESTIONS)
    assert [
        text for text, question in zip(named, QUESTIONS.values(), strict=True) if not question.startswith(text)
    ] == []
