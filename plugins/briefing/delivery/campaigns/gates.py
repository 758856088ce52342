"""What must hold before a campaign is opened: what the settings say about the sender, and what was proofed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from briefing.errors import BriefingError, Problem, ProblemsFoundError
from briefing.settings import FILE, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.campaigns.campaign import Campaign
    from briefing.delivery.messengers.contract import Traits
    from briefing.model import ProofRecord, SentRecord
    from briefing.settings import Settings


def require_settings(settings: Settings, readers: int) -> None:
    """Raise ProblemsFoundError with every setting that bulk mail must have and this publication lacks.

    Bulk senders need a postal address (the law of many countries), an address for answers, and unsubscribing by one
    click (RFC 8058), for which a mailbox suffices up to `delivery.readers_by_mail` readers.
    """
    problems = tuple(_missing(settings, readers))
    if problems:
        raise ProblemsFoundError(problems)


def bound(fingerprint: str, settings: Settings) -> str:
    """What a proof binds: the digest, and where its readers' own links lead, as 64 hexadecimal digits."""
    leads = (settings.url, settings.options.delivery.listserver, settings.options.email.unsubscribe_address)
    return hashlib.sha256("\n".join((fingerprint, *leads)).encode()).hexdigest()


def is_proofed(fingerprint: str, proof: ProofRecord | None, traits: Traits) -> bool:
    """Whether exactly this, as `bound` says it, was proofed by exactly this messenger."""
    this = fingerprint, traits.name, traits.keeps
    return proof is not None and (proof.fingerprint, proof.messenger, proof.keeps) == this


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
            f"{issue} was proofed by {proof.messenger} and would be sent by {traits.name}, which may alter it:"
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
    """Raise BriefingError where a campaign is finished, or goes on by another messenger than it began with."""
    if campaign.finished_at:
        msg = (
            f"{campaign.issue} has been sent, and every reader gets it once; for a correction make an issue of its own"
        )
        raise BriefingError(msg)
    if campaign.messenger != traits.name:
        msg = f"{campaign.issue} began by {campaign.messenger} and must go on by it: give that one with --via"
        raise BriefingError(msg)


def require_unchanged(campaign: Campaign, fingerprint: str) -> None:
    """Raise BriefingError where the settings no longer make the links with which a campaign began."""
    if campaign.fingerprint != fingerprint:
        msg = (
            f"{campaign.issue} began with other links: put SITEURL, delivery.listserver and"
            " email.unsubscribe_address back as they were until it is sent"
        )
        raise BriefingError(msg)


def _missing(settings: Settings, readers: int) -> Iterator[Problem]:
    email, delivery = settings.options.email, settings.options.delivery
    if not email.sender:
        yield _problem(settings, "email", "sender", "no sender is set", "write `Name <address>`")
    if not email.reply_to:
        yield _problem(settings, "email", "reply_to", "no address for answers is set", "write one that is read")
    if not email.postal_address:
        yield _problem(
            settings, "email", "postal_address", "no postal address is set", "write one; laws ask for it in bulk mail"
        )
    if delivery.listserver:
        return
    if not email.unsubscribe_address:
        what = "nobody could unsubscribe: there is no list server and no address"
        hint = "set it, or for small lists email.unsubscribe_address"
        yield _problem(settings, "delivery", "listserver", what, hint)
    elif readers > delivery.readers_by_mail:
        what = f"{readers} readers could unsubscribe by mail only, and {delivery.readers_by_mail} may"
        hint = "run the list server and set this, for one-click unsubscribing, or raise delivery.readers_by_mail"
        yield _problem(settings, "delivery", "listserver", what, hint)


def _problem(settings: Settings, group: str, name: str, what: str, hint: str) -> Problem:
    line = line_of(settings.root / FILE, ("BRIEFING", group, name))
    return Problem(FILE, what, hint, f"BRIEFING.{group}.{name}", line)
