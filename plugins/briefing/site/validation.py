"""A build that writes nothing: what `check` looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.site.edition import BuildOptions, read_edition, render_all
from briefing.site.gate import GateVerdict, examine

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.errors import Problem
    from briefing.settings import Settings


def rehearse(settings: Settings) -> tuple[Problem, ...]:
    """Every problem of the content, the finished pages and the digests, as far as they can be known."""
    return rehearse_with_digests(settings).problems


def rehearse_with_digests(
    settings: Settings, shows: Callable[[int, str], bool] = lambda _place, _issue: False
) -> GateVerdict:
    """The same with what was found in each digest; `shows` as for `examine`."""
    edition = read_edition(settings, BuildOptions())
    if edition.is_sound:
        render_all(edition)
    return examine(edition, shows=shows)
