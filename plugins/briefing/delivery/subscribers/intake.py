"""The ledger's side of an import."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Text, any_, bindparam, cast, column, func, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSON, insert

from briefing.delivery import membership
from briefing.delivery.database import insert_new
from briefing.delivery.schema import SUBSCRIBERS, SUPPRESSIONS, Membership
from briefing.delivery.subscribers.decisions import GONE, Act, Known, bars, decide
from briefing.delivery.subscribers.entries import Barred, Entry
from briefing.delivery.tokens import new_reader
from briefing.errors import Problem, ProblemsFoundError

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection

    from briefing.delivery.secret import Secret
    from briefing.delivery.subscribers.entries import Terms


@dataclass(slots=True)
class Imported:
    """What an import did, in rows.

    added: new readers by state. confirmed: were pending. left: were on the list. barred: suppressions without reader.
    known: nothing to do. undated: confirmed without a date of their consent.
    """

    rows: int = 0
    added: Counter[Membership] = field(default_factory=Counter)
    confirmed: int = 0
    left: int = 0
    barred: int = 0
    known: int = 0
    refused: int = 0
    undated: int = 0


class Intake:
    """Takes the rows of one import, batch by batch: each is looked up at once, decided, and written at once."""

    def __init__(self, connection: Connection, secret: Secret, terms: Terms, done: Imported) -> None:
        """All in the transaction of `connection`. `done` is kept up to date."""
        self.done = done
        self._connection = connection
        self._secret = secret
        self._now = terms.now
        self._newest = connection.execute(select(func.max(SUBSCRIBERS.c.id))).scalar() or 0

    def take(self, batch: list[tuple[int, Entry | Barred]], path: str) -> list[tuple[int, str]]:
        """Take a batch; the lines that were refused, and why."""
        hashes = [self._hash(item, line, path) for line, item in batch]
        work = _Work(self._known(hashes), self._suppressed(hashes))
        taken = self._taken([item.reader for _, item in batch if isinstance(item, Entry) and item.reader])
        refused = []
        for (line, item), hidden in zip(batch, hashes, strict=True):
            if isinstance(item, Barred):
                self._bar(work, item)
                continue
            act, reason = decide(item, work.known.get(hidden), work.suppressed.get(hidden, ""))
            if act is Act.REFUSE:
                refused.append((line, reason))
            else:
                self._do(act, work, item, hidden, taken)
        self._write(work)
        return refused

    def _do(self, act: Act, work: _Work, entry: Entry, hidden: str, taken: set[str]) -> None:
        done = self.done
        if act is Act.NOTHING:
            done.known += 1
            return
        if act is Act.ADD:
            reader = entry.reader if entry.reader and entry.reader not in taken else new_reader()
            taken.add(reader)
            work.added.append(_row(entry, hidden, reader, self._now))
            done.added[entry.state] += 1
        elif act is Act.CONFIRM:
            work.confirmed.append(_consent(entry, hidden, self._now))
            done.confirmed += 1
        else:
            done.left += 1
            if entry.state in GONE:
                work.left.append(_gone(hidden, entry.state, entry.state_at or self._now))
        if entry.state in GONE or entry.reason:
            work.bar(hidden, entry.reason or entry.state, entry.state_at or self._now)
        if entry.state is Membership.CONFIRMED and not entry.consented_at:
            done.undated += 1
        work.known[hidden] = Known(entry.state, entry.consented_at, is_fresh=True)

    def _bar(self, work: _Work, item: Barred) -> None:
        known = work.known.get(item.hash)
        if item.hash in work.suppressed or not bars(item, known):
            self.done.known += 1
            return
        self.done.barred += 1
        work.bar(item.hash, item.reason, item.at)
        if item.reason == membership.ERASED:
            work.erased.append(item.hash)
        elif known and item.reason in GONE:
            work.left.append(_gone(item.hash, item.reason, item.at))

    def _hash(self, item: Entry | Barred, line: int, path: str) -> str:
        if isinstance(item, Entry):
            return self._secret.hidden(item.mailbox.key)
        if item.mark != self._secret.mark:
            what = "holds suppressions that were made with another secret"
            hint = "set BRIEFING_SECRET to that list's, or import a list without rows that have only a hash"
            raise ProblemsFoundError([Problem(path, what, hint, line=line)])
        return item.hash

    def _known(self, hashes: list[str]) -> dict[str, Known]:
        columns = SUBSCRIBERS.c
        query = select(columns.hash, columns.state, columns.consented_at, columns.id).where(
            self._among(columns.hash, hashes)
        )
        return {
            hidden: Known(Membership(state), consented_at, number > self._newest)
            for hidden, state, consented_at, number in self._connection.execute(query)
        }

    def _suppressed(self, hashes: list[str]) -> dict[str, str]:
        query = select(SUPPRESSIONS.c.hash, SUPPRESSIONS.c.reason).where(self._among(SUPPRESSIONS.c.hash, hashes))
        return {hidden: reason for hidden, reason in self._connection.execute(query)}  # noqa: C416 - rows, not pairs

    def _taken(self, readers: list[str]) -> set[str]:
        if not readers:
            return set()
        query = select(SUBSCRIBERS.c.reader).where(self._among(SUBSCRIBERS.c.reader, readers))
        return set(self._connection.scalars(query))

    def _among(self, wanted: Column[str], values: list[str]) -> ColumnElement[bool]:
        """One parameter for all values: thousands of them take longer to write down than to look up."""
        if self._connection.dialect.name == "sqlite":
            return wanted.in_(select(func.json_each(json.dumps(values)).table_valued("value").c.value))
        return wanted == any_(literal(values, ARRAY(Text)))

    def _write(self, work: _Work) -> None:
        connection, by_hash = self._connection, SUBSCRIBERS.c.hash == bindparam("key")
        _insert_many(connection, work.added)
        if work.confirmed:
            names = ("state", "state_at", "source", "text_version", "consented_at")
            changed: dict[str, object] = {name: bindparam(f"new_{name}") for name in names}
            connection.execute(update(SUBSCRIBERS).where(by_hash).values(changed), work.confirmed)
        if work.left:
            gone: dict[str, object] = {name: bindparam(f"new_{name}") for name in ("state", "state_at")}
            connection.execute(update(SUBSCRIBERS).where(by_hash).values(gone), work.left)
        insert_new(connection, SUPPRESSIONS, work.barred)
        for hidden in work.erased:
            membership.erase(connection, hidden, self._now)


def _insert_many(connection: Connection, added: list[dict[str, object]]) -> None:
    if not added:
        return
    if connection.dialect.name == "sqlite":
        insert_new(connection, SUBSCRIBERS, added)
        return
    # All rows in one parameter: a million single ones would take PostgreSQL's driver half a minute.
    columns = [SUBSCRIBERS.c[name] for name in added[0]]
    document = cast(literal(json.dumps(added), Text), JSON)
    given = func.json_to_recordset(document).table_valued(*(column(each.name, each.type) for each in columns))
    source = select(given.render_derived(with_types=True))
    connection.execute(insert(SUBSCRIBERS).from_select(columns, source).on_conflict_do_nothing())


@dataclass(slots=True)
class _Work:
    """A batch: what is known of its mailboxes, and what is to be written."""

    known: dict[str, Known]
    suppressed: dict[str, str]
    added: list[dict[str, object]] = field(default_factory=list)
    confirmed: list[dict[str, object]] = field(default_factory=list)
    left: list[dict[str, object]] = field(default_factory=list)
    barred: list[dict[str, object]] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)

    def bar(self, hidden: str, reason: str, at: int) -> None:
        self.barred.append({"hash": hidden, "reason": str(reason), "at": at})
        self.suppressed[hidden] = str(reason)


def _row(entry: Entry, hidden: str, reader: str, now: int) -> dict[str, object]:
    return {
        "reader": reader,
        "hash": hidden,
        "address": entry.mailbox.address,
        "domain": entry.mailbox.domain,
        "name": entry.name,
        "state": entry.state,
        "state_at": entry.state_at or now,
        "source": entry.source,
        "text_version": entry.text_version,
        "joined_at": entry.joined_at,
        "consented_at": entry.consented_at,
        "paused_until": entry.paused_until,
    }


def _consent(entry: Entry, hidden: str, now: int) -> dict[str, object]:
    return {
        "key": hidden,
        "new_state": entry.state,
        "new_state_at": now,
        "new_source": entry.source,
        "new_text_version": entry.text_version,
        "new_consented_at": entry.consented_at,
    }


def _gone(hidden: str, state: str, at: int) -> dict[str, object]:
    return {"key": hidden, "new_state": str(state), "new_state_at": at}
