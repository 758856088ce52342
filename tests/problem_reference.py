"""docs/reference/problems.md: every problem message once, from the cases of `tests/problem_cases.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.problem_cases import RENDERED, REPOSITORY, read_cases, result_of

from briefing.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.problem_cases import ProblemCase

    from briefing.errors import Problem

PAGE = REPOSITORY / "docs" / "reference" / "problems.md"
KINDS = {
    "front-matter": ("Front matter", "The keys between the `---` lines of a file, and the form of the file itself."),
    "markdown": ("Markdown", "The text below the front matter."),
    "links": ("Links", "Addresses in front matter, texts and settings."),
    "issues": ("Issues", "An issue's stories, number and file name, and the records of issues that were sent."),
    "site": ("Site", "File names, and the addresses of the pages that are made from them."),
    "built-site": ("Built pages", "The finished pages. The template of the page is usually at fault."),
    "email": ("Email", "The finished digest. [Checks of an email](email-checks.md) explains each check."),
    "settings": ("Settings", "`pelicanconf.py`."),
}
INTRODUCTION = """\
# Problems

Every problem that `check` reports about a publication, by what it is about. `check` prints a problem as

```
content/stories/2026/2026-03-30-first.md:3: date: `soon` is not a valid date; write it as 2026-03-30
```

that is file, line, key, what is wrong, what to do. An error stops a build; a warning does not. If a warning is listed with a
name, a story or an issue can [acknowledge](story.md#acknowledged-warnings) it by that name. Names, dates and numbers are
examples.

The tests write this page: see "Problem messages" in [CONTRIBUTING](../../CONTRIBUTING.md#problem-messages).
"""
_LONGEST = 64


@dataclass
class Entry:
    """A message: its first problem, what was written to get it, and what to do, with the key for each."""

    problem: Problem
    example: str
    hints: dict[str, tuple[str, str]] = field(default_factory=dict)


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for kind, (title, introduction) in KINDS.items():
        parts.append(
            f"\n## {title}\n\n{introduction}\n\n| problem | what to do | severity | example |\n| --- | --- | --- | --- |\n"
        )
        parts += [_row(entry) for entry in entries(kind)]
    return "".join(parts)


def entries(kind: str) -> list[Entry]:
    """The messages of a kind, in the order of its cases; two that differ only in names and numbers are one."""
    found: dict[tuple[str, str, str], Entry] = {}
    for case in read_cases():
        if case.kind == kind:
            result = result_of(case)
            for problem, line in zip(result.problems, result.lines, strict=True):
                key = (general(problem.what), problem.weight, problem.check)
                entry = found.setdefault(key, Entry(problem, _written(case, problem, line)))
                entry.hints.setdefault(general(problem.hint), (problem.field, problem.hint))
    return list(found.values())


def general(text: str) -> str:
    """A message without its examples: what is quoted, addresses, paths, numbers and names of files."""
    text = re.sub(r"(is taken by|the largest parts are) .*", r"\1", text)
    text = re.sub(r".* (is not supported by) .*", r"\1", text)
    text = re.sub(r"`[^`]*`|\u201c[^\u201d]*\u201d|U\+[0-9A-F]{4}", "...", text)
    text = re.sub(r"\S*/\S*|\S+\.(?:md|png|json|py)\b|<[^>]*>", "...", text)
    return re.sub(r"[0-9A-F]*[0-9][\w.]*|#[0-9a-f]{6}", "0", text)


def _row(entry: Entry) -> str:
    problem = entry.problem
    severity = f"{problem.weight}: `{problem.check}`" if problem.check else str(problem.weight)
    return f"| {_plain(_cut_runs(problem.what))} | {_to_do(entry.hints.values())} | {severity} | {_code(_cut(entry.example))} |\n"


def _to_do(hints: Iterable[tuple[str, str]]) -> str:
    several = [*hints]
    if len(several) == 1:
        return _plain(several[0][1])
    keys = (re.sub(r"\.[0-9]+\b", "", key) or "file" for key, _ in several)
    return "<br>".join(f"{_code(key)}: {_plain(hint)}" for key, (_, hint) in zip(keys, several, strict=True))


def _written(case: ProblemCase, problem: Problem, line: str) -> str:
    """What is wrong in its file: the line, or what the case adds; else the place."""
    *_, key = problem.field.split(".")
    settings = case.keys.get("settings", "")
    if problem.path == FILE and (key in settings or (settings and case.kind == "settings")):
        line = settings.strip().rpartition("\n")[2]
    elif case.keys.get("edit") in RENDERED:
        line = case.keys["new"].strip()
    elif case.kind == "built-site":
        line = case.keys["files"]["x/index.html"].strip().rpartition("\n")[2]
    elif case.kind == "site" and not problem.field:
        line = ""
    line = line.strip()
    return line if line.isprintable() and line not in {"", "---", "{"} else f"{problem.path}:{max(problem.line, 1)}"


def _cut(text: str) -> str:
    text = _cut_runs(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _cut_runs(text: str) -> str:
    return re.sub(r"([a-z])\1{9,}", r"\1\1\1...", text)


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    return f"{fence}{' ' * (len(fence) - 1)}{text}{' ' * (len(fence) - 1)}{fence}".replace("|", "\\|")


def _plain(text: str) -> str:
    """Text in which Markdown and HTML mean nothing but code."""
    pieces = re.split(r"(`[^`]+`)", text)
    pieces[::2] = [re.sub(r"([*_\[\]#])", r"\\\1", piece).replace("<", "&lt;") for piece in pieces[::2]]
    return "".join(pieces).replace("|", "\\|")
