"""How often a service is called: a pause that all channels of a transport share, and pauses before a retry."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Final

REPEATS: Final = (0.5, 1.0, 2.0)  # minimum seconds before each retry of a call
PATIENCE: Final = 5.0  # seconds; longer waits are left to the campaign


class Pace:
    """When the next call may be made. A service counts the calls of all channels together."""

    def __init__(self) -> None:
        """Calls may be made at once."""
        self._from = 0.0

    def hold(self, seconds: float) -> None:
        """Hold calls back for this many seconds, but never longer than `PATIENCE`."""
        self._from = max(self._from, time.monotonic() + min(seconds, PATIENCE))

    async def ready(self) -> None:
        """Wait until the next call may be made."""
        await asyncio.sleep(max(self._from - time.monotonic(), 0))


async def pause(*seconds: float) -> None:
    """Wait for the longest of these, plus up to as long again at random, so that calls do not come all at once."""
    await asyncio.sleep(max(seconds) * (1 + random.random()))  # noqa: S311 - nothing secret depends on it
