"""What an issue must say for itself."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import Problem, Weight
from briefing.content.model import Status
from briefing.settings import FILE, line_of
from briefing.settings.sending import is_mailed_from_here, missing_for_digest, missing_to_send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue
    from briefing.settings import Settings


_MAILBOX: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+|[^<>]*<\s*[^\s<>@]+@[^\s<>@]+\s*>")


def find(library: Library) -> Iterator[Problem]:
    """Numbers given twice, too few stories; settings that a digest needs."""
    numbers: dict[int, str] = {}
    following = max((issue.number or 0 for issue in library.issues), default=0) + 1
    for issue in sorted(library.issues, key=lambda issue: (issue.date, issue.id)):
        if issue.number and numbers.setdefault(issue.number, issue.path) != issue.path:
            what = f"{issue.number} is the number of {numbers[issue.number]} already"
            yield Problem(issue.path, what, f"write {following}", "number")
        if issue.is_notice:
            yield from _notice(issue, following)
            continue
        if not issue.lead:
            yield Problem(issue.path, "is missing", "the first story, by file name or slug", "lead")
        if issue.story_ids and issue.id not in library.sent_by_issue:
            yield from _thin(issue, library.settings.options.minimum_stories)
    yield from _settings(library)


def _notice(issue: Issue, following: int) -> Iterator[Problem]:
    """A mail outside the sequence is its text. One that names stories is rather an issue whose number was forgotten."""
    if issue.story_ids:
        hint = f"write {following}; only a notice has none, and it names no stories"
        yield Problem(issue.path, "is missing: the issue names stories", hint, "number")
    elif not issue.body.html.strip():
        what = "is missing, which makes this a notice, and a notice without a text says nothing"
        yield Problem(issue.path, what, f"write the text, or {following} and a lead", "number")


def _thin(issue: Issue, minimum: int) -> Iterator[Problem]:
    """A thin week; for a draft, which is still being filled, a warning."""
    count = len(issue.story_ids)
    if count < minimum:
        what = f"holds {count} of the {minimum} stories that BRIEFING.minimum_stories asks for"
        hint = f"add {minimum - count}, or lower minimum_stories in {FILE}"
        weight = Weight.WARNING if issue.status is Status.DRAFT else Weight.ERROR
        yield Problem(issue.path, what, hint, "sections" if issue.sections else "lead", weight=weight)


def _settings(library: Library) -> Iterator[Problem]:
    """What a digest cannot be made without; and while an issue waits to be mailed, what mailing it needs besides."""
    settings = library.settings
    needed: tuple[Problem, ...] = ()
    if any(issue.status is not Status.DRAFT for issue in library.issues):
        needed = tuple(missing_for_digest(settings))
        yield from needed
        yield from _malformed(settings)
    if is_mailed_from_here(settings) and any(_waits(issue, library) for issue in library.issues):
        for problem in missing_to_send(settings):
            if problem not in needed:
                yield replace(problem, weight=Weight.WARNING)


def _waits(issue: Issue, library: Library) -> bool:
    """Whether an issue is still to be mailed: what was published without that is on the site only."""
    return issue.status is not Status.PUBLISHED and issue.id not in library.sent_by_issue


def _malformed(settings: Settings) -> Iterator[Problem]:
    email = settings.options.email
    server = settings.options.delivery.listserver
    if urls.is_loopback(server) and settings.url and not urls.is_loopback(settings.url):
        keys = ("BRIEFING", "delivery", "listserver")
        what = f"`{server}` is this machine's own address: readers cannot reach it from {settings.url}"
        hint, line = "write the list server's public address, https://...", line_of(settings.root / FILE, keys)
        yield Problem(FILE, what, hint, ".".join(keys), line, Weight.WARNING)
    for key, value in (("sender", email.sender), ("reply_to", email.reply_to)):
        if value and not _MAILBOX.fullmatch(value.strip()):
            hint, keys = "write it as `Name <name@example.org>`", ("BRIEFING", "email", key)
            line = line_of(settings.root / FILE, keys)
            yield Problem(FILE, f"`{value}` is not a valid address", hint, ".".join(keys), line)
