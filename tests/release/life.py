"""A publication's life, week by week, in one process under a clock that is told what time it is.

    faketime -f "@2026-01-01 12:00:00" python -m tests.release.life ROOT WEEKS

ROOT is a publication whose transport is an SMTP server that this program runs itself. It ends with a line of JSON: what
was counted. Whatever is not as it should be ends it with an AssertionError.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import functools
import io
import json
import os
import re
import sqlite3
import sys
from collections import Counter
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2
from tests.delivery.sink import Options, Sink, serving

from briefing.checks import built_site
from briefing.checks.email import inspect
from briefing.commands.app import main
from briefing.pages.templating import Templates
from briefing.site import gate, rendering

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.bccache import Bucket
    from tests.delivery.sink import Accepted

FIRST: Final = dt.date(2026, 1, 2)  # a Friday
DESK: Final = "desk@example.org"
EARLY, LATE, LATER = "06:20:01", "07:20:01", "08:20:01"  # in UTC: the first is after seven in London's summer only
SETTINGS: Final = """
BRIEFING["email"] |= {
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
}
BRIEFING["delivery"] = {"keep_deliveries_days": 28}
BRIEFING["publish"] = {"target": "file:www"}
BRIEFING["schedule"] = "Fri 07:00 Europe/London"
"""
STORY: Final = """\
---
title: What happened in week {week}
date: {date}
summary: It happened, and this is what it was.
topic: Science
sources:
  - name: The Journal
    url: "https://journal.example/{week}"
    title: The report of week {week}
    date: {date}
kind: main
sentiment: neutral
sentiment_reason: Nobody is helped or harmed.
authors: [ada]
---
In week {week} it happened.
"""
ISSUE: Final = """\
---
number: {week}
title: Issue {week}
date: {date}
preheader: What happened in week {week}.
lead: {story}
status: hidden
---
Good morning.
"""


def remember() -> None:
    """Let pure functions remember what they found: a year's builds would call them again and again with the same."""
    jinja2.Environment.__init__ = functools.partialmethod(jinja2.Environment.__init__, bytecode_cache=Compiled())  # type: ignore[assignment, method-assign]
    render = Templates.render
    rendered: dict[tuple[str, str], str] = {}

    def by_view(self: Templates, template: str, view: object) -> str:
        key = template, repr(view)
        if view is None or key not in rendered:
            rendered[key] = render(self, template, view)
        return rendered[key]

    Templates.render = by_view  # type: ignore[method-assign]
    gate.inspect = remembered(inspect, lambda *given: (given[1].message, given[3].page))  # type: ignore[attr-defined]
    built_site._read = remembered(built_site._read, lambda content: content)
    rendering.make_digest = remembered(rendering.make_digest, lambda *given: repr(given[0]))  # type: ignore[attr-defined]


def remembered(function: Callable[..., Any], key: Callable[..., object]) -> Callable[..., Any]:
    """The function, called once for each key of its arguments."""
    known: dict[object, Any] = {}

    def call(*arguments: Any) -> Any:
        found = key(*arguments)
        if found not in known:
            known[found] = function(*arguments)
        return known[found]

    return call


