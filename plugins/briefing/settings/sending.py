"""What the settings must say before an issue can be mailed: one list, for `check`, `ready`, `proof`, `send`, `release`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from briefing.errors import Problem
from briefing.settings.reading import FILE
from briefing.settings.source import line_of
from briefing.urls import ascii_host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.settings.publication import Settings

PROVIDERS: Final = ("buttondown", "listmonk")
"""The schemes of what keeps a list of its own, and is handed drafts."""
_NEEDED: Final = "is missing: no issue can be mailed without it"


def is_mailed_from_here(settings: Settings) -> bool:
    """Whether this program mails the issues, as far as the settings say: no provider is named that keeps the list."""
    delivery = settings.options.delivery
    is_handed_over = delivery.transport.strip().partition(":")[0].lower() in PROVIDERS
    return not is_handed_over and (bool(delivery.listserver) or not delivery.subscribe_form)


def missing_for_digest(settings: Settings) -> Iterator[Problem]:
    """The settings without which no digest can be made."""
    if not settings.url:
        hint = "write the site's address, or build with --siteurl: a digest's links are complete"
        yield _problem(settings, "is missing: there are issues", hint, "SITEURL")
    if not settings.options.email.sender:
        hint = "write the digest's From address: `Name <address>`"
        yield _problem(settings, "is missing: there are issues", hint, "BRIEFING", "email", "sender")


def is_aligned(sender: str, domain: str) -> bool:
    """Whether a signature of this domain counts for a sender of that one (RFC 7489, section 3.1.1)."""
    return sender == domain or sender.endswith(f".{domain}") or domain.endswith(f".{sender}")


def missing_to_send(settings: Settings, readers: int = 0) -> Iterator[Problem]:
    """Every setting that bulk mail must have and this publication lacks.

    Bulk senders need a postal address (the law of many countries), an address for answers, and unsubscribing by one
    click (RFC 8058), for which a mailbox suffices up to `delivery.readers_by_mail` readers.
    """
    email, delivery = settings.options.email, settings.options.delivery
    yield from missing_for_digest(settings)
    if not email.reply_to:
        hint = "write the address at which answers are read"
        yield _problem(settings, _NEEDED, hint, "BRIEFING", "email", "reply_to")
    if not email.postal_address:
        hint = "write the address for the footer; laws ask for it in bulk mail"
        yield _problem(settings, _NEEDED, hint, "BRIEFING", "email", "postal_address")
    yield from _unsigned(settings)
    if delivery.listserver:
        return
    if not email.unsubscribe_address:
        what = "is missing, and there is no list server: nobody could unsubscribe"
        hint = "write an address whose mails you read, or the list server's into delivery.listserver"
        yield _problem(settings, what, hint, "BRIEFING", "email", "unsubscribe_address")
    elif readers > delivery.readers_by_mail:
        what = f"{readers} readers could unsubscribe by mail only, and {delivery.readers_by_mail} may"
        hint = "run the list server and set this, for one-click unsubscribing, or raise delivery.readers_by_mail"
        yield _problem(settings, what, hint, "BRIEFING", "delivery", "listserver")


def _unsigned(settings: Settings) -> Iterator[Problem]:
    dkim = settings.options.email.dkim
    if dkim.ed25519_selector and not dkim.selector:
        what = "is missing: an Ed25519 key signs in addition to an RSA key"
        yield _problem(settings, what, "write the RSA key's name", "BRIEFING", "email", "dkim", "selector")
    sender = settings.options.email.sender.rpartition("@")[2].rstrip("> ")
    if sender and dkim.selector and dkim.domain:
        with suppress(UnicodeError):  # a host that is none is a problem of its own
            if not is_aligned(ascii_host(sender), ascii_host(dkim.domain)):
                what = f"{dkim.domain} cannot sign for a sender at {sender} (DMARC)"
                yield _problem(settings, what, "use one domain for both", "BRIEFING", "email", "dkim", "domain")


def _problem(settings: Settings, what: str, hint: str, *keys: str) -> Problem:
    return Problem(FILE, what, hint, ".".join(keys), line_of(settings.root / FILE, keys))
