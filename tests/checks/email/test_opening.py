"""Subject and preheader."""

from __future__ import annotations

from typing import Any

from briefing.checks.email.inbox_lines import cut


def test_a_short_subject_and_a_preheader_pass(rendered: Any) -> None:
    found = rendered.inspected(issue={"subject": "What happened"})
    assert [found.row(name).verdict for name in ("subject", "preheader")] == ["ok", "ok"]
    assert found.row("subject").note == ""


def test_the_row_shows_what_phones_leave(rendered: Any) -> None:
    note = rendered.inspected().row("subject").note
    assert note == "a narrow phone shows \u201cWhat happened, and what came aft\u2026\u201d"


def test_a_text_is_cut_to_its_columns() -> None:
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdefg", 6) == "abcde\u2026"
    assert cut("\u5b57" * 4, 6) == "\u5b57\u5b57\u2026"
