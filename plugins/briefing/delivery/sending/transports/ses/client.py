"""Hands messages to Amazon SES, each in one call that is never repeated: SES has no idempotency key."""

from __future__ import annotations

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from briefing.delivery.sending.transports.contract import Doubt, Outcome, Traits, UnreachableError, Verdict
from briefing.delivery.sending.transports.endpoints import redact, safe_endpoint
from briefing.delivery.sending.transports.http_call import CHECK, TAG
from briefing.delivery.sending.transports.pacing import PATIENCE, REPEATS, Pace, pause
from briefing.delivery.sending.transports.service_channel import ServiceChannel
from briefing.delivery.sending.transports.ses.errors import UNREACHABLE, judge_failure
from briefing.delivery.sending.transports.ses.ses_verdicts import judge_error
from briefing.delivery.sending.transports.transport_url import refuse
from briefing.delivery.store.tables import Keeps
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from briefing.delivery.sending.transports.contract import Envelope
    from briefing.delivery.sending.transports.transport_url import TransportAddress

Result = TypeVar("Result")
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}")
_SET = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONNECTIONS: Final = 10
_CONNECT_TIMEOUT: Final = 10  # seconds
_READ_TIMEOUT: Final = 30
_RETRY_AFTER: Final = 30.0


class Ses:
    """Amazon SES as a transport (see `contract.Transport`)."""

    def __init__(self, region: str, configuration_set: str, endpoint: str | None) -> None:
        """`endpoint`: None for the region's own. boto3 finds the credentials."""
        options = Config(
            retries={"total_max_attempts": 1},  # repeating a call could send a message twice
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            max_pool_connections=_CONNECTIONS,
        )
        try:
            session = boto3.Session(region_name=region)
            self._client: Any = session.client("sesv2", endpoint_url=endpoint, config=options)
        except (BotoCoreError, ValueError) as error:
            msg = f"boto3 cannot be set up for Amazon SES: {redact(str(error))}; check its settings (AWS_PROFILE)"
            raise BriefingError(msg) from error
        self._fixed = {"ConfigurationSetName": configuration_set} if configuration_set else {}
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="ses")
        self._pace = Pace()
        self.is_down = False
        self.traits = Traits(
            name=f"ses://{endpoint.partition('://')[2] if endpoint else region}",
            keeps=Keeps.CONTENT,
            doubt=Doubt.EVENTS,
            signs=True,
            connections=_CONNECTIONS,
        )

    @classmethod
    def at(cls, address: TransportAddress) -> Ses:
        """The transport of a URL; see `open_ses`."""
        address.require("host", options=("configuration_set", "endpoint"))
        if not _REGION.fullmatch(address.host):
            refuse("ses", "does not name a region such as eu-west-1")
        configuration_set = address.options.get("configuration_set", "")
        if "configuration_set" in address.options and not _SET.fullmatch(configuration_set):
            refuse("ses", "names an invalid configuration set")
        endpoint = address.options.get("endpoint")
        return cls(address.host, configuration_set, safe_endpoint(endpoint) if endpoint is not None else None)

    @asynccontextmanager
    async def channel(self) -> AsyncIterator[ServiceChannel]:
        """A place in the pool of calls. Raises UnreachableError if SES was unreachable at the last call and still is."""
        if self.is_down:
            self.is_down = not await self._in_thread(self._answers)
            if self.is_down:
                msg = f"Amazon SES cannot be reached ({self.traits.name}); {CHECK}"
                raise UnreachableError(msg, _RETRY_AFTER)
        yield ServiceChannel(self)

    async def close(self) -> None:
        """Close every connection, without waiting for calls in progress."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    async def hand_over(self, envelope: Envelope) -> Outcome:
        """Hand over one envelope. Only a call that SES refused because of its rate limit is repeated: it was not accepted."""
        outcome = await self._send(envelope)
        for least in REPEATS:
            if outcome.refusal or not 0 < outcome.wait <= PATIENCE:
                break
            await pause(least, outcome.wait)
            outcome = await self._send(envelope)
        return outcome

    async def _send(self, envelope: Envelope) -> Outcome:
        await self._pace.ready()
        outcome = await self._in_thread(self._call, envelope)
        self.is_down = outcome.status == UNREACHABLE
        self._pace.hold(outcome.wait)
        return outcome

    def _call(self, envelope: Envelope) -> Outcome:
        request = {
            "Destination": {"ToAddresses": [envelope.recipient]},
            "Content": {"Raw": {"Data": envelope.message}},
            "EmailTags": [{"Name": TAG, "Value": envelope.key}],
            **({"FeedbackForwardingEmailAddress": envelope.sender} if envelope.sender else {}),
            **self._fixed,
        }
        try:
            answer = self._client.send_email(**request)
        except ClientError as error:
            return judge_error(error.response, envelope, time.time())
        except (BotoCoreError, ResponseParserError) as error:
            return judge_failure(error)
        return Outcome(Verdict.SENT, "200") if answer.get("MessageId") else Outcome(Verdict.UNKNOWN, "garbled")

    def _answers(self) -> bool:
        """Whether SES responds at all, even if it denies this request."""
        try:
            self._client.get_account()
        except (ClientError, ResponseParserError):
            return True
        except BotoCoreError as error:
            return judge_failure(error).status != UNREACHABLE
        return True

    async def _in_thread(self, function: Callable[..., Result], *arguments: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
