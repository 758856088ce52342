"""`send` as a recipe: register as a sender, settle what earlier runs left, and let the workers send."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.sending.coordinator import Coordinator
from briefing.delivery.sending.ledger import Ledger, Remaining
from briefing.delivery.sending.senders import is_alone, reap_dead_senders, registered_sender
from briefing.delivery.sending.terms import Progress
from briefing.delivery.sending.uncertain import Unknown, requeue_unknown, reset_waits
from briefing.delivery.sending.workers import Worker
from briefing.delivery.store.database import now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.outcomes import DeliveryClaim
    from briefing.delivery.sending.terms import SendingTerms
    from briefing.delivery.sending.transports.contract import Envelope, Transport
    from briefing.delivery.store.database import Database

_ROUNDS: Final = 4
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def send(
    database: Database,
    campaign: Campaign,
    transport: Transport,
    make: Callable[[DeliveryClaim], Envelope],
    terms: SendingTerms,
    show: Callable[[Progress], None],
) -> Progress:
    """Send what is left of an open campaign; `show` is called twice a second.

    Raises BriefingError if another sender works on it and the database is SQLite, or if the database fails.
    """
    with database.connect() as connection, registered_sender(database, connection, campaign, now()) as sender:
        reap_dead_senders(database, connection, campaign.id, sender)
        with database.transaction(connection):
            requeue_unknown(connection, campaign.id, terms.unknown, transport.traits, now())
        if is_alone(database, connection, campaign.id, sender):
            with database.transaction(connection):
                reset_waits(connection, campaign.id, now())
        ledger = Ledger(database, connection, campaign, sender, terms.limits)

        def requeue() -> bool:
            with database.transaction(connection):
                return requeue_unknown(connection, campaign.id, Unknown.HOLD, transport.traits, now()) > 0

        async def rounds() -> Progress:
            """One round, and a few more for uncertain deliveries if the transport repeats nothing."""
            try:
                for _ in range(_ROUNDS):
                    progress = await send_all(ledger, transport, make, terms, show)
                    if progress.remaining is not Remaining.NOTHING or not requeue():
                        break
            finally:
                await transport.close()
            return progress

        try:
            return asyncio.run(rounds())
        except asyncio.CancelledError:  # interrupted twice: the next run finds what was in flight
            return Progress(is_interrupted=True)


async def send_all(
    ledger: Ledger,
    transport: Transport,
    make: Callable[[DeliveryClaim], Envelope],
    terms: SendingTerms,
    show: Callable[[Progress], None],
) -> Progress:
    """Hand over everything that may be handed over now.

    SIGINT, SIGTERM and SIGHUP end it after the messages in flight; a second one ends it at once, which leaves those
    uncertain. Raises DatabaseError if the ledger fails.
    """
    progress = Progress()
    connections = transport.traits.connections
    coordinator = Coordinator(ledger, make, terms, progress, connections)
    coordinating = asyncio.create_task(coordinator.run())
    showing = asyncio.create_task(_show(progress, show))
    workers = [asyncio.create_task(Worker(coordinator, transport).run()) for _ in range(connections)]
    with _stopped_by_signals(coordinator, progress, asyncio.current_task()):
        try:
            await asyncio.gather(*workers)
        finally:
            await _cancel(workers)
            coordinator.end()
            try:
                await coordinating
            finally:
                await _cancel([showing])
    show(progress)
    return progress


async def _show(progress: Progress, show: Callable[[Progress], None]) -> None:
    while True:
        show(progress)
        await asyncio.sleep(0.5)


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextmanager
def _stopped_by_signals(coordinator: Coordinator, progress: Progress, task: asyncio.Task[Any] | None) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if progress.is_interrupted and task:
            task.cancel()
        progress.is_interrupted = True
        coordinator.stop()

    for signum in _SIGNALS:
        loop.add_signal_handler(signum, stop)
    try:
        yield
    finally:
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)
