"""`publish` as a person runs it, in a publication's folder."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.publish.site_host import Host

from briefing import settings as configuration
from briefing.commands.app import main
from briefing.errors import BriefingError
from briefing.publish import TargetOptions, publish
from briefing.publish.source_snapshot import require_current, take_snapshot
from briefing.site.build import BuildOptions, build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

    Briefing = Callable[..., subprocess.CompletedProcess[str]]
    Tree = Callable[[Path], dict[str, bytes]]

STORY = "content/stories/2026/2026-03-30-a-first-story.md"


@pytest.fixture
def host() -> Iterator[Host]:
    one = Host()
    yield one
    one.close()


class Desk:
    """A publication whose address is the host's, in this process: `desk("--dry-run")` publishes and gives code and words."""

    def __init__(self, root: Path, said: pytest.CaptureFixture[str]) -> None:
        self.root, self._said = root, said

    def __call__(self, *options: str, code: int = 0) -> tuple[str, str]:
        found = main(["publish", *options], self.root)
        said = self._said.readouterr()
        assert found == code, said.err
        return said.out, said.err

    def edit(self, old: str = "The text of", new: str = "The new text of") -> None:
        file = self.root / STORY
        file.write_text(file.read_text().replace(old, new))


@pytest.fixture
def desk(publication: MakePublication, host: Host, capsys: pytest.CaptureFixture[str]) -> Desk:
    about = {
        "target": "file:www",
        "wait_seconds": 1,
        "sample": 2,
        "indexnow_key": "a1b2c3d4e5f6a7b8",
        "indexnow_endpoint": f"{host.url}/indexnow",
        "websub_hub": f"{host.url}/hub",
    }
    root = publication(settings=f'SITEURL = "{host.url}"\nBRIEFING["publish"] = {about}\n')
    host.folder = root / "www/current"
    return Desk(root, capsys)


def test_what_is_served_is_what_was_built(desk: Desk, tree: Tree) -> None:
    said, _ = desk("file:www", "--dry-run")
    assert "  new      index.html\n" in said
    assert not (desk.root / "www").exists()
    said, _ = desk("file:www", "--no-site-check")
    assert said.startswith("published build ")
    assert tree(desk.root / "www/current") == tree(desk.root / "output")
    said, _ = desk("file:www", "--no-site-check")
    assert said == f"nothing to publish: {desk.root}/www/current already contains build {_id(desk.root)}\n"


def test_content_with_problems_is_not_published(desk: Desk, host: Host, tree: Tree) -> None:
    desk()
    before, output = tree(desk.root / "www"), tree(desk.root / "output")
    host.forget()
    desk.edit("title: A first", "titel: A first")
    _, said = desk(code=1)
    assert f"{STORY}:2: titel: is an unknown key" in said
    assert said.endswith("nothing was written\n")
    assert tree(desk.root / "www") == before
    assert tree(desk.root / "output") == output
    assert not host.asked
    assert not host.told


