"""`check --annotate`: every problem on its line of a pull request."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.commands.github_annotations import SUMMARY, annotate, annotation, summary
from briefing.errors import Problem, Weight

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

    from tests.conftest import MakePublication

COMMAND = re.compile(r"::(error|warning) file=([^,:]+),line=(\d+)(?:,title=([^,:]+))?::(.*)")
WORDS = st.text(st.characters(codec="utf-8"), min_size=1)
BAD_STORY = """\
---
title: A first story
date: 2026-03-30
topic: Science, 100%
sources: []
---
The text.
"""


def read(line: str) -> tuple[str, ...]:
    """What a runner takes from a line: level, file, line, title, message."""
    match = COMMAND.fullmatch(line)
    assert match, line
    return tuple(unquote(part or "") for part in match.groups())


@given(WORDS, WORDS, WORDS, st.integers(1, 9_999))
def test_any_text_arrives_as_it_was(path: str, what: str, hint: str, line: int) -> None:
    said = annotation(Problem(path, what, hint, "sources.1.url", line))
    assert "\n" not in said
    assert "\r" not in said
    match = re.fullmatch(r"::error file=([^,:]*),line=(\d+),title=sources\.1\.url::(.*)", said, re.DOTALL)
    assert match
    assert [unescaped(match[1]), match[2], unescaped(match[3])] == [path, str(line), f"{what}; {hint}"]


def unescaped(text: str) -> str:
    """The escapes that GitHub's runner knows, undone in its order."""
    for escape, character in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(escape, character)
    return text


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (Problem("a.md", "is wrong", ""), "::error file=a.md,line=1::is wrong"),
        (
            Problem("a,b:c.md", "50% of\nit", "mend: it", "title", 3),
            "::error file=a%2Cb%3Ac.md,line=3,title=title::50%25 of%0Ait; mend: it",
        ),
        (
            Problem("a.md", "is long", "cut it", "body", 7, Weight.WARNING, "heading-order"),
            "::warning file=a.md,line=7,title=body (heading-order)::is long; cut it",
        ),
        (
            Problem("a.md", "x", "y", check="later-link", weight=Weight.WARNING),
            "::warning file=a.md,line=1,title=later-link::x; y",
        ),
    ],
)
def test_the_form_is_that_of_the_runner(problem: Problem, line: str) -> None:
    assert annotation(problem) == line


def test_what_no_line_can_show_is_in_the_summary(tmp_path: Path) -> None:
    file = tmp_path / "summary"
    some = [Problem(f"content/{n:02}.md", "is <b>\nwrong", "mend it") for n in range(11)]
    warnings = [Problem("content/x.md", f"{n}", "", weight=Weight.WARNING) for n in range(10)]
    assert summary([*some[:10], *warnings]) == ""
    lines = annotate([*some, *warnings], {SUMMARY: str(file)})
    assert len(lines) == 21
    text = file.read_text(encoding="utf-8")
    assert text.count("\ncontent/") == 21
    assert "content/03.md:1: is &lt;b&gt; wrong; mend it\n" in text
    assert annotate(some, {}) == lines[:11]


def test_a_summary_is_never_too_long_for_the_forge() -> None:
    text = summary([Problem("content/a.md", str(n), "") for n in range(1_200)])
    assert "\nand 200 more in the log\n</pre>" in text
    assert len(text.splitlines()) < 1_010


def test_check_says_each_problem_once_as_a_line_and_once_to_the_runner(
    publication: MakePublication, briefing: Callable[..., CompletedProcess[str]]
) -> None:
    root = publication({"stories/2026/2026-03-30-a-first-story.md": BAD_STORY, "issues/2026-w14.md": None})
    plain = briefing(root, "check", "--json")
    problems: list[dict[str, Any]] = json.loads(plain.stdout)["problems"]
    assert {problem["weight"] for problem in problems} >= {"error"}
    done = briefing(root, "check", "--annotate", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["problems"] == problems
    told = [read(line) for line in done.stderr.splitlines() if line.startswith("::")]
    assert [(level, file, int(line), f"{said}") for level, file, line, _, said in told] == [
        (p["weight"], p["path"], max(p["line"], 1), "; ".join(filter(None, (p["what"], p["hint"])))) for p in problems
    ]
    both = briefing(root, "check", "--annotate").stderr.splitlines()
    assert len([line for line in both if line.startswith("content/")]) == len(told)


def test_faults_of_the_settings_are_on_their_line_too(
    publication: MakePublication, briefing: Callable[..., CompletedProcess[str]]
) -> None:
    done = briefing(publication({}, 'BRIEFING["topcis"] = []\n'), "check", "--annotate")
    assert done.returncode == 1
    assert "::error file=pelicanconf.py,line=" in done.stderr
