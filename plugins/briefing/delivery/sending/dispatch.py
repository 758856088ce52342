"""The sending itself: hands that hand over one message at a time, and one clerk who keeps the ledger for them."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.sending.coordinator import Clerk, Run, SendingTerms
from briefing.delivery.sending.workers import cancel, together, work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from briefing.delivery.sending.ledger import Ledger
    from briefing.delivery.sending.outcomes import DeliveryClaim
    from briefing.delivery.sending.transports.contract import Envelope, Transport
    from briefing.delivery.sending.worker_processes import Branch

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def send_all(
    ledger: Ledger,
    transport: Transport,
    make: Callable[[DeliveryClaim], Envelope],
    terms: SendingTerms,
    show: Callable[[Run], None],
    branches: Sequence[Branch],
) -> Run:
    """Hand over everything that may be handed over now, and say what was done; `show` is told twice a second.

    By the branches' hands, or where there are none by hands in this process. SIGINT, SIGTERM and SIGHUP end it after
    the messages in hand; a second one ends it at once, which leaves those in doubt. Raises DatabaseError where the
    ledger fails.
    """
    run = Run()
    connections = transport.traits.connections
    # Served in two halves, so that one is under way while the ledger answers the other.
    clerk = Clerk(ledger, terms, run, max(connections // max(len(branches), 2), 1))
    with _stopping(clerk, run, asyncio.current_task()):
        keeping = asyncio.create_task(clerk.work())
        showing = asyncio.create_task(_showing(run, show))
        try:
            if branches:
                await together(branch.serve(clerk) for branch in branches)
            else:
                await work(clerk, transport, make, connections)
        finally:
            clerk.end()
            await keeping
            await cancel([showing])
    clerk.require_kept()
    show(run)
    return run


async def _showing(run: Run, show: Callable[[Run], None]) -> None:
    while True:
        show(run)
        await asyncio.sleep(0.5)


@contextmanager
def _stopping(clerk: Clerk, run: Run, task: asyncio.Task[Any] | None) -> Iterator[None]:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if run.is_interrupted and task:
            task.cancel()
        run.is_interrupted = True
        clerk.stop()

    for signum in _SIGNALS:
        loop.add_signal_handler(signum, stop)
    try:
        yield
    finally:
        for signum in _SIGNALS:
            loop.remove_signal_handler(signum)
