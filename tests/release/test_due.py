"""Which issue is due by a schedule, and which one waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from briefing import settings
from briefing.authoring.due import find_due_issue, find_overdue_issues, find_waiting_issue
from briefing.content.model import Body, Issue, Status
from briefing.errors import BriefingError, ProblemsFoundError
from briefing.settings.schedule import read_schedule

if TYPE_CHECKING:
    from tests.conftest import MakePublication

FRIDAYS = "Fri 07:00 Europe/London"


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def issue(name: str, date: str, status: Status = Status.HIDDEN) -> Issue:
    return Issue(
        id=name,
        path=f"content/issues/{name}.md",
        number=1,
        title="T",
        date=utc(date),
        subject="",
        preheader="",
        body=Body(),
        lead="",
        status=status,
    )


@pytest.mark.parametrize(
    ("text", "now", "last", "following"),
    [
        (FRIDAYS, "2026-01-02T06:59:59", "2025-12-26T07:00", "2026-01-02T07:00"),
        (FRIDAYS, "2026-01-02T07:00:00", "2026-01-02T07:00", "2026-01-09T07:00"),
        (FRIDAYS, "2026-07-03T06:00:00", "2026-07-03T06:00", "2026-07-10T06:00"),  # an hour earlier in summer
        (FRIDAYS, "2026-03-28T12:00:00", "2026-03-27T07:00", "2026-04-03T06:00"),
        ("Mon,Thu 23:30 America/New_York", "2026-01-06T04:29:00", "2026-01-02T04:30", "2026-01-06T04:30"),
        ("Mon 00:00 Pacific/Kiritimati", "2026-01-04T10:00:00", "2026-01-04T10:00", "2026-01-11T10:00"),
        # Half past one does not come on 29 March, and comes twice on 25 October.
        ("Sun 01:30 Europe/London", "2026-03-29T01:29:00", "2026-03-22T01:30", "2026-03-29T01:30"),
        ("Sun 01:30 Europe/London", "2026-03-29T01:30:00", "2026-03-29T01:30", "2026-04-05T00:30"),
        ("Sun 01:30 Europe/London", "2026-10-25T00:29:00", "2026-10-18T00:30", "2026-10-25T00:30"),
        ("Sun 01:30 Europe/London", "2026-10-25T01:30:00", "2026-10-25T00:30", "2026-11-01T01:30"),
    ],
)
def test_slots(text: str, now: str, last: str, following: str) -> None:
    schedule = read_schedule(text)
    assert schedule.last(utc(now)).moment == utc(last)
    assert schedule.next(utc(now)).moment == utc(following)


@pytest.mark.parametrize("days", ["Mon", "Mon,Tue,Wed,Thu,Fri,Sat,Sun", "Sat,Sun"])
def test_slots_follow_each_other_without_a_gap(days: str) -> None:
    schedule = read_schedule(f"{days} 01:30 Europe/London")
    moment = utc("2026-01-01T00:00")
    while moment < utc("2027-01-01T00:00"):
        slot, then = schedule.last(moment), schedule.next(moment)
        assert slot.moment <= moment < then.moment
        assert then.after == slot.day
        assert slot.after < slot.day
        moment = then.moment


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("Fri 07:00", "`Fri 07:00` is not a valid schedule", "write it as `Fri 07:00 Europe/London`"),
        ("weekly", "`weekly` is not a valid schedule", "write it as `Fri 07:00 Europe/London`"),
        ("Fri  07:00 UTC", "`Fri  07:00 UTC` is not a valid schedule", "write it as `Fri 07:00 Europe/London`"),
        ("fri 07:00 UTC", "`fri` is not a valid day", "did you mean Fri?"),
        ("Thurs 07:00 UTC", "`Thurs` is not a valid day", "did you mean Thu?"),
        ("Fri,Fri 07:00 UTC", "`Fri,Fri` repeats a day", "name each day once"),
        ("Fri, 07:00 UTC", "`` is not a valid day", "write Mon"),
        ("Fri 7:00 UTC", "`7:00` is not a valid time of day", "write it as 07:00"),
        ("Fri 24:00 UTC", "`24:00` is not a valid time of day", "write it as 07:00"),
        ("Fri 07:00 Mars/Olympus", "`Mars/Olympus` is not a valid time zone", "use an IANA name"),
        ("Fri 07:00 localtime", "`localtime` is not a valid time zone", "use an IANA name"),
        ("Fri 07:00 posixrules", "`posixrules` is not a valid time zone", "use an IANA name"),
        ("Fri 07:00 Factory", "`Factory` is not a valid time zone", "use an IANA name"),
        ("Fri 07:00 right/Europe/London", "`right/Europe/London` is not a valid time zone", "use an IANA name"),
    ],
)
def test_a_schedule_that_cannot_be_read(publication: MakePublication, text: str, what: str, hint: str) -> None:
    root = publication(settings=f'BRIEFING = {{\n    "topics": ["Science", "Law"],\n    "schedule": "{text}",\n}}\n')
    with pytest.raises(ProblemsFoundError) as found:
        settings.load(root)
    (problem,) = found.value.problems
    lines = (root / "pelicanconf.py").read_text().splitlines()
    assert (problem.path, problem.field) == ("pelicanconf.py", "BRIEFING.schedule")
    assert '"schedule"' in lines[problem.line - 1]
    assert problem.what == what
    assert problem.hint.startswith(hint)


SLOT = read_schedule(FRIDAYS).last(utc("2026-04-03T06:30"))
W13, W14 = issue("2026-w13", "2026-03-27"), issue("2026-w14", "2026-04-03")
LATER = issue("2026-w14-late", "2026-04-04")


def test_the_issue_of_a_slot_is_dated_behind_the_slot_before() -> None:
    assert find_due_issue([W13, W14, LATER], (), SLOT) == W14
    assert find_due_issue([W13, LATER], (), SLOT) is None
    assert find_due_issue([issue("2026-w13-b", "2026-03-28")], (), SLOT) is not None
    assert find_due_issue([W13, W14], ("2026-w14",), SLOT) is None
    assert find_overdue_issues([W13, W14], (), SLOT) == ("2026-w13",)
    assert find_overdue_issues([W13, W14], ("2026-w13",), SLOT) == ()


def test_a_draft_that_is_due_and_two_that_are() -> None:
    with pytest.raises(
        BriefingError, match=r"2026-w14 has been due since 2026-04-03, but is a draft: .*`ready 2026-w14`"
    ):
        find_due_issue([replace(W14, status=Status.DRAFT)], (), SLOT)
    extra = issue("2026-w14-extra", "2026-04-02")
    with pytest.raises(BriefingError, match=r"2026-w14 and 2026-w14-extra are due .* name one"):
        find_due_issue([W14, extra], (), SLOT)
    assert find_due_issue([W14, extra], ("2026-w14",), SLOT) == extra
    assert find_due_issue([W14, replace(extra, status=Status.DRAFT)], (), SLOT) == W14


def test_what_waits() -> None:
    old, new = (replace(each, status=Status.PUBLISHED) for each in (W13, W14))
    assert find_waiting_issue([old, new], ()) == new, "the newest that is not sent"
    assert find_waiting_issue([old, new], ("2026-w14",)) is None, (
        "what is older than the last that was sent waits for nothing"
    )
    assert find_waiting_issue([old, W14], ()) == W14
    assert find_waiting_issue([W13, new], ()) == W13, "a hidden one before a published one"
    with pytest.raises(BriefingError, match="2026-w13 and 2026-w14 are waiting to be sent: name one"):
        find_waiting_issue([W13, W14], ())
    with pytest.raises(BriefingError, match="2026-w14 is the next issue, but is a draft"):
        find_waiting_issue([replace(W14, status=Status.DRAFT)], ())
    assert find_waiting_issue([], ()) is None
