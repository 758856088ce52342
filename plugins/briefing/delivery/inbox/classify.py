"""A mail -> a report. Pure: no clock, no database, no network."""

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
    """Classify a mail, which may be truncated. It counts only with a token of ours.

    The one exception is a mail to our unsubscribe address: its sender counts if our own mail server has verified it.
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
    mail: Mail, tokens: Tokens, own: OwnAddresses, outcome: tuple[ReportKind, str] | None
) -> Report | AsideReason:
    reported = [value for group in mail.groups(bounces.REPORT) for _, value in group]
    returned = field(mail.returned, "return-path")
    claim = claim_for(Purpose.BOUNCE, tokens, (*mail.recipients, *reported, returned))
    claim = claim or claim_for(Purpose.UNSUBSCRIBE, tokens, [field(mail.returned, "list-unsubscribe")])
    if claim is None:
        return AsideReason.INVALID_TOKEN if _is_forged(mail, own) else AsideReason.NO_DELIVERY
    return Report(outcome[0], claim.reader, claim.number, outcome[1]) if outcome else AsideReason.NO_STATUS


def _other(mail: Mail, tokens: Tokens, own: OwnAddresses) -> Report | AsideReason:
    if bounces.is_from_daemon(mail):
        return _failure(mail, tokens, own, bounces.read_text(mail))
    if _is_forged(mail, own) and not claim_for(Purpose.BOUNCE, tokens, mail.recipients):
        return AsideReason.INVALID_TOKEN
    return AsideReason.AUTOMATIC if unsubscribes.is_automatic(mail) else AsideReason.UNRECOGNIZED


def _is_forged(mail: Mail, own: OwnAddresses) -> bool:
    """Whether it is to our bounce address with an extension after the `+`. Call it only if no token was valid."""
    return any(is_to(address, own.bounce) and extension(address) for address in mail.recipients)
