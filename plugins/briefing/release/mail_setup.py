"""What proofs and campaigns share: the transport, the signer, and what must be live before mail goes out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from briefing.delivery.one_click import probe_token, require_one_click
from briefing.delivery.sending.providers import require_sending_url
from briefing.delivery.sending.transports import open_transport
from briefing.delivery.sending.transports.transport_url import read_address
from briefing.delivery.store.list_urls import list_tokens, unsubscribe_url
from briefing.digest.dkim_keys import read_signer
from briefing.errors import WrongUseError
from briefing.publish.live_issue import require_live

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.secret import Secret
    from briefing.digest.signing import Signer
    from briefing.settings import Settings
    from briefing.site.proofs import Proof

VARIABLE = "BRIEFING_TRANSPORT"


def transport_url(settings: Settings, via: str, *, allow_provider: bool = True) -> str:
    """The URL of the mail transport, from --via, the environment or the settings. Nothing is contacted.

    allow_provider: whether it may be the URL of a provider, which takes a draft. Raises WrongUseError if none is set or
    it is not valid.
    """
    url = (via or os.environ.get(VARIABLE, "") or settings.options.delivery.transport).strip()
    if not url:
        msg = f'no mail transport is configured: pass --via, or set {VARIABLE} or BRIEFING["delivery"]["transport"]'
        raise WrongUseError(msg)
    if allow_provider:
        require_sending_url(url)
    else:
        read_address(url)
    return url


def open_transport_and_signer(settings: Settings, url: str) -> tuple[Transport, Signer | None]:
    """The transport, and what signs its messages: None if the transport signs them itself, or nothing does."""
    transport = open_transport(url, settings, os.environ)
    return transport, None if transport.traits.signs else read_signer(settings, os.environ)


def require_live_site(proof: Proof, settings: Settings, secret: Secret) -> None:
    """Raise BriefingError unless the issue, its pictures and one-click unsubscribe respond as readers will need them."""
    require_live(settings, proof.digest.html, proof.view.issue.url)
    if settings.options.delivery.listserver:
        require_one_click(unsubscribe_url(settings, probe_token(list_tokens(settings, secret))))
