"""Each mistake of `tests/cases/problems/` gets its problem lines and no others, and stops a build.

`tests/problem_cases.py` says how a case is written, and how the lines are renewed.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from tests.problem_cases import AS_OF, lay_out, problems_in, read_cases, renew, result_of

from briefing import settings as publication_settings
from briefing.errors import ProblemsFoundError
from briefing.site.edition import BuildOptions, open_edition

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.problem_cases import ProblemCase

    Briefing = Callable[..., subprocess.CompletedProcess[str]]

CASES = read_cases()
LINE = re.compile(r"[^:]+:\d+: [^\x00-\x1f]+; [^\x00-\x1f]+")


def is_of_content(case: ProblemCase) -> bool:
    """Whether the files of a publication have errors."""
    is_error = not any(" (warning" in line for line in case.expected)
    return is_error and case.kind not in {"built-site", "email"} and "unreadable" not in case.keys


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_mistake_gets_its_lines_and_no_others(case: ProblemCase) -> None:
    lines = [str(problem) for problem in result_of(case).problems]
    if os.environ.get("RENEW_CASES"):
        renew(case, lines)
    else:
        assert lines == case.expected, "the docstring of tests/problem_cases.py says how to renew them"
    assert len(lines) == case.keys.get("lines", 1), "one mistake, one line; if it needs more, give the case `lines`"
    assert [line for line in lines if not LINE.fullmatch(line)] == []


@pytest.mark.parametrize("case", [case for case in CASES if is_of_content(case)][::9], ids=str)
def test_a_mistake_stops_the_build_before_anything_is_rendered(case: ProblemCase, tmp_path: Path) -> None:
    lay_out(case, tmp_path / "publication")
    with pytest.raises(ProblemsFoundError):
        open_edition(publication_settings.load(tmp_path / "publication"), BuildOptions(as_of=AS_OF))


def test_the_publication_of_the_cases_is_fine(tmp_path: Path) -> None:
    lay_out(None, tmp_path / "publication")
    assert problems_in(tmp_path / "publication") == ()


def test_one_run_lists_every_file_and_touches_nothing(tmp_path: Path, briefing: Briefing) -> None:
    root = tmp_path / "publication"
    lay_out(None, root)
    assert briefing(root, "build").returncode == 0
    before = snapshot(root / "output"), snapshot(root / "outbox")
    expected = set()
    for number, case in enumerate(single_file_cases()[::4]):
        name = f"content/stories/2026/2026-03-30-fault-{number}.md"
        first = root / "content" / case.keys["edit"]
        (root / name).write_text(case.changed(first.read_text(encoding="utf-8")), encoding="utf-8")
        found = map(str, result_of(case).problems)
        expected |= {line.replace(f"content/{case.keys['edit']}", name) for line in found}
    assert len(expected) >= 25
    for command in ("build", "check"):
        done = briefing(root, command)
        lines = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (1, "")
        assert expected <= {*lines}
        assert re.fullmatch(r"\d+ errors(, \d+ warnings?)?(; nothing was written)?", lines.pop())
        assert [line for line in lines if not LINE.fullmatch(line)] == []
        assert (snapshot(root / "output"), snapshot(root / "outbox")) == before


def single_file_cases() -> list[ProblemCase]:
    """Cases that only edit the first story, and whose lines do not depend on its name or its neighbours."""
    first = "stories/2026/2026-03-30-first.md"
    return [
        case
        for case in CASES
        if case.kind in {"front-matter", "markdown"}
        and case.keys.get("edit") == first
        and not {"also", "files", "settings"} & case.keys.keys()
        and all(str(one).count(first) == 1 and one.path == f"content/{first}" for one in result_of(case).problems)
    ]


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file's bytes, time and inode."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino) for file in files}
