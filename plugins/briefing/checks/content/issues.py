"""The number, lead and length of issues, and the settings that a digest needs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.content.model import Status
from briefing.errors import Problem, Weight
from briefing.settings import FILE, line_of
from briefing.settings.sending import is_mailed_from_here, missing_for_digest, missing_to_send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue
    from briefing.settings import Settings


_MAILBOX: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+|[^<>]*<\s*[^\s<>@]+@[^\s<>@]+\s*>")


def find(library: Library) -> Iterator[Problem]:
    """Repeated numbers, missing leads, too few stories, and missing settings."""
    numbers: dict[int, str] = {}
    following = max((issue.number or 0 for issue in library.issues), default=0) + 1
    for issue in sorted(library.issues, key=lambda issue: (issue.date, issue.id)):
        if issue.number and numbers.setdefault(issue.number, issue.path) != issue.path:
            what = f"{issue.number} is already the number of {numbers[issue.number]}"
            yield Problem(issue.path, what, f"write {following}", "number")
        if issue.is_notice:
            yield from _notice(issue, following)
            continue
        if not issue.lead:
            yield Problem(issue.path, "is missing", "write the first story, by file name or slug", "lead")
        if issue.story_ids and issue.id not in library.sent_by_issue:
            yield from _thin(issue, library.settings.options.minimum_stories)
    yield from _settings(library)


def _notice(issue: Issue, following: int) -> Iterator[Problem]:
    """A notice, a mail outside the sequence, has only a text. If it lists stories, its number was probably forgotten."""
    if issue.story_ids:
        hint = f"write {following}; only a notice, which lists no stories, has no number"
        yield Problem(issue.path, "is missing: the issue lists stories", hint, "number")
    elif not issue.body.html.strip():
        what = "is missing, so this is a notice, but it has no text"
        yield Problem(issue.path, what, f"write the text, or the number {following} and a lead", "number")


def _thin(issue: Issue, minimum: int) -> Iterator[Problem]:
    """Too few stories; only a warning for a draft, which is not finished."""
    count = len(issue.story_ids)
    if count < minimum:
        what = f"has {count} of the {minimum} stories that BRIEFING.minimum_stories requires"
        hint = f"add {minimum - count}, or lower minimum_stories in {FILE}"
        weight = Weight.WARNING if issue.status is Status.DRAFT else Weight.ERROR
        yield Problem(issue.path, what, hint, "sections" if issue.sections else "lead", weight=weight)


def _settings(library: Library) -> Iterator[Problem]:
    """Settings that a digest needs; while an issue waits to be sent, also those that sending needs."""
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
    """Whether an issue is still to be sent. One that was published without sending is on the site only."""
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
