"""What follows a publish: wait until the site is live, verify it, and notify search engines and feed hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.pages.formats import format_count
from briefing.publish.built_site import read_built_site
from briefing.publish.pending_pings import read_pending, write_pending
from briefing.publish.pings import ChangedUrls, changed_urls, send_pings
from briefing.publish.spot_checks import NewestIssue, default_spot_checks, spot_checks
from briefing.publish.verification import RetryTimer, verify_published

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.publish import Published
    from briefing.publish.spot_checks import SpotCheck
    from briefing.release.console import Console
    from briefing.settings import Settings
    from briefing.site.build import BuildReport

_NO_URL: Final = "SITEURL is not set: skipped verification"


def verify_and_notify(
    console: Console, publication: Settings, report: BuildReport, published: Published, *, verify: bool
) -> None:
    """Verify that what was built is live, then notify whom the settings name. Raises BriefingError if it is not live.

    Notifications name only what changed, and go out only once it was seen live. Those that fail wait for the next publish.
    """
    pending = _pending(publication, published)
    if not verify or not publication.url:
        if verify:
            console.say(_NO_URL)
        return
    site = read_built_site(publication.output)
    _verify(console, publication, published, spot_checks(publication, site, _newest(report)))
    _notify(console, publication, changed_urls(publication, site, pending))


def verify_rollback(console: Console, publication: Settings, published: Published, *, verify: bool) -> None:
    """Verify that the earlier release is live. Nobody is notified: the next publish reports both changes."""
    _pending(publication, published)
    if not publication.url and verify:
        console.say(_NO_URL)
    elif verify:
        _verify(console, publication, published, default_spot_checks(publication))


def _verify(console: Console, publication: Settings, published: Published, every: Sequence[SpotCheck]) -> None:
    seconds = publication.options.publish.wait_seconds
    with console.waiting(f"waiting up to {format_count(seconds, 'second')}") as report:
        verify_published(publication, published, every, RetryTimer(seconds, report))
    console.say(f"live at {publication.url}: checked {format_count(len(every), 'address', 'addresses')}")


def _notify(console: Console, publication: Settings, changed: ChangedUrls) -> None:
    results = send_pings(publication, changed) if changed else ()
    for one in results:
        if one.error:
            console.warn(
                f"warning: could not notify {one.service} of {one.sent}; the next publish will retry: {one.error}"
            )
        else:
            console.say(f"notified {one.service} of {one.sent}")
    if not any(one.error for one in results):
        write_pending(publication.private, ())


def _pending(publication: Settings, published: Published) -> frozenset[str]:
    """The names of all files to notify others of, kept until that is done."""
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
