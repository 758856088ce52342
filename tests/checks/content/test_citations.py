"""A citation leads to a source that the story has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from briefing import settings as publication_settings
from briefing.checks.content import find_problems
from briefing.content.library import read_library

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
