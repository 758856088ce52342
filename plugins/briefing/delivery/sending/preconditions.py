"""What `send` requires: settings, a proof of exactly this digest, and a campaign that can be resumed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from briefing.errors import BriefingError, ProblemsFoundError
from briefing.settings.sending import missing_to_send

if TYPE_CHECKING:
    from briefing.content.model import ProofRecord, SentRecord
    from briefing.delivery.sending.campaign import Campaign
    from briefing.delivery.sending.transports.contract import Traits
    from briefing.settings import Settings


def require_settings(settings: Settings, readers: int) -> None:
    """Raise ProblemsFoundError with every setting that sending requires and that is missing."""
    problems = tuple(missing_to_send(settings, readers))
    if problems:
        raise ProblemsFoundError(problems)


def proof_hash(fingerprint: str, settings: Settings) -> str:
    """The hash that a proof records: of the digest and of where its readers' links lead. 64 hexadecimal digits."""
    links = (settings.url, settings.options.delivery.listserver, settings.options.email.unsubscribe_address)
    return hashlib.sha256("\n".join((fingerprint, *links)).encode()).hexdigest()


def is_proofed(proof_hash: str, proof: ProofRecord | None, traits: Traits) -> bool:
    """Whether exactly this was proofed, by exactly this transport."""
    this = proof_hash, traits.name, traits.keeps
    return proof is not None and (proof.fingerprint, proof.transport, proof.keeps) == this


def require_proofed(issue: str, proof_hash: str, proof: ProofRecord | None, traits: Traits) -> None:
    """Raise BriefingError unless `is_proofed`."""
    if is_proofed(proof_hash, proof, traits):
        return
    if proof is None:
        msg = f"{issue} has not been proofed; run `proof {issue} --to ADDRESS`, read it, then run `send`"
    elif proof.fingerprint != proof_hash:
        msg = (
            f"{issue}, or where its links lead, has changed since it was proofed;"
            f" run `proof {issue} --to ADDRESS` again, read it, then run `send`"
        )
    else:
        msg = (
            f"{issue} was proofed by {proof.transport}, but would be sent by {traits.name}, which may alter it;"
            f" run `proof {issue} --to ADDRESS` by the transport that sends"
        )
    raise BriefingError(msg)


def require_new(issue: str, sent: SentRecord | None) -> None:
    """Raise BriefingError if an issue was sent with another ledger: who got it is not known here."""
    if sent is not None:
        msg = (
            f"{issue} was sent on {sent.finished:%Y-%m-%d}, according to its record, but it is not in this ledger;"
            " restore the ledger that sent it (`subscribers restore`), or readers would get it twice"
        )
        raise BriefingError(msg)


def require_open(campaign: Campaign, traits: Traits) -> None:
    """Raise BriefingError if a campaign is finished, or was started with another transport."""
    if campaign.finished_at:
        msg = f"{campaign.issue} has already been sent, and each reader gets it once; to send a correction, create a new issue"
        raise BriefingError(msg)
    if campaign.transport != traits.name:
        msg = f"{campaign.issue} was started with {campaign.transport}; pass --via with that transport to resume"
        raise BriefingError(msg)


def require_unchanged(campaign: Campaign, proof_hash: str) -> None:
    """Raise BriefingError if the settings no longer make the links that a campaign was started with."""
    if campaign.fingerprint != proof_hash:
        msg = (
            f"{campaign.issue} was started with other links; restore SITEURL, delivery.listserver and"
            " email.unsubscribe_address until it is sent"
        )
        raise BriefingError(msg)
