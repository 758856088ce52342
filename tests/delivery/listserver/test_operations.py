"""What readers do to the list, on both databases, and the letters that follow from it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, update
from tests.delivery.listserver_parts import publication_at, put

from briefing import settings
from briefing.delivery.listserver.composing import Composer, Notification
from briefing.delivery.listserver.mailer import Mailer
from briefing.delivery.listserver.operations import CAP, Operations
from briefing.delivery.listserver.outbox import GIVEN_UP, Outbox, backoff
from briefing.delivery.listserver.wording import read_notification_texts
from briefing.delivery.sending.transports.contract import (
    Doubt,
    Envelope,
    Outcome,
    Traits,
    UnreachableError,
    Verdict,
)
from briefing.delivery.store import membership, retention
from briefing.delivery.store.database import VARIABLE, Database, open_database
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.notification_queue import CAP_SECONDS, LIFETIME, NotificationKind, queue_notification
from briefing.delivery.store.tables import ADDRESS_CHANGES, CONFIRMATIONS, NOTIFICATIONS, SUBSCRIBERS, Keeps, Membership
from briefing.pages.templating import Templates

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from briefing.settings import Settings

NOW = 1_800_000_000
SENT = Outcome(Verdict.SENT, "250")


@pytest.fixture
def publication(tmp_path: Path) -> Settings:
    return settings.load(publication_at(tmp_path / "publication"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, publication: Settings) -> Iterator[Database]:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    opened = open_database(publication, {VARIABLE: url} if url else {})
    yield opened
    opened.close()


@pytest.fixture
def operations(database: Database) -> Operations:
    return Operations(database, "version")


def waiting(database: Database) -> list[tuple[str, int, int]]:
    """Kind, when it is due and how often it was tried, of all letters."""
    with database.reading() as connection:
        rows = connection.execute(
            select(NOTIFICATIONS.c.kind, NOTIFICATIONS.c.due, NOTIFICATIONS.c.attempts).order_by(NOTIFICATIONS.c.id)
        )
        return [(kind, due, attempts) for kind, due, attempts in rows]


def reader_at(database: Database) -> str:
    """The only reader's identifier."""
    with database.reading() as connection:
        return str(connection.execute(select(SUBSCRIBERS.c.reader)).scalar_one())


def test_a_mailbox_is_written_to_so_often_and_again_a_week_later(operations: Operations) -> None:
    sent = 0
    for _ in range(CAP + 2):
        operations.request_subscription(parse_address("Reader@example.net"), NOW)
        sent += len(waiting(operations.database))
        with operations.database.writing() as connection:
            connection.execute(NOTIFICATIONS.delete())
    assert sent == CAP
    operations.request_subscription(parse_address("reader@example.net"), NOW + CAP_SECONDS - 1)
    assert waiting(operations.database) == []
    operations.request_subscription(parse_address("reader@example.net"), NOW + CAP_SECONDS)
    assert [kind for kind, _, _ in waiting(operations.database)] == ["confirm"]


def test_a_clock_set_back_does_not_cap_for_ever(operations: Operations) -> None:
    for _ in range(CAP):
        operations.request_subscription(parse_address("reader@example.net"), NOW + 10 * CAP_SECONDS)
    operations.request_subscription(parse_address("reader@example.net"), NOW)
    with operations.database.reading() as connection:
        assert connection.execute(select(CONFIRMATIONS.c.sent, CONFIRMATIONS.c.since)).one() == (1, NOW)


def test_a_welcome_is_queued_once(operations: Operations) -> None:
    reader = put(operations.database, "new@example.net", Membership.PENDING)
    assert operations.confirm(reader, NOW + LIFETIME, NOW + 5)
    assert operations.confirm(reader, NOW + LIFETIME, NOW + 6)
    assert waiting(operations.database) == [("welcome", NOW + 5, 0)]
    assert not operations.confirm("a" * 16, NOW + LIFETIME, NOW)


def test_who_asked_and_left_in_the_same_second_has_left(operations: Operations) -> None:
    mailbox = parse_address("new@example.net")
    operations.request_subscription(mailbox, NOW)
    reader = reader_at(operations.database)
    assert operations.unsubscribe(reader, NOW)
    assert not operations.confirm(reader, NOW + LIFETIME, NOW + 5)
    known = operations.subscriber(reader)
    assert known
    assert known.state is Membership.UNSUBSCRIBED


