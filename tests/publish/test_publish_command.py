"""`publish` as a person runs it, in a publication's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakePublication

    Briefing = Callable[..., subprocess.CompletedProcess[str]]
    Tree = Callable[[Path], dict[str, bytes]]

STORY = "content/stories/2026/2026-03-30-a-first-story.md"


def test_what_is_served_is_what_was_built(publication: MakePublication, briefing: Briefing, tree: Tree) -> None:
    root = publication()
    done = briefing(root, "publish", "file:www", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "  new      index.html\n" in done.stdout
    assert not (root / "www").exists()

    done = briefing(root, "publish", "file:www")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("published build ")
    assert tree(root / "www/current") == tree(root / "output")

    done = briefing(root, "publish", "file:www")
    assert done.returncode == 0
    assert done.stdout.startswith(f"nothing to publish: {root}/www/current already holds build ")


def test_content_with_problems_is_not_published(publication: MakePublication, briefing: Briefing, tree: Tree) -> None:
    root = publication()
    assert briefing(root, "publish", "file:www").returncode == 0
    before = tree(root / "www")
    (root / STORY).write_text((root / STORY).read_text().replace("title: A first", "titel: A first"))
    done = briefing(root, "publish", "file:www")
    assert done.returncode == 1
    assert f"{STORY}:2: titel: is an unknown key" in done.stderr
    assert tree(root / "www") == before


def test_wrong_use_is_told_before_anything_is_built(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    done = briefing(root, "publish", "ftp://me:secret@host/www")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ftp: is no target this program knows")
    assert "secret" not in done.stderr
    assert not (root / "output").exists()


def test_a_refusal_is_one_line(publication: MakePublication, briefing: Briefing) -> None:
    root = publication({"../www/index.html": "not ours"})
    done = briefing(root, "publish", "file:www")
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {root}/www holds files that publish did not make (index.html): name an empty folder or a new one\n"
    )
