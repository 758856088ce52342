"""Settings without which an issue cannot be mailed: one list for `check`, `ready`, `proof`, `send` and `release`."""

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
"""The URL schemes of providers, which have their own list and receive drafts."""
_NEEDED: Final = "is missing, but required to mail an issue"


def is_mailed_from_here(settings: Settings) -> bool:
    """Whether this program mails the issues according to the settings, which then name no provider with its own list."""
    delivery = settings.options.delivery
    uses_provider = delivery.transport.strip().partition(":")[0].lower() in PROVIDERS
    return not uses_provider and (bool(delivery.listserver) or not delivery.subscribe_form)


def missing_for_digest(settings: Settings) -> Iterator[Problem]:
    """The settings without which no digest can be made."""
    if not settings.url:
        hint = "write the site's address, or build with --siteurl; links in digests need it"
        yield _problem(settings, "is missing, but there are issues", hint, "SITEURL")
    if not settings.options.email.sender:
        hint = "write the From address of digests: `Name <address>`"
        yield _problem(settings, "is missing, but there are issues", hint, "BRIEFING", "email", "sender")


def is_aligned(sender: str, domain: str) -> bool:
    """Whether a signature by `domain` is aligned with a sender at `sender` (RFC 7489, section 3.1.1)."""
    return sender == domain or sender.endswith(f".{domain}") or domain.endswith(f".{sender}")


def missing_to_send(settings: Settings, readers: int = 0) -> Iterator[Problem]:
    """Every setting that bulk mail requires and this publication lacks.

    Bulk senders need a postal address (by law in many countries), an address for replies, and one-click unsubscribe
    (RFC 8058); for up to `delivery.readers_by_mail` readers, a mailbox for unsubscribe mails is enough.
    """
    email, delivery = settings.options.email, settings.options.delivery
    yield from missing_for_digest(settings)
    if not email.reply_to:
        hint = "write an address at which you receive replies"
        yield _problem(settings, _NEEDED, hint, "BRIEFING", "email", "reply_to")
    if not email.postal_address:
        hint = "write your postal address for the footer; many laws require it in bulk mail"
        yield _problem(settings, _NEEDED, hint, "BRIEFING", "email", "postal_address")
    yield from _unsigned(settings)
    if delivery.listserver:
        return
    if not email.unsubscribe_address:
        what = "is missing, and there is no list server, so readers cannot unsubscribe"
        hint = "write the address of a mailbox that you read, or set delivery.listserver"
        yield _problem(settings, what, hint, "BRIEFING", "email", "unsubscribe_address")
    elif readers > delivery.readers_by_mail:
        what = f"is missing: {readers} readers have no one-click unsubscribe (the limit is {delivery.readers_by_mail})"
        hint = "run the list server and set its address, or raise delivery.readers_by_mail"
        yield _problem(settings, what, hint, "BRIEFING", "delivery", "listserver")


def _unsigned(settings: Settings) -> Iterator[Problem]:
    dkim = settings.options.email.dkim
    if dkim.ed25519_selector and not dkim.selector:
        what = "is missing, but an Ed25519 key requires an RSA key too"
        yield _problem(settings, what, "write the name of the RSA key", "BRIEFING", "email", "dkim", "selector")
    sender = settings.options.email.sender.rpartition("@")[2].rstrip("> ")
    if sender and dkim.selector and dkim.domain:
        with suppress(UnicodeError):  # an invalid host is reported as such
            if not is_aligned(ascii_host(sender), ascii_host(dkim.domain)):
                what = f"`{dkim.domain}` is not aligned with the sender's domain `{sender}` (DMARC)"
                yield _problem(settings, what, "use the same domain for both", "BRIEFING", "email", "dkim", "domain")


def _problem(settings: Settings, what: str, hint: str, *keys: str) -> Problem:
    return Problem(FILE, what, hint, ".".join(keys), line_of(settings.root / FILE, keys))