class Compiled(jinja2.BytecodeCache):
    """Templates, compiled once: nobody edits them here."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key + bucket.checksum in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


class Life:
    """One publication and its readers. expected: which issues each address is to have, and how often."""

    def __init__(self, root: Path, sink: Sink) -> None:
        self.root, self.sink = root, sink
        self.week = 0
        self.readers: list[str] = []
        self.expected: Counter[tuple[str, str]] = Counter()
        self.stories: list[Path] = []
        self.corrected = ""
        self.proofs = 0
        self.sizes: list[int] = []
        self.served: dict[str, tuple[bytes, int]] = {}

    def at(self, day: dt.date, clock: str) -> None:
        """Set the clock, in UTC."""
        os.environ["FAKETIME"] = f"@{day} {clock}"

    def run(self, *argv: str, code: int = 0) -> str:
        """One command; what it said."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            done = main(list(argv), self.root)
        said = out.getvalue() + err.getvalue()
        assert done == code, (self.week, argv, done, said)
        assert DESK not in said
        return said

    def live(self) -> None:
        """One week: write, proof, mend, send on Friday, and what comes back of it."""
        self.week += 1
        friday = FIRST + dt.timedelta(weeks=self.week - 1)
        thursday = friday - dt.timedelta(days=1)
        self.at(thursday, "14:00:00")
        self.join()
        issue = self.write(thursday, friday)
        if self.week % 4 == 2:
            self.correct(thursday)
        self.run("release", "--until", "proof", "--no-site-check")
        self.proofs += 1
        self.at(friday, EARLY)
        is_summer = self.week_is_summer(friday)
        if self.week % 5 == 3:
            self.mend(issue)
            self.at(friday, LATE)
            said = self.release()
            assert "is not what was proofed on" in said
            assert "+Subject: " in said
            self.proofs += 1
        elif not is_summer:
            assert "nothing is due until Fri " in self.release()
        self.at(friday, EARLY if is_summer and self.week % 5 != 3 else LATE)
        for reader in self.readers:
            self.expected[reader, issue.stem] += 1
        assert f"{issue.stem} is released" in self.release()
        self.look(issue.stem)
        if self.week % 6 == 1:
            self.at(friday, LATER)
            assert "nothing is due until Fri " in self.release()
            assert "nothing left to do" in self.run("release", issue.stem)
        self.at(friday + dt.timedelta(days=1), LATER)
        self.come_back()

    def release(self) -> str:
        """As a scheduler runs it."""
        return self.run("release", "--if-due", "--yes", "--no-site-check")

    def week_is_summer(self, friday: dt.date) -> bool:
        """Whether London's clocks are an hour ahead."""
        return dt.date(2026, 3, 29) <= friday < dt.date(2026, 10, 25)

    def join(self) -> None:
        """Twelve readers to begin with, then now and then one more."""
        for _ in range(12 if self.week == 1 else self.week % 3 == 0):
            address = f"r{len({each for each, _ in self.expected} | set(self.readers))}@reader.example"
            self.run("subscribers", "add", address, "--confirmed", "--source", "a fair")
            self.readers.append(address)

    def write(self, thursday: dt.date, friday: dt.date) -> Path:
        """A story and its issue."""
        year, week, _ = friday.isocalendar()
        story = self.root / "content" / "stories" / str(thursday.year) / f"{thursday}-week-{self.week}.md"
        story.parent.mkdir(parents=True, exist_ok=True)
        story.write_text(STORY.format(week=self.week, date=thursday))
        self.stories.append(story)
        issue = self.root / "content" / "issues" / f"{year}-w{week:02}.md"
        issue.parent.mkdir(parents=True, exist_ok=True)
        issue.write_text(ISSUE.format(week=self.week, date=friday, story=story.stem))
        return issue

    def correct(self, day: dt.date) -> None:
        """Edit last week's story: refused without a correction, and told by the next digest with one."""
        story = self.stories[-2]
        old = story.read_text()
        new = old.replace("it happened.", "it happened twice.")
        story.write_text(new)
        assert "without a correction" in self.run("release", "--until", "proof", "--no-site-check", code=1)
        self.corrected = f"It happened twice, not once, in week {self.week - 1}."
        entry = f'corrections: [{{date: {day}, text: "{self.corrected}"}}]\n'
        story.write_text(new.replace("authors: [ada]\n", f"authors: [ada]\n{entry}"))

    def mend(self, issue: Path) -> None:
        """Change the issue after its proof."""
        issue.write_text(
            issue.read_text().replace(f"title: Issue {self.week}", f"title: The issue of week {self.week}")
        )

    def come_back(self) -> None:
        """A bounce now and then, somebody who leaves now and then."""
        mails = {mail.recipients[0]: mail for mail in self.sink.accepted}
        events = []
        if self.week % 4 == 0:
            events.append(self.event("bounced", mails[self.readers.pop(0)]))
        if self.week % 6 == 0:
            events.append(self.event("unsubscribed", mails[self.readers.pop()]))
        if events:
            file = self.root.parent / "events.jsonl"
            file.write_text("".join(f"{json.dumps(event)}\n" for event in events))
            self.run("inbox", "--from", f"jsonl:{file}")

    def event(self, name: str, mail: Accepted) -> dict[str, str]:
        found = re.search(r"\+([a-z0-9]+)@", mail.sender)
        assert found, mail.sender
        return {"event": name, "token": found[1], "id": f"{self.week}-{name}"}

    def look(self, issue: str) -> None:
        """What holds after each release."""
        served, output = self.root / "www" / "current", self.root / "output"
        names = {file.relative_to(output).as_posix() for file in output.rglob("*") if file.is_file()}
        release = served.resolve()
        assert {file.relative_to(release).as_posix() for file in release.rglob("*") if file.is_file()} == names
        served_now = {}
        for name in names:
            content = (served / name).read_bytes()
            assert content == (output / name).read_bytes(), name
            served_now[name] = content, (served / name).stat().st_ino
        same = {name for name, (content, _) in served_now.items() if self.served.get(name, (b"", 0))[0] == content}
        copied = [name for name in same if served_now[name][1] != self.served[name][1]]
        assert not copied, f"what is the same is the same file in each release: {copied}"
        self.served = served_now
        assert f"issues/{issue}/index.html" in names
        assert issue in (served / "index.html").read_text() or issue in (served / "issues" / "index.html").read_text()
        assert len(list((self.root / "www" / "releases").iterdir())) <= 5
        record = json.loads((self.root / "content" / "issues" / f"{issue}.sent.json").read_text())
        assert record["counts"]["sent"] == record["recipients"] == len(self.readers)
        assert "@" not in json.dumps(record)
        self.sizes.append(sum(file.stat().st_size for file in (self.root / ".briefing").rglob("*") if file.is_file()))

    def received(self) -> Counter[tuple[str, str]]:
        """Which issues each reader has got, and how often, by the List-Unsubscribe's neighbour: the subject's issue."""
        got: Counter[tuple[str, str]] = Counter()
        for mail in self.sink.accepted:
            if mail.recipients[0] == DESK:
                continue
            message = email.message_from_bytes(mail.body, policy=email.policy.default)
            found = re.search(r"/issues/([0-9w-]+)/", mail.body.decode(errors="replace"))
            assert found, message["Subject"]
            got[mail.recipients[0], found[1]] += 1
        return got


def live(root: Path, weeks: int) -> dict[str, object]:
    """So many weeks; what was counted."""
    # A clock that jumps breaks the end of its wait, and the gate has a test of its own.
    vars(gate)["report"] = lambda _message: None
    with serving(Options()) as sink:
        os.environ |= {"BRIEFING_PROOF_TO": DESK, "BRIEFING_TRANSPORT": f"smtp://127.0.0.1:{sink.port}?tls=none"}
        life = Life(root, sink)
        for _ in range(weeks):
            life.live()
        got = life.received()
        assert got == life.expected, (got - life.expected, life.expected - got)
        proofs = sum(mail.recipients[0] == DESK for mail in sink.accepted)
        assert proofs == life.proofs
    with closing(sqlite3.connect(root / ".briefing" / "ledger.sqlite3")) as ledger:
        tables = ("campaigns", "deliveries", "senders", "releases", "events", "subscribers")
        rows = {table: ledger.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608
    return {"mails": got.total(), "proofs": proofs, "readers": len(life.readers), "rows": rows, "sizes": life.sizes}


if __name__ == "__main__":
    if "--whole" not in sys.argv:
        remember()
    print(json.dumps(live(Path(sys.argv[1]), int(sys.argv[2]))))
