"""`ses://`: raw messages through Amazon SES, API version 2 (SendEmail in its reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.sending.transports.transport_url import TransportAddress
    from briefing.settings import Settings


def open_ses(address: TransportAddress, _settings: Settings, _environment: Mapping[str, str]) -> Transport:
    """The transport of `ses://REGION`, with `?configuration_set=NAME` and `?endpoint=URL`.

    Raises WrongUseError if the URL is invalid, BriefingError if boto3's own settings are.
    """
    from briefing.delivery.sending.transports.ses.client import Ses  # noqa: PLC0415 - boto3 takes long to import

    return Ses.at(address)
