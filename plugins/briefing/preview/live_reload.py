"""The state of the preview, and how threads wait for it to change."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PreviewState:
    """site: identifies the site that is shown; "" before the first successful build. problems: why the last build failed.

    count: the number of errors and warnings, in words.
    """

    site: str = ""
    problems: tuple[str, ...] = ()
    count: str = ""


class LiveState:
    """The current state, shared by threads that wait for the next one."""

    def __init__(self) -> None:
        """Start without a site."""
        self._state = PreviewState()
        self._closed = False
        self._changed = threading.Condition()

    @property
    def state(self) -> PreviewState:
        """The current state."""
        return self._state

    def update(self, state: PreviewState) -> None:
        """Replace the state and wake every waiting thread."""
        with self._changed:
            self._state = state
            self._changed.notify_all()

    def close(self) -> None:
        """End every wait, now and later."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_for_change(self, seen: PreviewState | None, seconds: float) -> PreviewState | None:
        """Return the state as soon as it differs from `seen`; `seen` after a timeout; None if this is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._state != seen, seconds)
            return None if self._closed else self._state
