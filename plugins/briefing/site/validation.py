"""A build that writes nothing, for `check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.site.edition import BuildOptions, read_edition
from briefing.site.gate import GateVerdict, check_with_digests
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.errors import Problem
    from briefing.settings import Settings


def validate(settings: Settings) -> tuple[Problem, ...]:
    """Return every problem of the content, the finished pages and the digests that can be found."""
    return validate_with_digests(settings).problems


def validate_with_digests(
    settings: Settings, include: Callable[[int, str], bool] = lambda _index, _issue: False
) -> GateVerdict:
    """Do the same, and return what was found in each digest. include: as for `check_with_digests`."""
    edition = read_edition(settings, BuildOptions())
    if edition.is_valid:
        render_all(edition)
    return check_with_digests(edition, include=include)
