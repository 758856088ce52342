"""What follows a publish: wait until the site is live, verify it, and notify search engines and feed hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.pages.templating import say_count
from briefing.publish.built_output import read_built
from briefing.publish.pending_pings import keep_pending, read_pending
from briefing.publish.pings import News, news_of, ping
from briefing.publish.spot_checks import Newest, fixed_visits, visits
from briefing.publish.verification import Wait, require_arrived

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.publish import Published
    from briefing.publish.spot_checks import Visit
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
    built = read_built(publication.output)
    _verify(console, publication, published, visits(publication, built, _newest(report)))
    _notify(console, publication, news_of(publication, built, pending))


def verify_rollback(console: Console, publication: Settings, published: Published, *, verify: bool) -> None:
    """Verify that the earlier release is live. Nobody is notified: the next publish reports both changes."""
    _pending(publication, published)
    if not publication.url and verify:
        console.say(_NO_URL)
    elif verify:
        _verify(console, publication, published, fixed_visits(publication))


def _verify(console: Console, publication: Settings, published: Published, every: Sequence[Visit]) -> None:
    seconds = publication.options.publish.wait_seconds
    with console.waiting(f"waiting up to {say_count(seconds, 'second')}") as report:
        require_arrived(publication, published, every, Wait(seconds, report))
    console.say(f"live at {publication.url}: checked {say_count(len(every), 'address', 'addresses')}")


def _notify(console: Console, publication: Settings, news: News) -> None:
    pings = ping(publication, news) if news else ()
    for one in pings:
        if one.fault:
            console.warn(f"warning: could not notify {one.service}: {one.fault}; the next publish tries again")
        else:
            console.say(f"notified {one.service}")
    if not any(one.fault for one in pings):
        keep_pending(publication.private, ())


def _pending(publication: Settings, published: Published) -> frozenset[str]:
    """The names of all files to notify others of, kept until that is done."""
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
