"""Whether a site that was just published has arrived where its readers are: waited for, then looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import BriefingError
from briefing.pages.formats import format_count
from briefing.publish.built_output import id_in
from briefing.publish.expectations import fault_of
from briefing.publish.http_probe import ask_all
from briefing.publish.live_issue import Dead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from briefing.publish.report import Published
    from briefing.publish.spot_checks import Visit
    from briefing.settings import Settings

_FIRST: Final = 0.25  # seconds between the first two looks
_LONGEST: Final = 10.0
_FOUND: Final = 200
_SHOWN: Final = 10
# Of a release that was given back: the next publish gives readers the content, and another rollback an older one.
_MENDED_FIRST: Final = "and do not publish before the content is mended: that would undo going back"


@dataclass(slots=True)
class Wait:
    """How long there still is to wait, from when it was made. `tell` is told what is waited for, at each step."""

    seconds: float
    tell: Callable[[str], None]
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _begun: float = field(init=False)
    _pause: float = field(init=False, default=_FIRST)

    def __post_init__(self) -> None:
        self._begun = self.now()

    def once_more(self, why: str) -> bool:
        """Wait a little, longer each time; False where the time is over."""
        left = self._begun + self.seconds - self.now()
        if left <= 0:
            return False
        self.tell(why)
        self.sleep(min(self._pause, left))
        self._pause = min(self._pause * 1.5, _LONGEST)
        return True


def require_arrived(settings: Settings, published: Published, visits: Sequence[Visit], wait: Wait) -> None:
    """Return once SITEURL shows what was published. Raises BriefingError, saying what it shows, after the wait.

    First the build's id is waited for, asked past caches: it is what the host has. Then every visit is made as a reader
    would make it, and what is not right yet is asked for again.
    """
    done, then = ("went back", _MENDED_FIRST) if published.rolled_back else ("published", "then run publish again")
    if why := _await_build(settings, published.build, wait):
        msg = (
            f"{done}, but not seen: {why}, still after {format_count(round(wait.seconds), 'second')};"
            f" see whether SITEURL shows {published.place}, {then}"
        )
        raise BriefingError(msg)
    if dead := _await_visits(visits, wait):
        listed = "".join(f"\n  {one}" for one in dead[:_SHOWN])
        more = f"\n  and {len(dead) - _SHOWN} more" if len(dead) > _SHOWN else ""
        msg = (
            f"{done}, but {len(dead)} of {format_count(len(visits), 'address', 'addresses')} not as they should be:"
            f"{listed}{more}\nmend the host, {then}"
        )
        raise BriefingError(msg)


def _await_build(settings: Settings, build: str, wait: Wait) -> str:
    """Why the host does not show the build; "" once it does."""
    while why := _other_build(f"{settings.url}/{urls.BUILD_ID}", build):
        if not wait.once_more(why):
            return why
    return ""


def _other_build(url: str, build: str) -> str:
    # A query that is new with each build: caches that heed no request's header have nothing under it.
    asked = f"{url}?{build}"
    answer = ask_all([asked], past_caches=True)[asked]
    if answer.fault or answer.status != _FOUND:
        return f"{url} {answer.fault or f'answers {answer.status}'}"
    shown = id_in(answer.content)
    if shown == build:
        return ""
    return f"{url} shows build {shown} and not {build}" if shown else f"{url} shows no build's id"


def _await_visits(visits: Sequence[Visit], wait: Wait) -> tuple[Dead, ...]:
    """What is not as it should be once the time is over; nothing as soon as everything is."""
    dead = _look(visits)
    while dead:
        more = f", and {len(dead) - 1} more" if len(dead) > 1 else ""
        if not wait.once_more(f"{dead[0]}{more}"):
            return dead
        again = {one.url for one in dead}
        dead = _look([visit for visit in visits if visit.url in again])
    return dead


def _look(visits: Sequence[Visit]) -> tuple[Dead, ...]:
    answers = ask_all(visit.url for visit in visits)
    judged = (Dead(visit.url, fault_of(visit.sort, answers[visit.url], visit.url, visit.built)) for visit in visits)
    return tuple(one for one in judged if one.why)
