"""A write that fails at any step leaves both folders as they were, byte for byte."""

from __future__ import annotations

import errno
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from briefing.errors import BriefingError
from briefing.publish.built_site import list_files
from briefing.site.output import Output
from briefing.site.replacement import apply_all

if TYPE_CHECKING:
    from collections.abc import Callable

STEPS = ("replace", "link", "mkdir", "unlink", "rmdir", "rename")
OLD: dict[str, bytes] = {
    "index.html": b"old",
    "same.html": b"same",
    "gone/deep/index.html": b"gone",
    "file-then-folder": b"a file",
    "folder-then-file/index.html": b"in a folder",
    "404.html": b"lost",
}
NEW: dict[str, bytes] = {
    "index.html": b"new",
    "same.html": b"same",
    "fresh/deep/index.html": b"fresh",
    "file-then-folder/index.html": b"in a folder",
    "folder-then-file": b"a file",
    "404.html": b"lost again",
}


def write(folder: Path, files: dict[str, bytes], digest: bytes) -> None:
    """Write as a build does: a site and an outbox."""
    site, outbox = Output(folder / "site"), Output(folder / "outbox", is_outbox=True)
    for name, content in files.items():
        site.add(name, content)
    outbox.add("2026-w14/digest.txt", digest)
    if files is NEW:
        outbox.add("2026-w15/digest.txt", digest)
    first = site.stage()
    try:
        second = outbox.stage()
    except BriefingError:
        first.discard()
        raise
    apply_all((first, second))


def state(folder: Path) -> dict[str, tuple[Any, ...]]:
    """Everything in a folder: what it is, its bytes, time and inode. A folder's time changes with what is tried in it."""
    found: dict[str, tuple[Any, ...]] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        elif path.is_dir():
            found[name] = ("folder",)
        else:
            found[name] = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    return found


def contents(folder: Path) -> dict[str, Any]:
    """The files' bytes; an empty folder is nothing."""
    return {name: seen[0] for name, seen in state(folder).items() if seen != ("folder",)}


@pytest.fixture
def old_site(tmp_path: Path) -> Path:
    """A site and an outbox in which a person has put a file, and a link that no build made."""
    write(tmp_path, OLD, b"old digest")
    (tmp_path / "outbox/notes.txt").write_text("mine")
    (tmp_path / "site/link").symlink_to("nowhere")
    return tmp_path


class Faults:
    """Lets the n-th call to the file system fail, and with `for_good` every one after it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, without: tuple[str, ...] = ()) -> None:
        self.at, self.calls, self.for_good = 0, 0, False
        for name in STEPS:
            monkeypatch.setattr(os, name, self._failing(getattr(os, name), never=name in without))
        monkeypatch.setattr(io, "open", self._failing(io.open, only_writing=True))

    def _failing(
        self, real: Callable[..., Any], *, never: bool = False, only_writing: bool = False
    ) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            if only_writing and not set("wxa") & set(str(given[1:2] or "r")):
                return real(*given, **more)
            if never:
                raise OSError(errno.EPERM, "not permitted", str(given[0]))
            if self.at:
                self.calls += 1
                if self.calls == self.at or (self.for_good and self.calls > self.at):
                    raise OSError(errno.EIO, "the disk is broken", str(given[0]))
            return real(*given, **more)

        return call

    def during(self, at: int, act: Callable[[], None], *, for_good: bool = False) -> tuple[str, int]:
        """Act, while that call fails: what was said, and how many calls there were."""
        self.at, self.calls, self.for_good = at, 0, for_good
        try:
            act()
        except BriefingError as error:
            return str(error), self.calls
        finally:
            self.at = 0
        return "", self.calls


@pytest.mark.parametrize("without", [(), ("link",)], ids=["with hard links", "without hard links"])
def test_a_flush_that_fails_at_any_step_changes_nothing(
    old_site: Path, without: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(old_site)
    faults = Faults(monkeypatch, without)
    failed = 0
    for at in range(1, 200):
        error, calls = faults.during(at, lambda: write(old_site, NEW, b"new digest"))
        if calls < at:
            break
        if error:
            failed += 1
            assert "the disk is broken" in error
            assert state(old_site) == before
        else:  # the step was one that could be done without, such as removing what was set aside
            assert set(list_files(old_site / "site")) == {*NEW, "build.json"}
            write(old_site, OLD, b"old digest")
            (old_site / "site/link").symlink_to("nowhere")
            before = state(old_site)
    assert failed > 20
    assert contents(old_site)["site/index.html"] == b"new"
    assert not list(old_site.rglob(".briefing-new"))


def test_what_cannot_even_be_put_back_is_said_and_mended_by_the_next(
    old_site: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = tmp_path_factory.mktemp("clean")
    write(clean, NEW, b"new digest")
    (clean / "outbox/notes.txt").write_text("mine")
    faults = Faults(monkeypatch)
    incomplete = 0
    for at in range(1, 200):
        error, calls = faults.during(at, lambda: write(old_site, NEW, b"new digest"), for_good=True)
        if calls < at:
            break
        if "site is incomplete" in error:
            incomplete += 1
            found = contents(old_site)
            is_new = all(found.get(f"site/{name}") == content for name, content in NEW.items())
            assert is_new or found["site/build.json"] == b'{"id": ""}\n'
        write(old_site, NEW, b"new digest")
        assert contents(old_site) == contents(clean)
        write(old_site, OLD, b"old digest")
    assert incomplete > 10


def test_a_folder_that_is_not_whole_states_no_id(old_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def broken(source: Any, to: Any) -> None:
        if not Path(source).is_symlink() and Path(source).read_bytes() in {b"old", b"new digest"}:
            raise OSError(errno.EIO, "the disk is broken", str(to))
        real(source, to)

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(BriefingError, match="incomplete until you fix that"):
        write(old_site, NEW, b"new digest")
    found = contents(old_site)
    assert (found["site/index.html"], found["site/build.json"]) == (b"new", b'{"id": ""}\n')


def test_a_flush_that_is_interrupted_changes_nothing(old_site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, real, calls = state(old_site), os.replace, 0

    def interrupt(*given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt
        real(*given)

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(old_site, NEW, b"new digest")
    assert state(old_site) == before


@pytest.mark.parametrize("name", ["x" * 256 + "/index.html", "a/" * 2100 + "index.html"], ids=["a name", "a path"])
def test_a_name_that_the_file_system_refuses_changes_nothing(old_site: Path, name: str) -> None:
    before = state(old_site)
    with pytest.raises(BriefingError, match="File name too long"):
        write(old_site, {**NEW, name: b"x"}, b"new digest")
    assert state(old_site) == before


def test_a_first_flush_that_fails_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(BriefingError):
        write(tmp_path / "new", {"x" * 256: b"x"}, b"digest")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_a_person_in_the_outbox_is_no_digest(old_site: Path) -> None:
    (old_site / "outbox/2026-w15/digest.txt").mkdir(parents=True)
    (old_site / "outbox/2026-w15/digest.txt/mine").write_text("mine")
    before = state(old_site)
    with pytest.raises(BriefingError, match="Is a directory"):
        write(old_site, NEW, b"new digest")
    assert state(old_site) == before


def test_what_a_killed_build_left_behind_is_not_published(old_site: Path) -> None:
    (old_site / "site/link").unlink()
    (old_site / "site/.briefing-new/old").mkdir(parents=True)
    (old_site / "site/.briefing-new/old/1").write_text("left behind")
    assert set(list_files(old_site / "site")) == {*OLD, "build.json"}
