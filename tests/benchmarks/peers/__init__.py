"""The same stories for every generator: made once, then written in the form that each of them reads.

Equal sites: a page for each story, the stories in pages of twenty, a list for each topic and each tag, an Atom feed and a
sitemap. This program makes more of the same stories (weeks, threads, curators, publishers, issues, a feed for each topic).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import frontmatter
from tests.benchmarks import corpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]
NAMES = ("hugo", "pelican", "eleventy", "small", "own")
_PAGE = 20


@dataclass(frozen=True)
class Peer:
    """A generator and its site. `stories`: its source files, in the order of the corpus."""

    name: str
    folder: Path
    command: list[str]
    output: Path
    stories: list[Path]
    state: tuple[Path, ...] = ()
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def edit(self, number: int) -> None:
        """Add a sentence to a story in the middle of the archive, another one each time."""
        file = self.stories[len(self.stories) // 2 + number]
        with file.open("a", encoding="utf-8") as text:
            text.write(f"\nOne more sentence, number {number}.\n")

    def forget(self) -> None:
        """Remove what earlier builds left beside the output."""
        for path in self.state:
            shutil.rmtree(path, ignore_errors=True)


def prepare(name: str, stories: int, folder: Path) -> Peer:
    """The site of a peer in a folder that only it uses."""
    source = folder / "corpus"
    if not source.exists():
        corpus.make(stories, source)
    own = folder / name
    return _MAKERS[name](own, source)


def _hugo(folder: Path, source: Path) -> Peer:
    shutil.copytree(HERE / "hugo", folder)
    files = []
    for at, (values, text) in enumerate(_stories(source)):
        topic = folder / "content" / _slug(values["topic"])
        if not topic.exists():
            _write(topic / "_index.md", f"---\ntitle: {values['topic']}\n---\n")
        head = {**_common(values), "topic": values["topic"], "source": values["sources"][0], "slug": f"story-{at}"}
        files.append(_write(topic / f"story-{at}.md", f"---\n{json.dumps(head, default=str)}\n---\n{text}"))
    return Peer("hugo", folder, [str(_tools() / "hugo"), "--quiet"], folder / "public", files, (folder / "resources",))


def _pelican(folder: Path, source: Path) -> Peer:
    shutil.copytree(HERE / "pelican", folder)
    files = []
    for at, (values, text) in enumerate(_stories(source)):
        lines = {
            "title": values["title"], "slug": f"story-{at}", "date": str(values["date"]), "summary": values["summary"],
            "category": values["topic"], "tags": ", ".join(values["tags"]), "authors": values["authors"][0],
            "sentiment": values["sentiment"], "kind": values["kind"], "source_name": values["sources"][0]["name"],
            "source_url": values["sources"][0]["url"], "key_questions": "\n    ".join(values["key_questions"]),
        }  # fmt: skip
        head = "".join(f"{key}: {value}\n" for key, value in lines.items())
        files.append(_write(folder / "content" / _slug(values["topic"]) / f"story-{at}.md", f"{head}\n{text}"))
    command = [str(_tools() / "pelican"), "content", "-s", "pelicanconf.py", "-o", "output", "--quiet"]
    return Peer("pelican", folder, command, folder / "output", files, (folder / "cache",))


def _eleventy(folder: Path, source: Path) -> Peer:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is not installed: leave out eleventy, with --peers hugo,pelican,small,own")
    shutil.copytree(HERE / "eleventy", folder)
    subprocess.run([npm, "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
    files = []
    for at, (values, text) in enumerate(_stories(source)):
        head = {**_common(values), "topic": values["topic"], "source": values["sources"][0], "date": str(values["date"]),
                "topicSlug": _slug(values["topic"]), "permalink": f"a/story-{at}/index.html", "layout": "story.njk"}  # fmt: skip
        head["labels"] = head.pop("tags")
        head["tags"] = ["story"]
        files.append(
            _write(folder / "content" / f"story-{at}.md", f"---json\n{json.dumps(head, default=str)}\n---\n{text}")
        )
    command = [str(folder / "node_modules" / ".bin" / "eleventy"), "--quiet"]
    return Peer("eleventy", folder, command, folder / "_site", files)


def _briefing(name: str, overrides: Path | None) -> Callable[[Path, Path], Peer]:
    def make(folder: Path, source: Path) -> Peer:
        shutil.copytree(source, folder)
        if overrides:
            shutil.copytree(overrides, folder / "content" / "overrides")
        program = (
            f"import sys; sys.path.insert(0, {str(REPOSITORY / 'plugins')!r});"
            "from briefing.commands.app import main; sys.exit(main(['build'], '.'))"
        )
        files = sorted((folder / "content" / "stories").rglob("*.md"))
        state = (folder / ".briefing", folder / "outbox")
        return Peer(name, folder, [sys.executable, "-c", program], folder / "output", files, state)

    return make


_MAKERS: dict[str, Callable[[Path, Path], Peer]] = {
    "hugo": _hugo,
    "pelican": _pelican,
    "eleventy": _eleventy,
    "small": _briefing("small", HERE / "briefing"),
    "own": _briefing("own", None),
}


def _tools() -> Path:
    """The folder of the peers' programs, in an environment of their own that is made when it is first asked for."""
    home = REPOSITORY / ".venv" / "peers"
    wanted, installed = REPOSITORY / "requirements-bench.txt", home / "installed.txt"
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        print("Installing requirements-bench.txt", file=sys.stderr)
        venv.create(home, clear=True, with_pip=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(wanted)]
        subprocess.run(pip, check=True)
        shutil.copyfile(wanted, installed)
    return home / "bin"


def _stories(source: Path) -> Iterator[tuple[dict[str, Any], str]]:
    for file in sorted((source / "content" / "stories").rglob("*.md")):
        post = frontmatter.load(str(file))
        yield post.metadata, post.content


def _common(values: dict[str, Any]) -> dict[str, Any]:
    names = ("title", "date", "summary", "sentiment", "kind", "tags", "authors", "key_questions")
    return {name: values[name] for name in names}


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file
