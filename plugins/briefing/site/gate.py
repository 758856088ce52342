"""The checks of a whole edition. What `check` lists, `publish`, `proof`, `send` and `release` refuse."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from briefing import urls
from briefing.checks import built_site
from briefing.checks.email import Around, Inspection, find_unused_acceptances, inspect
from briefing.content.model import Status
from briefing.errors import BriefingError, Problem, errors_of, in_order
from briefing.settings import FILE
from briefing.site.rendering import render_digests
from briefing.site.spamassassin import report

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from briefing.content.library import Library
    from briefing.content.model import Issue
    from briefing.pages.views import DigestView
    from briefing.site.edition import Edition

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Every problem, in order; the digests that were inspected; and the ids of all issues with a digest, newest first."""

    problems: tuple[Problem, ...]
    digests: tuple[Inspection, ...] = ()
    issues: tuple[str, ...] = ()


def check_edition(edition: Edition, named: Collection[str] = ()) -> tuple[Problem, ...]:
    """Return every problem of an edition: of its content, its finished pages, and its digests that are not sent.

    named: issues to check even if they were sent.
    """
    return check_with_digests(edition, named).problems


def check_with_digests(
    edition: Edition, named: Collection[str] = (), include: Callable[[int, str], bool] = lambda _index, _issue: False
) -> GateVerdict:
    """Do the same, and return what was found in each digest.

    include: selects more digests, by index (0 is the newest) and issue. In a digest that was sent, which cannot change any
    more, findings are not problems. SpamAssassin takes seconds, so it only checks the issues that are sent next, and
    those that are named or included.
    """
    if errors_of(edition.problems):
        return GateVerdict(in_order([*edition.problems, *_in_valid_issues(edition)]))
    newest_first = sorted(edition.digests, key=lambda pair: (pair[0].issue.date, pair[0].issue.id), reverse=True)
    issues = tuple(view.issue.id for view, _ in newest_first)
    library, context_of = edition.publication.library, digest_contexts(edition)
    checked = {*issues} - library.sent_by_issue.keys() | {*named}
    included = {issue for index, issue in enumerate(issues) if include(index, issue)}
    with_spam = next_issues(library) | {*named} | included
    digests = []
    for view, digest in newest_first:
        if view.issue.id in checked | included:
            spam = report(digest.message) if view.issue.id in with_spam else ""
            digests.append(inspect(view, digest, edition.mail_settings, replace(context_of(view), spam=spam)))
    found = [problem for digest in digests if digest.issue in checked for problem in digest.problems]
    found += find_unused_acceptances([digest.html for _, digest in edition.digests], edition.settings)
    problems = in_order([*edition.problems, *_on_pages(edition), *found])
    _LOG.info("checked the site and %d digests: %d problems", len(digests), len(problems))
    return GateVerdict(problems, tuple(digests), issues)


def next_issues(library: Library) -> frozenset[str]:
    """Return the issues that are sent next: hidden ones, and the newest published one unless a later one was sent.

    An imported archive is published, but never sent.
    """
    last_sent = max((issue.date for issue in library.issues if issue.id in library.sent_by_issue), default=None)
    unsent = [issue for issue in library.issues if issue.id not in library.sent_by_issue]
    published = [
        issue for issue in unsent if issue.status is Status.PUBLISHED and (last_sent is None or issue.date >= last_sent)
    ]
    newest = max((issue.date for issue in published), default=None)
    hidden = [issue.id for issue in unsent if issue.status is Status.HIDDEN]
    return frozenset([*hidden, *(issue.id for issue in published if issue.date == newest)])


def digest_contexts(edition: Edition) -> Callable[[DigestView], Around]:
    """Return a function for what a digest is compared with, without SpamAssassin's report.

    If the pages are not rendered, it does not include the issue's page.
    """
    library = edition.publication.library
    files: dict[str, Any] = edition.site.files or {urls.of_file(file) or file: None for file in library.files}
    shared = Around(
        files=frozenset(files),
        stories={story.id: story.path for story in library.stories},
        line=cache(partial(_line, library)),
    )

    def context_of(view: DigestView) -> Around:
        page = files.get(urls.file_of(view.issue.url))
        return replace(shared, page=_with_mail_urls(page.decode(), edition) if isinstance(page, bytes) else None)

    return context_of


def _in_valid_issues(edition: Edition) -> Iterator[Problem]:
    """Yield the problems in digests if the content has errors, for issues that have none in themselves or their stories."""
    invalid = {problem.path for problem in errors_of(edition.problems)}
    if FILE in invalid:  # digests depend on the settings
        return
    sent = edition.publication.library.sent_by_issue
    unsent = [issue for issue in edition.issues_with_digest if issue.id not in sent]
    try:
        render_digests(edition, [issue for issue in unsent if _is_valid(issue, edition, invalid)])
    except BriefingError as error:
        yield Problem(edition.settings.theme.name, str(error), "")
    context_of = digest_contexts(edition)
    for view, digest in edition.digests:
        yield from inspect(view, digest, edition.mail_settings, context_of(view)).problems


def _is_valid(issue: Issue, edition: Edition, invalid: Collection[str]) -> bool:
    stories = [edition.publication.library.story_by_id.get(story) for story in issue.story_ids]
    stories += [story for _, story in edition.publication.corrections_of.get(issue.id, ())]
    return issue.path not in invalid and all(story is not None and story.path not in invalid for story in stories)


def _on_pages(edition: Edition) -> Iterator[Problem]:
    pages = {name: content for name, content in edition.site.files.items() if isinstance(content, bytes)}
    return built_site.find(pages, frozenset(edition.site.files), edition.settings.base)


def _with_mail_urls(page: str, edition: Edition) -> str:
    """Return a page with the URLs that digests use, if the site is served at another address."""
    site, mail = edition.settings, edition.mail_settings
    if site.url == mail.url:
        return page
    page = page.replace(f'="{site.url}/', f'="{mail.url}/')
    return re.sub(rf'(href|src)="{re.escape(site.base)}/(?!/)', rf'\1="{mail.base}/', page)


def _line(library: Library, path: str, key: str) -> int:
    """Return the line of a key; 1 if the file does not contain it."""
    found = library.located([Problem(path, "", "", key)]) if key else []
    return found[0].line if found else 1
