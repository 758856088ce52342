"""Thin weeks: an issue without stories is refused, and one with fewer than the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import MAILED

from briefing import settings
from briefing.checks import content
from briefing.content.library import read_library

if TYPE_CHECKING:
    from collections.abc import Callable

ISSUE = "issues/2026-w14.md"
THREE = 'BRIEFING["minimum_stories"] = 3\n'


@pytest.fixture
def problems(publication: Any) -> Callable[..., list[str]]:
    """Every problem of a small publication as it is printed."""

    def find(issue: str, more: str = "") -> list[str]:
        root = publication({ISSUE: f"---\nnumber: 1\ntitle: One\ndate: 2026-04-03\n{issue}---\nGood morning.\n"}, more)
        return [str(problem) for problem in content.find_problems(read_library(settings.load(root)))]

    return find


def test_an_issue_of_no_story_is_refused(problems: Any) -> None:
    (problem,) = problems("sections: []\n")
    assert problem.startswith(f"content/{ISSUE}:1: lead: is missing")


def test_a_section_of_no_story_is_refused(problems: Any) -> None:
    (problem,) = problems("lead: a-first-story\nsections:\n  - title: Law\n    stories: []\n")
    assert problem.startswith(f"content/{ISSUE}:8: sections.1.stories:")


def test_an_issue_of_one_story_will_do(problems: Any) -> None:
    assert problems("lead: a-first-story\n") == []


def test_a_publication_may_ask_for_more(problems: Any) -> None:
    (problem,) = problems("lead: a-first-story\nsections:\n  - title: Law\n    stories: [a-second-story]\n", THREE)
    assert problem == (
        f"content/{ISSUE}:6: sections: has 2 of the 3 stories that BRIEFING.minimum_stories requires; "
        "add 1, or lower minimum_stories in pelicanconf.py"
    )


def test_a_thin_draft_is_only_told(problems: Any) -> None:
    (problem,) = problems("lead: a-first-story\nstatus: draft\n", THREE + MAILED)
    assert problem.startswith(f"content/{ISSUE}:5: lead: has 1 of the 3 stories")
    assert problem.endswith("(warning)")
