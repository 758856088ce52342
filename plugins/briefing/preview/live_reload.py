"""What the browser is to know, and waiting for it to change."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PreviewState:
    """site: names the site that is shown, "" before the first good build. complaints: why there is no newer one.

    count: how many of them are errors and how many warnings, in words.
    """

    site: str = ""
    complaints: tuple[str, ...] = ()
    count: str = ""


class Live:
    """The newest state, for any number of threads that wait for the next."""

    def __init__(self) -> None:
        """Begin without a site."""
        self._state = PreviewState()
        self._closed = False
        self._changed = threading.Condition()

    @property
    def state(self) -> PreviewState:
        """The newest state."""
        return self._state

    def show(self, state: PreviewState) -> None:
        """Replace the state and wake all who wait."""
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def close(self) -> None:
        """Send all who wait home, now and later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def after(self, seen: PreviewState | None, seconds: float) -> PreviewState | None:
        """The newest state as soon as it differs from `seen`, `seen` itself after so many seconds, None once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._state != seen, seconds)
            return None if self._closed else self._state
