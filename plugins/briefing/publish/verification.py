"""Verify that a site is live: wait for its build id, then request a sample of its addresses."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import BriefingError
from briefing.pages.formats import format_count
from briefing.publish.built_site import parse_build_id
from briefing.publish.expectations import find_mismatch
from briefing.publish.http_probe import probe_all
from briefing.publish.live_issue import BrokenUrl

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from briefing.publish.report import Published
    from briefing.publish.spot_checks import SpotCheck
    from briefing.settings import Settings

_FIRST_PAUSE: Final = 0.25  # seconds
_LONGEST_PAUSE: Final = 10.0
_OK: Final = 200
_MAX_LISTED: Final = 10
# After a rollback, the next publish serves the content again, and another rollback an even older release.
_FIX_CONTENT_FIRST: Final = "and fix the content before you publish, or the rollback is undone"


@dataclass(slots=True)
class RetryTimer:
    """The time left to retry, from when the timer was created. on_retry: called with the reason before each pause."""

    seconds: float
    on_retry: Callable[[str], None]
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _started: float = field(init=False)
    _pause: float = field(init=False, default=_FIRST_PAUSE)

    def __post_init__(self) -> None:
        self._started = self.now()

    def wait(self, reason: str) -> bool:
        """Pause before a retry, longer each time. Return False if the time is over."""
        left = self._started + self.seconds - self.now()
        if left <= 0:
            return False
        self.on_retry(reason)
        self.sleep(min(self._pause, left))
        self._pause = min(self._pause * 1.5, _LONGEST_PAUSE)
        return True


def verify_published(settings: Settings, published: Published, checks: Sequence[SpotCheck], timer: RetryTimer) -> None:
    """Return when SITEURL shows what was published. Raises BriefingError with what it shows when the time is over.

    First waits for the build id, bypassing caches, which shows what the host serves. Then requests every address as a
    reader would, and retries those that are not right yet.
    """
    done, then = (
        ("rolled back", _FIX_CONTENT_FIRST) if published.rolled_back else ("published", "then run publish again")
    )
    if reason := _wait_for_build(settings, published.build_id, timer):
        msg = (
            f"{done}, but the site is not live: {reason}, after {format_count(round(timer.seconds), 'second')};"
            f" check that SITEURL serves {published.target}, {then}"
        )
        raise BriefingError(msg)
    if broken := _wait_for_checks(checks, timer):
        listed = "".join(f"\n  {one}" for one in broken[:_MAX_LISTED])
        more = f"\n  and {len(broken) - _MAX_LISTED} more" if len(broken) > _MAX_LISTED else ""
        msg = (
            f"{done}, but {len(broken)} of {format_count(len(checks), 'address', 'addresses')} failed:"
            f"{listed}{more}\nfix the host, {then}"
        )
        raise BriefingError(msg)


def _wait_for_build(settings: Settings, build_id: str, timer: RetryTimer) -> str:
    """Return why the host does not serve the build; "" as soon as it does."""
    while reason := _build_mismatch(f"{settings.url}/{urls.BUILD_ID}", build_id):
        if not timer.wait(reason):
            return reason
    return ""


def _build_mismatch(url: str, build_id: str) -> str:
    # Some caches ignore request headers. A query that is new with each build bypasses those too.
    address = f"{url}?{build_id}"
    response = probe_all([address], bypass_caches=True)[address]
    if response.error or response.status != _OK:
        return f"{url} {response.error or f'answers {response.status}'}"
    shown = parse_build_id(response.content)
    if shown == build_id:
        return ""
    return f"{url} shows build {shown}, not {build_id}" if shown else f"{url} shows no build id"


def _wait_for_checks(checks: Sequence[SpotCheck], timer: RetryTimer) -> tuple[BrokenUrl, ...]:
    """Return the addresses that are broken when the time is over; none as soon as all are right."""
    broken = _run_checks(checks)
    while broken:
        more = f", and {len(broken) - 1} more" if len(broken) > 1 else ""
        if not timer.wait(f"{broken[0]}{more}"):
            return broken
        again = {one.url for one in broken}
        broken = _run_checks([check for check in checks if check.url in again])
    return broken


def _run_checks(checks: Sequence[SpotCheck]) -> tuple[BrokenUrl, ...]:
    responses = probe_all(check.url for check in checks)
    results = (
        BrokenUrl(check.url, find_mismatch(check.expected, responses[check.url], check.url, check.built))
        for check in checks
    )
    return tuple(one for one in results if one.reason)
