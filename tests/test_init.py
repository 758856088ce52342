"""A repository of one's own: begun with `init`, it builds and passes the tests; newer versions of the program come in."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY, SAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".briefing", "output", "outbox", "__pycache__", ".*_cache", ".hypothesis", "node_modules"
)
# What looks at the user's own files, and at the sample: nothing else knows whose repository this is.
LOOKING = [
    "tests/test_docs.py::test_every_link_leads_somewhere[README.md]",
    "tests/test_docs.py::test_what_a_reader_is_told_to_type_exists[README.md]",
    "tests/test_init.py::test_until_init_the_repository_is_the_sample",
    "tests/test_init.py::test_no_test_leans_on_what_the_user_owns",
    "tests/checks/content/test_addresses.py",
    "tests/settings/test_settings.py::test_the_repository_s_own_settings_are_fine",
    "tests/theme/test_join.py",
]
LEANING = re.compile(
    r"(?:REPOSITORY|ROOT) / \"(?:content|pelicanconf\.py)|(?:run|briefing|say|main|load)\((?:REPOSITORY|ROOT)\b"
)
FENCED = re.compile(r"^( *)```\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """The whole repository as it is shipped, with the sample in its place, and without git."""
    root = tmp_path / "upstream"
    shutil.copytree(REPOSITORY, root, symlinks=True, ignore=LEFT_OUT)
    shutil.rmtree(root / "content")
    shutil.copytree(SAMPLE, root, dirs_exist_ok=True)
    return root


def run(root: Path, *argv: str) -> str:
    """One command in a repository, begun there, by its own program; what it printed."""
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    environment = {**os.environ, "PYTHONPATH": str(root / "plugins")}
    command = [sys.executable, "-c", code, str(root), *argv]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(root: Path, script: str) -> str:
    """Lines as a person types them, one after the other whatever comes of each; all that they said."""
    person = {f"GIT_{who}_{what}": "ada@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**os.environ, **person, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["bash", "-c", f"exec 2>&1\n{script}"]
    return subprocess.run(command, cwd=root, env=environment, text=True, stdout=-1, check=False, timeout=120).stdout


def typed(page: str, heading: str) -> list[str]:
    """The blocks of commands below a heading of docs/upgrading.md."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [re.sub(r"^ +", "", match[2], flags=re.MULTILINE) for match in FENCED.finditer(section)]


def tree(root: Path) -> dict[str, bytes]:
    """What is the user's own, with its bytes."""
    own = [root / "pelicanconf.py", root / "README.md", *(root / "content").rglob("*")]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in own if path.is_file()}


def differences(root: Path) -> list[str]:
    """Files of content/ and settings that are not as in the sample, while the repository is the sample's."""
    if runpy.run_path(str(root / "pelicanconf.py"))["SITENAME"] != _sample_name():
        return []
    here, there = ({name: data for name, data in tree(each).items() if name != "README.md"} for each in (root, SAMPLE))
    return sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))


def _sample_name() -> str:
    return str(runpy.run_path(str(SAMPLE / "pelicanconf.py"))["SITENAME"])


def test_until_init_the_repository_is_the_sample() -> None:
    assert differences(REPOSITORY) == [], "tests/sample/ and content/ with pelicanconf.py are one thing: change both"


def test_a_difference_from_the_sample_is_seen(tmp_path: Path) -> None:
    shutil.copytree(SAMPLE, tmp_path / "x")
    assert differences(tmp_path / "x") == []
    (tmp_path / "x" / "content" / "new.md").write_text("x", encoding="utf-8")
    (tmp_path / "x" / "content" / "pages" / "about.md").unlink()
    assert differences(tmp_path / "x") == ["content/new.md", "content/pages/about.md"]
    (tmp_path / "x" / "pelicanconf.py").write_text('SITENAME = "My own"\n', encoding="utf-8")
    assert differences(tmp_path / "x") == []


def test_no_test_leans_on_what_the_user_owns() -> None:
    found = {
        file.name: match[0]
        for file in (REPOSITORY / "tests").rglob("*.py")
        for match in LEANING.finditer(file.read_text(encoding="utf-8"))
    }
    # These ask of the user's own settings only that they are fine, and run what reads none of the content.
    for name in ("test_settings.py", "test_command_line.py", "test_init.py"):
        found.pop(name, None)
    assert found == {}, "take the fixture `sample`"


@pytest.mark.parametrize("line", ['REPOSITORY / "content" / "x"', 'briefing(REPOSITORY, "check")', "load(REPOSITORY)"])
def test_a_test_that_leans_is_seen(line: str) -> None:
    assert LEANING.search(line)


def test_a_repository_of_ones_own_builds_and_passes_its_tests(shipped: Path) -> None:
    assert "is ready" in run(shipped, "init", "--name", "The Harbour Letter", "--topics", "Ships, Town", "--yes")
    assert run(shipped, "check") == "no problems\n"
    assert run(shipped, "build").endswith(" files written\n")
    assert "The Harbour Letter" in (shipped / "output" / "index.html").read_text(encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *LOOKING],
        cwd=shipped,
        env={**os.environ, "PYTHONPATH": str(shipped / "plugins")},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture
