"""A mail -> what it says, and of whom. Pure: no clock, no database, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.delivery.inbox import bounces, complaints, unsubscribes
from briefing.delivery.inbox.mail_parts import field, read_mail
from briefing.delivery.inbox.reports import Report, ReportKind, Unclear
from briefing.delivery.inbox.token_search import claim_for, extension, is_to, whose
from briefing.delivery.store.tokens import Purpose

if TYPE_CHECKING:
    from briefing.delivery.inbox.mail_parts import Mail
    from briefing.delivery.inbox.token_search import Ours
    from briefing.delivery.store.tokens import Tokens


def classify(raw: bytes, tokens: Tokens, ours: Ours) -> Report | Unclear:
    """What a mail says; its octets may be cut off. Nothing in it is believed without a token of ours.

    The one exception is a mail to our address for leaving: its sender is believed if our own mail server confirms it.
    """
    mail = read_mail(raw)
    if mail is None:
        return Unclear.BROKEN
    if complaints.is_complaint(mail):
        return _complaint(mail, tokens)
    if bounces.is_report(mail):
        return _failure(mail, tokens, ours, bounces.read_report(mail))
    return unsubscribes.read_departure(mail, tokens, ours) or _other(mail, tokens, ours)


def _complaint(mail: Mail, tokens: Tokens) -> Report | Unclear:
    if not complaints.is_spam(complaints.feedback_type(mail)):
        return Unclear.STRANGE
    named = whose(tokens, (*complaints.where_named(mail), *mail.recipients))
    return Report(ReportKind.COMPLAINED, *named) if named else Unclear.NAMELESS


def _failure(mail: Mail, tokens: Tokens, ours: Ours, said: tuple[ReportKind, str] | None) -> Report | Unclear:
    reported = [value for group in mail.groups(bounces.REPORT) for _, value in group]
    returned = field(mail.returned, "return-path")
    claim = claim_for(Purpose.BOUNCE, tokens, (*mail.recipients, *reported, returned))
    claim = claim or claim_for(Purpose.UNSUBSCRIBE, tokens, [field(mail.returned, "list-unsubscribe")])
    if claim is None:
        return Unclear.FORGED if _is_forged(mail, ours) else Unclear.NAMELESS
    return Report(said[0], claim.reader, claim.number, said[1]) if said else Unclear.VAGUE


def _other(mail: Mail, tokens: Tokens, ours: Ours) -> Report | Unclear:
    if bounces.is_from_daemon(mail):
        return _failure(mail, tokens, ours, bounces.read_text(mail))
    if _is_forged(mail, ours) and not claim_for(Purpose.BOUNCE, tokens, mail.recipients):
        return Unclear.FORGED
    return Unclear.AUTOMATIC if unsubscribes.is_automatic(mail) else Unclear.STRANGE


def _is_forged(mail: Mail, ours: Ours) -> bool:
    """Whether it is to our address for failures with something behind the `+`: to be asked where no token was good."""
    return any(is_to(address, ours.bounce) and extension(address) for address in mail.recipients)
