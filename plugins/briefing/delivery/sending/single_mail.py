"""Single messages: the one way to send a proof, a confirmation, a welcome, and whatever else is not a campaign."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from briefing.delivery.sending.transports.contract import Channel, Envelope, Outcome, Transport


class SingleMail:
    """Sends one message after another, for as long as its `async with` block lasts. Used by one task at a time.

    It connects at the first message, and again if the connection is used up. Nothing is repeated or recorded: that is
    the caller's decision.
    """

    def __init__(self, transport: Transport) -> None:
        """Nothing is opened yet."""
        self._transport = transport
        self._stack = AsyncExitStack()
        self._channel: Channel | None = None

    async def __aenter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        await self._stack.aclose()

    async def send_one(self, envelope: Envelope) -> Outcome:
        """Send one message and return its outcome. Raises UnreachableError if there is no connection."""
        if self._channel is None or not self._channel.is_open:
            await self._stack.aclose()
            self._channel = await self._stack.enter_async_context(self._transport.channel())
        return await self._channel.deliver(envelope)
