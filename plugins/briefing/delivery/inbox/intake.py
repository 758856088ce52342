"""Taking in what came back: read, decide, keep, and only then let go of it.

Killed at any moment, the next run goes on: what was kept is known by its mark and changes nothing again, and what was
not kept still lies where it was.
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
# What is a fault in an event; among mails it is daily fare.
_HINTS: Final = {
    AsideReason.MALFORMED: "write one JSON object a line, in a shape of docs/reference/events.md",
    AsideReason.INVALID_TOKEN: "give the whole token of a message of this list",
    AsideReason.NO_IDENTIFIER: "give the `token` of the delivery, or the `message_id` of one in doubt",
}
_ASIDE: Final = "aside"


@dataclass(slots=True)
class Summary:
    """What a run did.

    counts: by the names in NAMES. places: where each mail or event that was put aside lay, and the reason, but for
    events of no consequence. problems: of events that are at fault.
    """

    name: str
    is_dry: bool
    counts: Counter[str] = field(default_factory=Counter)
    places: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For programs: no address, and every count that there can be."""
        return {
            "from": self.name,
            "dry_run": self.is_dry,
            "counts": {name: self.counts[name] for name in NAMES},
            "aside": [{"place": place, "reason": reason} for place, reason in self.places],
            "problems": [{"place": f"{one.path}:{one.line}", "reason": one.what} for one in self.problems],
        }


NAMES: Final = {
    "bounced": "off the list, since there is no such mailbox",
    "soft": "came back for now",
    "refused": "came back for a reason that is not the reader's",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
    "asked": "asked by mail to confirm that they want to unsubscribe",
    "waiting": "asked recently, not asked again",
    "delivered": "delivered",
    "delayed": "delayed",
    "resolved": "in doubt no more",
    "again": "taken in before",
    "outdated": "older than the reader's last confirmation",
    "nobody": "about readers who have been forgotten",
    "aside": "put aside",
}
"""Everything that is counted, and what it is to the user."""


def process_inbox(
    settings: Settings,
    url: str,
    environment: Mapping[str, str],
    *,
    here: Path,
    is_dry: bool = False,
    on_progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Summary:
    """Take in everything that lies at a URL, or at `delivery.inbox` where it is "".

    here: from where a path in the URL counts; one in the settings counts from the publication's folder. on_progress: is told how many have been looked at, and how many there are (0: nobody knows). A dry run says what
    would happen, and keeps and moves nothing. Raises WrongUseError for what is no URL, and BriefingError where place or
    database cannot be used; what was taken in until then stays so.
    """
    wanted = url or settings.options.delivery.inbox
    if not wanted:
        msg = 'nothing says where to look: give --from URL, or set BRIEFING["delivery"]["inbox"] in pelicanconf.py'
        raise WrongUseError(msg)
    source = read_source(wanted, here if url else settings.root)
    database = (databases.find_database if is_dry else databases.open_database)(settings, environment)
    try:
        run = _IntakeRun(settings, database, Summary(source.name, is_dry), on_progress)
        if isinstance(source, ImapSource):
            with imap.open_mailbox(source, environment, is_dry=is_dry) as mailbox:
                _take_mails(run, mailbox)
        elif isinstance(source, MaildirSource):
            _take_mails(run, Maildir(source))
        elif isinstance(source, MboxSource):
            _take_mails(run, Mbox(source, database))
        elif isinstance(source, FileSource):
            _take_files(run, source)
        else:
            _take_messages(run, source)
        run.delete_old()
        counts = ", ".join(f"{number} {name}" for name, number in run.summary.counts.items() if number)
        _LOG.info("processed %d items: %s", run.processed, counts or "nothing new")
        return run.summary
    finally:
        database.close()


class _IntakeRun:
    """What the ways of taking in share."""

    def __init__(
        self, settings: Settings, database: Database, summary: Summary, on_progress: Callable[[int, int], None]
    ) -> None:
        self.tokens = list_tokens(settings, database.secret)
        self.own = own_addresses(settings)
        self.summary = summary
        self.now = databases.now()
        self._database = database
        self._applying = ReportProcessor(
            database.secret, ascii_host(urlsplit(settings.url).hostname or "localhost"), self.now
        )
        self._keep_days = settings.options.delivery.keep_deliveries_days
        self._on_progress = on_progress
        self.processed = 0

    def apply(self, found: Sequence[InboxItem | AsideReason], total: int = 0) -> list[AsideReason | None]:
        """Keep what follows from some, in one transaction, and count it; what could not be used, for each of them."""
        counts: Counter[str] = Counter()
        left: list[AsideReason | None] = []
        with self._database.writing() as connection:
            for item in found:
                done = item if isinstance(item, AsideReason) else self._applying.apply(connection, item)
                if isinstance(done, AsideReason):
                    left.append(done)
                else:
                    left.append(None)
                    counts += done
            if self.summary.is_dry:
                connection.rollback()
        self.summary.counts += counts
        self.processed += len(found)
        self._on_progress(self.processed, total)
        return left

    def set_aside(self, place: str, reason: AsideReason) -> None:
        self.summary.counts[_ASIDE] += 1
        self.summary.places.append((place, reason))

    def report(self, path: str, line: int, reason: AsideReason) -> bool:
        """Count an event of which nothing follows; whether it is at fault, and not merely about something else."""
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


def _take_mails(run: _IntakeRun, mailbox: Mailbox) -> None:
    for mails in mailbox.batches():
        processed, other = [], []
        for mail in mails:
            said = classify(mail.raw, run.tokens, run.own)
            item = said if isinstance(said, AsideReason) else InboxItem(event_id_of(mail.raw), said, mail.at or run.now)
            (left,) = run.apply([item], len(mailbox))
            if left is None:
                processed.append(mail)
            else:
                other.append(mail)
                run.set_aside(mailbox.place(mail), left)
        if not run.summary.is_dry:
            mailbox.settle(processed, other)


def _take_files(run: _IntakeRun, source: FileSource) -> None:
    for file in event_files.files_at(source.path, is_dry=run.summary.is_dry):
        with event_files.opened(file) as lines:
            for batch in event_files.batches(lines):
                found = [read_event(line.text, run.tokens, run.now) for line in batch]
                for line, left in zip(batch, run.apply(found), strict=True):
                    if left is not None:
                        run.report(_shown(file, source), line.number, left)
        if not run.summary.is_dry:
            event_files.archive(file)


def _shown(file: Path, source: FileSource) -> str:
    return source.name if file == source.path else f"{source.name.rstrip('/')}/{file.name}"


def _take_messages(run: _IntakeRun, source: QueueSource) -> None:
    from briefing.delivery.inbox import sqs  # noqa: PLC0415 - boto3 takes half a second to load

    with sqs.open_queue(source) as queue:
        for messages in queue.batches(is_dry=run.summary.is_dry):
            found = [read_event(message.body, run.tokens, run.now) for message in messages]
            judged = zip(messages, run.apply(found), strict=True)
            done = [one for one, left in judged if left is None or not run.report(f"{source.name}/{one.id}", 0, left)]
            if not run.summary.is_dry:
                queue.delete(done)
