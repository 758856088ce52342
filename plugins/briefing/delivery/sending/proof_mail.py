"""The proof: the digest as readers will get it, to the desk."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from briefing.delivery.sending.transports.contract import Verdict
from briefing.delivery.store.tokens import NOBODY
from briefing.digest.identifiers import proof_message_id
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.delivery.sending.envelopes import Envelopes
    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.settings import Settings


def send_proof(envelopes: Envelopes, transport: Transport, to: Sequence[EmailAddress], settings: Settings) -> None:
    """Mail the digest to each of the desk's addresses; its links are those of a reader who does not exist.

    Raises BriefingError at the first that is not taken, by its place in `to`, never by its address.
    """
    asyncio.run(_send(envelopes, transport, to, urlsplit(settings.url).hostname or ""))


async def _send(envelopes: Envelopes, transport: Transport, to: Sequence[EmailAddress], host: str) -> None:
    try:
        async with transport.channel() as channel:
            for place, mailbox in enumerate(to, start=1):
                envelope = envelopes.make(NOBODY, mailbox.address, time.time(), proof_message_id(host))
                # A key of its own: each proof is another message, also to a service that repeats none.
                outcome = await channel.deliver(replace(envelope, key=secrets.token_hex(16)))
                if outcome.verdict is not Verdict.SENT:
                    said = outcome.refusal or f"{outcome.verdict} {outcome.status}".strip()
                    msg = f"the proof to address {place} of {len(to)} was not taken ({said}); mend that, then run proof again"
                    raise BriefingError(msg)
    finally:
        await transport.close()
