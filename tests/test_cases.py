"""Golden cases: each folder of tests/cases/ is a publication, and chosen files of what is made from it.

    tests/cases/NAME/case.json    its settings, the command lines, and which of the files made are compared
    tests/cases/NAME/content/     what is read
    tests/cases/NAME/expected/RUN/   what is expected of each command line: those files, `files.txt` with the names of
                                  all others, `redirects.txt`, and `said.txt` with what was printed to stderr

HTML within feeds is compared by its words, since the theme's markup is no matter of a case.

After a change that is meant, write them anew, and read the difference before it is committed:

    RENEW_CASES=1 python3 tasks.py test tests/test_cases.py
    git diff tests/cases

A new case is a new folder with `case.json` and `content/`; the same command writes what is expected.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Briefing = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parent.parent
CASES = Path(__file__).parent / "cases"
RUNS = [
    pytest.param(case.parent.name, run, id=f"{case.parent.name}-{run}")
    for case in sorted(CASES.glob("*/case.json"))
    for run in json.loads(case.read_text())["runs"]
]
REDIRECT = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]*)">')
WITHIN = (
    re.compile(r'("content_html": )("(?:[^"\\]|\\.)*")()'),
    re.compile(r'(<content type="html">)(.*?)(</content>)', re.DOTALL),
    re.compile(r"(<content:encoded>)(.*?)(</content:encoded>)", re.DOTALL),
)
UNLISTED = ("build.json", "theme/*")  # an id of all bytes, and files named by theirs


@pytest.mark.parametrize(("name", "run"), RUNS)
def test_a_case_is_as_expected(name: str, run: str, tmp_path: Path, briefing: Briefing) -> None:
    case = json.loads((CASES / name / "case.json").read_text())
    root = laid_out(CASES / name, case["settings"], tmp_path / "publication")
    argv = case["runs"][run]
    done = briefing(root, *argv, *(["--output", "made"] if argv[0] == "build" else []))
    assert done.returncode == (1 if case.get("fails") else 0), done.stderr
    made = {"said.txt": done.stderr, **made_files(root, case["compared"])}
    expected = CASES / name / "expected" / run
    if os.environ.get("RENEW_CASES"):
        renew(expected, made)
    found = {str(file.relative_to(expected)): read(file) for file in sorted(expected.rglob("*")) if file.is_file()}
    assert sorted(made) == sorted(found)
    for file, text in found.items():
        assert made[file] == text, f"{file}: see the docstring of this module on how to renew it"


def laid_out(case: Path, settings: dict[str, object], root: Path) -> Path:
    shutil.copytree(case / "content", root / "content")
    for shared in ("plugins", "theme"):
        (root / shared).symlink_to(REPOSITORY / shared)
    fixed = {"PLUGIN_PATHS": ["plugins"], "PLUGINS": ["briefing"], "PATH": "content", "THEME": "theme"}
    lines = (f"{name} = {value!r}\n" for name, value in {**fixed, **settings}.items())
    (root / "pelicanconf.py").write_text("".join(lines), encoding="utf-8")
    return root


def made_files(root: Path, compared: list[str]) -> dict[str, str]:
    """The files made that a case compares, by name, and the names of the others."""
    folders = {"site": root / "made", "digests": root / "made-outbox"}
    made = {
        f"{kind}/{file.relative_to(folder).as_posix()}": file
        for kind, folder in folders.items()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and not any(fnmatch.fnmatch(str(file.relative_to(folder)), name) for name in UNLISTED)
    }
    redirects = {name: found[1] for name, file in made.items() if (found := REDIRECT.search(read(file, name)))}
    chosen = {
        name: shortened(read(file, name))
        for name, file in made.items()
        if any(fnmatch.fnmatch(name, one) for one in compared)
    }
    return {
        "files.txt": "".join(f"{name}\n" for name in made if name not in chosen),
        "redirects.txt": "".join(f"{name} -> {target}\n" for name, target in redirects.items()),
        **chosen,
    }


def read(file: Path, name: str = ".txt") -> str:
    """The text of a file; "" of one that is none."""
    return file.read_bytes().decode("utf-8") if not name.endswith(".png") else ""


def shortened(text: str) -> str:
    for within in WITHIN:
        text = within.sub(in_words, text)
    return text


def in_words(match: re.Match[str]) -> str:
    html = json.loads(match[2]) if match[2].startswith('"') else unescape(match[2])
    words = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    return match[1] + (json.dumps(words, ensure_ascii=False) if match[2].startswith('"') else escape(words)) + match[3]


def renew(expected: Path, made: dict[str, str]) -> None:
    shutil.rmtree(expected, ignore_errors=True)
    for name, text in made.items():
        (expected / name).parent.mkdir(parents=True, exist_ok=True)
        (expected / name).write_bytes(text.encode("utf-8"))


def test_there_are_cases() -> None:
    assert len(RUNS) >= 5
