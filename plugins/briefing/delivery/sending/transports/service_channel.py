"""The channel of an email service: a slot in its pool of calls, open as long as the service responds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Envelope, Outcome


class Service(Protocol):
    """A service that accepts envelopes. is_down: whether the last one did not reach it."""

    is_down: bool

    async def hand_over(self, envelope: Envelope) -> Outcome:
        """As `Channel.deliver`."""


@dataclass(frozen=True, slots=True)
class ServiceChannel:
    """A `Channel`."""

    service: Service

    @property
    def is_open(self) -> bool:
        """Whether it accepts another envelope."""
        return not self.service.is_down

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Hand over one envelope."""
        return await self.service.hand_over(envelope)
