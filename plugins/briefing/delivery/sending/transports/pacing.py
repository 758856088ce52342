"""How often a service is called: the rest that all channels of one transport keep, and the pauses before a repetition."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Final

REPEATS: Final = (0.5, 1.0, 2.0)  # seconds before a call is made again, at least; so many times it is
PATIENCE: Final = 5.0  # seconds; a longer wait is the campaign's, whose ledger calls the message in doubt meanwhile


class Pace:
    """When the next call may be made: a service counts the calls of all channels together."""

    def __init__(self) -> None:
        """Calls may be made at once."""
        self._from = 0.0

    def hold(self, seconds: float) -> None:
        """Hold calls back for these seconds from now, but never longer than `PATIENCE`."""
        self._from = max(self._from, time.monotonic() + min(seconds, PATIENCE))

    async def ready(self) -> None:
        """Wait until a call may be made, by what is known now."""
        await asyncio.sleep(max(self._from - time.monotonic(), 0))


async def pause(*seconds: float) -> None:
    """Wait the longest of these, and up to as long again by chance, so that calls do not come all at once."""
    await asyncio.sleep(max(seconds) * (1 + random.random()))  # noqa: S311 - nothing secret depends on it
