"""A finished message -> the request from which Resend makes it again. Pure."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.sending.transports.http_call import TAG

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import EmailMessage

    from briefing.delivery.sending.transports.contract import Envelope

_MAX_KEY: Final = 256

# Headers that are fields of the request, or that Resend writes. The date would also make a repeated request differ.
_OWN: Final = frozenset(
    {
        *("from", "to", "reply-to", "subject", "date", "dkim-signature", "return-path"),
        *("mime-version", "content-type", "content-transfer-encoding"),
    }
)


def idempotency_key(envelope: Envelope, body: Mapping[str, Any]) -> str:
    """Identifies this message to Resend; at most 256 characters.

    The Message-ID is part of it, because it differs for every proof, which has no delivery.
    """
    name = re.sub(r"[^A-Za-z0-9._-]", "", body["headers"].get("Message-ID", "").partition("@")[0])
    return f"{envelope.key}/{name}"[:_MAX_KEY]


def payload(envelope: Envelope) -> dict[str, Any]:
    """The JSON object of `POST /emails`; the same for a reader and issue at every attempt."""
    message: EmailMessage = message_from_bytes(envelope.message, policy=policy.default)
    fields: dict[str, Any] = {
        "from": str(message["From"]),
        "to": [envelope.recipient],
        "subject": str(message["Subject"]),
        "headers": {name: str(value) for name, value in message.items() if name.lower() not in _OWN},
        "tags": [{"name": TAG, "value": envelope.key}],
    }
    if message["Reply-To"]:
        fields["reply_to"] = [str(address) for address in message["Reply-To"].addresses]
    for name, kind in (("text", "plain"), ("html", "html")):
        part = message.get_body((kind,))
        if part is not None:
            fields[name] = part.get_content().replace("\r\n", "\n")
    return fields
