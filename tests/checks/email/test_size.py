"""How large a digest may be, and what its parts weigh."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from briefing.checks.email.html_tree import read_page
from briefing.checks.email.size import inspect_size, weights

LEAD = "What happened, in a sentence."


def test_a_small_digest_passes(rendered: Any) -> None:
    row = rendered.inspected().row("size")
    assert row.verdict == "ok"
    assert row.value.endswith(" as sent")
    assert row.limit == "< 90 KB"


@pytest.mark.parametrize(("kilobytes", "verdict"), [(70, "warning"), (90, "error")])
def test_a_large_digest_is_told_with_its_heaviest_parts(rendered: Any, kilobytes: int, verdict: str) -> None:
    found = rendered.inspected(html=(LEAD, "word " * (kilobytes * 1024 // 5)))
    assert found.row("size").verdict == verdict
    (problem,) = found.problems("size")
    assert problem.path == "content/issues/2026-w14.md"
    assert problem.weight == verdict
    assert "\u201cA lead story\u201d" in problem.what.partition(",")[2].partition(";")[2].partition(",")[0]
    assert "\u201cA lead story\u201d" in problem.hint


@pytest.mark.parametrize(
    ("octets", "verdict"),
    [
        (75 * 1024 - 1, "ok"),
        (75 * 1024, "warning"),
        (90 * 1024 - 1, "warning"),
        (90 * 1024, "error"),
    ],
)
def test_a_limit_is_the_first_size_that_is_too_large(rendered: Any, octets: int, verdict: str) -> None:
    filler = "x" * (octets - len(rendered.digest.html.encode()))
    changed = rendered.digest.html.replace(LEAD, LEAD + filler, 1)
    assert len(changed.encode()) == octets
    outcome = inspect_size(rendered.view, read_page(changed), rendered.settings)
    assert [finding.weight for finding in outcome.findings] == ([] if verdict == "ok" else [verdict])
    limit = {"warning": "smaller than 75 KB", "error": "smaller than 90 KB"}.get(verdict, "")
    assert all(finding.hint.endswith(limit) for finding in outcome.findings)


def test_many_stories_are_to_be_fewer(render: Any) -> None:
    story = render.__globals__["FILES"]["content/stories/2026/2026-03-31-another.md"]
    names = [f"2026-03-31-story-{number:03}" for number in range(120)]
    files = {f"content/stories/2026/{name}.md": story.replace("Another story", f"A story {name}") for name in names}
    issue = render.__globals__["FILES"]["content/issues/2026-w14.md"]
    files["content/issues/2026-w14.md"] = issue.replace("[2026-03-31-another]", f"[{', '.join(names)}]")
    (problem,) = render(files).inspected(html=("What came after it.", "It came after. " * 30)).problems("size")
    assert problem.weight == "error"
    assert "stories to the web" in problem.hint


def test_an_issue_of_one_story_has_its_frame_apart(render: Any) -> None:
    text = "---\nnumber: 1\ntitle: T\ndate: 2026-04-03\npreheader: More.\nlead: 2026-03-30-a-lead\n---\n"
    own = render({"content/issues/2026-w14.md": text})
    assert own.inspected().inspection.problems == ()
    found = weights(own.view, read_page(own.digest.html), own.settings)
    assert {"masthead", "footer", "\u201cA lead story\u201d"} <= set(found)
    assert found["\u201cA lead story\u201d"] < len(own.digest.html) / 2


def test_parts_add_up_and_each_has_its_own(rendered: Any) -> None:
    page = read_page(rendered.digest.html)
    found = weights(rendered.view, page, rendered.settings)
    assert sum(found.values()) == len(rendered.digest.html.encode())
    names = {
        "introduction",
        "sponsor",
        "one-liners",
        "style sheets",
        "style attributes",
        "the rest",
        "masthead",
        "footer",
    }
    assert set(found) == names | {"\u201cA lead story\u201d", "\u201cAnother story\u201d"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("introduction", "Good morning, says "),
        ("sponsor", "makes paperclips."),
        ("\u201cAnother story\u201d", "What came after it."),
        ("one-liners", "A short thing"),
        ("footer", "1 Example Street"),
    ],
)
def test_what_grows_is_what_weighs(rendered: Any, name: str, text: str) -> None:
    view = rendered.view
    before = weights(view, read_page(rendered.digest.html), rendered.settings)
    more = "x" * 500
    if name == "introduction":
        issue = dataclasses.replace(view.issue, html=view.issue.html.replace(text, text + more))
        view = dataclasses.replace(view, issue=issue)
    after = weights(view, read_page(rendered.digest.html.replace(text, text + more)), rendered.settings)
    assert {part for part in after if after[part] != before[part]} == {name}
    assert after[name] - before[name] == 500