def own(shipped: Path, tmp_path: Path, tool: Callable[[str], str]) -> Path:
    """A clone of the shipped repository, begun, with a story of its own; and upstream has gone on."""
    tool("git")
    shell(shipped, "git init --quiet --initial-branch=main && git add --all && git commit --quiet -m 0.1.0")
    shell(tmp_path, "git clone --quiet upstream mine")
    mine = tmp_path / "mine"
    run(mine, "init", "--name", "The Harbour Letter", "--url", "https://harbour.example", "--topics", "Ships", "--yes")
    story = mine / "content" / "stories" / "2026" / "2026-03-10-whisper.md"  # a name that the sample has, too
    story.parent.mkdir(parents=True, exist_ok=True)
    story.write_text(STORY, encoding="utf-8")
    (mine / "content" / "overrides").mkdir()
    (mine / "content" / "overrides" / "home.html").write_bytes((mine / "theme/templates/home.html").read_bytes())
    assert shell(mine, "git add --all && git commit --quiet -m Begun") == ""
    go_on(shipped)
    return mine


STORY = """\
---
title: A new ferry
date: 2026-03-10
summary: It sails from June.
topic: Ships
sources: [{name: The Harbour Board, url: "https://board.example/", title: Timetable, date: 2026-03-09}]
---
The board has published it.
"""


def go_on(upstream: Path) -> None:
    """A newer version: program, theme and README change, and of the sample files change, come, go and move."""
    for name, line in {
        "plugins/briefing/urls.py": '\nNEWER = "newer/"\n',
        "theme/templates/style.css": "\n.newer { color: inherit; }\n",
        "README.md": "\nNewer.\n",
        "CHANGELOG.md": "\nNewer.\n",
    }.items():
        with (upstream / name).open("a", encoding="utf-8") as stream:
            stream.write(line)
    for sample in (upstream, upstream / "tests" / "sample"):
        stories = sample / "content" / "stories" / "2026"
        for name in ("pages/about.md", "pages/colophon.md", "stories/2026/2026-03-10-whisper.md"):
            with (sample / "content" / name).open("a", encoding="utf-8") as stream:
                stream.write("\nNewer.\n")
        (stories / "2026-04-13-lora.md").unlink()
        (stories / "2026-03-10-chinchilla.md").rename(stories / "2026-03-10-chinchillas.md")
        shutil.copy(stories / "2026-04-08-http-3.md", stories / "2026-05-04-http-4.md")
        conf = sample / "pelicanconf.py"
        conf.write_text(conf.read_text(encoding="utf-8").replace("read at the source", "read whole"), encoding="utf-8")
    shell(upstream, "git add --all && git commit --quiet -m 0.2.0")


def person(root: Path, block: str) -> str:
    """The lines of a block as a person types them, those of `tasks.py` by the repository's own program."""
    said = ""
    for line in block.splitlines():
        command = line.removeprefix("python3 tasks.py ")
        said += shell(root, line) if command == line else run(root, *shlex.split(command))
    return said


def holds(mine: Path, upstream: Path, before: dict[str, bytes]) -> None:
    """The user's own is as before, everything else is upstream's, and it builds."""
    assert tree(mine) == before
    assert shell(mine, "git status --porcelain") == ""
    theirs = shell(upstream, "git ls-files -z").split("\0")[:-1]
    same = [name for name in theirs if not name.startswith("content/") and name not in before]
    assert [name for name in same if (mine / name).read_bytes() != (upstream / name).read_bytes()] == []
    assert not (mine / "tests/sample/content/stories/2026/2026-04-13-lora.md").exists()
    assert run(mine, "build").endswith(" files written\n")
    assert "A new ferry" in (mine / "output" / "index.html").read_text(encoding="utf-8")


def test_newer_versions_come_in_as_documented(own: Path) -> None:
    upstream, before = own.with_name("upstream"), tree(own)
    once, _ = typed("upgrading.md", "Once: say where the program comes from")
    _, each, _ = typed("upgrading.md", "Each time: take in the newer version")
    shell(own, once.replace("ADDRESS", str(upstream)))
    said = shell(own, each)
    assert "CONFLICT (modify/delete): content/pages/colophon.md" in said
    assert "CONFLICT (content): Merge conflict in pelicanconf.py" in said
    holds(own, upstream, before)
    assert "nothing to commit" in shell(own, each)
    assert shell(own, "git log -1 --format=%s") == "A newer version of the program\n"


def test_without_common_history_git_is_told_the_version_once(own: Path) -> None:
    upstream, before = own.with_name("upstream"), tree(own)
    version = shell(upstream, "git rev-parse HEAD~1").strip()
    shutil.rmtree(own / ".git")
    shell(own, "git init --quiet && git add --all && git commit --quiet -m 'From an archive'")
    once, began = typed("upgrading.md", "Once: say where the program comes from")
    _, each, _ = typed("upgrading.md", "Each time: take in the newer version")
    shell(own, once.replace("ADDRESS", str(upstream)))
    shell(own, began.replace("VERSION", version))
    shell(own, each)
    holds(own, upstream, before)


def test_what_changes_on_the_site_is_compared_beside_what_git_keeps(own: Path) -> None:
    once, _ = typed("upgrading.md", "Once: say where the program comes from")
    before, each, after = typed("upgrading.md", "Each time: take in the newer version")
    shell(own, once.replace("ADDRESS", str(own.with_name("upstream"))))
    assert person(own, before).endswith(" files written\n")
    assert shell(own, "git status --porcelain") == ""
    assert person(own, after).endswith(" files written\n")  # and no difference
    shell(own, each)
    said = person(own, after)
    assert "Files .briefing/before/index.html and .briefing/after/index.html differ\n" in said
    assert shell(own, "git status --porcelain") == ""
