"""`folder:`: a plain folder for other programs to upload."""

from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from briefing import urls
from briefing.errors import BriefingError, WrongUseError
from briefing.publish import Published, TargetOptions, publish
from briefing.publish.http_headers import headers_of
from briefing.publish.report import compare
from briefing.publish.upload_order import upload_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Build = Callable[[Mapping[str, str]], str]
    Tree = Callable[[Path], dict[str, bytes]]

CSS, NEWER = "theme/style.0123456789.css", "theme/style.abcdef0123.css"
ONE = {"index.html": "one", "stories/a/index.html": "a", "feeds/all.atom.xml": "f", "images/a.png": "p", CSS: "c"}
TWO = {"index.html": "two", "stories/a/index.html": "a", "stories/b/index.html": "b", "größe x.txt": "", NEWER: "d"}
PLUGINS = Path(__file__).resolve().parents[2] / "plugins"


@pytest.fixture
def root(output: Path, build: Build) -> Path:
    build(ONE)
    return output.parent


def put(root: Path, target: str = "folder:public", *, dry_run: bool = False, adopt: bool = False) -> Published:
    return publish(target, root / "output", root, TargetOptions(dry_run=dry_run, adopt=adopt))


def served(root: Path, tree: Tree) -> dict[str, bytes]:
    """What would be uploaded, but for the rules for the host."""
    return {name: content for name, content in tree(root / "public").items() if name != "_headers"}


def test_the_folder_holds_what_was_built_and_only_what_changed_is_written(root: Path, build: Build, tree: Tree) -> None:
    assert len(put(root).changes.added) == 7
    assert served(root, tree) == tree(root / "output")
    os.utime(root / "public" / "stories" / "a" / "index.html", (1, 1))
    build(TWO)
    published = put(root)
    assert served(root, tree) == tree(root / "output")
    assert (root / "public" / "stories" / "a" / "index.html").stat().st_mtime == 1
    assert published.changes.removed == ("feeds/all.atom.xml", "images/a.png", CSS)
    assert not (root / "public" / "feeds").exists()
    assert next(put(root).lines()).startswith("nothing to publish: ")


def test_the_hosts_are_told_how_long_copies_may_be_kept(root: Path, build: Build) -> None:
    put(root)
    assert (root / "public" / "_headers").read_text() == (
        f"/{CSS}\n  Cache-Control: public, max-age=31536000, immutable\n"
        "/feeds/*\n  Cache-Control: public, max-age=300, s-maxage=0, must-revalidate\n"
        "/images/*\n  Cache-Control: public, max-age=3600, must-revalidate\n"
        "/build.json\n  Cache-Control: no-cache\n"
    )
    build({**ONE, "_headers": "/*\n  X-Own: 1\n", "_redirects": "/a /b 301\n"})
    put(root)
    assert (root / "public" / "_headers").read_text() == "/*\n  X-Own: 1\n"
    assert (root / "public" / "_redirects").exists()


def test_a_dry_run_lists_and_writes_nothing(root: Path) -> None:
    assert "  new      index.html" in list(put(root, dry_run=True).lines())
    assert sorted(path.name for path in root.iterdir()) == ["output"]


def test_strangers_files_are_refused_and_once_adopted_never_removed(root: Path, build: Build, tree: Tree) -> None:
    public = root / "public"
    (public / ".git").mkdir(parents=True)
    (public / ".git" / "HEAD").write_text("ref: x")
    (public / "CNAME").write_text("example.org")
    (public / "index.html").write_text("theirs")
    (public / "link").symlink_to("/etc/hosts")
    with pytest.raises(BriefingError, match=r"contains files that publish did not upload.*\.git, CNAME, index.html"):
        put(root)
    assert (public / "index.html").read_text() == "theirs"
    put(root, adopt=True)
    build(TWO)
    put(root)
    theirs = {"CNAME": b"example.org", ".git/HEAD": b"ref: x", "link": Path("/etc/hosts").read_bytes()}
    assert served(root, tree) == tree(root / "output") | theirs
    (public / "new.txt").write_text("x")
    with pytest.raises(BriefingError, match=r"\(new\.txt\)"):
        put(root)
    build({**TWO, "CNAME": "ours"})
    with pytest.raises(BriefingError, match=r"\(CNAME, new\.txt\)"):
        put(root)
    put(root, adopt=True)
    assert (public / "CNAME").read_text() == "ours"


def test_what_is_adopted_is_remembered_where_nothing_else_changes(root: Path, tree: Tree) -> None:
    put(root)
    before = tree(root / "public")
    record = root / "public.briefing.json"
    kept = record.read_bytes()
    record.unlink()
    assert not put(root, adopt=True).changes
    assert record.read_bytes() == kept
    assert not put(root).changes
    (root / "public" / "CNAME").write_text("example.org")
    assert not put(root, dry_run=True, adopt=True).changes
    with pytest.raises(BriefingError, match=r"\(CNAME\)"):
        put(root)
    assert not put(root, adopt=True).changes
    written = record.stat().st_mtime_ns
    assert not put(root).changes
    assert record.stat().st_mtime_ns == written, "nothing to remember, nothing to write"
    assert tree(root / "public") == {**before, "CNAME": b"example.org"}


def test_a_lost_record_and_a_file_replaced_by_others_are_noticed(root: Path, build: Build, tree: Tree) -> None:
    put(root)
    (root / "public" / "index.html").write_text("replaced")
    assert put(root).changes.changed == ("index.html",)
    (root / "public" / "images" / "a.png").write_text("replaced")
    build(TWO)
    with pytest.raises(BriefingError, match=r"\(images/a\.png\)"):
        put(root)
    put(root, adopt=True)
    assert served(root, tree) == tree(root / "output") | {"images/a.png": b"replaced"}
    record = root / "public.briefing.json"
    assert b"index" not in record.read_bytes()
    record.write_text("{}")
    with pytest.raises(BriefingError, match="is not a valid manifest: delete it"):
        put(root)
    record.unlink()
    with pytest.raises(BriefingError, match="contains files that publish did not upload"):
        put(root)


