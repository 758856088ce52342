"""How long a server may take, and how much one connection carries: all of SMTP's numbers that are ours to choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PER_CONNECTION: Final = 100  # messages; servers mistrust a connection that never ends
FAREWELL: Final = 5.0  # seconds for the reply to QUIT, and again for the end of the connection
FIRST_WAIT: Final = 1.0  # seconds to leave a server alone that asks for it,
LONGEST_WAIT: Final = 300.0  # doubled each time up to this, until it takes a message


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds, after RFC 5321, section 4.5.3.2.

    connect: until a connection stands, TLS included. command: for the reply to a command, and for the greeting.
    block: for the server to take the message. final: for the reply after it. Giving up there leaves a doubt, so
    that is the longest; giving up before it costs nothing but the attempt.
    """

    connect: float = 30.0
    command: float = 300.0
    block: float = 180.0
    final: float = 600.0

    @classmethod
    def of(cls, seconds: float) -> Patience:
        """The same number for all of them."""
        return cls(seconds, seconds, seconds, seconds)

    @property
    def tick(self) -> float:
        """How often a connection looks at the clock."""
        return min(1.0, min(self.command, self.block, self.final) / 4)


@dataclass(slots=True)
class Restraint:
    """How long to leave a server alone that asks for it. All of its connections wait for the same moment."""

    _wait: float = 0
    _until: float = 0

    def wait(self, now: float) -> float:
        """Seconds to wait from `now`; twice as many where the last wait was not enough."""
        if now >= self._until:
            self._wait = min(self._wait * 2 or FIRST_WAIT, LONGEST_WAIT)
            self._until = now + self._wait
        return self._until - now

    def end(self) -> None:
        """It has taken a message."""
        self._wait = 0
