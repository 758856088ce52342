"""SpamAssassin's rules, from made reports and from the program itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from briefing.checks.email.spam import inspect_spam
from briefing.errors import BriefingError
from briefing.site.spamassassin import report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

REPORT = """\
Content analysis details:   (1.4 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 1.4 {rule:<22} BODY: something
"""


def test_rules_on_relays_are_let_through(rendered: Any) -> None:
    row = rendered.inspected(spam=REPORT.format(rule="HTML_MESSAGE")).row("spam")
    assert (row.verdict, row.value) == ("ok", "1.4 points")
    assert row.note == "others: NO_RELAYS, HTML_MESSAGE"


def test_a_named_rule_is_an_error(rendered: Any) -> None:
    found = rendered.inspected(spam=REPORT.format(rule="MPART_ALT_DIFF"))
    assert found.row("spam").verdict == "error"
    assert len(found.problems("spam")) == 1


def test_where_it_is_missing_the_row_says_so(rendered: Any) -> None:
    assert rendered.inspected(spam=None).row("spam").value == "not installed"
    assert rendered.inspected(spam="").row("spam").value == "not run"


def test_it_is_missing_where_the_path_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert report(b"x") is None


def test_where_it_fails_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "spamassassin"
    program.write_text("#!/bin/sh\necho no rules >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(BriefingError, match="spamassassin failed: no rules"):
        report(b"x")


def test_the_program_itself_finds_nothing_in_the_theme(rendered: Any, tool: Callable[[str], str]) -> None:
    tool("spamassassin")
    found = rendered.inspected(spam=report(rendered.digest.message))
    assert found.row("spam").verdict == "ok", found.row("spam")
    assert found.row("spam").value.endswith(" points")


def test_the_program_itself_sees_a_bad_message(rendered: Any, tool: Callable[[str], str]) -> None:
    tool("spamassassin")
    bad = rendered.digest.message.replace(
        b"Subject: What happened, and what came after", b"Subject: BUY THE THINGS NOW ALL DAY"
    )
    assert "SpamAssassin's SUBJ_ALL_CAPS" in rendered.inspected(spam=report(bad)).row("spam").note


@pytest.mark.parametrize("rule", ["NORMAL_HTTP_TO_IP", "NUMERIC_HTTP_ADDR", "WEIRD_PORT"])
def test_numbers_and_ports_are_let_through_on_a_site_that_is_tried_on_this_machine(rule: str) -> None:
    assert inspect_spam(REPORT.format(rule=rule)).row.verdict == "error"
    assert inspect_spam(REPORT.format(rule=rule), is_local=True).row.verdict == "ok"
    assert inspect_spam(REPORT.format(rule="MPART_ALT_DIFF"), is_local=True).row.verdict == "error"