def test_files_become_folders_and_folders_files(root: Path, build: Build, tree: Tree) -> None:
    build({"a": "file", "b/c/d.html": "deep", "index.html": "x"})
    put(root)
    build({"a/index.html": "folder", "b": "file", "index.html": "x"})
    put(root)
    assert served(root, tree) == tree(root / "output")
    (root / "public" / "elsewhere").symlink_to(root / "output")
    build({"elsewhere/index.html": "x"})
    with pytest.raises(BriefingError, match=r"elsewhere blocks elsewhere/index.html"):
        put(root, adopt=True)


def test_two_at_once_are_refused(root: Path) -> None:
    (root / "public").mkdir()
    handle = os.open(root / "public", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(BriefingError, match=r"another publish to .*public is running"):
        put(root)
    os.close(handle)
    put(root)


def test_a_full_or_closed_disk_is_one_line(root: Path, tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root)
    before = tree(root / "public")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (root / "output" / "index.html").write_text("three")
    with pytest.raises(BriefingError, match=r"publishing to .*public failed: No space left on device; fix that"):
        put(root)
    assert tree(root / "public") == before
    monkeypatch.undo()
    put(root)
    assert served(root, tree) == tree(root / "output")


def test_a_publish_killed_at_any_moment_leaves_whole_files_and_is_finished(
    root: Path, build: Build, tree: Tree
) -> None:
    sites = [{f"p{n}/index.html": f"{text}{n}" * 2000 for n in range(40)} for text in "ab"]
    script = (
        "import sys, pathlib\nfrom briefing.publish import TargetOptions, publish\nr = pathlib.Path(sys.argv[1])\n"
        "print('go', flush=True)\npublish('folder:public', r / 'output', r, TargetOptions())\n"
    )
    build(sites[0])
    put(root)
    whole = {name: {text.encode() for text in (site[name] for site in sites)} for name in sites[0]}
    for moment in range(4):
        build(sites[(moment + 1) % 2])
        program = subprocess.Popen(
            [sys.executable, "-c", script, str(root)], env={**os.environ, "PYTHONPATH": str(PLUGINS)}, stdout=-1
        )
        with program:
            assert program.stdout
            program.stdout.readline()
            time.sleep(0.01 * (moment + 1))
            program.send_signal(signal.SIGKILL)
        found = served(root, tree)
        assert all(found[name] in whole[name] for name in whole)
        put(root)
        assert served(root, tree) == tree(root / "output")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("folder:", "needs a folder only for the site"),
        ("folder:.", "needs a folder only for the site"),
        ("folder:..", "needs a folder only for the site"),
        ("folder:/", "needs a folder only for the site"),
        ("folder:output/x", "is inside the built site"),
        ("folder://host/x", re.escape("folder://host/x names a host")),
        ("folder:%00", "is not a valid folder"),
    ],
)
def test_wrong_use_is_told(root: Path, target: str, says: str) -> None:
    with pytest.raises(WrongUseError, match=says):
        put(root, target)


def test_a_whole_path_may_be_named(root: Path, tmp_path: Path) -> None:
    assert put(root, f"folder://{tmp_path}/a%20b").target == f"{tmp_path}/a b"
    assert put(root, f"folder:{tmp_path}/a%20b").changes.unchanged == 7


def test_nothing_to_go_back_to_is_told(root: Path) -> None:
    with pytest.raises(WrongUseError, match="folder: keeps no releases to roll back to"):
        publish("folder:public", root / "output", root, TargetOptions(rollback=True))


def test_what_is_named_goes_before_what_names_it() -> None:
    served = {"index.html": "1", "robots.txt": "1", "build.json": "1", "images/old.png": "1", CSS: "1"}
    built = {"index.html": "2", "robots.txt": "1", "build.json": "2", "images/old.png": "2", "b.html": "1", NEWER: "1"}
    assert upload_steps(compare(served, built)) == (
        (NEWER, "images/old.png"),
        ("b.html",),
        ("index.html",),
        (urls.BUILD_ID,),
    )
    assert upload_steps(compare(built, built)) == ()


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("index.html", "text/html; charset=utf-8", "max-age=0"),
        ("feeds/all.atom.xml", "application/atom+xml; charset=utf-8", "max-age=300"),
        ("feeds/issues.rss.xml", "application/rss+xml; charset=utf-8", "max-age=300"),
        ("feeds/all.json", "application/feed+json", "max-age=300"),
        ("sitemap.xml", "application/xml; charset=utf-8", "max-age=0"),
        ("robots.txt", "text/plain; charset=utf-8", "max-age=0"),
        ("build.json", "application/json", "no-cache"),
        (CSS, "text/css; charset=utf-8", "immutable"),
        ("theme/favicon.svg", "image/svg+xml; charset=utf-8", "max-age=3600"),
        ("images/photo.20260330.JPG", "image/jpeg", "max-age=3600"),
        ("images/a.avif", "image/avif", "max-age=3600"),
        ("a.tar.gz", "application/gzip", "max-age=3600"),
        ("script.js", "text/javascript; charset=utf-8", "max-age=3600"),
        ("CNAME", "application/octet-stream", "max-age=3600"),
    ],
)
def test_hosts_are_told_type_and_age(name: str, kind: str, kept: str) -> None:
    assert headers_of(name).content_type == kind
    assert kept in headers_of(name).cache_control
