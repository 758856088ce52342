"""Cases of bad input: a mistake, and the problem lines that it gets.

`tests/cases/problems/KIND/SUBJECT.yaml` contains one case a YAML document:

    edit: stories/2026/2026-03-30-first.md      the file of the publication that is wrong,
    old: "date: 2026-03-30"                     the text to replace, which occurs once in it,
    new: "date: soon"                           and what replaces it, `times` times
    expected: |                                 every problem that is then found, as it is printed
      content/stories/2026/2026-03-30-first.md:3: date: ...

A case without `edit` and `old` changes the same place as the case above it. Instead of an edit, or with one, a case can have

    files: {NAME: TEXT}     files to add or replace; null removes one
    links: {NAME: TARGET}   symbolic links to add
    settings: |             lines to append to pelicanconf.py
    also: FOLDER            files to add from tests/cases/problems/also/FOLDER/
    unreadable: NAME        a file or folder that cannot be read
    lines: 2                how many problems one mistake may have; 1 if not given

The publication that is changed is tests/cases/problems/publication/. In `email/` its digest is rendered and inspected; there
an edit can change every `old` in the finished `digest.html`, `digest.txt`, `digest.eml` or `page.html`, the issue's page, and
`spam` is SpamAssassin's report; that the message differs from an edited part does not count. In `built-site/` the files are pages of a site.

After a change of messages, or for a new case with an empty `expected: |`, write the lines, and read the difference:

    RENEW_CASES=1 python3 tasks.py test tests/test_bad_input.py
"""

from __future__ import annotations

import atexit
import builtins
import datetime as dt
import errno
import io
import os
import re
import shutil
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import yaml

from briefing import settings as publication_settings
from briefing.checks import built_site
from briefing.checks.content import checked_settings, find_problems
from briefing.checks.email import find_unused_acceptances, inspect
from briefing.checks.email.report import Finding
from briefing.content.library import read_library
from briefing.errors import Problem, ProblemsFoundError, in_order
from briefing.site.edition import BuildOptions, Edition, open_edition
from briefing.site.gate import digest_contexts
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "plugins" / "briefing"
FOLDER = REPOSITORY / "tests" / "cases" / "problems"
PUBLICATION = FOLDER / "publication"
AS_OF = dt.date(2026, 5, 1)
RENDERED = {"digest.html": "html", "digest.txt": "text", "digest.eml": "message", "page.html": "page"}
SITE = {"index.html": b'<h1 id="top">Home</h1>', "about/index.html": b'<h2 id="who">Who</h2>'}
_PLACE = ("edit", "old")


@dataclass(frozen=True)
class ProblemCase:
    """One mistake. `number` is its place in its file, from 1; `keys` are those of its document."""

    file: Path
    number: int
    keys: dict[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.kind}/{self.file.stem}-{self.number}"

    @property
    def kind(self) -> str:
        return self.file.parent.name

    @property
    def expected(self) -> list[str]:
        return (self.keys["expected"] or "").splitlines()

    def changed(self, text: str) -> str:
        """The text with this case's edit made in it."""
        old, new = self.keys["old"], self.keys["new"] * self.keys.get("times", 1)
        most = len(text) if self.keys["edit"] in RENDERED else 1
        assert 1 <= text.count(old) <= most, f"{self}: {old!r} occurs {text.count(old)} times"
        return text.replace(old, new)


def read_cases() -> list[ProblemCase]:
    """Every case, by file and place."""
    return [case for file in sorted(FOLDER.glob("*/*.yaml")) for case in _cases_in(file)]


def _cases_in(file: Path) -> Iterator[ProblemCase]:
    place: dict[str, Any] = {}
    for number, document in enumerate(_documents(file), start=1):
        keys = yaml.safe_load(document)
        if "new" in keys:
            place = {name: keys.get(name, place.get(name)) for name in _PLACE}
            keys |= place
        yield ProblemCase(file, number, keys)


def _documents(file: Path) -> list[str]:
    return re.split(r"^---\n", file.read_text(encoding="utf-8"), flags=re.MULTILINE)


def renew(case: ProblemCase, lines: list[str]) -> None:
    """Write the lines as those that the case expects."""
    documents = _documents(case.file)
    before = documents[case.number - 1].partition("expected:")[0]
    documents[case.number - 1] = before + "expected: |\n" + "".join(f"  {line}\n" for line in lines)
    case.file.write_text("---\n".join(documents), encoding="utf-8")


