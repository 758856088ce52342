"""How long a server may take, how long to wait before a retry, and how many messages one connection carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PER_CONNECTION: Final = 100  # messages; servers distrust connections that never end
FAREWELL: Final = 5.0  # seconds for the reply to QUIT, and again for the end of the connection
FIRST_WAIT: Final = 1.0  # seconds to wait for a server that asks for it,
LONGEST_WAIT: Final = 300.0  # doubled each time up to this, until it accepts a message


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds, after RFC 5321, section 4.5.3.2.

    connect: to connect, TLS included. command: for the reply to a command, and for the greeting. block: for the
    server to read the message. final: for the reply after it. To give up there leaves the message uncertain, so this is
    the longest; to give up earlier costs only the attempt.
    """

    connect: float = 30.0
    command: float = 300.0
    block: float = 180.0
    final: float = 600.0

    @classmethod
    def of(cls, seconds: float) -> Timeouts:
        """The same timeout for everything."""
        return cls(seconds, seconds, seconds, seconds)

    @property
    def tick(self) -> float:
        """How often a connection checks the clock."""
        return min(1.0, min(self.command, self.block, self.final) / 4)


@dataclass(slots=True)
class Backoff:
    """How long to wait for a server that asks for it. All of its connections wait for the same moment."""

    _wait: float = 0
    _until: float = 0

    def wait(self, now: float) -> float:
        """Seconds to wait from `now`; twice as many if the last wait was not enough."""
        if now >= self._until:
            self._wait = min(self._wait * 2 or FIRST_WAIT, LONGEST_WAIT)
            self._until = now + self._wait
        return self._until - now

    def end(self) -> None:
        """The server has accepted a message."""
        self._wait = 0
