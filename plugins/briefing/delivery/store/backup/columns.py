"""Validates the values of a backup. Messages never repeat a value, because it may be a reader's address."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Float, Integer, LargeBinary

from briefing.content.library.contents import contents_from_json
from briefing.delivery.store import notification_queue, release_steps
from briefing.delivery.store.email_addresses import InvalidAddressError, parse_address
from briefing.delivery.store.membership import REASONS
from briefing.delivery.store.tables import (
    ADDRESS_CHANGES,
    CAMPAIGNS,
    NOTIFICATIONS,
    SUBSCRIBERS,
    DeliveryState,
    Keeps,
    Membership,
)
from briefing.delivery.store.tokens import is_reader_id
from briefing.digest.frozen import thaw
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from enum import StrEnum

    from sqlalchemy import Column, Table

    from briefing.delivery.store.secret import Secret

LATEST: Final = 253_402_300_799
"""The last second of the year 9999, after which there are no dates."""
_MAX_INTEGER: Final = (1 << 31) - 1  # PostgreSQL's integer
_MAX_LENGTH: Final = 100_000  # characters of a text
_JSON: Final = frozenset({"stories", "counts"})
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HASH: Final = re.compile("[0-9a-f]{40}")
_SHA256: Final = re.compile("[0-9a-f]{64}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_FILE: Final = re.compile(r"[^./\\][^/\\]{0,199}")


class ColumnError(ValueError):
    """A value is invalid; the text says why."""


def read_row(table: Table, values: object, secret: Secret) -> dict[str, Any]:
    """Return a row for the database from an array in a backup. Raises ColumnError, which names the column."""
    columns = list(table.columns)
    if not isinstance(values, list) or len(values) != len(columns):
        msg = f"{table.name}: a row must have {len(columns)} values"
        raise ColumnError(msg)
    row: dict[str, Any] = {}
    for column, value in zip(columns, values, strict=True):
        try:
            row[column.name] = _typed(column, value)
        except ColumnError as error:
            msg = f"{table.name}.{column.name} {error}"
            raise ColumnError(msg) from None
    if rule := _ROWS.get(table.name):
        rule(row, secret)
    return row


def _typed(column: Column[Any], value: object) -> object:
    match column.type:
        case LargeBinary():
            return _binary(value)
        case Float():
            return _number(value)
        case BigInteger():
            return _whole(value, 0, LATEST)
        case Integer():
            return _whole(value, 1 if column.primary_key else 0, _MAX_INTEGER)
        case _:
            return _text(column, value)


def _binary(value: object) -> bytes:
    try:
        return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except ValueError:
        msg = "must be Base64"
        raise ColumnError(msg) from None


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LATEST:
        msg = f"must be a number from 0 to {LATEST}"
        raise ColumnError(msg)
    return float(value)


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        msg = f"must be a whole number from {least} to {most}"
        raise ColumnError(msg)
    return value


def _text(column: Column[Any], value: object) -> str:
    if not isinstance(value, str):
        msg = "must be text"
        raise ColumnError(msg)
    try:
        value.encode()
    except UnicodeEncodeError:
        msg = "is not valid Unicode"
        raise ColumnError(msg) from None
    if len(value) > _MAX_LENGTH and column.name not in _JSON:
        msg = f"has more than {_MAX_LENGTH} characters"
        raise ColumnError(msg)
    if _CONTROL.search(value):
        msg = "contains a control character"
        raise ColumnError(msg)
    rule = _TEXTS.get(f"{column.table.name}.{column.name}") or _TEXTS.get(column.name)
    if rule and not rule(value):
        msg = "has a value that this program never writes"
        raise ColumnError(msg)
    return value


def _one_of(known: Container[str]) -> Callable[[str], bool]:
    return lambda value: value in known


def _words(words: type[StrEnum]) -> Callable[[str], bool]:
    return _one_of(frozenset(word.value for word in words))


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: pattern.fullmatch(value) is not None


def _is_counts(value: str) -> bool:
    if not value:
        return True
    try:
        counts = json.loads(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(counts, dict) and all(
        state in frozenset(DeliveryState) and type(number) is int and 0 <= number <= _MAX_INTEGER
        for state, number in counts.items()
    )


def _is_contents(value: str) -> bool:
    try:
        contents_from_json(value)
    except ValueError:
        return False
    return True


def _require_address(table: Table, row: dict[str, Any], secret: Secret) -> None:
    """The address must be valid and normalised, and match its hash, on which suppressions rely."""
    try:
        mailbox = parse_address(row["address"])
    except InvalidAddressError as error:
        msg = f"{table.name}.address {error.what}"
        raise ColumnError(msg) from None
    if mailbox.address != row["address"] or row.get("domain", mailbox.domain) != mailbox.domain:
        msg = f"{table.name}.address is not in the form that this program writes"
        raise ColumnError(msg)
    if secret.address_hash(mailbox.key) != row["hash"]:
        msg = f"{table.name}.hash does not match the address"
        raise ColumnError(msg)


def _subscriber(row: dict[str, Any], secret: Secret) -> None:
    _require_address(SUBSCRIBERS, row, secret)


def _address_change(row: dict[str, Any], secret: Secret) -> None:
    _require_address(ADDRESS_CHANGES, row, secret)


def _notification(row: dict[str, Any], secret: Secret) -> None:
    """Only a notification to an old address contains an address."""
    kind = notification_queue.NotificationKind.ADDRESS_CHANGED
    if (row["kind"] == kind) != bool(row["address"]):
        msg = f"{NOTIFICATIONS.name}.address is required for `{kind}`, and not allowed for other kinds"
        raise ColumnError(msg)
    if row["address"]:
        _require_address(NOTIFICATIONS, row, secret)


def _campaign(row: dict[str, Any], _secret: Secret) -> None:
    """The content must be the issue's digest, unless it was deleted with the deliveries."""
    if row["counts"] and not row["content"]:
        return
    try:
        issue = thaw(row["content"]).issue
    except BriefingError:
        issue = ""
    if issue != row["issue"]:
        msg = f"{CAMPAIGNS.name}.content is not the digest of this issue"
        raise ColumnError(msg)


_TEXTS: Final[dict[str, Callable[[str], bool]]] = {
    "reader": is_reader_id,
    "hash": _matches(_HASH),
    "notifications.hash": lambda value: not value or _HASH.fullmatch(value) is not None,
    "issue": _matches(_FILE),
    "subscribers.state": _words(Membership),
    "suppressions.reason": _one_of(REASONS),
    "notifications.kind": _words(notification_queue.NotificationKind),
    "campaigns.fingerprint": _matches(_SHA256),
    "campaigns.keeps": _words(Keeps),
    "campaigns.stories": _is_contents,
    "campaigns.counts": _is_counts,
    "deliveries.state": _words(DeliveryState),
    "days.day": _matches(_DAY),
    "releases.step": _words(release_steps.ReleaseStep),
}
_ROWS: Final[dict[str, Callable[[dict[str, Any], Secret], None]]] = {
    SUBSCRIBERS.name: _subscriber,
    ADDRESS_CHANGES.name: _address_change,
    NOTIFICATIONS.name: _notification,
    CAMPAIGNS.name: _campaign,
}
