"""Hands messages to Resend one at a time, and repeats a call if its idempotency key prevents a duplicate."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Doubt, Outcome, Traits, Verdict
from briefing.delivery.sending.transports.endpoints import required_secret, safe_endpoint
from briefing.delivery.sending.transports.http_call import NoAnswer, call, open_client, unreachable
from briefing.delivery.sending.transports.pacing import PATIENCE, REPEATS, Pace, pause
from briefing.delivery.sending.transports.resend.payload import idempotency_key, payload
from briefing.delivery.sending.transports.resend.resend_verdicts import MISMATCH, VARIABLE, judge, rate_limit_reset
from briefing.delivery.sending.transports.service_channel import ServiceChannel
from briefing.delivery.store.tables import Keeps

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from briefing.delivery.sending.transports.contract import Envelope
    from briefing.delivery.sending.transports.transport_url import TransportAddress

ENDPOINT: Final = "https://api.resend.com"
_KEY_LIFETIME: Final = 23 * 60 * 60.0  # seconds; Resend remembers a key for 24 hours
_CONNECTIONS: Final = 4  # an account can make few calls a second


class Resend:
    """Resend as a transport (see `contract.Transport`)."""

    def __init__(self, endpoint: str, key: str) -> None:
        """`endpoint`: its URL without a path."""
        self._endpoint = endpoint
        self._client = open_client(_CONNECTIONS, {"authorization": f"Bearer {key}"})
        self._pace = Pace()
        self.is_down = False
        self.traits = Traits(
            name=f"resend://{endpoint.partition('://')[2]}",
            keeps=Keeps.CONTENT,
            doubt=Doubt.REPEAT,
            signs=True,
            connections=_CONNECTIONS,
            repeatable=_KEY_LIFETIME,
        )

    @classmethod
    def at(cls, address: TransportAddress, environment: Mapping[str, str]) -> Resend:
        """The transport of a URL; see `open_resend`."""
        address.require(options=("endpoint",))
        endpoint = safe_endpoint(address.options.get("endpoint", ENDPOINT))
        return cls(endpoint, required_secret(environment, VARIABLE, "a key of https://resend.com/api-keys"))

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[ServiceChannel]:
        """A place in the pool of calls. Raises UnreachableError if Resend was unreachable at the last call and still is."""
        if self.is_down:
            await self._require_answer()
        yield ServiceChannel(self)

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def hand_over(self, envelope: Envelope) -> Outcome:
        """Hand over one envelope. While the outcome is uncertain, the same call is repeated: its key prevents a duplicate."""
        body = payload(envelope)
        headers = {"idempotency-key": idempotency_key(envelope, body)}
        outcome = await self._post(body, headers)
        is_in_doubt = outcome.verdict is Verdict.UNKNOWN
        for least in REPEATS:
            if not _is_worth_repeating(outcome, is_in_doubt=is_in_doubt):
                break
            await pause(least, outcome.wait)
            outcome = await self._post(body, headers)
            is_in_doubt = is_in_doubt or outcome.verdict is Verdict.UNKNOWN
        # A refusal of a repeated call says nothing about the first.
        is_open = is_in_doubt and outcome.verdict is not Verdict.SENT
        return replace(outcome, verdict=Verdict.UNKNOWN) if is_open else outcome

    async def _post(self, body: Mapping[str, object], headers: Mapping[str, str]) -> Outcome:
        await self._pace.ready()
        answer = await call(self._client, "POST", f"{self._endpoint}/emails", body=body, headers=headers)
        self.is_down = isinstance(answer, NoAnswer) and not answer.has_left
        outcome = judge(answer, time.time())
        self._pace.hold(outcome.wait or rate_limit_reset(answer))
        return outcome

    async def _require_answer(self) -> None:
        answer = await call(self._client, "HEAD", self._endpoint)
        self.is_down = isinstance(answer, NoAnswer)
        if isinstance(answer, NoAnswer):
            raise unreachable(self._endpoint, answer)


def _is_worth_repeating(outcome: Outcome, *, is_in_doubt: bool) -> bool:
    if outcome.refusal or outcome.status == MISMATCH or outcome.wait > PATIENCE:
        return False
    if outcome.verdict is Verdict.RETURNED:
        return is_in_doubt or outcome.wait > 0
    return outcome.verdict is Verdict.UNKNOWN
