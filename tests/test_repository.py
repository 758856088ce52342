"""The tools that watch the code, the pinned requirements, and what a tracked file may not name."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import PACKAGES
from tests.test_docs import section

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
IMPORT_OF = {
    "css-inline": "css_inline",
    "ghp-import": "ghp_import",
    "python-frontmatter": "frontmatter",
    "pyyaml": "yaml",
}
IMPORT_OF |= {"pillow": "PIL", "python-multipart": "python_multipart", "dnspython": "dns"}
FOREIGN = re.compile(
    r"\bpyp[i]\.|pythonh[o]sted|registry\.npm[j]s|--(?:extra-)?index-url|(?<![\w.:/-])/(?:home|root|Users|tmp|opt|work)/"
)
EXAMPLES = {"tests/test_repository.py"}


def tool(*command: str) -> subprocess.CompletedProcess[str]:
    """One of Python's tools, over the repository."""
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)


def tracked() -> list[str]:
    """Every file that is tracked or about to be; without git there is nothing to look at."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git repository")
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def pins(text: str) -> dict[str, int]:
    """Each requirement of a pinned file, and how many hashes it has."""
    found: dict[str, int] = {}
    name = ""
    for line in text.splitlines():
        if match := re.match(r"([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,._-]+\])?==\S+", line):
            name = match[1]
            found[name] = 0
        found[name] = found.get(name, 0) + line.count("--hash=sha256:")
    found.pop("", None)
    return found


def asked(text: str) -> set[str]:
    """The names in an `.in` file."""
    return {match[0].lower() for line in text.splitlines() if (match := re.match(r"[A-Za-z][\w.-]*", line))}


def imported(folder: Path) -> set[str]:
    """The first part of every name that the modules of a folder import, or run as a program in `[..., "-m", name]`."""
    names = set()
    for file in folder.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        names |= set(re.findall(r'"-m", "(\w+)"', text))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize(
    "command", ["ruff check --no-cache", "ruff format --no-cache --check", "mypy --no-error-summary"]
)
def test_the_code_passes(command: str) -> None:
    done = tool(*command.split())
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("ruff check --no-cache --stdin-filename plugins/briefing/x.py -", "import os\n"),
        ("ruff format --no-cache --check --stdin-filename plugins/briefing/x.py -", "x = {  'a':1 }\n"),
    ],
)
def test_ruff_sees_a_fault(command: str, code: str) -> None:
    run = [sys.executable, "-m", *command.split()]
    assert subprocess.run(run, cwd=ROOT, input=code, text=True, capture_output=True, check=False).returncode == 1


def test_mypy_sees_a_fault(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def twice(x): return x + x\n", encoding="utf-8")
    assert "[no-untyped-def]" in tool("mypy", str(tmp_path / "x.py")).stdout


@pytest.mark.parametrize("name", ["requirements", "requirements-test", "requirements-bench"])
def test_requirements_are_pinned_with_hashes(name: str) -> None:
    found = pins((ROOT / f"{name}.txt").read_text(encoding="utf-8"))
    assert asked((ROOT / f"{name}.in").read_text(encoding="utf-8")) <= set(found)
    assert [package for package, hashes in found.items() if not hashes] == []


def test_a_pin_without_hash_is_seen() -> None:
    assert pins("one[x]==1 \\\n    --hash=sha256:abc\n    # via two\ntwo==2\n") == {"one": 1, "two": 0}


def test_requirements_name_what_is_imported_and_nothing_else() -> None:
    wanted = {IMPORT_OF.get(name, name) for name in asked((ROOT / "requirements.in").read_text(encoding="utf-8"))}
    wanted -= {"psycopg"}  # SQLAlchemy's driver: named in addresses, imported by none of us
    others = imported(ROOT / "plugins") - sys.stdlib_module_names - {"briefing", ""} - {"pip", "pytest"}
    assert others == wanted


def test_a_new_import_is_seen(tmp_path: Path) -> None:
    code = """def late():\n    from requests.adapters import HTTPAdapter\n    run([python, "-m", "black"])\n"""
    (tmp_path / "x.py").write_text(code, encoding="utf-8")
    assert imported(tmp_path) == {"requests", "black"}


def test_no_file_names_a_registry_or_a_place_on_one_machine() -> None:
    found = []
    for name in tracked():
        text = (ROOT / name).read_bytes().decode(errors="replace")
        if name not in EXAMPLES and not name.startswith(("content/", "tests/sample/content/")):
            found += [f"{name}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert found == []


@pytest.mark.parametrize("text", ["see https://pypi.example/x", "--index-url x", "in /home/ada/x", 'open("/tmp/x")'])
def test_a_foreign_name_is_seen(text: str) -> None:
    assert FOREIGN.search(text)


@pytest.mark.parametrize("text", ["https://example.org/home/x", "file:///srv/www", "content/tmp/x"])
def test_an_ordinary_name_is_let_through(text: str) -> None:
    assert not FOREIGN.search(text)


def test_what_a_run_makes_is_not_tracked() -> None:
    made = (".venv/", ".briefing/", "output/", "outbox/", "uv.lock")
    assert [name for name in tracked() if name.startswith(made)] == []


def test_the_pipeline_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def lacking(script: str, packages: Mapping[str, str]) -> list[str]:
    """Programs that tests need and that a pipeline does not install."""
    installed = set(re.findall(r"[a-z0-9-]+", " ".join(re.findall(r"missing\+=\((.*?)\)", script))))
    return [program for program, package in packages.items() if package and package not in installed]


def test_the_pipeline_installs_every_program_that_a_test_needs() -> None:
    as_root = {"sudo"}  # asked for by who is not root, and then the pipeline itself needs it
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert set(lacking(script, PACKAGES)) == as_root
    assert set(lacking(script.replace("(busybox)", "()"), PACKAGES)) == {"busybox", *as_root}


def test_the_pipeline_runs_the_tests_as_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    said = section(readme, "Test").split("```")[1].strip() if section(readme, "Test") else "python3 tasks.py test"
    assert re.findall(r"^(python3 tasks\.py test.*?) --all 2>", script, re.MULTILINE) == [said]
