"""How digests reach their readers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from briefing.settings.values import FormUrl, Line, ServerUrl, StrictModel, matching

_FieldName = Annotated[
    str, matching(r"[A-Za-z0-9_.-]{1,64}", "field name", "write the `name` of the provider's input, such as email")
]
_AuthservId = Annotated[
    str, matching(r"[A-Za-z0-9._-]{1,253}", "server name", "write it as in the header, such as mx.example.org")
]


class Delivery(StrictModel):
    """How digests reach their readers, and how long data about readers is kept."""

    transport: Line = Field(
        default="",
        description="The URL of the mail transport, unless `--via` names another. Put passwords into the environment.",
    )
    listserver: ServerUrl = Field(
        default="", description="The public address of the list server, such as `https://list.example.org`."
    )
    subscribe_form: FormUrl = Field(
        default="",
        description="The https address of a provider, to which the site's form posts if there is no list server.",
    )
    subscribe_field: _FieldName = Field(
        default="email",
        description="The provider's name for the form field of the email address.",
    )
    inbox: Line = Field(
        default="",
        description=(
            "The mailbox that receives bounces and unsubscribe mails, without a password: `imaps://user@host` or `maildir:FOLDER`."
        ),
    )
    trusted_authserv_ids: list[_AuthservId] = Field(
        default_factory=list,
        description="The names by which your mail server signs Authentication-Results headers. Only these are trusted.",
    )
    readers_by_mail: int = Field(default=500, ge=0, description="Maximum recipients without one-click unsubscribe.")
    connections: int = Field(default=10, ge=1, le=50, description="Maximum number of parallel connections.")
    per_second: float = Field(default=0.0, ge=0, description="Maximum messages per second; 0 means no limit.")
    domains_per_second: dict[str, float] = Field(
        default_factory=dict, description="Per-domain rate limits, in messages per second: `{'example.org': 0.5}`."
    )
    warm_up: list[int] = Field(
        default_factory=list,
        description="Maximum messages on each of the first days of a new sender: `[50, 100, 500]`.",
    )
    retry_hours: float = Field(
        default=36.0, ge=1, le=120, description="Hours to retry a delivery that was refused temporarily."
    )
    keep_pending_days: int = Field(default=30, ge=1, description="Days before unconfirmed subscribers are deleted.")
    keep_deliveries_days: int = Field(
        default=180, ge=7, description="Days before the record of who received which issue is deleted."
    )

    @property
    def form(self) -> str:
        """Where the site's form posts to: the list server, else the provider; "" if there is neither."""
        return f"{self.listserver}/subscribe" if self.listserver else self.subscribe_form
