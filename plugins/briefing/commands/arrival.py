"""What follows a publish: wait until the site is seen at its address, look at it, tell those who are to know."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from briefing.commands.progress import waiting
from briefing.pages.templating import say_count
from briefing.publish.built_site import read_built_site
from briefing.publish.pending_pings import read_pending, write_pending
from briefing.publish.pings import ChangedUrls, changed_urls, send_pings
from briefing.publish.spot_checks import NewestIssue, default_spot_checks, spot_checks
from briefing.publish.verification import RetryTimer, verify_published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.publish import Published
    from briefing.publish.spot_checks import SpotCheck
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
    site = read_built_site(publication.output)
    _see(publication, published, spot_checks(publication, site, _newest(report)))
    _tell(publication, changed_urls(publication, site, pending))


def arrive_back(publication: Settings, published: Published, *, looks: bool) -> None:
    """See that an older release is live. Nobody is told: the next publish tells of both changes."""
    _pending(publication, published)
    if not publication.url and looks:
        typer.echo("SITEURL is not set: nothing was looked at")
    elif looks:
        _see(publication, published, default_spot_checks(publication))


def _see(publication: Settings, published: Published, every: Sequence[SpotCheck]) -> None:
    seconds = publication.options.publish.wait_seconds
    with waiting(f"waiting up to {say_count(seconds, 'second')}") as tell:
        verify_published(publication, published, every, RetryTimer(seconds, tell))
    typer.echo(f"seen at {publication.url}: {say_count(len(every), 'address', 'addresses')} as they should be")


def _tell(publication: Settings, changed: ChangedUrls) -> None:
    results = send_pings(publication, changed) if changed else ()
    for one in results:
        if one.error:
            msg = f"warning: could not notify {one.service} of {one.sent}; the next publish will retry: {one.error}"
            typer.echo(msg, err=True)
        else:
            typer.echo(f"notified {one.service} of {one.sent}")
    if not any(one.error for one in results):
        write_pending(publication.private, ())


def _pending(publication: Settings, published: Published) -> frozenset[str]:
    """The names of all files that somebody should be told of, kept until they are."""
    options, changes = publication.options.publish, published.changes
    if not options.indexnow_key and not options.websub_hub:
        return frozenset()
    pending = read_pending(publication.private) | {*changes.added, *changes.changed, *changes.removed}
    write_pending(publication.private, pending)
    return pending


def _newest(report: BuildReport) -> NewestIssue | None:
    """The newest issue with a page, hidden or not."""
    made = max(report.digests, key=lambda pair: (pair[0].issue.date, pair[0].issue.id), default=None)
    return NewestIssue(made[0].issue.url, made[1].html) if made else None