def lay_out(case: ProblemCase | None, root: Path) -> None:
    """The publication of a case in the folder `root`, which is not there yet; without a case nothing is wrong in it."""
    shutil.copytree(PUBLICATION, root)
    for shared in ("plugins", "theme"):
        (root / shared).symlink_to(REPOSITORY / shared)
    if case is None:
        return
    content = root / "content"
    if "also" in case.keys:
        shutil.copytree(FOLDER / "also" / case.keys["also"], root, dirs_exist_ok=True)
    if case.keys.get("edit", "digest.html") not in RENDERED:
        file = content / case.keys["edit"]
        _write(file, case.changed(file.read_text(encoding="utf-8")))
    for name, text in case.keys.get("files", {}).items():
        if text is None:
            (content / name).unlink()
        else:
            _write(content / name, text)
    for name, target in case.keys.get("links", {}).items():
        (content / name).symlink_to(target)
    with (root / "pelicanconf.py").open("a", encoding="utf-8") as settings:
        settings.write(case.keys.get("settings", ""))


def _write(file: Path, text: str | bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)


@dataclass(frozen=True)
class CaseResult:
    """The problems of a case, and what each one's line says in its file, "" if there is no such file.

    made_at: the places in the program, as (path, line), that made a problem on the way.
    """

    problems: tuple[Problem, ...]
    lines: tuple[str, ...]
    made_at: frozenset[tuple[str, int]]


@cache
def result_of(case: ProblemCase) -> CaseResult:
    """Run a case in a folder of its own."""
    _unchanged_digest()  # not recorded
    with tempfile.TemporaryDirectory() as folder, recorded_places() as places:
        root = Path(folder) / "publication"
        problems = _problems_of(case, root)
        lines = tuple(_line_of(root / problem.path, problem.line) for problem in problems)
    return CaseResult(problems, lines, frozenset(places))


def _line_of(file: Path, number: int) -> str:
    is_own = file.is_file() and not file.is_symlink()
    text = file.read_text(encoding="utf-8", errors="replace") if is_own else ""
    return next(iter(text.splitlines()[number - 1 : number]), "") if number else ""


@contextmanager
def recorded_places() -> Iterator[set[tuple[str, int]]]:
    """Where in the program a Problem or a Finding is made meanwhile: each line of the call stack."""
    places: set[tuple[str, int]] = set()
    with ExitStack() as stack:
        for kind in (Problem, Finding):
            stack.enter_context(mock.patch.object(kind, "__init__", _recording(kind.__init__, places)))
        yield places


def _recording(init: Callable[..., None], places: set[tuple[str, int]]) -> Callable[..., None]:
    def recording(self: object, *values: Any, **named: Any) -> None:
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename.startswith(str(SOURCE)):
                places.add((frame.f_code.co_filename, frame.f_lineno))
            frame = frame.f_back
        init(self, *values, **named)

    return recording


def problems_in(root: Path) -> tuple[Problem, ...]:
    """What `check` finds in a publication's settings and content."""
    try:
        return find_problems(read_library(checked_settings(root)), AS_OF)
    except ProblemsFoundError as found:
        return found.problems


def _problems_of(case: ProblemCase, root: Path) -> tuple[Problem, ...]:
    if case.kind == "built-site":
        pages = SITE | {name: html.encode() for name, html in case.keys["files"].items()}
        return in_order(built_site.find(pages, pages.keys(), ""))
    if case.kind == "email":
        return _problems_of_digest(case, root)
    lay_out(case, root)
    with _refusing(case.keys.get("unreadable", "")):
        return problems_in(root)


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Have the system refuse to read one file or folder of the content, as it never does for root."""
    if not name:
        yield
        return

    def refusing(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any, *values: Any, **named: Any) -> Any:
            if str(path).endswith(f"/content/{name}"):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return function(path, *values, **named)

        return call

    with ExitStack() as stack:
        for module, function in ((builtins, "open"), (io, "open"), (os, "scandir")):
            stack.enter_context(mock.patch.object(module, function, refusing(getattr(module, function))))
        yield


def _problems_of_digest(case: ProblemCase, root: Path) -> tuple[Problem, ...]:
    part = RENDERED.get(case.keys.get("edit", ""), "")
    if {"files", "settings"} & case.keys.keys() or ("edit" in case.keys and not part):
        lay_out(case, root)
        edition = _edition(root)
    else:
        edition = _unchanged_digest()
    ((view, digest),) = edition.digests
    around = digest_contexts(edition)(view)
    if part == "page":
        around = replace(around, page=case.changed(around.page or ""))
    elif part == "message":
        digest = replace(digest, message=case.changed(digest.message.decode()).encode())
    elif part:
        changed: dict[str, Any] = {part: case.changed(getattr(digest, part))}
        digest = replace(digest, **changed)
    found = inspect(view, digest, edition.mail_settings, replace(around, spam=case.keys.get("spam", "")))
    problems = [one for one in found.problems if part not in {"html", "text"} or one.field != "digest.message"]
    return in_order([*problems, *find_unused_acceptances([digest.html], edition.settings)])


@cache
def _unchanged_digest() -> Edition:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    lay_out(None, Path(folder) / "publication")
    return _edition(Path(folder) / "publication")


def _edition(root: Path) -> Edition:
    edition = open_edition(publication_settings.load(root), BuildOptions(as_of=AS_OF))
    render_all(edition)
    return edition
