"""`file:` against a real file system."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY

from briefing.errors import BriefingError, WrongUseError
from briefing.publish import Published, TargetOptions, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Build = Callable[[Mapping[str, str]], str]
    Tree = Callable[[Path], dict[str, bytes]]

ONE = {"index.html": "one", "stories/a/index.html": "a", "theme/style.css": "s", "feeds/größe.xml": "f"}
TWO = {"index.html": "two", "stories/a/index.html": "a", "theme/style.css": "s", "stories/b/index.html": "b"}


@pytest.fixture
def www(tmp_path: Path) -> Path:
    return tmp_path / "srv" / "www"


def put(www: Path, output: Path, *, dry_run: bool = False) -> Published:
    return publish(f"file://{www}", output, output.parent, TargetOptions(dry_run=dry_run))


def said(published: Published) -> str:
    return "\n".join(published.lines())


def test_what_is_served_equals_what_was_built(www: Path, output: Path, build: Build, tree: Tree) -> None:
    first = build(ONE)
    published = put(www, output)
    assert tree(www / "current") == tree(output)
    assert (www / "current").readlink().as_posix() == f"releases/{first}"
    assert len(published.changes.added) == 5
    second = build(TWO)
    published = put(www, output)
    assert tree(www / "current") == tree(output)
    assert (www / "current").readlink().as_posix() == f"releases/{second}"
    assert published.changes.added == ("stories/b/index.html",)
    assert published.changes.changed == ("build.json", "index.html")
    assert published.changes.removed == ("feeds/größe.xml",)
    assert said(published) == f"published build {second} to {www}/current: 1 new, 2 changed, 1 removed, 2 unchanged"


def test_unchanged_files_are_the_previous_releases_own(www: Path, output: Path, build: Build) -> None:
    build(ONE)
    put(www, output)
    before = {name: (www / "current" / name).stat() for name in ("theme/style.css", "index.html")}
    build(TWO)
    put(www, output)
    after = {name: (www / "current" / name).stat() for name in before}
    assert after["theme/style.css"].st_ino == before["theme/style.css"].st_ino
    assert after["index.html"].st_ino != before["index.html"].st_ino
    assert after["index.html"].st_nlink == 1


def test_a_file_system_without_hard_links_gets_copies(
    www: Path, output: Path, build: Build, monkeypatch: pytest.MonkeyPatch, tree: Tree
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    build(ONE)
    put(www, output)
    monkeypatch.setattr(os, "link", refuse)
    build(TWO)
    put(www, output)
    assert tree(www / "current") == tree(output)


def test_nothing_changed_changes_nothing(www: Path, output: Path, build: Build) -> None:
    made = build(ONE)
    put(www, output)
    before = {path: path.lstat().st_mtime_ns for path in (www, *www.rglob("*"))}
    published = put(www, output)
    assert {path: path.lstat().st_mtime_ns for path in (www, *www.rglob("*"))} == before
    assert said(published) == f"nothing to publish: {www}/current already contains build {made}"


def test_a_dry_run_lists_and_changes_nothing(www: Path, output: Path, build: Build, tree: Tree) -> None:
    build(ONE)
    assert len(put(www, output, dry_run=True).changes.added) == 5
    assert not www.exists()
    put(www, output)
    made = build(TWO)
    before = tree(www)
    published = put(www, output, dry_run=True)
    assert tree(www) == before
    assert said(published).splitlines() == [
        f"would publish build {made} to {www}/current: 1 new, 2 changed, 1 removed, 2 unchanged",
        "  new      stories/b/index.html",
        "  changed  build.json",
        "  changed  index.html",
        "  removed  feeds/größe.xml",
    ]


def test_the_last_five_releases_are_kept(www: Path, output: Path, build: Build) -> None:
    made = []
    for number in range(7):
        made.append(build({"index.html": str(number)}))
        put(www, output)
    assert {path.name for path in (www / "releases").iterdir()} == set(made[-5:])
    build({"index.html": "3"})  # an older one again: it is the newest that readers were given
    put(www, output)
    assert (www / "current").readlink().name == made[3]
    build({"index.html": "7"})
    put(www, output)
    assert made[3] in {path.name for path in (www / "releases").iterdir()}
    assert made[2] not in {path.name for path in (www / "releases").iterdir()}


def test_a_release_that_was_tampered_with_is_not_served_again(
    www: Path, output: Path, build: Build, tree: Tree
) -> None:
    first = build(ONE)
    put(www, output)
    build(TWO)
    put(www, output)
    (www / "releases" / first / "index.html").write_text("tampered")
    build(ONE)
    put(www, output)
    assert tree(www / "current") == tree(output)
    assert (www / "current").readlink().name == f"{first}.1"


def test_leftovers_of_a_killed_publish_are_cleared(www: Path, output: Path, build: Build) -> None:
    build(ONE)
    put(www, output)
    (www / "releases" / ".briefing-new-ab" / "stories").mkdir(parents=True)
    (www / "releases" / ".briefing-old-cd").mkdir()
    (www / ".briefing-new-current").symlink_to("nowhere")
    put(www, output)
    assert sorted(path.name for path in www.iterdir()) == [".briefing-releases", "current", "releases"]
    assert len(list((www / "releases").iterdir())) == 1


def test_a_relative_folder_counts_from_the_root(output: Path, build: Build, tree: Tree) -> None:
    build(ONE)
    publish("file:www/my%20site", output, output.parent, TargetOptions())
    assert tree(output.parent / "www/my site/current") == tree(output)


def test_a_scheme_may_be_written_in_capitals(output: Path, build: Build, tree: Tree) -> None:
    build(ONE)
    publish("FILE:www", output, output.parent, TargetOptions())
    assert tree(output.parent / "www/current") == tree(output)
    publish("Folder:site", output, output.parent, TargetOptions())
    assert (output.parent / "site/index.html").is_file()


def test_the_folder_of_a_try_is_no_part_of_the_repository(tmp_path: Path, git: Callable[..., str]) -> None:
    git(tmp_path, "init")
    (tmp_path / ".gitignore").write_text((REPOSITORY / ".gitignore").read_text())
    names = ("www/.briefing-releases", "content/www/page.md")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("")
    assert git(tmp_path, "ls-files", "--others", "--exclude-standard", "www", "content") == names[1]


def test_a_mount_point_is_a_fine_target(www: Path, output: Path, build: Build, tree: Tree) -> None:
    (www / "lost+found").mkdir(parents=True)
    build(ONE)
    put(www, output)
    assert tree(www / "current") == tree(output)


@pytest.mark.parametrize("strange", ["index.html", "releases", "current"])
def test_a_folder_with_others_files_is_refused(www: Path, output: Path, build: Build, strange: str, tree: Tree) -> None:
    www.mkdir(parents=True)
    (www / strange).write_text("not ours")
    build(ONE)
    with pytest.raises(BriefingError, match=f"contains files that publish did not create \\({strange}\\)"):
        put(www, output)
    assert tree(www) == {strange: b"not ours"}


@pytest.mark.parametrize("target", ["..", "/etc", "releases/../../x"])
def test_a_link_that_is_not_ours_is_refused(www: Path, output: Path, build: Build, target: str) -> None:
    build(ONE)
    put(www, output)
    (www / "current").unlink()
    (www / "current").symlink_to(target)
    with pytest.raises(BriefingError, match="current is not a link to a release: move it away"):
        put(www, output)
    assert (www / "current").readlink().as_posix() == target


@pytest.mark.parametrize("form", ["releases/{}", "releases/{}/", "{www}/releases/{}"])
def test_a_person_may_go_back_by_hand(www: Path, output: Path, build: Build, form: str, tree: Tree) -> None:
    first = build(ONE)
    put(www, output)
    build(TWO)
    put(www, output)
    (www / "current").unlink()
    (www / "current").symlink_to(form.format(first, www=www))
    assert put(www, output).changes
    assert tree(www / "current") == tree(output)


def test_others_folders_among_the_releases_stay(www: Path, output: Path, build: Build) -> None:
    build(ONE)
    put(www, output)
    (www / "releases" / "abc").mkdir()
    for number in range(7):
        build({"index.html": str(number)})
        put(www, output)
    assert (www / "releases" / "abc").is_dir()


def test_two_at_once_are_refused(www: Path, output: Path, build: Build, tree: Tree) -> None:
    build(ONE)
    put(www, output)
    build(TWO)
    with (www / ".briefing-releases").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BriefingError, match=r"another publish to .* is running"):
            put(www, output)
    put(www, output)
    assert tree(www / "current") == tree(output)


def test_a_full_disk_is_one_sentence_and_leaves_nothing_behind(
    www: Path, output: Path, build: Build, monkeypatch: pytest.MonkeyPatch, tree: Tree
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    build(ONE)
    put(www, output)
    before = tree(www)
    build(TWO)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BriefingError, match="No space left on device; fix that and run publish again"):
        put(www, output)
    assert tree(www) == before


def test_a_file_in_the_way_is_one_sentence(www: Path, output: Path, build: Build) -> None:
    build(ONE)
    www.parent.mkdir()
    www.write_text("")
    with pytest.raises(BriefingError, match="www is a file: publish to a folder"):
        put(www, output)
    with pytest.raises(BriefingError, match="Not a directory"):
        put(www / "below", output)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("file:", "names no folder"),
        ("file:///", "names no folder"),
        ("file://srv/www", "names a host, srv: for a folder on this machine write file:///srv/www"),
        ("file:output/live", "is inside the built site"),
        ("/srv/www", "is a path, not a URL: for a folder write file:/srv/www"),
        ("./www:80", "is a path, not a URL"),
        ("Files:www", "files: is not a known target scheme"),
        ("ftp://me:secret@host/", "ftp: is not a known target scheme: write file:///folder, "),
        ("", "write file:///folder, "),
    ],
)
def test_wrong_use_is_told(output: Path, build: Build, target: str, says: str) -> None:
    build(ONE)
    with pytest.raises(WrongUseError, match=says) as found:
        publish(target, output, output.parent, TargetOptions())
    assert "secret" not in str(found.value)


@pytest.mark.parametrize("stated", [None, "", "[]", "{}", '{"id": ""}', '{"id": "../x"}', '{"id": 7}'])
def test_an_incomplete_site_is_refused(www: Path, output: Path, build: Build, stated: str | None) -> None:
    build(ONE)
    (output / "build.json").unlink() if stated is None else (output / "build.json").write_text(stated)
    with pytest.raises(BriefingError, match=r"does not contain a complete site .* run build first"):
        put(www, output)
    with pytest.raises(BriefingError, match="run build first"):
        put(www, output / "missing")
    assert not www.exists()


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("link", "a symbolic link"),
        (".git", "a repository"),
        ("pipe", "not a regular file"),
        ("a\nb", "not readable text"),
    ],
)
def test_what_must_not_be_published_is_refused(www: Path, output: Path, build: Build, fault: str, says: str) -> None:
    build(ONE)
    match fault:
        case "link":
            (output / "stories" / "link").symlink_to("/etc")
        case "pipe":
            os.mkfifo(output / "pipe")
        case _:
            (output / fault).write_text("")
    with pytest.raises(BriefingError, match=says):
        put(www, output)
    assert not www.exists()


def test_a_build_in_the_meantime_is_noticed(
    www: Path, output: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(ONE)
    put(www, output)
    build(TWO)
    really = os.fsync

    def build_again(handle: int) -> None:
        (output / "build.json").write_text(json.dumps({"id": "abc"}))
        really(handle)

    monkeypatch.setattr(os, "fsync", build_again)
    with pytest.raises(BriefingError, match="was rebuilt during the publish"):
        put(www, output)
    assert (www / "current" / "index.html").read_text() == "one"
