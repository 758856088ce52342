"""Subject and preheader."""

from __future__ import annotations

from typing import Any

import pytest

from briefing.checks.email.inbox_lines import cut


def test_a_short_subject_and_a_preheader_pass(desk: Any) -> None:
    found = desk.look(issue={"subject": "What happened"})
    assert [found.row(name).verdict for name in ("subject", "preheader")] == ["ok", "ok"]
    assert found.row("subject").note == ""


def test_the_row_shows_what_phones_leave(desk: Any) -> None:
    note = desk.look().row("subject").note
    assert note == "a narrow phone shows \u201cWhat happened, and what came aft\u2026\u201d"


@pytest.mark.parametrize(
    ("issue", "check", "said"),
    [
        ({"subject": "word " * 15}, "subject", "the subject has 75 columns"),
        ({"subject": "\u5b57" * 36}, "subject", "the subject has 72 columns"),
        ({"preheader": ""}, "preheader", "there is no preheader"),
        ({"preheader": "what happened", "subject": "What happened"}, "preheader", "repeats the subject"),
        ({"preheader": "word " * 30}, "preheader", "no phone shows more"),
    ],
)
def test_a_poor_opening_is_a_warning_at_its_key(desk: Any, issue: dict[str, str], check: str, said: str) -> None:
    found = desk.look(issue=issue, line=lambda _path, key: {"subject": 5, "preheader": 6}[key])
    assert found.row(check).verdict == "warning"
    (problem,) = found.problems(check)
    assert said in problem.what
    assert problem.line == {"subject": 5, "preheader": 6}[check]


def test_a_text_is_cut_to_its_columns() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde\u2026"
    assert cut("\u5b57" * 4, 6) == "\u5b57\u5b57\u2026"
