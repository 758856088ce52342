"""The formats of lists: their columns, and what these mean. Used for imports and exports.

Columns are compared by `column_name`: letters and digits in lower case, everything else as one underscore.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.tables import Membership

if TYPE_CHECKING:
    from collections.abc import Mapping

    # The state that a cell names, or None if it says nothing about consent.
    StateInRow = Membership | None

ANY: Final = "*"
_PENDING, _CONFIRMED = Membership.PENDING, Membership.CONFIRMED
_UNSUBSCRIBED, _BOUNCED, _COMPLAINED = Membership.UNSUBSCRIBED, Membership.BOUNCED, Membership.COMPLAINED
_YES: Final = ("true", "1", "yes")
_ADDRESS: Final = ("address", "email", "email_address", "e_mail", "mail", "e_mail_address")


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """The state that a column names: by its cell in lower case, or by `ANY` if it is not empty.

    If the cell is empty or unknown, the next rule applies. is_strict: unknown values are refused.
    """

    column: str
    states: Mapping[str, StateInRow]
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class Format:
    """The format of one provider, or our own.

    signatures: sets of columns, one of which identifies it. columns: for each of our fields, the possible names of its column;
    the first that is not empty counts. writes: the header of an export, and each cell as a template of our fields. by_file: the
    state of all readers in files whose name starts like this.
    """

    name: str
    title: str
    signatures: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    rules: tuple[ColumnRule, ...] = ()
    writes: Mapping[str, str] = field(default_factory=dict)
    by_file: Mapping[str, Membership] = field(default_factory=dict)


OWN: Final = Format(
    "own",
    "own list",
    tuple(frozenset({name}) for name in _ADDRESS),
    {
        "address": _ADDRESS,
        "name": ("name", "full_name"),
        "first": ("first_name",),
        "last": ("last_name",),
        "since": ("since", "unsubscribed_at"),
        "source": ("source",),
        "text_version": ("text_version",),
        "joined": ("joined", "joined_at", "created_at"),
        "consented": ("consented", "consented_at"),
        "paused_until": ("paused_until",),
        "reader": ("reader",),
        "hash": ("hash",),
        "reason": ("reason",),
    },
    (
        ColumnRule("unsubscribed_at", {ANY: _UNSUBSCRIBED}),
        ColumnRule("unsubscribed", dict.fromkeys(_YES, _UNSUBSCRIBED)),
        *(
            ColumnRule(
                column,
                {**{state.value: state for state in Membership}, **dict.fromkeys(("active", "subscribed", "enabled"))},
                is_strict=True,
            )
            for column in ("state", "status")
        ),
    ),
    {
        name: f"{{{name}}}"
        for name in (
            *("address", "name", "state", "since", "source", "text_version", "joined", "consented"),
            *("paused_until", "reader", "hash", "reason"),
        )
    },
)

MAILCHIMP: Final = Format(
    "mailchimp",
    "Mailchimp",
    (
        frozenset({"leid", "euid"}),
        frozenset({"member_rating", "optin_time"}),
        frozenset({"optin_time", "confirm_time"}),
    ),
    {
        "address": ("email_address", "email"),
        "name": ("name", "full_name"),
        "first": ("first_name", "fname"),
        "last": ("last_name", "lname"),
        "since": ("unsub_time", "clean_time"),
        "source": ("source",),
        "joined": ("optin_time", "confirm_time"),
        "consented": ("confirm_time", "optin_time"),
    },
    (
        ColumnRule("unsub_time", {ANY: _UNSUBSCRIBED}),
        ColumnRule("clean_time", {ANY: _BOUNCED}),
        ColumnRule("optin_time", {ANY: _CONFIRMED}),
    ),
    {
        "Email Address": "{address}",
        "First Name": "{name}",
        "Last Name": "",
        "OPTIN_TIME": "{joined}",
        "CONFIRM_TIME": "{consented}",
        "SOURCE": "{source}",
    },
    {"unsubscribed_": _UNSUBSCRIBED, "cleaned_": _BOUNCED},
)

SUBSTACK: Final = Format(
    "substack",
    "Substack",
    (frozenset({"email", "active_subscription"}), frozenset({"email", "email_disabled"})),
    {"address": ("email",), "name": ("name",), "joined": ("created_at",)},
    (ColumnRule("email_disabled", dict.fromkeys(_YES, _UNSUBSCRIBED)),),
    {"email": "{address}", "active_subscription": "false", "email_disabled": "false", "created_at": "{joined}"},
)

BUTTONDOWN: Final = Format(
    "buttondown",
    "Buttondown",
    (frozenset({"subscriber_type"}), frozenset({"type", "creation_date"})),
    {
        "address": ("email_address", "email"),
        "since": ("unsubscription_date", "undeliverability_date"),
        "source": ("source",),
        "joined": ("creation_date", "subscription_date"),
        "consented": ("creation_date", "subscription_date"),
    },
    tuple(
        ColumnRule(
            column,
            {
                **dict.fromkeys(
                    ("regular", "premium", "trialed", "unpaid", "gifted", "churning", "churned", "paused", "past_due"),
                    _CONFIRMED,
                ),
                "unactivated": _PENDING,
                **dict.fromkeys(("unsubscribed", "removed", "blocked", "spammy"), _UNSUBSCRIBED),
                "undeliverable": _BOUNCED,
                "complained": _COMPLAINED,
            },
            is_strict=True,
        )
        for column in ("type", "subscriber_type")
    ),
    {"email_address": "{address}", "type": "regular", "creation_date": "{consented}"},
)

GHOST: Final = Format(
    "ghost",
    "Ghost",
    (frozenset({"email", "subscribed_to_emails"}),),
    {"address": ("email",), "name": ("name",), "since": ("deleted_at",), "joined": ("created_at",)},
    (
        ColumnRule("deleted_at", {ANY: _UNSUBSCRIBED}),
        ColumnRule("subscribed_to_emails", dict.fromkeys(("false", "0", "no"), _UNSUBSCRIBED)),
    ),
    {"email": "{address}", "name": "{name}", "subscribed_to_emails": "true", "created_at": "{joined}"},
)

LISTMONK: Final = Format(
    "listmonk",
    "listmonk",
    (frozenset({"email", "attributes"}),),
    {"address": ("email",), "name": ("name",), "joined": ("created_at",)},
    (
        ColumnRule(
            "status",
            {"enabled": None, "disabled": _UNSUBSCRIBED, "blocklisted": _UNSUBSCRIBED, "blacklisted": _UNSUBSCRIBED},
            is_strict=True,
        ),
    ),
    {"email": "{address}", "name": "{name}", "attributes": "{{}}", "status": "enabled", "created_at": "{joined}"},
)

# Our own comes last: it fits every list with addresses.
FORMATS: Final = {form.name: form for form in (MAILCHIMP, SUBSTACK, BUTTONDOWN, GHOST, LISTMONK, OWN)}
# The file of Mailchimp's export with people who never joined the list.
NEVER_JOINED: Final = "nonsubscribed_"


def column_name(header: str) -> str:
    """A header's cell in the form in which columns are compared."""
    return re.sub(r"[^a-z0-9]+", "_", header.strip("\ufeff").lower()).strip("_")


def detect_format(columns: frozenset[str]) -> Format | None:
    """The format of a header; None if no column contains addresses."""
    fitting = (form for form in FORMATS.values() if any(signature <= columns for signature in form.signatures))
    return next((form for form in fitting if columns & set(form.columns["address"])), None)
