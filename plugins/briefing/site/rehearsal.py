"""A build that writes nothing: what `check` looks at."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING

from briefing import urls
from briefing.checks import built
from briefing.digest.inspection import Around, Inspection, inspect, unneeded
from briefing.errors import Problem, ProblemsFoundError, in_order
from briefing.site.edition import BuildOptions, open_edition, render_all
from briefing.site.spamassassin import report

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.library import Library
    from briefing.settings import Settings
    from briefing.site.edition import Edition
    from briefing.views.shapes import DigestView


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Every problem, in order, and the inspections of the digests, newest issue first; none where content has errors."""

    problems: tuple[Problem, ...]
    digests: tuple[Inspection, ...] = ()


def rehearse(settings: Settings) -> tuple[Problem, ...]:
    """Every problem of the content; where it has no errors, those of the finished pages and digests too."""
    return rehearse_with_digests(settings).problems


def rehearse_with_digests(settings: Settings, asks_spam: Callable[[int, str], bool] | None = None) -> Rehearsal:
    """The same with what was found in each digest.

    `asks_spam`, given a digest's place (0 is the newest) and its issue's id, says for which SpamAssassin is asked.
    """
    try:
        edition = open_edition(settings, BuildOptions())
    except ProblemsFoundError as found:
        return Rehearsal(found.problems)
    render_all(edition)
    digests = inspect_digests(edition, asks_spam)
    return Rehearsal(_problems(edition, digests), digests)


def problems_of(edition: Edition) -> tuple[Problem, ...]:
    """Every problem of a rendered edition: of its content, its pages and its digests."""
    return _problems(edition, inspect_digests(edition))


def _problems(edition: Edition, digests: tuple[Inspection, ...]) -> tuple[Problem, ...]:
    pages = {name: content for name, content in edition.site.files.items() if isinstance(content, bytes)}
    on_pages = built.find(pages, frozenset(edition.site.files), edition.settings.base)
    in_digests = [problem for digest in digests for problem in digest.problems]
    in_digests += unneeded([digest.html for _, digest in edition.digests], edition.settings)
    return in_order([*edition.problems, *on_pages, *in_digests])


def inspect_digests(edition: Edition, asks_spam: Callable[[int, str], bool] | None = None) -> tuple[Inspection, ...]:
    """What is to be said of each digest of a rendered edition, newest issue first."""
    made = sorted(edition.digests, key=lambda pair: (pair[0].issue.date, pair[0].issue.id), reverse=True)
    around = surroundings(edition)
    found = []
    for place, (view, digest) in enumerate(made):
        asked = asks_spam is not None and asks_spam(place, view.issue.id)
        near = replace(around(view), spam=report(digest.message) if asked else "")
        found.append(inspect(view, digest, edition.mailing, near))
    return tuple(found)


def surroundings(edition: Edition) -> Callable[[DigestView], Around]:
    """What each digest of a rendered edition is compared with, but for SpamAssassin's report."""
    library, files = edition.publication.library, edition.site.files
    every = Around(
        files=frozenset(files),
        stories={story.id: story.path for story in library.stories},
        line=cache(partial(_line, library)),
    )

    def around(view: DigestView) -> Around:
        page = files[urls.file_of(view.issue.url)]
        return replace(every, page=_as_mailed(page.decode(), edition) if isinstance(page, bytes) else None)

    return around


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
