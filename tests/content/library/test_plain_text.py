"""Markdown in front matter, which is plain text: warned of with its field and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from briefing import settings as publication_settings
from briefing.checks.content import find_problems
from briefing.content import markdown
from briefing.content.library import read_library
from briefing.errors import Weight

if TYPE_CHECKING:
    from tests.conftest import MakePublication

FILES = {
    "stories/2026/2026-04-01-s.md": """---
title: A **bold** title
date: 2026-04-01
summary: >
  One. _Two_ and
  *three*.
topic: Law
sources:
  - name: A
    url: "https://a.example/*b*"
    note: See [it](https://a.example/).
why_it_matters: これは**「重要」**です
key_questions: [Why?, "Is ~~it~~ so?"]
extra: {mine: "**kept**"}
acknowledged: [{check: heading-order, reason: "**so**"}]
---
Text.
""",
    "issues/2026-w15.md": """---
number: 2
title: T
date: 2026-04-10
preheader: More.
subject: "**Now**"
lead: 2026-04-01-s
links: [{title: "A *short* thing", url: "https://l.example/"}]
---
""",
    "threads/t.md": "---\ntitle: T\nsummary: A **thread**.\n---\n",
    "curators/c.md": "---\nname: C\nrole: The __chief editor__\n---\n",
    "pages/p.md": "---\ntitle: '*P*'\n---\n",
    "mail/welcome.md": "---\nsubject: '**Welcome**'\n---\n{{ link }}\n",
}


def test_it_is_warned_of_where_it_stands(publication: MakePublication) -> None:
    found = find_problems(read_library(publication_settings.load(publication(FILES))))
    problems = [problem for problem in found if problem.check == "markdown-shown"]
    story = "content/stories/2026/2026-04-01-s.md"
    assert {(each.path, each.line, each.field, each.what.split("`")[1]) for each in problems} == {
        (story, 2, "title", "**bold**"),
        (story, 4, "summary", "*three*"),
        (story, 11, "sources.1.note", "[it](https://a.example/)"),
        (story, 12, "why_it_matters", "**「重要」**"),
        (story, 13, "key_questions.2", "~~it~~"),
        ("content/issues/2026-w15.md", 6, "subject", "**Now**"),
        ("content/issues/2026-w15.md", 8, "links.1.title", "*short*"),
        ("content/threads/t.md", 3, "summary", "**thread**"),
        ("content/curators/c.md", 3, "role", "__chief editor__"),
        ("content/pages/p.md", 2, "title", "*P*"),
        ("content/mail/welcome.md", 2, "subject", "**Welcome**"),
    }
    assert {each.weight for each in problems} == {Weight.WARNING}


@pytest.mark.parametrize(
    "text",
    [
        "5 * 3 * 2",
        "M*A*S*H",
        "__init__ and snake_case",
        "Price* and *tax",
        "f**k",
        "a ** b ** c",
        "~~~",
        "[1] (so)",
        "C**",
    ],
)
def test_signs_that_are_no_markdown_are_let_through(text: str) -> None:
    assert list(markdown.in_plain_text(text)) == []
