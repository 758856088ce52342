"""A year of weekly releases by a clock that is told the time: edits, corrections, bounces and leaving in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import CONTENT, REPOSITORY
from tests.release.life import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakePublication

WEEKS = 52


@pytest.mark.slow
def test_a_year(publication: MakePublication, tool: Callable[[str], str], pytestconfig: pytest.Config) -> None:
    """Every issue reaches each reader of its week once, the site is whole each week, and what is kept stays small.

    With --long every page is rendered and every digest looked at in each build; without it those that are the same
    are remembered.
    """
    nothing = {name: None for name in CONTENT if name.startswith(("stories/", "issues/", "threads/"))}
    root = publication(nothing, SETTINGS)
    found = lived(root, tool("faketime"), *(["--whole"] if pytestconfig.getoption("--long") else []))
    rows, sizes = found["rows"], found["sizes"]
    assert rows["campaigns"] == WEEKS
    assert found["mails"] > 8 * WEEKS
    # What is kept of deliveries and releases is that of four weeks; the rest of the year has left nothing but a row each.
    assert rows["deliveries"] < 6 * 16
    assert rows["releases"] <= 2 * 6
    assert rows["senders"] == 0
    assert rows["events"] <= 6
    assert sizes[-1] < 2 * sizes[8], sizes


def lived(root: Any, faketime: str, *options: str) -> dict[str, Any]:
    clock = {"FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1", "TZ": "UTC"}
    run = [sys.executable, "-m", "tests.release.life", str(root), str(WEEKS), *options]
    done = subprocess.run(
        [faketime, "-f", "@2026-01-01 12:00:00", *run],
        cwd=REPOSITORY,
        env={**os.environ, **clock, "PYTHONPATH": f"{REPOSITORY / 'plugins'}{os.pathsep}{REPOSITORY}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