def test_a_pause_does_not_outlast_leaving_however_a_reader_left_or_comes_back(operations: Operations) -> None:
    left, silent = put(operations.database, "left@example.net"), put(operations.database, "silent@example.net")
    for reader in (left, silent):
        assert operations.pause(reader, NOW + LIFETIME)
    operations.unsubscribe(left, NOW)
    with operations.database.writing() as connection:
        mine = SUBSCRIBERS.c.reader == silent
        connection.execute(update(SUBSCRIBERS).where(mine).values(state=Membership.PENDING, state_at=NOW))
    known = operations.subscriber(left)
    assert known
    assert known.paused_until == 0
    for reader in (left, silent):
        assert operations.confirm(reader, NOW + 1 + LIFETIME, NOW + 2)
        known = operations.subscriber(reader)
        assert known
        assert (known.state, known.paused_until) == (Membership.CONFIRMED, 0)


def test_who_left_and_asked_in_the_same_second_may_come_back(operations: Operations) -> None:
    reader = put(operations.database, "back@example.net")
    operations.unsubscribe(reader, NOW)
    operations.request_subscription(parse_address("back@example.net"), NOW)
    with operations.database.reading() as connection:
        asked_at = connection.execute(select(NOTIFICATIONS.c.at)).scalar_one()
    assert operations.confirm(reader, asked_at + LIFETIME, NOW + 5)


def test_links_to_move_in_one_second_are_not_one(operations: Operations) -> None:
    reader = put(operations.database, "old@example.net")
    for name in ("first", "second", "third"):
        operations.request_address_change(reader, parse_address(f"{name}@new.example"), NOW)
    assert waiting(operations.database) == [("change-address", NOW, 0)]
    for at in (NOW, NOW + 1):
        assert not operations.change_address(reader, at + LIFETIME, NOW + 9)
    assert operations.change_address(reader, NOW + 2 + LIFETIME, NOW + 9)
    known = operations.subscriber(reader)
    assert known
    assert (known.address, known.address_changed_at) == ("third@new.example", NOW + 9)


def moved(operations: Operations, reader: str, address: str, now: int) -> None:
    operations.request_address_change(reader, parse_address(address), now)
    with operations.database.writing() as connection:
        connection.execute(delete(NOTIFICATIONS).where(NOTIFICATIONS.c.kind == NotificationKind.CHANGE_ADDRESS))
    assert operations.change_address(reader, now + LIFETIME, now)


def test_every_address_before_is_told_once_and_then_forgotten(post: Post, operations: Operations) -> None:
    reader = put(operations.database, "first@example.net")
    moved(operations, reader, "second@new.example", NOW)
    moved(operations, reader, "third@new.example", NOW + 1)
    moved(operations, reader, "Third@new.example", NOW + 2)  # the same mailbox: nobody to tell
    operations.unsubscribe(reader, NOW + 3)  # whoever has the link may do that too
    post.time = NOW + 4
    told = post.round(SENT)
    assert sorted(envelope.recipient for envelope in told) == ["first@example.net", "second@new.example"]
    assert {envelope.sender for envelope in told} == {"bounces@example.org"}, "its bounce is not the reader's"
    assert waiting(operations.database) == []


def test_an_address_before_that_must_not_be_mailed_is_not_told(post: Post, operations: Operations) -> None:
    reader = put(operations.database, "first@example.net")
    moved(operations, reader, "second@new.example", NOW)
    with operations.database.writing() as connection:
        membership.remove(connection, operations.database.secret.address_hash("first@example.net"), NOW)
    assert post.round(SENT) == []


def test_an_erasure_forgets_addresses_that_are_to_be_told_or_moved_to(operations: Operations) -> None:
    reader = put(operations.database, "first@example.net")
    moved(operations, reader, "second@new.example", NOW)
    operations.request_address_change(reader, parse_address("third@new.example"), NOW)
    with operations.database.writing() as connection:
        for name in ("first@example.net", "third@new.example"):
            membership.erase(connection, operations.database.secret.address_hash(name), NOW)
        assert connection.execute(select(ADDRESS_CHANGES.c.reader)).all() == []
        assert connection.execute(select(NOTIFICATIONS.c.kind)).scalars().all() == ["change-address"]
    assert operations.subscriber(reader)


def test_an_address_before_is_not_kept_where_no_letters_are_sent(operations: Operations, publication: Settings) -> None:
    reader = put(operations.database, "first@example.net")
    moved(operations, reader, "second@new.example", NOW)
    day = 24 * 3600
    for days, kept in ((29, 1), (31, 0)):
        retention.tidy(operations.database, publication, NOW + days * day)
        assert len(waiting(operations.database)) == kept


