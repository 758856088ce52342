"""The reference of problems: it has every message, and every place in the program that makes one has a case."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tests.problem_calls import calls_in
from tests.problem_cases import SOURCE, read_cases, result_of
from tests.problem_reference import KINDS, PAGE, general, page

# Where the program makes a problem that no case can show, and why.
WITHOUT_CASE = {
    "content/library/tree.py": "the settings say first that PATH is not a folder",
    "checks/email/digest_links.py": "the content's check says it, with its line",
    "settings/sending.py": "`send` says it, which knows how many readers there are",
    "site/gate.py": "it repeats a template's own error; and it looks up lines",
    "delivery/": "about lists of subscribers and mailboxes, not about a publication",
}


def test_the_reference_is_up_to_date() -> None:
    if os.environ.get("RENEW_CASES"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page(), "see `Problem messages` in CONTRIBUTING.md on how to renew it"


def test_every_place_that_makes_a_problem_has_a_case() -> None:
    places = frozenset[tuple[str, int]]().union(*(result_of(case).made_at for case in read_cases()))
    missing = [call for call in calls_in(SOURCE) if not call.contains(places)]
    named = [f"{Path(call.file).relative_to(SOURCE)}:{call.first}" for call in missing]
    assert [name for name in named if not name.startswith(tuple(WITHOUT_CASE))] == [], (
        "add a case to tests/cases/problems/"
    )
    assert [name for name in WITHOUT_CASE if not any(one.startswith(name) for one in named)] == []


def test_every_kind_of_case_is_in_the_reference() -> None:
    assert {case.kind for case in read_cases()} == {*KINDS}


def test_a_place_without_a_case_is_seen(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "def _problem(path, what):\n    return Problem(path, what, '')\n\n\ndef find(x):\n    yield _problem(x, 'is wrong')\n"
        "    yield Problem(\n        x, 'is odd', 'mend it'\n    )\n"
    )
    first, second = calls_in(tmp_path)
    assert [(call.first, call.last) for call in (first, second)] == [(6, 6), (7, 9)]
    assert first.contains([(str(tmp_path / "x.py"), 6)])
    assert not second.contains([(str(tmp_path / "x.py"), 6)])


def test_two_messages_that_differ_in_examples_are_one() -> None:
    assert general("`a` has 3 stories in content/x.md") == general("`b` has 12 stories in content/issues/y.md")
    assert general("is missing") != general("is empty")


def borrowed(text: str) -> list[str]:
    """Phrases of pydantic's own messages, which are not written for curators."""
    return re.findall(r"(?i)input should|should match|should have|unable to parse|not permitted|after validation", text)


def test_no_message_is_pydantics_own() -> None:
    assert borrowed(PAGE.read_text(encoding="utf-8")) == []
    assert borrowed("'20': Input should be a valid integer, unable to parse it") == ["Input should", "unable to parse"]
