"""A build that writes nothing: what `check` looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.checks import built
from briefing.errors import Problem, ProblemsFoundError, in_order
from briefing.site.edition import BuildOptions, open_edition, render_all

if TYPE_CHECKING:
    from briefing.settings import Settings


def rehearse(settings: Settings) -> tuple[Problem, ...]:
    """Every problem of the content; where it has no errors, those of the finished pages and digests too."""
    try:
        edition = open_edition(settings, BuildOptions())
    except ProblemsFoundError as found:
        return found.problems
    render_all(edition)
    pages = {name: content for name, content in edition.site.files.items() if isinstance(content, bytes)}
    return in_order([*edition.problems, *built.find(pages, frozenset(edition.site.files), settings.base)])
