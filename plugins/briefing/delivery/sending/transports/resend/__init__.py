"""`resend://`: messages through Resend's HTTP API (https://resend.com/docs/api-reference/emails/send-email)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.sending.transports.transport_url import TransportAddress
    from briefing.settings import Settings


def open_resend(address: TransportAddress, _settings: Settings, environment: Mapping[str, str]) -> Transport:
    """The transport of `resend://`, with `?endpoint=URL` for another server than Resend's own.

    Raises WrongUseError if the URL is invalid, BriefingError without a key.
    """
    from briefing.delivery.sending.transports.resend.client import Resend  # noqa: PLC0415 - httpx takes long to import

    return Resend.at(address, environment)
