"""Going back, and targets that hold files of others: the same for a folder here and on a host."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from briefing.errors import BriefingError
from briefing.publish import Published, TargetOptions, publish
from briefing.publish.history import ReleaseHistory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Build = Callable[[Mapping[str, str]], str]
    Tree = Callable[[Path], dict[str, bytes]]
    Put = Callable[..., Published]

ONE, TWO, THREE = ({"index.html": number, "same.html": "same"} for number in ("one", "two", "three"))


@pytest.fixture
def www(tmp_path: Path) -> Path:
    return tmp_path / "www"


@pytest.fixture(params=["file", "ssh"])
def put(request: pytest.FixtureRequest, www: Path, output: Path) -> Put:
    """A function that publishes what was built, or goes back, with these options."""
    environment: dict[str, str] = {}
    target = f"file://{www}"
    if request.param == "ssh":
        host = request.getfixturevalue("host")
        environment, target = host.told(client="sharing"), host.url(www)

    def run(**options: Any) -> Published:
        return publish(target, output, output.parent, TargetOptions(environment=environment, **options))

    return run


def said(published: Published) -> str:
    return "\n".join(published.lines())


def test_going_back_gives_readers_the_release_they_had_before(www: Path, put: Put, build: Build) -> None:
    made = []
    for pages in (ONE, TWO, THREE):
        made.append(build(pages))
        put()
    assert said(put(rollback=True, dry_run=True)).startswith(f"would roll back to build {made[1]} at ")
    assert (www / "current/index.html").read_text() == "three"
    done = put(rollback=True)
    assert said(done).startswith(f"rolled back to build {made[1]} at ")
    assert said(done).endswith("www/current: 0 new, 2 changed, 0 removed, 1 unchanged")
    assert (www / "current/index.html").read_text() == "two"
    put(rollback=True)
    assert (www / "current/index.html").read_text() == "one"
    with pytest.raises(BriefingError, match="www/current has no previous release: revert the change"):
        put(rollback=True)
    # What was taken back is never gone back to: before the newest is what readers had before it.
    assert put().changes
    assert (www / "current").readlink().name == made[2]
    put(rollback=True)
    assert (www / "current/index.html").read_text() == "one"


def test_there_is_nothing_to_go_back_to(www: Path, put: Put, build: Build) -> None:
    with pytest.raises(BriefingError, match="has no previous release"):
        put(rollback=True)
    assert not www.exists()
    build(ONE)
    put()
    before = {path: path.lstat().st_mtime_ns for path in www.rglob("*")}
    with pytest.raises(BriefingError, match="has no previous release"):
        put(rollback=True)
    assert {path: path.lstat().st_mtime_ns for path in www.rglob("*")} == before


def test_where_the_clock_went_backwards_the_newest_is_the_newest(www: Path, put: Put, build: Build) -> None:
    build(ONE)
    put()
    ahead = 4_000_000_000
    os.utime((www / "current").resolve(), (ahead, ahead))
    build(TWO)
    put()
    put(rollback=True)
    assert (www / "current/index.html").read_text() == "one"


def test_files_of_others_stay_beside_the_site(www: Path, put: Put, build: Build, output: Path, tree: Tree) -> None:
    build(ONE)
    theirs = {
        "index.html": "theirs",
        "releases/20240101/index.html": "theirs",
        "releases/abc": "theirs",
        "releases/.old-20240101/x": "theirs",
        "releases/.hidden": "theirs",
    }
    for name, text in theirs.items():
        (www / name).parent.mkdir(parents=True, exist_ok=True)
        (www / name).write_text(text)
    (www / "current").symlink_to("releases/20240101")
    before = tree(www)
    with pytest.raises(BriefingError) as found:
        put()
    assert str(found.value).endswith(
        "www contains files that publish did not create (current, index.html, releases): choose an empty or a new "
        "folder, or run `publish --adopt` to put the site beside them"
    )
    assert len(put(adopt=True, dry_run=True).changes.added) == 3
    assert tree(www) == before
    put(adopt=True)
    assert tree(www / "current") == tree(output)
    assert (www / "current.before-briefing").readlink().as_posix() == "releases/20240101"
    for number in range(6):  # from now on the folder is ours too
        build({"index.html": str(number)})
        put()
    assert {name: (www / name).read_text() for name in theirs} == theirs
    assert len([entry for entry in (www / "releases").iterdir() if (entry / "build.json").exists()]) == 5


@pytest.mark.parametrize(("entry", "kind"), [("current", "folder"), ("current", "file"), ("releases", "file")])
def test_what_is_in_the_way_is_not_adopted(www: Path, put: Put, build: Build, entry: str, kind: str) -> None:
    build(ONE)
    www.mkdir()
    if kind == "folder":
        (www / entry).mkdir()
    else:
        (www / entry).write_text("theirs")
    what = "is not a link to a release" if entry == "current" else "is not a folder"
    with pytest.raises(BriefingError, match=rf"www/{entry} {what}: move it away and run publish again$"):
        put(adopt=True)
    assert [path.name for path in www.iterdir()] == [entry]


def test_another_link_is_kept_under_a_free_name(www: Path, put: Put, build: Build) -> None:
    build(ONE)
    put()
    (www / "current").unlink()
    (www / "current").symlink_to("/nowhere")
    (www / "current.before-briefing").symlink_to("/elsewhere")
    with pytest.raises(BriefingError, match=r"or run `publish --adopt` to keep it as current\.before-briefing"):
        put()
    put(adopt=True)
    assert (www / "current/index.html").read_text() == "one"
    assert (www / "current.before-briefing").readlink().as_posix() == "/elsewhere"
    assert (www / "current.before-briefing.2").readlink().as_posix() == "/nowhere"


@pytest.mark.parametrize(
    ("current", "releases", "previous", "rolled_back", "expired"),
    [
        ("", "", "", "", ""),
        ("c", "cba", "b", "", ""),
        ("b", "cba", "a", "c", ""),
        ("a", "cba", "", "cb", ""),
        ("", "ba", "b", "", ""),
        ("f", "fedcba", "e", "", "a"),
        ("a", "fedcba", "", "fedcb", "b"),
    ],
)
def test_a_history_tells_what_is_before_and_what_is_too_much(
    current: str, releases: str, previous: str, rolled_back: str, expired: str
) -> None:
    history = ReleaseHistory(current, tuple(releases))
    found = history.previous, "".join(history.rolled_back), "".join(history.expired)
    assert found == (previous, rolled_back, expired)
