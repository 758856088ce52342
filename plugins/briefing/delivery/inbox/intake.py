"""Processes what comes back: read, classify, apply, and only then move or delete it at its source.

If a run is killed at any moment, the next one continues: what was applied is recognised and not applied again, and the rest is
still at its source.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from briefing.delivery.inbox import event_files, imap
from briefing.delivery.inbox.applying import ReportProcessor, delete_old_events
from briefing.delivery.inbox.classify import classify
from briefing.delivery.inbox.events import event_id_of, read_event
from briefing.delivery.inbox.inbox_url import FileSource, ImapSource, MaildirSource, MboxSource, read_source
from briefing.delivery.inbox.maildir import Maildir
from briefing.delivery.inbox.mbox import Mbox
from briefing.delivery.inbox.reports import AsideReason, InboxItem
from briefing.delivery.inbox.token_search import own_addresses
from briefing.delivery.store import database as databases
from briefing.delivery.store.list_urls import list_tokens
from briefing.digest.headers import ascii_host
from briefing.errors import Problem, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from briefing.delivery.inbox.inbox_url import QueueSource
    from briefing.delivery.inbox.mailbox import Mailbox
    from briefing.delivery.store.database import Database
    from briefing.settings import Settings

_LOG: Final = logging.getLogger(__name__)
_DAY: Final = 86_400
# Errors in events. In mails these are normal.
_HINTS: Final = {
    AsideReason.MALFORMED: "write one JSON object per line, in a format of docs/reference/events.md",
    AsideReason.INVALID_TOKEN: "use the complete token of a message from this list",
    AsideReason.NO_IDENTIFIER: "add the `token` of the delivery, or the `message_id` of an uncertain one",
}
_ASIDE: Final = "aside"


@dataclass(slots=True)
class Summary:
    """What a run did.

    counts: by the keys of NAMES. places: where each mail or event that was set aside was, and why, except for irrelevant events.
    problems: the errors in events.
    """

    name: str
    is_dry: bool
    counts: Counter[str] = field(default_factory=Counter)
    places: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """As JSON: every count, no address."""
        return {
            "from": self.name,
            "dry_run": self.is_dry,
            "counts": {name: self.counts[name] for name in NAMES},
            "aside": [{"place": place, "reason": reason} for place, reason in self.places],
            "problems": [{"place": f"{one.path}:{one.line}", "reason": one.what} for one in self.problems],
        }


NAMES: Final = {
    "bounced": "bounced: the mailbox does not exist",
    "soft": "bounced for now",
    "refused": "bounced for a reason that is not the reader's",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
    "asked": "asked by mail to confirm that they want to unsubscribe",
    "waiting": "asked recently, not asked again",
    "delivered": "delivered",
    "delayed": "delayed",
    "resolved": "no longer uncertain",
    "again": "processed before",
    "outdated": "older than the reader's last confirmation",
    "nobody": "about readers who were erased",
    "aside": "set aside",
}
"""Every count, with its label."""


def process_inbox(
    settings: Settings,
    url: str,
    environment: Mapping[str, str],
    *,
    here: Path,
    is_dry: bool = False,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Summary:
    """Process everything at a URL, or at `delivery.inbox` if it is "".

    here: the base of a relative path in the URL; the settings' URL is relative to the publication. on_progress: called with the
    number of processed items and the total (0: unknown). A dry run changes and moves nothing. Raises WrongUseError if the URL is
    invalid, and BriefingError if the source or the database cannot be used; what was processed until then stays processed.
    """
    wanted = url or settings.options.delivery.inbox
    if not wanted:
        msg = 'no inbox is configured: pass --from URL, or set BRIEFING["delivery"]["inbox"] in pelicanconf.py'
        raise WrongUseError(msg)
    source = read_source(wanted, here if url else settings.root)
    database = (databases.find_database if is_dry else databases.open_database)(settings, environment)
    try:
        run = _IntakeRun(settings, database, Summary(source.name, is_dry), on_progress)
        if isinstance(source, ImapSource):
            with imap.open_mailbox(source, environment, is_dry=is_dry) as mailbox:
                _process_mails(run, mailbox)
        elif isinstance(source, MaildirSource):
            _process_mails(run, Maildir(source))
        elif isinstance(source, MboxSource):
            _process_mails(run, Mbox(source, database))
        elif isinstance(source, FileSource):
            _process_files(run, source)
        else:
            _process_messages(run, source)
        run.delete_old()
        counts = ", ".join(f"{number} {name}" for name, number in run.summary.counts.items() if number)
        _LOG.info("processed %d items: %s", run.processed, counts or "nothing new")
        return run.summary
    finally:
        database.close()


class _IntakeRun:
    """What all sources share."""

    def __init__(
        self, settings: Settings, database: Database, summary: Summary, on_progress: Callable[[int, int], None]
    ) -> None:
        self.tokens = list_tokens(settings, database.secret)
        self.own = own_addresses(settings)
        self.summary = summary
        self.now = databases.now()
        self._database = database
        self._processor = ReportProcessor(
            database.secret, ascii_host(urlsplit(settings.url).hostname or "localhost"), self.now
        )
        self._keep_days = settings.options.delivery.keep_deliveries_days
        self._on_progress = on_progress
        self.processed = 0

    def apply(self, found: Sequence[InboxItem | AsideReason], total: int = 0) -> list[AsideReason | None]:
        """Apply items in one transaction, and count them. Return for each why it was set aside, or None."""
        counts: Counter[str] = Counter()
        reasons: list[AsideReason | None] = []
        with self._database.writing() as connection:
            for item in found:
                done = item if isinstance(item, AsideReason) else self._processor.apply(connection, item)
                if isinstance(done, AsideReason):
                    reasons.append(done)
                else:
                    reasons.append(None)
                    counts += done
            if self.summary.is_dry:
                connection.rollback()
        self.summary.counts += counts
        self.processed += len(found)
        self._on_progress(self.processed, total)
        return reasons

    def set_aside(self, place: str, reason: AsideReason) -> None:
        self.summary.counts[_ASIDE] += 1
        self.summary.places.append((place, reason))

    def report(self, path: str, line: int, reason: AsideReason) -> bool:
        """Count an event that was set aside. Return whether it has an error, instead of just being about something else."""
        if reason in _HINTS:
            self.summary.counts[_ASIDE] += 1
            self.summary.problems.append(Problem(path, str(reason), _HINTS[reason], line=line))
        elif reason is AsideReason.IRRELEVANT:
            self.summary.counts[_ASIDE] += 1
        else:
            self.set_aside(f"{path}:{line}" if line else path, reason)
        return reason in _HINTS

    def delete_old(self) -> None:
        if not self.summary.is_dry:
            with self._database.writing() as connection:
                delete_old_events(connection, self.now - self._keep_days * _DAY)


def _process_mails(run: _IntakeRun, mailbox: Mailbox) -> None:
    for mails in mailbox.batches():
        processed, other = [], []
        for mail in mails:
            result = classify(mail.raw, run.tokens, run.own)
            item = (
                result
                if isinstance(result, AsideReason)
                else InboxItem(event_id_of(mail.raw), result, mail.at or run.now)
            )
            (reason,) = run.apply([item], len(mailbox))
            if reason is None:
                processed.append(mail)
            else:
                other.append(mail)
                run.set_aside(mailbox.place(mail), reason)
        if not run.summary.is_dry:
            mailbox.settle(processed, other)


def _process_files(run: _IntakeRun, source: FileSource) -> None:
    for file in event_files.files_at(source.path, is_dry=run.summary.is_dry):
        with event_files.opened(file) as lines:
            for batch in event_files.batches(lines):
                found = [read_event(line.text, run.tokens, run.now) for line in batch]
                for line, reason in zip(batch, run.apply(found), strict=True):
                    if reason is not None:
                        run.report(_shown(file, source), line.number, reason)
        if not run.summary.is_dry:
            event_files.archive(file)


def _shown(file: Path, source: FileSource) -> str:
    return source.name if file == source.path else f"{source.name.rstrip('/')}/{file.name}"


def _process_messages(run: _IntakeRun, source: QueueSource) -> None:
    from briefing.delivery.inbox import sqs  # noqa: PLC0415 - boto3 takes half a second to load

    with sqs.open_queue(source) as queue:
        for messages in queue.batches(is_dry=run.summary.is_dry):
            found = [read_event(message.body, run.tokens, run.now) for message in messages]
            results = zip(messages, run.apply(found), strict=True)
            done = [
                one for one, reason in results if reason is None or not run.report(f"{source.name}/{one.id}", 0, reason)
            ]
            if not run.summary.is_dry:
                queue.delete(done)