def test_what_only_the_finished_site_shows_is_checked_before(desk: Desk, tree: Tree) -> None:
    desk()
    before = tree(desk.root / "www"), tree(desk.root / "output")
    (desk.root / "content/overrides").mkdir()
    link = '{% extends "theme/404.html" %}{% block main %}<a href="/nowhere/">x</a>{% endblock %}'
    (desk.root / "content/overrides/404.html").write_text(link)
    _, said = desk(code=1)
    assert "leads to a missing page or file" in said
    assert (tree(desk.root / "www"), tree(desk.root / "output")) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ftp://me:secret@host/www"], "error: ftp: is not a known target scheme"),
        ([], "error: no target is configured: pass a TARGET"),
        (["file://host/www"], "error: file://host/www names a host"),
        (["file:output/www"], "is inside the built site"),
        (["folder:"], "error: folder: needs a folder only for the site"),
        (["pages:/srv/www"], "error: pages:/srv/www names a path, not a branch"),
        (["s3:bucket"], "error: s3: names no bucket"),
        (["ssh://host"], "error: "),
        (["file:www", "--rollback", "--adopt"], "error: --rollback publishes nothing"),
        (["pages:", "--rollback"], "error: pages: keeps no releases to roll back to"),
    ],
)
def test_wrong_use_is_told_before_anything_is_built(
    publication: MakePublication, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    root = publication()
    subprocess.run(["git", "init", "--quiet", root], check=True)  # noqa: S607 - as a person has it
    _, found = Desk(root, capsys)(*words, code=2)
    assert said in found
    assert found.startswith("error: "), "no warning comes first"
    assert found.count("\n") == 1
    assert "secret" not in found
    assert not (root / "output").exists()


def test_a_refusal_is_one_line(publication: MakePublication, briefing: Briefing) -> None:
    root = publication({"../www/index.html": "not ours"})
    done = briefing(root, "publish", "file:www")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {root}/www contains files that publish did not create (index.html): ")
    assert done.stderr.count("\n") == 1


def test_published_seen_and_told(desk: Desk, host: Host) -> None:
    said, warned = desk()
    published, seen, engines, hub = said.splitlines()
    assert published.startswith(f"published build {_id(desk.root)} to {desk.root}/www/current: ")
    assert seen.startswith(f"live at {host.url}: ")
    assert engines.startswith("notified IndexNow of ")
    assert hub == "notified the WebSub hub of 6 feeds"
    assert warned == ""
    assert {path for path, _, _ in host.told} == {"/indexnow", "/hub"}

    host.forget()
    said, _ = desk()
    nothing, seen = said.splitlines()
    assert nothing.startswith("nothing to publish: ")
    assert seen.startswith("live at ")
    assert host.told == [], "nothing changed"

    host.forget()
    desk.edit()
    desk()
    bodies = [json.loads(body) for path, _, body in host.told if path == "/indexnow"]
    assert [body["urlList"] for body in bodies] == [[f"{host.url}/stories/2026-03-30-a-first-story/"]]


def test_a_dry_run_and_a_publish_without_looks_ask_and_tell_nobody(desk: Desk, host: Host) -> None:
    said, _ = desk("--dry-run")
    assert "  new      index.html\n" in said
    said, _ = desk("--no-site-check")
    assert len(said.splitlines()) == 1
    assert not host.asked
    assert not host.told
    desk()
    assert host.told, "what nobody was told of is made up for"


def test_a_host_that_serves_the_old_page_is_waited_for_then_named(desk: Desk, host: Host) -> None:
    desk()
    old = _id(desk.root)
    host.answers["/build.json"] = (200, {}, (desk.root / "output/build.json").read_bytes())
    host.told.clear()
    desk.edit()
    said, warned = desk(code=1)
    assert said.startswith(f"published build {_id(desk.root)} to ")
    assert "live at" not in said
    why = f"{host.url}/build.json shows build {old}, not {_id(desk.root)}"
    waiting, error = warned.splitlines()
    assert waiting == f"waiting up to 1 second: {why}"
    assert error == (
        f"error: published, but the site is not live: {why}, after 1 second;"
        f" check that SITEURL serves {desk.root}/www/current, then run publish again"
    )
    assert host.told == [], "nobody is sent to what is not there"
    host.forget()
    desk()
    assert host.told, "what nobody was told of is made up for"


def test_a_late_arrival_is_waited_for(desk: Desk, host: Host) -> None:
    host.once["/build.json"] = (404, {}, b"")
    said, warned = desk()
    assert "live at" in said
    assert warned == f"waiting up to 1 second: {host.url}/build.json answers 404\n"


def test_a_ping_that_is_refused_is_a_warning_and_made_up_for(desk: Desk, host: Host) -> None:
    host.posted = 403
    said, warned = desk()
    assert "notified" not in said
    engines, hub = warned.splitlines()
    assert engines.startswith("warning: could not notify IndexNow of ")
    assert engines.endswith("answers 403: the key is not on the site")
    assert hub == (
        f"warning: could not notify the WebSub hub of 6 feeds; the next publish will retry: {host.url}/hub answers 403"
    )
    host.forget()
    said, warned = desk()
    assert "notified the WebSub hub of 6 feeds\n" in said
    assert not warned
    host.forget()
    desk()
    assert host.told == []


def test_without_an_address_nothing_is_looked_at(
    publication: MakePublication, capsys: pytest.CaptureFixture[str]
) -> None:
    root = publication({"issues/2026-w14.md": None}, settings='SITEURL = ""\n')
    said, _ = Desk(root, capsys)("file:www")
    assert said.splitlines()[1:] == ["SITEURL is not set: skipped verification"]


def test_the_release_before_is_given_back_and_seen(desk: Desk, host: Host, tree: Tree) -> None:
    desk()
    first, before = _id(desk.root), tree(desk.root / "www/current")
    desk.edit()
    desk()
    host.forget()
    said, _ = desk("--rollback", "--dry-run")
    assert f"would roll back to build {first}" in said
    assert host.asked == []
    said, _ = desk("--rollback")
    assert f"rolled back to build {first}" in said
    assert "live at" in said
    assert tree(desk.root / "www/current") == before
    assert host.told == []
    said, _ = desk()
    assert said.startswith("published build "), "the next publish gives readers the content again"
    assert "notified IndexNow" in said


def test_content_that_is_edited_before_the_site_is_switched_is_not_left_behind(desk: Desk, tree: Tree) -> None:
    desk("--no-site-check")
    before = tree(desk.root / "www")
    desk.edit()
    settings = configuration.load(desk.root)
    sources = take_snapshot(settings)
    report = build(desk.root, BuildOptions())
    is_newest = partial(require_current, sources, settings.output, report.edition.id)
    put = partial(publish, "file:www", settings.output, desk.root)

    def edited_late() -> None:
        """As if the copy were made before the edit, and the switch came after it."""
        is_newest()
        desk.edit("The new", "The newest")

    for is_fresh in (edited_late, is_newest):
        with pytest.raises(BriefingError) as raised:
            put(TargetOptions(require_fresh=is_fresh))
        assert (
            str(raised.value) == f"{STORY} changed after the build started, so nothing was published: run publish again"
        )
        assert tree(desk.root / "www") == before
    desk("--no-site-check")
    assert b"The newest text" in (desk.root / "www/current/stories/2026-03-30-a-first-story/index.html").read_bytes()


@pytest.mark.parametrize("name", ["pelicanconf.py", "content/images/new.png", "content/overrides/list.html", STORY])
def test_whatever_the_site_is_built_from_is_watched(publication: MakePublication, name: str) -> None:
    root = publication()
    sources = take_snapshot(configuration.load(root))
    (root / "content/.hidden.swp").write_text("an editor's")
    (root / "content/pages/about.md~").write_text("an editor's")
    sources.require_unchanged()
    (root / name).parent.mkdir(exist_ok=True)
    with (root / name).open("a") as file:
        file.write("\n")
    with pytest.raises(BriefingError, match=f"{name} changed after the build started"):
        sources.require_unchanged()
    sources = take_snapshot(configuration.load(root))
    (root / "content/pages/about.md").unlink()
    with pytest.raises(BriefingError, match=r"content/pages/about\.md"):
        sources.require_unchanged()


def test_another_build_in_between_is_not_published(desk: Desk) -> None:
    settings = configuration.load(desk.root)
    sources = take_snapshot(settings)
    report = build(desk.root, BuildOptions())
    build(desk.root, BuildOptions(url="https://elsewhere.example"))
    is_newest = partial(require_current, sources, settings.output, report.edition.id)
    with pytest.raises(BriefingError, match="another command rebuilt "):
        publish("file:www", settings.output, desk.root, TargetOptions(require_fresh=is_newest))
    assert not (desk.root / "www").exists()


def test_half_a_build_is_not_published_and_mended_by_the_next(desk: Desk, tree: Tree) -> None:
    desk("--no-site-check")
    before = tree(desk.root / "www")
    output = desk.root / "output"
    (output / "build.json").write_text('{"id": ""}\n')
    (output / "index.html").write_text("half")
    with pytest.raises(BriefingError, match="does not contain a complete site"):
        publish("file:www", output, desk.root, TargetOptions())
    assert tree(desk.root / "www") == before
    said, _ = desk()
    assert said.startswith("nothing to publish"), "the build is whole again, and as it was"


def _id(root: Path) -> str:
    """The id of what was built last."""
    found: str = json.loads((root / "output/build.json").read_text())["id"]
    return found
