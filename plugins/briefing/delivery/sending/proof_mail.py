"""The proof: the digest as readers will get it, to the proof recipients."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from briefing.delivery.sending.single_mail import SingleMail
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
    """Send the digest to each address. Its links are those of a reader who does not exist.

    Raises BriefingError at the first that is not accepted. It names the recipient's position in `to`, never the address.
    """
    asyncio.run(_send(envelopes, transport, to, urlsplit(settings.url).hostname or ""))


async def _send(envelopes: Envelopes, transport: Transport, to: Sequence[EmailAddress], host: str) -> None:
    try:
        async with SingleMail(transport) as mail:
            for position, mailbox in enumerate(to, start=1):
                envelope = envelopes.make(NOBODY, mailbox.address, time.time(), proof_message_id(host))
                # Each proof is a new message, also for a service that ignores a key it knows.
                outcome = await mail.send_one(replace(envelope, key=secrets.token_hex(16)))
                if outcome.verdict is not Verdict.SENT:
                    reason = outcome.refusal or f"{outcome.verdict} {outcome.status}".strip()
                    msg = f"the proof to address {position} of {len(to)} was not accepted ({reason}); fix that, then run `proof` again"
                    raise BriefingError(msg)
    finally:
        await transport.close()
