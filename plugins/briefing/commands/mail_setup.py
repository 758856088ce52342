"""What `proof` and `send` share: by what mail goes, who signs it, and what must be live before it goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from briefing.delivery.one_click import require_one_click, token_of_nobody
from briefing.delivery.sending.providers import require_outlet
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

Via = Annotated[
    str,
    typer.Option(
        "--via",
        metavar="URL",
        help=f"What sends: smtp://USER@HOST:587, file:FOLDER, ... Default: {VARIABLE}, then the settings'.",
        show_default=False,
    ),
]
NoSiteCheck = Annotated[
    bool, typer.Option("--no-site-check", help="Do not look whether the site and the list server answer.")
]


def chosen(settings: Settings, via: str, *, hands_over: bool = True) -> str:
    """The URL of what sends. hands_over: whether it may be a provider's, which takes a draft, as well as a transport's.

    Raises WrongUseError where none is named, or one that makes no sense. Nothing is contacted.
    """
    url = (via or os.environ.get(VARIABLE, "") or settings.options.delivery.transport).strip()
    if not url:
        msg = f'nothing is named that sends: give --via, {VARIABLE} or BRIEFING["delivery"]["transport"]'
        raise WrongUseError(msg)
    if hands_over:
        require_outlet(url)
    else:
        read_address(url)
    return url


def opened(settings: Settings, url: str) -> tuple[Transport, Signer | None]:
    """The transport, and who signs what it carries: None where it signs itself, or nobody does."""
    transport = open_transport(url, settings, os.environ)
    return transport, None if transport.traits.signs else read_signer(settings, os.environ)


def require_site(proof: Proof, settings: Settings, secret: Secret) -> None:
    """Raise BriefingError unless the issue, its pictures and one-click unsubscribing answer as readers will need them."""
    require_live(settings, proof.digest.html, proof.view.issue.url)
    if settings.options.delivery.listserver:
        require_one_click(unsubscribe_url(settings, token_of_nobody(list_tokens(settings, secret))))


def say_made(secret: Secret) -> None:
    """Tell of a secret that has just been made: whoever loses it breaks every reader's links."""
    if secret.made:
        typer.echo(
            f"made the secret of this publication's links: {secret.made}; keep a copy (subscribers backup)", err=True
        )
