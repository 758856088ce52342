"""The one gate before an issue goes out: what `check` lists is what `publish`, `proof`, `send` and `release` refuse."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from briefing import urls
from briefing.checks import built_site
from briefing.checks.email import Around, Inspection, find_unused_acceptances, inspect
from briefing.content.model import Status
from briefing.errors import BriefingError, Problem, errors_of, in_order
from briefing.settings import FILE
from briefing.site.edition import render_digests
from briefing.site.spamassassin import report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue
    from briefing.pages.views import DigestView
    from briefing.site.edition import Edition


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Every problem, in order; the digests that were inspected, and the ids of all issues that have one, newest first."""

    problems: tuple[Problem, ...]
    digests: tuple[Inspection, ...] = ()
    issues: tuple[str, ...] = ()


def judge(edition: Edition, named: Collection[str] = ()) -> tuple[Problem, ...]:
    """Every problem of an edition: of its content, its finished pages, and the digests that are not sent.

    `named` are issues that are about to go out, judged in any case.
    """
    return examine(edition, named).problems


def examine(
    edition: Edition, named: Collection[str] = (), shows: Callable[[int, str], bool] = lambda _place, _issue: False
) -> GateVerdict:
    """The same with what was found in each digest. `shows` picks further digests, by place (0 is the newest) and issue.

    A digest that was sent does not change any more: where it is shown, what is found in it is no problem. SpamAssassin,
    which takes seconds, is asked about the issues that go out next, and those that are named or shown.
    """
    if errors_of(edition.problems):
        return GateVerdict(in_order([*edition.problems, *_in_sound_issues(edition)]))
    made = sorted(edition.digests, key=lambda pair: (pair[0].issue.date, pair[0].issue.id), reverse=True)
    issues = tuple(view.issue.id for view, _ in made)
    library, around = edition.publication.library, surroundings(edition)
    judged = {*issues} - library.sent_by_issue.keys() | {*named}
    shown = {issue for place, issue in enumerate(issues) if shows(place, issue)}
    asked = next_out(library) | {*named} | shown
    digests = []
    for view, digest in made:
        if view.issue.id in judged | shown:
            near = replace(around(view), spam=report(digest.message) if view.issue.id in asked else "")
            digests.append(inspect(view, digest, edition.mailing, near))
    found = [problem for digest in digests if digest.issue in judged for problem in digest.problems]
    found += find_unused_acceptances([digest.html for _, digest in edition.digests], edition.settings)
    return GateVerdict(in_order([*edition.problems, *_on_pages(edition), *found]), tuple(digests), issues)


def next_out(library: Library) -> frozenset[str]:
    """The issues that are sent next: hidden ones, and the newest published unless a later one was sent.

    An archive that was brought along from elsewhere is published, and nobody sends it.
    """
    last = max((issue.date for issue in library.issues if issue.id in library.sent_by_issue), default=None)
    unsent = [issue for issue in library.issues if issue.id not in library.sent_by_issue]
    out = [issue for issue in unsent if issue.status is Status.PUBLISHED and (last is None or issue.date >= last)]
    newest = max((issue.date for issue in out), default=None)
    hidden = [issue.id for issue in unsent if issue.status is Status.HIDDEN]
    return frozenset([*hidden, *(issue.id for issue in out if issue.date == newest)])


def surroundings(edition: Edition) -> Callable[[DigestView], Around]:
    """What each digest is compared with, but for SpamAssassin's report; where pages are not rendered, not with its page."""
    library = edition.publication.library
    files: dict[str, Any] = edition.site.files or {urls.of_file(file) or file: None for file in library.files}
    every = Around(
        files=frozenset(files),
        stories={story.id: story.path for story in library.stories},
        line=cache(partial(_line, library)),
    )

    def around(view: DigestView) -> Around:
        page = files.get(urls.file_of(view.issue.url))
        return replace(every, page=_as_mailed(page.decode(), edition) if isinstance(page, bytes) else None)

    return around


def _in_sound_issues(edition: Edition) -> Iterator[Problem]:
    """What can be known of digests where some file has an error: of those in which neither issue nor stories have one."""
    faulty = {problem.path for problem in errors_of(edition.problems)}
    if FILE in faulty:  # no digest is right without its settings
        return
    unsent = [issue for issue in edition.mailed if issue.id not in edition.publication.library.sent_by_issue]
    try:
        render_digests(edition, [issue for issue in unsent if _is_sound(issue, edition, faulty)])
    except BriefingError as error:
        yield Problem(edition.settings.theme.name, str(error), "")
    around = surroundings(edition)
    for view, digest in edition.digests:
        yield from inspect(view, digest, edition.mailing, around(view)).problems


def _is_sound(issue: Issue, edition: Edition, faulty: Collection[str]) -> bool:
    stories = [edition.publication.library.story_by_id.get(story) for story in issue.story_ids]
    stories += [story for _, story in edition.publication.corrections_of.get(issue.id, ())]
    return issue.path not in faulty and all(story is not None and story.path not in faulty for story in stories)


def _on_pages(edition: Edition) -> Iterator[Problem]:
    pages = {name: content for name, content in edition.site.files.items() if isinstance(content, bytes)}
    return built_site.find(pages, frozenset(edition.site.files), edition.settings.base)


def _as_mailed(page: str, edition: Edition) -> str:
    """A page with the addresses that the digests know, where it is shown at another."""
    site, mailing = edition.settings, edition.mailing
    if site.url == mailing.url:
        return page
    page = page.replace(f'="{site.url}/', f'="{mailing.url}/')
    return re.sub(rf'(href|src)="{re.escape(site.base)}/(?!/)', rf'\1="{mailing.base}/', page)


def _line(library: Library, path: str, key: str) -> int:
    """The line of a key, or of the file's beginning where it is not there."""
    found = library.located([Problem(path, "", "", key)]) if key else []
    return found[0].line if found else 1