def test_whom_the_desk_removed_does_not_come_back_by_moving(operations: Operations) -> None:
    reader = put(operations.database, "first@example.net")
    with operations.database.writing() as connection:
        membership.remove(connection, operations.database.secret.address_hash("first@example.net"), NOW)
    operations.request_address_change(reader, parse_address("second@new.example"), NOW)
    assert waiting(operations.database) == []


def test_a_reader_who_left_in_between_is_not_moved(operations: Operations) -> None:
    reader = put(operations.database, "old@example.net")
    operations.request_address_change(reader, parse_address("new@new.example"), NOW)
    assert operations.unsubscribe(reader, NOW + 1)
    assert not operations.change_address(reader, NOW + LIFETIME, NOW + 9)


def test_moves_and_counts_of_long_ago_are_forgotten(operations: Operations) -> None:
    reader = put(operations.database, "old@example.net")
    operations.request_address_change(reader, parse_address("new@new.example"), NOW)
    operations.tidy(NOW + 10)
    with operations.database.reading() as connection:
        assert connection.execute(select(ADDRESS_CHANGES.c.reader)).all() != []
    operations.tidy(NOW + LIFETIME)
    with operations.database.reading() as connection:
        assert connection.execute(select(ADDRESS_CHANGES.c.reader)).all() == []
        assert connection.execute(select(CONFIRMATIONS.c.hash)).all() == []


@dataclass
class Fake:
    """The outermost edge: a transport that answers as it is told, the last answer again and again."""

    answers: list[Outcome | UnreachableError]
    taken: list[Envelope] = field(default_factory=list)
    is_open: bool = True
    is_closed: bool = False
    traits: Traits = field(
        default_factory=lambda: Traits(name="fake", keeps=Keeps.BYTES, doubt=Doubt.EVIDENCE, connections=2)
    )

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[Fake]:
        if isinstance(self.answers[0], UnreachableError):
            raise self._next()
        yield self

    async def deliver(self, envelope: Envelope) -> Outcome:
        self.taken.append(envelope)
        await asyncio.sleep(0)
        answer = self._next()
        assert isinstance(answer, Outcome)
        return answer

    async def close(self) -> None:
        self.is_closed = True

    def _next(self) -> Any:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Post:
    """A postman and what he is given; his clock stands still until it is set."""

    operations: Operations
    writer: Composer
    time: int = NOW
    said: list[str] = field(default_factory=list)

    def round(self, *answers: Outcome | UnreachableError) -> list[Envelope]:
        transport = Fake(list(answers))
        mailer = Mailer(self.operations, transport, self.writer, lambda: self.time, self.said.append)
        asyncio.run(mailer._round())
        return transport.taken


@pytest.fixture
def post(operations: Operations, publication: Settings) -> Post:
    writer = Composer(
        publication, Templates(publication), read_notification_texts(publication), operations.database.secret, None
    )
    return Post(operations, writer)


@pytest.fixture
def queued(operations: Operations) -> Callable[..., str]:
    def queue(kind: NotificationKind = NotificationKind.CONFIRM, address: str = "reader@example.net") -> str:
        reader = put(operations.database, address)
        with operations.database.writing() as connection:
            queue_notification(connection, kind, reader, NOW)
        return reader

    return queue


def test_what_was_taken_is_done(post: Post, queued: Callable[..., str]) -> None:
    for number in range(5):
        queued(address=f"reader{number}@example.net")
    envelopes = post.round(SENT)
    assert sorted(envelope.recipient for envelope in envelopes) == [
        f"reader{number}@example.net" for number in range(5)
    ]
    assert len({envelope.key for envelope in envelopes}) == 5
    assert waiting(post.operations.database) == []
    assert post.said == []


@pytest.mark.parametrize(
    ("outcome", "due"),
    [
        (Outcome(Verdict.DEFERRED, "451"), 60),
        (Outcome(Verdict.DEFERRED, "421", wait=300), 300),
        (Outcome(Verdict.UNKNOWN), 60),
        (Outcome(Verdict.RETURNED), 60),
    ],
)
def test_what_was_not_is_tried_again(post: Post, queued: Callable[..., str], outcome: Outcome, due: int) -> None:
    queued()
    assert len(post.round(outcome)) == 1
    assert waiting(post.operations.database) == [("confirm", NOW + due, 1)]
    assert post.round(SENT) == []
    post.time += due
    (again,) = post.round(SENT)
    assert again.recipient == "reader@example.net"
    assert waiting(post.operations.database) == []


def test_waiting_grows_and_ends() -> None:
    assert [backoff(n) for n in (1, 2, 3, 6, 7, 100)] == [60, 120, 240, 1920, 3600, 3600]


