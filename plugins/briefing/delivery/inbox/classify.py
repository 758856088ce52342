"""A mail -> what it says, and of whom. Pure: no clock, no database, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.delivery.inbox import bounces, complaints, unsubscribes
from briefing.delivery.inbox.mail_parts import field, read_mail
from briefing.delivery.inbox.reports import AsideReason, Report, ReportKind
from briefing.delivery.inbox.token_search import claim_for, extension, is_to, named_delivery
from briefing.delivery.store.tokens import Purpose

if TYPE_CHECKING:
    from briefing.delivery.inbox.mail_parts import Mail
    from briefing.delivery.inbox.token_search import OwnAddresses
    from briefing.delivery.store.tokens import Tokens


def classify(raw: bytes, tokens: Tokens, own: OwnAddresses) -> Report | AsideReason:
    """What a mail says; its octets may be cut off. Nothing in it is believed without a token of ours.

    The one exception is a mail to our address for leaving: its sender is believed if our own mail server confirms it.
    """
    mail = read_mail(raw)
    if mail is None:
        return AsideReason.MALFORMED
    if complaints.is_complaint(mail):
        return _complaint(mail, tokens)
    if bounces.is_report(mail):
        return _failure(mail, tokens, own, bounces.read_report(mail))
    return unsubscribes.read_unsubscribe(mail, tokens, own) or _other(mail, tokens, own)


def _complaint(mail: Mail, tokens: Tokens) -> Report | AsideReason:
    if not complaints.is_spam(complaints.feedback_type(mail)):
        return AsideReason.UNRECOGNIZED
    named = named_delivery(tokens, (*complaints.where_named(mail), *mail.recipients))
    return Report(ReportKind.COMPLAINED, *named) if named else AsideReason.NO_DELIVERY


def _failure(
    mail: Mail, tokens: Tokens, own: OwnAddresses, said: tuple[ReportKind, str] | None
) -> Report | AsideReason:
    reported = [value for group in mail.groups(bounces.REPORT) for _, value in group]
    returned = field(mail.returned, "return-path")
    claim = claim_for(Purpose.BOUNCE, tokens, (*mail.recipients, *reported, returned))
    claim = claim or claim_for(Purpose.UNSUBSCRIBE, tokens, [field(mail.returned, "list-unsubscribe")])
    if claim is None:
        return AsideReason.INVALID_TOKEN if _is_forged(mail, own) else AsideReason.NO_DELIVERY
    return Report(said[0], claim.reader, claim.number, said[1]) if said else AsideReason.NO_STATUS


def _other(mail: Mail, tokens: Tokens, own: OwnAddresses) -> Report | AsideReason:
    if bounces.is_from_daemon(mail):
        return _failure(mail, tokens, own, bounces.read_text(mail))
    if _is_forged(mail, own) and not claim_for(Purpose.BOUNCE, tokens, mail.recipients):
        return AsideReason.INVALID_TOKEN
    return AsideReason.AUTOMATIC if unsubscribes.is_automatic(mail) else AsideReason.UNRECOGNIZED


def _is_forged(mail: Mail, own: OwnAddresses) -> bool:
    """Whether it is to our address for failures with something behind the `+`: to be asked where no token was good."""
    return any(is_to(address, own.bounce) and extension(address) for address in mail.recipients)
