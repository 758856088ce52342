"""Markdown that was not understood is told of, since readers would see its brackets."""

from __future__ import annotations

import pytest

from briefing.content.markdown import Text, render


def warned(markdown: str) -> list[str]:
    return [problem.what for problem in render(Text(markdown, "a.md", "stories/a.md"))[1]]


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("A [text][nope].", "[text][nope]"),
        ("A claim.[^nope]", "[^nope]"),
        ("| a |\n| --- |\n| [b][c] |", "[b][c]"),
    ],
)
def test_what_is_shown_with_its_brackets_is_told(markdown: str, shown: str) -> None:
    assert warned(markdown) == [f"`{shown}` is shown as written"]


@pytest.mark.parametrize(
    "markdown",
    [
        "`[a](b c)` is code",
        "```\n[a][b]\n```",
        "He wrote [sic] and [1].",
        "[a][b]\n\n[b]: https://x.example/",
        "f[^1]\n\n[^1]: n",
    ],
)
def test_what_is_meant_is_not(markdown: str) -> None:
    assert warned(markdown) == []
