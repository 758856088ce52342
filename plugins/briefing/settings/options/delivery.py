"""`BRIEFING["delivery"]`: how mail is sent and the list is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from briefing.settings.options.values import AUTHSERV_ID, Line, Strict, form_address, server_address


class Delivery(Strict):
    """How digests reach their readers, and for how long what is known about readers is kept."""

    transport: Line = Field(
        default="", description="The URL of what sends when no `--via` is given; passwords belong in the environment."
    )
    listserver: Annotated[str, AfterValidator(server_address)] = Field(
        default="", description="Where readers reach the list server: `https://list.example.org`."
    )
    subscribe_form: Annotated[str, AfterValidator(form_address)] = Field(
        default="",
        description="Where the site's form posts to while there is no list server: a provider's https address.",
    )
    subscribe_field: str = Field(
        default="email",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="What that provider calls the field of the address.",
    )
    inbox: Line = Field(
        default="",
        description="Where bounces and mails to leave arrive: `imaps://user@host`, `maildir:FOLDER`; no password.",
    )
    trusted_authserv_ids: list[Annotated[str, Field(pattern=AUTHSERV_ID)]] = Field(
        default_factory=list,
        description="Your mail server's names in Authentication-Results, which is believed about who sent a mail.",
    )
    readers_by_mail: int = Field(
        default=500, ge=0, description="The most readers who are sent to while unsubscribing works by mail only."
    )
    connections: int = Field(default=10, ge=1, le=50, description="How many messages are handed over at once, at most.")
    per_second: float = Field(default=0.0, ge=0, description="The most messages a second; 0 is no limit.")
    domains_per_second: dict[str, float] = Field(
        default_factory=dict, description="The same for single mail domains: `{'example.org': 0.5}`."
    )
    warm_up: list[int] = Field(
        default_factory=list, description="The most messages on each of a new sender's first days: `[50, 100, 500]`."
    )
    retry_hours: float = Field(
        default=36.0, ge=1, le=120, description="How long a delivery that is refused for now is tried again."
    )
    keep_pending_days: int = Field(default=30, ge=1, description="When who never confirmed is forgotten.")
    keep_deliveries_days: int = Field(default=180, ge=7, description="When who got which issue is forgotten.")

    @property
    def form(self) -> str:
        """Where the site's form posts to: the list server, else a provider; "" where there is neither."""
        return f"{self.listserver}/subscribe" if self.listserver else self.subscribe_form
