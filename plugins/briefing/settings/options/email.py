"""`BRIEFING["email"]`: sender, signature and the addresses of a digest."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from briefing.settings.options.values import HOST, SENDER_ID, HelpAddress, Line, Lines, MailAddress, Strict, Stripped


class Dkim(Strict):
    """Who signs the messages (RFC 6376). The private keys are no settings: they come from the environment."""

    domain: str = Field(
        default="", pattern=HOST, description="The name that signs, such as example.org; default: the sender's."
    )
    selector: str = Field(
        default="", pattern=HOST, description="The RSA key's name: its public half is at SELECTOR._domainkey.DOMAIN."
    )
    ed25519_selector: str = Field(
        default="", pattern=HOST, description="The name of a second key, Ed25519 (RFC 8463); default: one signature."
    )


class Email(Strict):
    """What every digest says about its sender. Addresses are the publication's own, not readers'."""

    sender: Annotated[Line, Stripped] = Field(
        default="", description="The From address, `Name <address>` or the address alone."
    )
    reply_to: Annotated[Line, Stripped] = Field(default="", description="Where readers' answers go.")
    postal_address: Annotated[Lines, Stripped] = Field(
        default="", description="Shown in every footer; many laws ask for it."
    )
    list_id: Line = Field(
        default="", description="RFC 2919: a host-like name of the list; default: made from the site's host."
    )
    bounce_address: MailAddress = Field(
        default="", description="Where servers report failures; each reader's is bounces+TOKEN@ for bounces@."
    )
    unsubscribe_address: MailAddress = Field(
        default="", description="Where a mail unsubscribes; default: readers unsubscribe by web only."
    )
    help: HelpAddress = Field(
        default="", description="For questions: https://... or a mail address; default: where answers go."
    )
    feedback_id: str = Field(
        default="",
        pattern=SENDER_ID,
        description="Google's SenderId, 5 to 15 letters, digits, hyphens; default: made from the site's host.",
    )
    dkim: Dkim = Field(default_factory=Dkim, description="Who signs the messages.")
    accepted: dict[Line, Line] = Field(
        default_factory=dict,
        description="Features that some mail clients do not show, by caniemail's names, each with why that does no harm.",
    )
