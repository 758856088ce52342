"""What each column of a backup may contain. A value's fault never repeats the value: it may be a reader's address."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Float, Integer, LargeBinary

from briefing.content.library.contents import contents_from_json
from briefing.delivery.sending.transports.contract import Keeps
from briefing.delivery.store import notification_queue, release_steps
from briefing.delivery.store.email_addresses import MailboxError, read_mailbox
from briefing.delivery.store.tables import CAMPAIGNS, LETTERS, MOVES, SUBSCRIBERS, DeliveryState, Membership
from briefing.delivery.store.tokens import is_reader
from briefing.delivery.subscribers.entries import REASONS
from briefing.digest.frozen import thaw
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from enum import StrEnum

    from sqlalchemy import Column, Table

    from briefing.delivery.store.secret import Secret

LATEST: Final = 253_402_300_799
"""The last second of the year 9999, behind which there are no dates."""
_MOST: Final = (1 << 31) - 1  # PostgreSQL's integer
_LONGEST: Final = 100_000  # characters of a text
_JSON: Final = frozenset({"stories", "counts"})
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HASH: Final = re.compile("[0-9a-f]{40}")
_SUM: Final = re.compile("[0-9a-f]{64}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_FILE: Final = re.compile(r"[^./\\][^/\\]{0,199}")


class ShapeError(ValueError):
    """What is wrong with a value."""


def row_of(table: Table, values: object, secret: Secret) -> dict[str, Any]:
    """A row for the database, from the array in a backup. Raises ShapeError, with the column's name."""
    columns = list(table.columns)
    if not isinstance(values, list) or len(values) != len(columns):
        msg = f"{table.name}: a row must have {len(columns)} values"
        raise ShapeError(msg)
    row: dict[str, Any] = {}
    for column, value in zip(columns, values, strict=True):
        try:
            row[column.name] = _typed(column, value)
        except ShapeError as error:
            msg = f"{table.name}.{column.name} {error}"
            raise ShapeError(msg) from None
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
            return _whole(value, 1 if column.primary_key else 0, _MOST)
        case _:
            return _text(column, value)


def _binary(value: object) -> bytes:
    try:
        return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except ValueError:
        msg = "must be Base64"
        raise ShapeError(msg) from None


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= LATEST:
        msg = f"must be a number from 0 to {LATEST}"
        raise ShapeError(msg)
    return float(value)


def _whole(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        msg = f"must be a whole number from {least} to {most}"
        raise ShapeError(msg)
    return value


def _text(column: Column[Any], value: object) -> str:
    if not isinstance(value, str):
        msg = "must be text"
        raise ShapeError(msg)
    try:
        value.encode()
    except UnicodeEncodeError:
        msg = "is not Unicode"
        raise ShapeError(msg) from None
    if len(value) > _LONGEST and column.name not in _JSON:
        msg = f"has more than {_LONGEST} characters"
        raise ShapeError(msg)
    if _CONTROL.search(value):
        msg = "has a control character"
        raise ShapeError(msg)
    rule = _TEXTS.get(f"{column.table.name}.{column.name}") or _TEXTS.get(column.name)
    if rule and not rule(value):
        msg = "has a value that this program does not write"
        raise ShapeError(msg)
    return value


def _one_of(known: Container[str]) -> Callable[[str], bool]:
    return lambda value: value in known


def _words(words: type[StrEnum]) -> Callable[[str], bool]:
    return _one_of(frozenset(word.value for word in words))


def _like(form: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda value: form.fullmatch(value) is not None


def _is_counts(value: str) -> bool:
    if not value:
        return True
    try:
        counts = json.loads(value)
    except (ValueError, RecursionError):
        return False
    return isinstance(counts, dict) and all(
        state in frozenset(DeliveryState) and type(number) is int and 0 <= number <= _MOST
        for state, number in counts.items()
    )


def _is_contents(value: str) -> bool:
    try:
        contents_from_json(value)
    except ValueError:
        return False
    return True


def _require_mailbox(table: Table, row: dict[str, Any], secret: Secret) -> None:
    """An address must be one, as it travels, under its own hash: the hash is what suppressions and links rely on."""
    try:
        mailbox = read_mailbox(row["address"])
    except MailboxError as error:
        msg = f"{table.name}.address {str(error).partition(';')[0]}"
        raise ShapeError(msg) from None
    if mailbox.address != row["address"] or row.get("domain", mailbox.domain) != mailbox.domain:
        msg = f"{table.name}.address is not in the form in which this program writes it"
        raise ShapeError(msg)
    if secret.hidden(mailbox.key) != row["hash"]:
        msg = f"{table.name}.hash is not that of the address"
        raise ShapeError(msg)


def _subscriber(row: dict[str, Any], secret: Secret) -> None:
    _require_mailbox(SUBSCRIBERS, row, secret)


def _move(row: dict[str, Any], secret: Secret) -> None:
    _require_mailbox(MOVES, row, secret)


def _letter(row: dict[str, Any], secret: Secret) -> None:
    """Only a letter to a mailbox before names its own address; the others find theirs."""
    if (row["kind"] == notification_queue.NotificationKind.MOVED) != bool(row["address"]):
        msg = f"{LETTERS.name}.address must be there for `{notification_queue.NotificationKind.MOVED}`, and for no other kind"
        raise ShapeError(msg)
    if row["address"]:
        _require_mailbox(LETTERS, row, secret)


def _campaign(row: dict[str, Any], _secret: Secret) -> None:
    """The digest can be sent from, unless it is forgotten with the deliveries."""
    if row["counts"] and not row["content"]:
        return
    try:
        issue = thaw(row["content"]).issue
    except BriefingError:
        issue = ""
    if issue != row["issue"]:
        msg = f"{CAMPAIGNS.name}.content is not the digest of this issue"
        raise ShapeError(msg)


_TEXTS: Final[dict[str, Callable[[str], bool]]] = {
    "reader": is_reader,
    "hash": _like(_HASH),
    "letters.hash": lambda value: not value or _HASH.fullmatch(value) is not None,
    "issue": _like(_FILE),
    "subscribers.state": _words(Membership),
    "suppressions.reason": _one_of(REASONS),
    "letters.kind": _words(notification_queue.NotificationKind),
    "campaigns.fingerprint": _like(_SUM),
    "campaigns.keeps": _words(Keeps),
    "campaigns.stories": _is_contents,
    "campaigns.counts": _is_counts,
    "deliveries.state": _words(DeliveryState),
    "days.day": _like(_DAY),
    "releases.step": _words(release_steps.ReleaseStep),
}
_ROWS: Final[dict[str, Callable[[dict[str, Any], Secret], None]]] = {
    SUBSCRIBERS.name: _subscriber,
    MOVES.name: _move,
    LETTERS.name: _letter,
    CAMPAIGNS.name: _campaign,
}
