"""What every digest says about its sender."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from briefing.settings.values import HelpAddress, Line, Lines, MailAddress, StrictModel, Stripped, matching

_HOST: Final = r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)?"
_Domain = Annotated[str, matching(_HOST, "domain", "write a host name, such as example.org")]
_Selector = Annotated[
    str, matching(_HOST, "selector", "write letters, digits, hyphens, underscores and dots, such as news2026")
]
_SenderId = Annotated[
    str, matching(r"(?:[A-Za-z0-9_-]{5,15})?", "SenderId", "write 5 to 15 letters, digits, hyphens and underscores")
]


class Dkim(StrictModel):
    """Who signs the messages (RFC 6376). The private keys are not settings: they come from the environment."""

    domain: _Domain = Field(
        default="",
        description="The domain that signs, such as example.org. The default is the sender's domain.",
    )
    selector: _Selector = Field(
        default="",
        description="The name of the RSA key: DNS has its public half at SELECTOR._domainkey.DOMAIN.",
    )
    ed25519_selector: _Selector = Field(
        default="", description="The name of an Ed25519 key (RFC 8463), if you want a second signature."
    )


class Email(StrictModel):
    """The digest's sender and footer. The addresses are the publication's own, not readers'."""

    sender: Annotated[Line, Stripped] = Field(
        default="", description="The From address: `Name <address>`, or only the address."
    )
    reply_to: Annotated[Line, Stripped] = Field(default="", description="The address for readers' replies.")
    postal_address: Annotated[Lines, Stripped] = Field(
        default="", description="Your postal address, shown in every footer. Many laws require it."
    )
    list_id: Line = Field(
        default="",
        description="The List-Id (RFC 2919), which looks like a host name. The default is made from the site's host.",
    )
    bounce_address: MailAddress = Field(
        default="",
        description="The address for bounces. With bounces@example.org, each reader's is bounces+TOKEN@example.org.",
    )
    unsubscribe_address: MailAddress = Field(
        default="", description="The address for unsubscribe mails. Without it, readers unsubscribe only on the web."
    )
    help: HelpAddress = Field(
        default="",
        description="Where readers ask for help: https://... or an email address. The default is `reply_to`.",
    )
    feedback_id: _SenderId = Field(
        default="",
        description=(
            "The SenderId for Gmail's feedback loop: 5 to 15 letters, digits and hyphens. The default is made from the site's host."
        ),
    )
    dkim: Dkim = Field(default_factory=Dkim, description="Who signs the messages.")
    accepted: dict[Line, Line] = Field(
        default_factory=dict,
        description="Features that some mail clients do not support, by caniemail's names, each with the reason why you accept that.",
    )
