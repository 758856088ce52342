"""The channel of an email service: it has no connection of its own, and is open as long as the service answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Envelope, Outcome


class Service(Protocol):
    """What takes envelopes. is_down: the last one did not reach it."""

    is_down: bool

    async def hand_over(self, envelope: Envelope) -> Outcome:
        """As `Channel.deliver`."""


@dataclass(frozen=True, slots=True)
class ServiceChannel:
    """A channel, see the contract."""

    service: Service

    @property
    def is_open(self) -> bool:
        """Whether it may be used again."""
        return not self.service.is_down

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Hand one envelope over."""
        return await self.service.hand_over(envelope)
