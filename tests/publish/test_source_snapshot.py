"""Another build replaces the site while it is being published: readers are not given a mixture of both."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from briefing.errors import BriefingError
from briefing.publish import TargetOptions, publish
from briefing.publish.built_site import BuiltSite, require_unchanged
from briefing.publish.local_releases import LocalReleases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Build = Callable[[Mapping[str, str]], str]

ONE, TWO = {"index.html": "one"}, {"index.html": "two"}
NOTICED = "was rebuilt during the publish: run publish again"


@pytest.mark.parametrize("stated", ['{"id": "abc"}', '{"id": ""}', "[]", None])
def test_a_site_with_another_id_is_not_the_same(output: Path, build: Build, stated: str | None) -> None:
    built = BuiltSite(output, build(ONE), ("index.html",))
    require_unchanged(built)
    (output / "build.json").unlink()
    if stated:
        (output / "build.json").write_text(stated)
    with pytest.raises(BriefingError, match=NOTICED):
        require_unchanged(built)


def test_content_that_is_newer_is_noticed_too(output: Path, build: Build) -> None:
    def newer() -> None:
        msg = "content/a.md changed"
        raise BriefingError(msg)

    with pytest.raises(BriefingError, match=r"content/a\.md changed"):
        require_unchanged(BuiltSite(output, build(ONE), (), newer))


def built_anew(output: Path) -> Callable[[], None]:
    """What replaces the site's id once publish has read it, and leaves every other file as it is."""

    def replace() -> None:
        (output / "build.json").write_text(json.dumps({"id": "abc"}))

    return replace


@pytest.mark.parametrize("target", ["file:www", "folder:www", "pages:"])
def test_every_kind_of_target_looks_before_readers_see_anything(
    output: Path, build: Build, git: Callable[..., str], tree: Callable[[Path], dict[str, bytes]], target: str
) -> None:
    root = output.parent
    build(ONE)
    git(root.parent, "init", "--bare", "remote.git")
    git(root, "init")
    git(root, "remote", "add", "origin", str(root.parent / "remote.git"))
    publish(target, output, root, TargetOptions())
    build(TWO)
    before = tree(root / "www"), git(root.parent / "remote.git", "for-each-ref")
    with pytest.raises(BriefingError, match=NOTICED):
        publish(target, output, root, TargetOptions(require_fresh=built_anew(output)))
    assert (tree(root / "www"), git(root.parent / "remote.git", "for-each-ref")) == before


def test_a_release_that_is_there_already_is_not_served_for_a_newer_build(
    output: Path, build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = output.parent
    for pages in (ONE, TWO):
        build(pages)
        publish("file:www", output, root, TargetOptions())
    build(ONE)
    original = LocalReleases.hashes

    def hashes(self: LocalReleases, release: str) -> Mapping[str, str]:
        found = original(self, release)
        built_anew(output)()
        return found

    monkeypatch.setattr(LocalReleases, "hashes", hashes)
    with pytest.raises(BriefingError, match=NOTICED):
        publish("file:www", output, root, TargetOptions())
    assert (root / "www/current/index.html").read_text() == "two"
