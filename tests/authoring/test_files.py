"""New files take nobody's place, and changed ones are replaced whole or not at all."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from briefing.authoring.files import FileChange, WriteRefusedError, create, replace

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    folder.mkdir()
    return folder


def test_a_new_file_is_made_with_its_folders(content: Path) -> None:
    create(content / "stories" / "2026" / "a.md", b"text", content)
    assert (content / "stories" / "2026" / "a.md").read_bytes() == b"text"


def test_a_new_file_takes_nobodys_place(content: Path) -> None:
    (content / "a.md").write_bytes(b"mine")
    (content / "dangling.md").symlink_to(content / "nothing.md")
    (content / "folder.md").mkdir()
    for name in ("a.md", "dangling.md", "folder.md"):
        with pytest.raises(FileExistsError):
            create(content / name, b"other", content)
    assert (content / "a.md").read_bytes() == b"mine"
    assert not (content / "nothing.md").exists()


def test_nothing_is_made_outside_content(content: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (content / "stories").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteRefusedError, match="link that leads out of content/"):
        create(content / "stories" / "2026" / "a.md", b"text", content)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_file_in_a_folders_place_is_said(content: Path) -> None:
    (content / "stories").write_bytes(b"")
    for name in ("stories/a.md", "stories/2026/a.md"):
        with pytest.raises(WriteRefusedError, match="cannot be created because a file has that name"):
            create(content / name, b"text", content)


def test_a_new_file_that_cannot_be_written_leaves_nothing(content: Path) -> None:
    with pytest.raises(TypeError):
        create(content / "a.md", "text", content)  # type: ignore[arg-type]
    assert not list(content.iterdir())


def test_a_changed_file_keeps_its_mode_and_a_link_stays_one(content: Path) -> None:
    file, link = content / "a.md", content / "link.md"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to("a.md")
    replace([FileChange(link, b"old", b"new")], content)
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert sorted(os.listdir(content)) == ["a.md", "link.md"]  # noqa: PTH208 - hidden ones too


@pytest.mark.parametrize("fault", ["changed", "outside", "gone"])
def test_all_files_are_replaced_or_none(content: Path, tmp_path: Path, fault: str) -> None:
    (content / "a.md").write_bytes(b"a")
    (tmp_path / "outside.md").write_bytes(b"b")
    if fault == "outside":
        (content / "b.md").symlink_to(tmp_path / "outside.md")
    elif fault == "changed":
        (content / "b.md").write_bytes(b"typed meanwhile")
    said: dict[str, tuple[type[Exception], str]] = {
        "changed": (WriteRefusedError, "another program just changed .*b.md"),
        "outside": (WriteRefusedError, "b.md is a link that leads out of content/"),
        "gone": (FileNotFoundError, "b.md"),
    }
    before = sorted(path.name for path in content.iterdir())
    with pytest.raises(said[fault][0], match=said[fault][1]):
        replace([FileChange(content / "a.md", b"a", b"A"), FileChange(content / "b.md", b"b", b"B")], content)
    assert (content / "a.md").read_bytes() == b"a"
    assert (tmp_path / "outside.md").read_bytes() == b"b"
    assert sorted(path.name for path in content.iterdir()) == before
