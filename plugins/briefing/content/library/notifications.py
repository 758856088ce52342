"""content/mail/*.md -> the letters of the list server: a subject and a text, with holes for what is the reader's own.

`{{ link }}` is the one link that a letter is for; `{{ name }}` the publication's name. The letter `moved` has no link but
`{{ reader }}`: by what the desk finds whoever answers it. `reconfirm` may say the `{{ date }}` until which nothing changes.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.content import frontmatter, markdown
from briefing.content.library.plain_text import shown_markdown
from briefing.content.model import LetterFrontMatter
from briefing.errors import Problem, errors_of

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.content.model import Reference
    from briefing.settings import Settings

FOLDER: Final = "mail"
LETTERS: Final = ("confirm", "reconfirm", "welcome", "move", "moved", "leave")
LINK: Final = "{{ link }}"
READER: Final = "{{ reader }}"
NAME: Final = "{{ name }}"
DATE: Final = "{{ date }}"
_HOLE: Final = re.compile(r"\{\{.*?\}\}")
_IN_PLACE: Final = frozenset({"out", "site"})


@dataclass(frozen=True, slots=True)
class LetterText:
    """A letter as it was written, its holes still open.

    html: as a Body's. version: of the file's bytes, the first 16 digits of their SHA-256: which text a reader agreed to.
    """

    subject: str
    html: str
    version: str


def read_letters(settings: Settings) -> tuple[dict[str, LetterText], list[Problem]]:
    """The publication's own letters by name, those in which nothing is wrong, and every problem in the others."""
    found: dict[str, LetterText] = {}
    problems: list[Problem] = []
    folder = os.path.relpath(settings.content, settings.root).replace(os.sep, "/")
    for name in LETTERS:
        file = settings.content / FOLDER / f"{name}.md"
        if file.is_file():
            letter, faults = read_letter(file, f"{folder}/{FOLDER}/{name}.md")
            problems += faults
            if letter:
                found[name] = letter
    return found, problems


def read_letter(file: Path, path: str) -> tuple[LetterText | None, list[Problem]]:
    """The letter in a file, None where it has an error; `path` is how problems name it."""
    try:
        data = file.read_bytes()[: frontmatter.MAX_BYTES + 1]
    except OSError as error:
        return None, [Problem(path, f"cannot be read: {error.strerror}", "fix its permissions", line=1)]
    document, problems = frontmatter.read(data, path)
    if document is None:
        return None, problems
    front_matter, invalid = frontmatter.validate(LetterFrontMatter, document)
    text = markdown.Text(document.markdown, path, f"{FOLDER}/{file.name}", document.markdown_line)
    body, unread = markdown.render(text)
    problems += [
        *invalid,
        *shown_markdown(front_matter, document),
        *unread,
        *_hole_problems(front_matter.subject, text),
        *_leading(body.references, text),
    ]
    if errors_of(problems):
        return None, problems
    return LetterText(front_matter.subject, body.html, hashlib.sha256(data).hexdigest()[:16]), problems


def _hole_problems(subject: str, text: markdown.Text) -> list[Problem]:
    needed = READER if text.file == f"{FOLDER}/moved.md" else LINK
    holes = [needed, NAME, *([DATE] if text.file == f"{FOLDER}/reconfirm.md" else [])]
    problems = [
        Problem(text.path, f"`{hole}` cannot be filled", f"write {NAME}", "subject", 2)
        for hole in _HOLE.findall(subject)
        if hole != NAME
    ]
    if needed not in text.markdown:
        hint = f"write {needed} on a line of its own, where what is the reader's own is to stand"
        problems.append(Problem(text.path, f"has no {needed}", hint, "body", text.first_line))
    for number, line in enumerate(text.markdown.split("\n"), text.first_line):
        problems += [
            Problem(
                text.path, f"`{hole}` cannot be filled", f"the placeholders are {' and '.join(holes)}", "body", number
            )
            for hole in _HOLE.findall(line)
            if hole not in holes
        ]
    return problems


def _leading(references: tuple[Reference, ...], text: markdown.Text) -> list[Problem]:
    """A letter is read in a mailbox: nothing in it may be relative, and it shows no pictures."""
    problems = []
    for found in references:
        try:
            kind = "picture" if found.is_image else markdown.destination(found.target, text.file)[0]
        except ValueError:  # among the text's own problems
            continue
        if kind not in _IN_PLACE:
            what = "contains an image" if found.is_image else f"`{found.target}` cannot be followed from an email"
            hint = "leave it out" if found.is_image else "write https://... or /a/page/"
            problems.append(Problem(text.path, what, hint, "body", found.line))
    return problems
