"""Evaluates the rows of an import, batch by batch, without changing the list."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.delivery.store.membership import GONE
from briefing.delivery.store.tables import Membership
from briefing.delivery.store.tokens import new_reader_id
from briefing.delivery.subscribers.decisions import RowAction, applies, decide
from briefing.delivery.subscribers.entries import ListEntry, SuppressedAddress
from briefing.delivery.subscribers.staging import look_up_addresses, note, stage, used_reader_ids
from briefing.errors import Problem, ProblemsFoundError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from briefing.delivery.store.secret import Secret
    from briefing.delivery.subscribers.entries import ImportOptions
    from briefing.delivery.subscribers.staging import KnownReaders
    from briefing.errors import Fault

_NO_ENTRY: Final[dict[str, object]] = {
    **dict.fromkeys(("reader", "address", "domain", "name", "state", "source", "text_version"), ""),
    **dict.fromkeys(("state_at", "joined_at", "consented_at", "paused_until"), 0),
    "given": None,
}


@dataclass(slots=True)
class Imported:
    """What an import did, in rows.

    added: new readers by state. confirmed: previously pending. left: previously subscribed. suppressed: without a reader. known:
    unchanged. undated: confirmed without a date of consent.
    """

    rows: int = 0
    added: Counter[Membership] = field(default_factory=Counter)
    confirmed: int = 0
    left: int = 0
    suppressed: int = 0
    known: int = 0
    refused: int = 0
    undated: int = 0

    def count(self, action: RowAction, state: str, consented_at: int, by: int = 1) -> None:
        """Count a row that changes something; `by` -1 undoes that."""
        if action is RowAction.ADD:
            self.added[Membership(state)] += by
        elif action is RowAction.CONFIRM:
            self.confirmed += by
        elif action is RowAction.LEAVE:
            self.left += by
        else:
            self.suppressed += by
        if state == Membership.CONFIRMED and not consented_at:
            self.undated += by


class ImportEvaluator:
    """Looks up a batch of rows, decides about each, and stages them."""

    def __init__(self, connection: Connection, secret: Secret, options: ImportOptions, done: Imported) -> None:
        """On a connection of `staging`. `done` is kept up to date."""
        self.done = done
        self.connection = connection
        self._secret = secret
        self._now = options.now

    def evaluate(
        self, batch: list[tuple[int, ListEntry | SuppressedAddress]], file: int, path: str
    ) -> list[tuple[int, Fault]]:
        """Evaluate a batch of the file with this number. Return the refused lines, and why."""
        hashes = [self._hash(item, line, path) for line, item in batch]
        known_readers = look_up_addresses(self.connection, hashes)
        given = [item.reader for _, item in batch if isinstance(item, ListEntry) and item.reader]
        used_ids = used_reader_ids(self.connection, given)
        refused: list[tuple[int, Fault]] = []
        staged: list[dict[str, object]] = []
        for (line, item), address_hash in zip(batch, hashes, strict=True):
            if isinstance(item, SuppressedAddress):
                action, fault = _suppress(item, known_readers), None
            else:
                action, fault = decide(
                    item, known_readers.known.get(address_hash), known_readers.reasons.get(address_hash, "")
                )
            if fault:
                refused.append((line, fault))
            elif action is RowAction.NOTHING:
                self.done.known += 1
            else:
                row = (
                    self._suppression_row(item)
                    if isinstance(item, SuppressedAddress)
                    else self._entry_row(action, item, used_ids)
                )
                staged.append(
                    {
                        "file": file,
                        "line": line,
                        "action": action,
                        "hash": address_hash,
                        **row,
                        **known_readers.was(address_hash),
                    }
                )
                state, consented_at = str(row["state"]), 0 if isinstance(item, SuppressedAddress) else item.consented_at
                self.done.count(action, state, consented_at)
                note(known_readers, address_hash, action, state, consented_at, str(row["reason"]))
        stage(self.connection, sorted(staged, key=lambda row: str(row["hash"])))  # which the index inserts faster
        return refused

    def _entry_row(self, action: RowAction, entry: ListEntry, used_ids: set[str]) -> dict[str, object]:
        given = entry.reader if action is RowAction.ADD and entry.reader and entry.reader not in used_ids else None
        if given:
            used_ids.add(given)
        is_gone = entry.state in GONE
        since = entry.state_at or self._now
        return {
            "reader": given or new_reader_id(),
            "given": given,
            "address": entry.mailbox.address,
            "domain": entry.mailbox.domain,
            "name": entry.name,
            "state": entry.state,
            "state_at": self._now if action is RowAction.CONFIRM else since,
            "source": entry.source,
            "text_version": entry.text_version,
            "joined_at": entry.joined_at,
            "consented_at": entry.consented_at,
            "paused_until": entry.paused_until,
            "reason": entry.reason or (entry.state.value if is_gone else ""),
            "at": since,
        }

    def _suppression_row(self, item: SuppressedAddress) -> dict[str, object]:
        state = item.reason if item.reason in GONE else ""
        return {**_NO_ENTRY, "state": state, "state_at": item.at, "reason": item.reason, "at": item.at}

    def _hash(self, item: ListEntry | SuppressedAddress, line: int, path: str) -> str:
        if isinstance(item, ListEntry):
            return self._secret.address_hash(item.mailbox.key)
        if item.fingerprint != self._secret.fingerprint:
            what = "contains suppressions that were made with another secret"
            hint = "set BRIEFING_SECRET to the secret of that list, or remove rows that have only a hash"
            raise ProblemsFoundError([Problem(path, what, hint, line=line)])
        return item.hash


def _suppress(item: SuppressedAddress, known_readers: KnownReaders) -> RowAction:
    is_new = item.hash not in known_readers.reasons and applies(item, known_readers.known.get(item.hash))
    return RowAction.SUPPRESS if is_new else RowAction.NOTHING
