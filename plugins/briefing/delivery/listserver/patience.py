"""HTTP with a limit to how long a client may take for a request's head; uvicorn has none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

HEAD_SECONDS: Final = 10.0


class PatientProtocol(H11Protocol):
    """Hangs up on whoever has sent something, or just connected, and no whole head within `HEAD_SECONDS`."""

    def __init__(self, *args: Any, **values: Any) -> None:  # noqa: ANN401 - uvicorn's own arguments
        """As uvicorn calls it."""
        super().__init__(*args, **values)
        self._due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The time runs from the start."""
        super().connection_made(transport)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """The time stands still while a request is being answered."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
        elif self._due is None:
            self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop()
        super().connection_lost(exc)

    def _begin(self) -> None:
        self._due = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop(self) -> None:
        if self._due:
            self._due.cancel()
            self._due = None
