"""A citation leads to a source that the story has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from briefing import settings as publication_settings
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.errors import Weight

if TYPE_CHECKING:
    from tests.conftest import MakePublication

STORY = "stories/2026/2026-04-01-s.md"
HEAD = """---
title: T
date: 2026-04-01
summary: S.
topic: Law
sources: [{name: A, url: null, note: n}, {name: B, url: null, note: n}]
---
"""
OTHER = "---\ntitle: P\n---\n"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (STORY, f"{HEAD}One.[^s1] Two.[^s2] [1](#source-1) [both](#source-2)\n"),
        ("pages/p.md", f"{OTHER}[2]({{filename}}/{STORY}#source-2)\n"),
        ("pages/p.md", f"{OTHER}A note.[^s9]\n\n[^s9]: Of this name.\n"),
    ],
)
def test_a_source_that_is_there_may_be_cited(publication: MakePublication, file: str, text: str) -> None:
    root = publication({STORY: HEAD, file: text})
    assert find_problems(read_library(publication_settings.load(root))) == ()


@pytest.mark.parametrize(
    ("file", "text", "line", "what"),
    [
        (STORY, f"{HEAD}One.\n\nTwo.[^s3]\n", 10, f"there is no source 3: content/{STORY} has 2 sources"),
        (STORY, f"{HEAD}[3](#source-3)\n", 8, "there is no source 3"),
        (STORY, f"{HEAD}[0](#source-0)\n", 8, "there is no source 0"),
        (STORY, f"{HEAD}[the third](#source-3)\n", 8, "there is no source 3"),
        ("pages/p.md", f"{OTHER}[3]({{filename}}/{STORY}#source-3)\n", 4, "there is no source 3"),
        ("pages/p.md", f"{OTHER}## Source 1\n\nOne.[^s1]\n", 6, "there is no source 1: only a story has sources"),
    ],
)
def test_a_source_that_is_not_there_is_an_error_on_its_line(
    publication: MakePublication, file: str, text: str, line: int, what: str
) -> None:
    root = publication({STORY: HEAD, file: text})
    (problem,) = find_problems(read_library(publication_settings.load(root)))
    assert (problem.path, problem.line, problem.field) == (f"content/{file}", line, "body")
    assert problem.weight is Weight.ERROR
    assert problem.what.startswith(what)
    assert problem.hint
    assert problem.hint != "fix the link"
