"""What to check, from settings and environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from briefing.delivery.doctor.outgoing import OutgoingServer, read_outgoing_server
from briefing.delivery.one_click import probe_token
from briefing.delivery.store import list_urls, secret
from briefing.digest.dkim_keys import read_signer
from briefing.digest.headers import ascii_host, bare_address
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.digest.signing import Signer
    from briefing.settings import Settings

TRANSPORT = "BRIEFING_TRANSPORT"


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """An https host that readers use. what: its role."""

    what: str
    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorPlan:
    """sender, bounces: the domains of From and of the return path, "" if there is none.

    mailboxes: each domain to which mail is written, and whose mail. one_click: the link of nobody, "" where none can
    be made. The faults say why there is no outlet, signer or link though the settings name one.
    """

    sender: str
    bounces: str
    mailboxes: tuple[tuple[str, str], ...]
    places: tuple[ProbeTarget, ...]
    outlet: OutgoingServer | None
    outlet_fault: str
    signer: Signer | None
    signer_fault: str
    one_click: str
    one_click_fault: str

    @property
    def is_by_service(self) -> bool:
        """Whether a service sends the messages, and signs them itself."""
        return self.outlet is not None and self.outlet.is_service


def read_plan(settings: Settings, environment: Mapping[str, str], via: str) -> DoctorPlan:
    """Everything that the checks need from settings and environment. Raises WrongUseError for an invalid `via`."""
    email = settings.options.email
    outlet, outlet_fault = _outlet(settings, environment, via)
    signer, signer_fault = _signer(settings, environment)
    one_click, one_click_fault = _one_click(settings, environment)
    mailboxes: dict[str, list[str]] = {}
    for what, address in (
        ("replies", email.reply_to or email.sender),
        ("bounces", email.bounce_address),
        ("unsubscribe mails", email.unsubscribe_address),
    ):
        if domain := _domain(address):
            mailboxes.setdefault(domain, []).append(what)
    return DoctorPlan(
        sender=_domain(email.sender),
        bounces=_domain(email.bounce_address),
        mailboxes=tuple((domain, " and ".join(whose)) for domain, whose in mailboxes.items()),
        places=tuple(_places(settings)),
        outlet=outlet,
        outlet_fault=outlet_fault,
        signer=signer,
        signer_fault=signer_fault,
        one_click=one_click,
        one_click_fault=one_click_fault,
    )


def _outlet(settings: Settings, environment: Mapping[str, str], via: str) -> tuple[OutgoingServer | None, str]:
    url = via or environment.get(TRANSPORT, "").strip() or settings.options.delivery.transport
    if via:
        return read_outgoing_server(via), ""
    try:
        return (read_outgoing_server(url), "") if url else (None, "")
    except BriefingError as error:
        return None, str(error)


def _signer(settings: Settings, environment: Mapping[str, str]) -> tuple[Signer | None, str]:
    try:
        return read_signer(settings, environment), ""
    except BriefingError as error:
        return None, str(error)


def _one_click(settings: Settings, environment: Mapping[str, str]) -> tuple[str, str]:
    if not settings.options.delivery.listserver:
        return "", ""
    try:
        # Do not create a secret here: it would differ from the list server's.
        found = secret.find_secret(settings.private, environment)
        if found is None:
            return "", f"this machine has no secret, so it cannot make a link; set {secret.VARIABLE}"
        return list_urls.unsubscribe_url(settings, probe_token(list_urls.list_tokens(settings, found))), ""
    except BriefingError as error:
        return "", str(error)


def _places(settings: Settings) -> Iterator[ProbeTarget]:
    for what, url in (("the site", settings.url), ("the list server", settings.options.delivery.listserver)):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            yield ProbeTarget(what, ascii_host(parts.hostname), parts.port or 443)


def _domain(address: str) -> str:
    """The domain of an address in ASCII; "" if there is none, which `own_settings` reports."""
    try:
        return bare_address("address", address).rpartition("@")[2].lower() if address else ""
    except BriefingError:
        return ""
