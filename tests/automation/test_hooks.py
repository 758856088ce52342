"""The hooks for pre-commit, really run: by this folder's own commands, with nothing fetched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakePublication

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = ROOT / ".pre-commit-config.yaml"
STORY = "stories/2026/2026-03-30-a-first-story.md"


@pytest.fixture
def clone(
    publication: MakePublication, installed: Callable[[Path], None], tool: Callable[[str], str], tmp_path: Path
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """A publication under git; `clone("story", ...)` runs pre-commit there after the file was written and added."""
    root = publication({"issues/2026-w14.md": None})  # a digest would take a while
    installed(root)
    for name in (".pre-commit-config.yaml", "pyproject.toml", ".gitignore"):
        shutil.copy(ROOT / name, root)
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PRE_COMMIT_HOME": str(tmp_path / "kept")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | quiet

    def run(*argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=120)

    def commit(name: str, text: str, *hooks: str) -> subprocess.CompletedProcess[str]:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
        run(tool("git"), "add", name)
        return run(sys.executable, "-m", "pre_commit", "run", "--verbose", *hooks)

    run(tool("git"), "init", "--quiet")
    run(tool("git"), "add", "--", ".")
    return commit


def test_pre_commit_accepts_the_file() -> None:
    run = [sys.executable, "-m", "pre_commit", "validate-config", str(CONFIG)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_faulty_file_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG.read_text(encoding="utf-8").replace("entry:", "enter:"), encoding="utf-8")
    run = [sys.executable, "-m", "pre_commit", "validate-config", str(file)]
    assert subprocess.run(run, capture_output=True, check=False).returncode == 1


def test_nothing_is_fetched() -> None:
    repositories = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    assert {hook["language"] for hook in repositories[0]["hooks"]} == {"system"}


def test_a_sound_commit_passes_and_a_wrong_story_does_not(
    clone: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    story = f"content/{STORY}"
    text = (tmp_path / "publication" / story).read_text(encoding="utf-8")
    done = clone(story, text.replace("first story", "first new story"), "check")
    assert done.returncode == 0, done.stdout
    assert "check the publication" in done.stdout
    done = clone(story, text.replace("topic: Science", "topic: Alchemy"), "check")
    assert done.returncode == 1
    assert f"{story}:5: topic:" in done.stdout


def test_who_changes_the_program_is_told_of_style(clone: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = clone("tests/x.py", "import os\nx = {  'a':1 }\n", "ruff", "--files", "tests/x.py")
    assert done.returncode == 1
    assert "F401" in done.stdout
    done = clone("tests/x.py", "x = {  'a':1 }\n", "ruff-format", "--files", "tests/x.py")
    assert done.returncode == 1
    assert "1 file would be reformatted" in done.stdout


@pytest.mark.parametrize("hook", ["ruff", "ruff-format"])
def test_who_changes_the_settings_alone_needs_no_ruff(
    hook: str, clone: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = clone("pelicanconf.py", "import os\nx = {  'a':1 }\n", hook, "--files", "pelicanconf.py")
    assert done.returncode == 0, done.stdout
    assert "no files to check" in done.stdout
