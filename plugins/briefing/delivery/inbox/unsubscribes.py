"""Unsubscribe requests by mail."""

from __future__ import annotations

import re
from email.errors import ObsoleteHeaderDefect
from email.headerregistry import HeaderRegistry
from typing import TYPE_CHECKING, Final, cast

from briefing.delivery.inbox.authentication import is_confirmed
from briefing.delivery.inbox.mail_parts import FAULTS
from briefing.delivery.inbox.reports import AsideReason, Report, ReportKind
from briefing.delivery.inbox.token_search import claim_for, extension, has_token_shape, is_to
from briefing.delivery.store.email_addresses import InvalidAddressError, parse_address
from briefing.delivery.store.tokens import Purpose

if TYPE_CHECKING:
    from email.headerregistry import AddressHeader

    from briefing.delivery.inbox.mail_parts import Mail
    from briefing.delivery.inbox.token_search import OwnAddresses
    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.delivery.store.tokens import Tokens

_REQUEST = re.compile(r"\bunsubscribe[\s:]+([A-Za-z0-9]{30,60})\b", re.IGNORECASE)
_WORD = re.compile(r"\bunsubscribe\b", re.IGNORECASE)
_BULK: Final = {"bulk", "junk", "list", "auto_reply"}


def read_unsubscribe(mail: Mail, tokens: Tokens, own: OwnAddresses) -> Report | AsideReason | None:
    """The request in a mail to our unsubscribe address; None if the mail is not to it, or about something else.

    A token in the address counts first, then one after the word `unsubscribe` in subject or text. Without a token the sender's
    address counts if our own mail server has verified it; else the reader is asked by mail. If people write to our address for
    other reasons too, this requires the word in the subject.
    """
    by_address = claim_for(Purpose.UNSUBSCRIBE, tokens, mail.recipients)
    if by_address:
        return Report(ReportKind.UNSUBSCRIBED, by_address.reader)
    to_us = [address for address in mail.recipients if is_to(address, own.unsubscribe)]
    if not to_us or claim_for(Purpose.BOUNCE, tokens, to_us):
        return None
    written = [found[1] for found in _REQUEST.finditer(f"{mail.first('subject')}\n{mail.text}")]
    claim = claim_for(Purpose.UNSUBSCRIBE, tokens, written)
    if claim:
        return Report(ReportKind.UNSUBSCRIBED, claim.reader)
    if any(map(extension, to_us)) or any(map(has_token_shape, written)):
        return AsideReason.INVALID_TOKEN
    return _by_sender(mail, own)


def _by_sender(mail: Mail, own: OwnAddresses) -> Report | AsideReason | None:
    if own.is_unsubscribe_shared and not _WORD.search(mail.first("subject")):
        return None
    if is_automatic(mail):
        return AsideReason.AUTOMATIC
    sender = _sender(mail)
    if sender is None:
        return AsideReason.UNKNOWN_SENDER
    is_known = is_confirmed(mail.fields, own.trusted, sender.domain)
    return Report(ReportKind.UNSUBSCRIBED if is_known else ReportKind.ASKED, address=sender.address)


def is_automatic(mail: Mail) -> bool:
    """Whether it is automatic (RFC 3834, section 5) or from a list."""
    return (
        mail.first("auto-submitted").lower() not in {"", "no"}
        or mail.first("precedence").lower() in _BULK
        or any(mail.first(name) for name in ("x-autoreply", "x-autorespond", "list-id", "x-auto-response-suppress"))
        or mail.first("return-path") == "<>"
    )


def _sender(mail: Mail) -> EmailAddress | None:
    """The one address of From; None if there is none, more than one, or a group (RFC 5322, section 3.4)."""
    named = [value for name, value in mail.fields if name == "from"]
    try:
        (value,) = named
        field = HeaderRegistry()("from", value)
        listed = cast("AddressHeader", field)
        (address,) = listed.addresses
        is_valid = all(isinstance(defect, ObsoleteHeaderDefect) for defect in field.defects)  # such as `Ada L.`
        is_alone = is_valid and [group.display_name for group in listed.groups] == [None]
        return parse_address(address.addr_spec) if is_alone else None
    except (InvalidAddressError, *FAULTS):
        return None
