"""What must hold before a campaign is opened: what the settings say about the sender, and what was proofed."""

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
    """Raise ProblemsFoundError with everything that `settings.sending` asks for and this publication lacks."""
    problems = tuple(missing_to_send(settings, readers))
    if problems:
        raise ProblemsFoundError(problems)


def bound(fingerprint: str, settings: Settings) -> str:
    """What a proof binds: the digest, and where its readers' own links lead, as 64 hexadecimal digits."""
    leads = (settings.url, settings.options.delivery.listserver, settings.options.email.unsubscribe_address)
    return hashlib.sha256("\n".join((fingerprint, *leads)).encode()).hexdigest()


def is_proofed(fingerprint: str, proof: ProofRecord | None, traits: Traits) -> bool:
    """Whether exactly this, as `bound` says it, was proofed by exactly this transport."""
    this = fingerprint, traits.name, traits.keeps
    return proof is not None and (proof.fingerprint, proof.transport, proof.keeps) == this


def require_proofed(issue: str, fingerprint: str, proof: ProofRecord | None, traits: Traits) -> None:
    """Raise BriefingError, with what to do, unless `is_proofed`."""
    if is_proofed(fingerprint, proof, traits):
        return
    if proof is None:
        msg = f"{issue} has not been proofed: run `proof {issue} --to ADDRESS`, read it, then send"
    elif proof.fingerprint != fingerprint:
        msg = f"{issue}, or where its links lead, has changed since it was proofed: run `proof {issue} --to ADDRESS` again, read it, then send"
    else:
        msg = (
            f"{issue} was proofed by {proof.transport} and would be sent by {traits.name}, which may alter it:"
            f" run `proof {issue}` by the one that sends"
        )
    raise BriefingError(msg)


def require_new(issue: str, sent: SentRecord | None) -> None:
    """Raise BriefingError where an issue was sent by a ledger that is not this one: its readers cannot be told apart."""
    if sent is not None:
        msg = (
            f"{issue} was sent on {sent.finished:%Y-%m-%d}, as its record says, and this ledger knows nothing of it:"
            " restore the ledger that sent it (subscribers restore), or its readers would get it again"
        )
        raise BriefingError(msg)


def require_open(campaign: Campaign, traits: Traits) -> None:
    """Raise BriefingError where a campaign is finished, or goes on by another transport than it began with."""
    if campaign.finished_at:
        msg = (
            f"{campaign.issue} has been sent, and every reader gets it once; for a correction make an issue of its own"
        )
        raise BriefingError(msg)
    if campaign.transport != traits.name:
        msg = f"{campaign.issue} began by {campaign.transport} and must go on by it: give that one with --via"
        raise BriefingError(msg)


def require_unchanged(campaign: Campaign, fingerprint: str) -> None:
    """Raise BriefingError where the settings no longer make the links with which a campaign began."""
    if campaign.fingerprint != fingerprint:
        msg = (
            f"{campaign.issue} began with other links: put SITEURL, delivery.listserver and"
            " email.unsubscribe_address back as they were until it is sent"
        )
        raise BriefingError(msg)
