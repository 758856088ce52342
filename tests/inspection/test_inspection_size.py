"""How large a digest may be, and what its parts weigh."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from briefing.digest.inspection.page import read_page
from briefing.digest.inspection.size import weights

LEAD = "What happened, in a sentence."


def test_a_small_digest_passes(desk: Any) -> None:
    row = desk.look().row("size")
    assert row.verdict == "ok"
    assert row.value.endswith(" as sent")
    assert row.limit == "< 90 KB"


@pytest.mark.parametrize(("kilobytes", "verdict"), [(70, "warning"), (90, "error")])
def test_a_large_digest_is_told_with_its_heaviest_parts(desk: Any, kilobytes: int, verdict: str) -> None:
    found = desk.look(html=(LEAD, "word " * (kilobytes * 1024 // 5)))
    assert found.row("size").verdict == verdict
    (problem,) = found.problems("size")
    assert problem.path == "content/issues/2026-w14.md"
    assert problem.weight == verdict
    assert "the heaviest are \u201cA lead story\u201d" in problem.what
    assert "leave \u201cA lead story\u201d" in problem.hint


def test_parts_add_up_and_each_has_its_own(desk: Any) -> None:
    page = read_page(desk.digest.html)
    found = weights(desk.view.issue, page, desk.settings)
    assert sum(found.values()) == len(desk.digest.html.encode())
    names = {"introduction", "sponsor", "one-liners", "style sheets", "style attributes", "the rest"}
    assert set(found) == names | {"\u201cA lead story\u201d", "\u201cAnother story\u201d"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("introduction", "Good morning, says "),
        ("sponsor", "makes paperclips."),
        ("\u201cAnother story\u201d", "What came after it."),
        ("one-liners", "A short thing"),
        ("the rest", "1 Example Street"),
    ],
)
def test_what_grows_is_what_weighs(desk: Any, name: str, text: str) -> None:
    issue = desk.view.issue
    before = weights(issue, read_page(desk.digest.html), desk.settings)
    more = "x" * 500
    if name == "introduction":
        issue = dataclasses.replace(issue, html=issue.html.replace(text, text + more))
    after = weights(issue, read_page(desk.digest.html.replace(text, text + more)), desk.settings)
    assert {part for part in after if after[part] != before[part]} == {name}
    assert after[name] - before[name] == 500