def test_what_is_refused_for_good_is_not(post: Post, queued: Callable[..., str]) -> None:
    queued()
    post.round(Outcome(Verdict.DEAD, "5.1.1"))
    assert waiting(post.operations.database) == []
    assert post.said == ["1 notification given up: confirm, refused for good (5.1.1)"]


def test_a_refusal_of_all_we_send_pauses_and_loses_nothing(post: Post, queued: Callable[..., str]) -> None:
    queued(address="one@example.net")
    queued(address="two@example.net")
    taken = post.round(Outcome(Verdict.DEAD, "5.7.1", refusal="the server refuses us"))
    assert len(taken) <= 2  # one on each channel
    assert len(waiting(post.operations.database)) == 2
    assert "notifications wait: the server refuses us" in post.said


def test_nobody_there_loses_nothing(post: Post, queued: Callable[..., str]) -> None:
    queued()
    assert post.round(UnreachableError("mail.example.org does not answer")) == []
    assert waiting(post.operations.database) == [("confirm", NOW + 60, 1)]
    assert set(post.said) == {"notifications wait: mail.example.org does not answer"}


def test_a_letter_is_given_up_after_two_days(post: Post, queued: Callable[..., str]) -> None:
    queued()
    post.round(Outcome(Verdict.DEFERRED))
    post.time = NOW + GIVEN_UP
    assert len(post.round(Outcome(Verdict.DEFERRED))) == 1
    post.time += 3600
    assert post.round(SENT) == []
    assert waiting(post.operations.database) == []


def test_one_that_was_never_tried_waits_as_long_as_its_link_is_good(post: Post, queued: Callable[..., str]) -> None:
    queued()
    post.time = NOW + GIVEN_UP + 1
    assert len(post.round(SENT)) == 1
    queued(address="late@example.net")
    queued(address="later@example.net")
    post.time = NOW + LIFETIME
    assert post.round(SENT) == []
    assert post.said == ["2 notifications given up: confirm, too late"]


@pytest.mark.parametrize("kind", [NotificationKind.WELCOME, NotificationKind.CHANGE_ADDRESS])
def test_one_that_is_of_no_more_use_is_dropped(post: Post, queued: Callable[..., str], kind: NotificationKind) -> None:
    reader = queued(kind)
    post.operations.unsubscribe(reader, NOW)
    assert post.round(SENT) == []
    assert waiting(post.operations.database) == []


def test_two_postmen_send_one_letter_once(post: Post, queued: Callable[..., str]) -> None:
    queued()
    first, second = Fake([SENT]), Fake([SENT])
    two = [Mailer(post.operations, one, post.writer, lambda: NOW, post.said.append) for one in (first, second)]

    async def both() -> None:
        await asyncio.gather(*(mailer._round() for mailer in two))

    asyncio.run(both())
    assert len(first.taken) + len(second.taken) == 1


def test_a_letter_that_takes_anothers_place_while_that_is_sent_is_sent_too(post: Post, operations: Operations) -> None:
    reader = put(operations.database, "old@example.net")
    operations.request_address_change(reader, parse_address("first@new.example"), NOW)
    outbox = Outbox(operations.database, post.said.append)
    first = outbox.take(NOW)
    assert first
    operations.request_address_change(reader, parse_address("second@new.example"), NOW)
    outbox.settle(first, SENT, NOW)
    (envelope,) = post.round(SENT)
    assert envelope.recipient == "second@new.example"


def test_a_mistake_of_ours_is_told_without_what_it_was_about(post: Post, queued: Callable[..., str]) -> None:
    queued()

    def fail(notification: Notification, now: int) -> Envelope:
        raise ValueError(notification.address, now)

    post.writer.compose = fail  # type: ignore[method-assign]
    assert post.round(SENT) == []
    (said,) = post.said
    assert said.startswith("error: ValueError at ")
    assert "@example" not in said
    assert [attempts for _, _, attempts in waiting(post.operations.database)] == [1]


def test_a_stop_finishes_what_is_due(post: Post, queued: Callable[..., str]) -> None:
    transport = Fake([SENT])

    async def live() -> None:
        mailer = Mailer(post.operations, transport, post.writer, lambda: NOW, post.said.append)
        task = asyncio.create_task(mailer.run())
        await asyncio.sleep(0.05)
        await asyncio.to_thread(queued)
        await mailer.end(task)

    asyncio.run(live())
    assert len(transport.taken) == 1
    assert transport.is_closed
    assert waiting(post.operations.database) == []
