"""What follows a publish: wait until the site is seen at its address, look at it, tell those who are to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from briefing.commands.progress import waiting
from briefing.pages.formats import format_count
from briefing.publish.built_output import read_built
from briefing.publish.pending_pings import keep_pending, read_pending
from briefing.publish.pings import News, news_of, ping
from briefing.publish.spot_checks import Newest, fixed_visits, visits
from briefing.publish.verification import Wait, require_arrived

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.publish import Published
    from briefing.publish.spot_checks import Visit
    from briefing.settings import Settings
    from briefing.site.build import BuildReport


def arrive(publication: Settings, report: BuildReport, published: Published, *, looks: bool) -> None:
    """See that what was built is live, then tell whom the settings name. Raises BriefingError where it is not live.

    Whom: only those who were named, only of what changed, and only once it was seen. What they were not told of is
    kept for the next publish.
    """
    pending = _pending(publication, published)
    if not looks or not publication.url:
        if looks:
            typer.echo("SITEURL is not set: nothing was looked at")
        return
    built = read_built(publication.output)
    _see(publication, published, visits(publication, built, _newest(report)))
    _tell(publication, news_of(publication, built, pending))


def arrive_back(publication: Settings, published: Published, *, looks: bool) -> None:
    """See that an older release is live. Nobody is told: the next publish tells of both changes."""
    _pending(publication, published)
    if not publication.url and looks:
        typer.echo("SITEURL is not set: nothing was looked at")
    elif looks:
        _see(publication, published, fixed_visits(publication))


def _see(publication: Settings, published: Published, every: Sequence[Visit]) -> None:
    seconds = publication.options.publish.wait_seconds
    with waiting(f"waiting up to {format_count(seconds, 'second')}") as tell:
        require_arrived(publication, published, every, Wait(seconds, tell))
    typer.echo(f"seen at {publication.url}: {format_count(len(every), 'address', 'addresses')} as they should be")


def _tell(publication: Settings, news: News) -> None:
    pings = ping(publication, news) if news else ()
    for one in pings:
        if one.fault:
            typer.echo(f"warning: did not tell {one.service}, the next publish will: {one.fault}", err=True)
        else:
            typer.echo(f"told {one.service}")
    if not any(one.fault for one in pings):
        keep_pending(publication.private, ())


def _pending(publication: Settings, published: Published) -> frozenset[str]:
    """The names of all files that somebody should be told of, kept until they are."""
    options, changes = publication.options.publish, published.changes
    if not options.indexnow_key and not options.websub_hub:
        return frozenset()
    pending = read_pending(publication.private) | {*changes.added, *changes.changed, *changes.removed}
    keep_pending(publication.private, pending)
    return pending


def _newest(report: BuildReport) -> Newest | None:
    """The newest issue with a page, hidden or not."""
    made = max(report.digests, key=lambda pair: (pair[0].issue.date, pair[0].issue.id), default=None)
    return Newest(made[0].issue.url, made[1].html) if made else None
