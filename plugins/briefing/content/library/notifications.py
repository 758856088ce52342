"""content/mail/*.md -> the notifications of the list server: a subject and a text, with placeholders.

`{{ link }}` is the link that the notification is about, `{{ name }}` the publication's name. `address-changed` has no link
but `{{ reader }}`, by which the publisher identifies a reader who replies.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.content import frontmatter, markdown
from briefing.content.library.plain_text import shown_markdown
from briefing.content.model import NotificationFrontMatter
from briefing.errors import Problem, errors_of, one_of

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.content.model import Reference
    from briefing.settings import Settings

FOLDER: Final = "mail"
NOTIFICATIONS: Final = ("confirm", "welcome", "change-address", "address-changed", "unsubscribe")
LINK: Final = "{{ link }}"
READER: Final = "{{ reader }}"
NAME: Final = "{{ name }}"
_PLACEHOLDER: Final = re.compile(r"\{\{.*?\}\}")
_IN_PLACE: Final = frozenset({"out", "site"})


@dataclass(frozen=True, slots=True)
class NotificationText:
    """A notification with its placeholders.

    html: like a Body's. version: the first 16 digits of the SHA-256 of the file, which records the text that a reader agreed to.
    """

    subject: str
    html: str
    version: str


def read_notifications(settings: Settings) -> tuple[dict[str, NotificationText], list[Problem]]:
    """The publication's own notifications by name, without those that have errors, and every problem."""
    found: dict[str, NotificationText] = {}
    problems: list[Problem] = []
    folder = os.path.relpath(settings.content, settings.root).replace(os.sep, "/")
    for name in NOTIFICATIONS:
        file = settings.content / FOLDER / f"{name}.md"
        if file.is_file():
            notification, faults = read_notification(file, f"{folder}/{FOLDER}/{name}.md")
            problems += faults
            if notification:
                found[name] = notification
    return found, problems


def read_notification(file: Path, path: str) -> tuple[NotificationText | None, list[Problem]]:
    """The notification in a file, or None if it has errors, and every problem; `path` is the file's name in problems."""
    try:
        data = file.read_bytes()[: frontmatter.MAX_BYTES + 1]
    except OSError as error:
        return None, [Problem(path, f"cannot be read: {error.strerror}", "check its permissions", line=1)]
    document, problems = frontmatter.read(data, path)
    if document is None:
        return None, problems
    front_matter, invalid = frontmatter.validate(NotificationFrontMatter, document)
    text = markdown.Text(document.markdown, path, f"{FOLDER}/{file.name}", document.markdown_line)
    body, unread = markdown.render(text)
    problems += [
        *invalid,
        *shown_markdown(front_matter, document),
        *unread,
        *_placeholder_problems(front_matter.subject, text),
        *_link_problems(body.references, text),
    ]
    if errors_of(problems):
        return None, problems
    return NotificationText(front_matter.subject, body.html, hashlib.sha256(data).hexdigest()[:16]), problems


def _placeholder_problems(subject: str, text: markdown.Text) -> list[Problem]:
    needed = READER if text.file == f"{FOLDER}/address-changed.md" else LINK
    known = [needed, NAME]
    problems = [
        Problem(text.path, f"`{name}` is not a valid placeholder here", f"use only {NAME}", "subject", 2)
        for name in _PLACEHOLDER.findall(subject)
        if name != NAME
    ]
    if needed not in text.markdown:
        hint = f"write {needed} on its own line, where readers should see it"
        problems.append(Problem(text.path, f"does not contain {needed}", hint, "body", text.first_line))
    for number, line in enumerate(text.markdown.split("\n"), text.first_line):
        problems += [
            Problem(text.path, f"`{name}` is not a valid placeholder", f"use {one_of(known)}", "body", number)
            for name in _PLACEHOLDER.findall(line)
            if name not in known
        ]
    return problems


def _link_problems(references: tuple[Reference, ...], text: markdown.Text) -> list[Problem]:
    """Relative links and pictures, which do not work in a mailbox."""
    problems = []
    for found in references:
        try:
            kind = "picture" if found.is_image else markdown.destination(found.target, text.file)[0]
        except ValueError:  # reported with the text's problems
            continue
        if kind not in _IN_PLACE:
            what = (
                "contains a picture, which notifications do not support"
                if found.is_image
                else f"`{found.target}` does not work in an email"
            )
            hint = "remove it" if found.is_image else "write https://... or /a/page/"
            problems.append(Problem(text.path, what, hint, "body", found.line))
    return problems
