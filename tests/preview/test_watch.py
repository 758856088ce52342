"""Which changes are seen."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from briefing.preview.watch import watch_changes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Set after ten seconds, so that a change that is missed fails its test."""
    event = threading.Event()
    timer = threading.Timer(10, event.set)
    timer.start()
    yield event
    timer.cancel()


def test_changes_while_the_caller_is_busy_are_kept(tmp_path: Path, stop: threading.Event) -> None:
    seen = watch_changes([tmp_path], stop)
    assert next(seen) == ()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a").write_text("")
    assert str(tmp_path / "new") in next(seen)
    (tmp_path / "new" / "b").write_text("")
    assert next(seen) == (str(tmp_path / "new" / "b"),)
    stop.set()
    assert list(seen) == []


def test_what_programs_write_beside_files_is_no_change(tmp_path: Path, stop: threading.Event) -> None:
    seen = watch_changes([tmp_path], stop)
    next(seen)
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "x.pyc").write_text("")
    (tmp_path / ".x.md.swp").write_text("")
    (tmp_path / "x.md~").write_text("")
    (tmp_path / "x.md").write_text("")
    assert next(seen) == (str(tmp_path / "x.md"),)


def test_a_file_that_is_replaced_or_comes_and_goes_is_seen(tmp_path: Path, stop: threading.Event) -> None:
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    seen = watch_changes([folder, file], stop)
    assert next(seen) == ()
    file.write_text("1")
    assert next(seen) == (str(file),)
    (tmp_path / "new").write_text("2")
    (tmp_path / "new").replace(file)
    assert next(seen) == (str(file),)
    file.unlink()
    assert next(seen) == (str(file),)


def test_a_folder_that_is_replaced_is_watched_on(tmp_path: Path, stop: threading.Event) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    seen = watch_changes([folder], stop)
    next(seen)
    shutil.move(folder, tmp_path / "old")
    (tmp_path / "new").mkdir()
    (tmp_path / "new").rename(folder)
    assert str(folder) in next(seen)
    (folder / "x").write_text("")
    found: tuple[str, ...] = ()
    while str(folder / "x") not in found:
        found = next(seen)
