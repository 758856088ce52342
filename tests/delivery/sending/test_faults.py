"""What befalls a ledger: no room, no right to write, another clock, an older program, damage, a kill, a power failure.

Whatever it is, a run ends with one clear sentence, nobody is mailed twice, and the accounting is exact once it goes on.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.conftest import REPOSITORY
from tests.delivery.campaign_parts import ISSUE, Desk, free_port, make_desk, running_sink
from tests.delivery.nursery import unmeasured
from tests.delivery.sending.test_killed import accounted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication
    from tests.delivery.campaign_parts import Running
    from tests.delivery.nursery import Child

MAIN = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
# Root may write everywhere, unless it has given that up.
WITHOUT_RIGHTS = ("setpriv", "--inh-caps=-all", "--bounding-set=-all") if os.geteuid() == 0 else ()


def ready(publication: MakePublication, sink: Running, number: int, per_second: float = 0) -> Desk:
    """A desk with so many readers that has mailed its proof."""
    desk = make_desk(publication, sink.via, f'"per_second": {per_second}')
    desk.proof()
    desk.fill(number=number)
    return desk


def run_by(desk: Desk, *before: str, **environment: str) -> subprocess.Popen[str]:
    """`send` by way of another program."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", MAIN, str(desk.root), *desk.sending()],
        cwd=desk.root,
        # What measures it would be under the same spell.
        env=unmeasured(os.environ) | {"PYTHONPATH": str(REPOSITORY / "plugins")} | desk.environment | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(process: Child | subprocess.Popen[str], seconds: float = 60) -> tuple[int, str]:
    """Its exit code and what it said."""
    try:
        said, _ = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return process.wait(), said


def refused(done: tuple[int, str], reason: str) -> None:
    """Assert that it failed with one clear sentence."""
    code, said = done
    assert code == 1, said
    assert "Traceback" not in said
    assert [line for line in said.splitlines() if line.startswith("error: ") and reason in line], said
    assert said.count("error: ") == 1


def wait_for(sink: Running, number: int, sender: Child | subprocess.Popen[str]) -> None:
    """Until so many messages have been taken."""
    end = time.monotonic() + 60
    while sum(sink.accepted().values()) < number:
        assert sender.poll() is None, sender.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def finish(desk: Desk, runs: int = 4) -> None:
    """Go on until everything is sent."""
    said = ""
    for _ in range(runs):
        done = desk.send()
        if done.returncode == 0:
            return
        said += done.stdout + done.stderr
        desk.let_time_pass()
    raise AssertionError(said)


# No room


@pytest.mark.parametrize("number", [1500, 8000])
def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(
    publication: MakePublication, tmp_path: Path, number: int
) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, number)
        assert desk.send("--sample", "1").returncode == 0
        refused(ended(_with_room(desk, desk.ledger.stat().st_size + 20_000)), "check the disk and its free space")
        taken = sum(sink.accepted().values())
        assert 1 < taken < number, taken
        finish(desk)
        counts = accounted(desk, sink.accepted())
    assert counts["sent"] + counts.get("unknown", 0) == number
    assert counts.get("unknown", 0) <= 40  # in hand, or answered and not kept


def test_a_campaign_for_which_there_is_no_room_is_not_opened(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 8000)
        refused(ended(_with_room(desk, 200_000)), "check the disk and its free space")
        assert desk.ask("SELECT (SELECT count(*) FROM campaigns), (SELECT count(*) FROM deliveries)") == [(0, 0)]
        assert not sink.accepted()


def _with_room(desk: Desk, octets: int) -> subprocess.Popen[str]:
    """No file may grow larger: to whoever writes it is the end of the disk."""
    limit = ("sh", "-c", 'ulimit -f "$0"; exec "$@"', str(octets // 512))  # blocks of 512 octets, says POSIX
    return run_by(desk, *limit)


# No right to write


@pytest.mark.parametrize("part", ["file", "folder", "both"])
def test_a_ledger_that_may_not_be_written(publication: MakePublication, tmp_path: Path, part: str) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 20)
        assert desk.send("--sample", "5").returncode == 0
        modes = {desk.ledger: 0o400, desk.ledger.parent: 0o500}
        changed = {"file": [desk.ledger], "folder": [desk.ledger.parent], "both": list(modes)}[part]
        for path in changed:
            path.chmod(modes[path])
        try:
            refused(ended(run_by(desk, *WITHOUT_RIGHTS)), "check the permissions")
        finally:
            desk.ledger.parent.chmod(0o700)
            desk.ledger.chmod(0o600)
        assert len(sink.accepted()) == 5
        finish(desk)
        assert accounted(desk, sink.accepted()) == {"sent": 20}


# Another clock


def test_a_clock_set_back_holds_nothing_up(
    publication: MakePublication, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    faketime = tool("faketime")
    port = free_port()
    with running_sink(tmp_path, port=port) as sink:
        limits = '"per_second": 40.0, "domains_per_second": {"slow.example": 2.0}'
        desk = make_desk(publication, sink.via, limits)
        desk.proof()
        desk.fill(*(f"s{number}@slow.example" for number in range(8)), number=200)
        sender = desk.start()
        wait_for(sink, 40, sender)
        sender.send_signal(signal.SIGINT)
        sender.communicate(timeout=30)
    with running_sink(tmp_path, "--faults", "rate-at-rcpt=1", port=port) as sink:
        assert desk.send("--sample", "20").returncode in {0, 1}
        assert desk.counts()["deferred"]
        assert desk.ask("SELECT count(*) FROM rates WHERE paused_until > 0") != [(0,)]
    with running_sink(tmp_path, port=port) as sink:
        desk.set_rate(400)
        back = run_by(desk, faketime, "-f", "-3d", FAKETIME_DONT_FAKE_MONOTONIC="1")
        code, said = ended(back, 60)
        if code:  # what is left is its own domain's turn
            assert "deferred" in said
            back = run_by(desk, faketime, "-f", "-3d", FAKETIME_DONT_FAKE_MONOTONIC="1")
            code, said = ended(back, 60)
        assert code == 0, said
        assert accounted(desk, sink.accepted()) == {"sent": 208}
    opened, finished = desk.ask("SELECT opened_at, finished_at FROM campaigns")[0]
    assert finished < opened - 2 * 86_400
    record = json.loads((desk.root / "content" / "issues" / f"{ISSUE}.sent.json").read_text())
    assert record["counts"]["sent"] == 208


# Two at once


def test_two_that_begin_at_once_are_one(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 300, per_second=150)
        both = [desk.start(), desk.start()]
        done = [ended(process) for process in both]
        assert sorted(code for code, _ in done) == [0, 1], done
        refused(max(done), "another `send` is sending 2026-w14")
        assert desk.ask("SELECT count(*), max(recipients) FROM campaigns") == [(1, 300)]
        assert accounted(desk, sink.accepted()) == {"sent": 300}


# Another version of the program


MIGRATING = """\
import time
from briefing.delivery.store import migrations
def step(connection):
    connection.exec_driver_sql("ALTER TABLE subscribers ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm'")
    time.sleep(float(%r))
    %s
migrations.MIGRATIONS = {2: step}
"""


def test_a_ledger_of_an_older_version_is_brought_up_to_date(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 30)
        assert desk.send("--sample", "10").returncode == 0
        code, said = ended(desk.start(first=MIGRATING % ("0", "")))
        assert code == 0, said
        assert desk.ask("SELECT value FROM meta WHERE name = 'version'") == [("2",)]
        assert desk.ask("SELECT DISTINCT mood FROM subscribers") == [("calm",)]
        assert accounted_by(desk, sink) == {"sent": 30}
    copy = desk.ledger.with_name("ledger.sqlite3.v1")
    assert copy.stat().st_mode & 0o777 == 0o600
    with contextlib.closing(sqlite3.connect(copy)) as old:
        assert old.execute("SELECT value FROM meta WHERE name = 'version'").fetchall() == [("1",)]
        assert old.execute("SELECT state, count(*) FROM deliveries GROUP BY 1 ORDER BY 1").fetchall() == [
            ("pending", 20),
            ("sent", 10),
        ]


def test_a_step_that_fails_changes_nothing(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 10)
        failing = 'connection.exec_driver_sql("UPDATE subscribers SET id = 1")'
        code, said = ended(desk.start(first=MIGRATING % ("0", failing)))
        assert (code, said.count("error: "), "Traceback" in said) == (1, 1, False), said
        assert desk.ask("SELECT value FROM meta WHERE name = 'version'") == [("1",)]
        assert "mood" not in desk.ask("SELECT sql FROM sqlite_master WHERE name = 'subscribers'")[0][0]
        assert desk.send().returncode == 0
        assert accounted(desk, sink.accepted()) == {"sent": 10}


def test_two_that_bring_it_up_to_date_at_once(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 30)
        both = [desk.start(first=MIGRATING % ("0.7", "")) for _ in range(2)]
        done = [ended(process) for process in both]
        # The other finds the campaign under way, or done.
        assert min(done)[0] == 0, done
        assert all("another `send` is sending" in said or "gets it once" in said for code, said in done if code), done
        assert accounted_by(desk, sink) == {"sent": 30}


def test_a_ledger_of_a_newer_version_is_refused(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 3)
        desk.change("UPDATE meta SET value = '99' WHERE name = 'version'")
        refused(ended(desk.start()), "has version 99, from a newer version")
        assert not sink.accepted()
        assert not list(desk.ledger.parent.glob("*.v*"))


def test_another_secret_is_refused(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 3)
        another = "another secret of at least 32 signs"
        refused(
            ended(replace(desk, environment=desk.environment | {"BRIEFING_SECRET": another}).start()),
            "does not match this database",
        )
        assert not sink.accepted()
        assert desk.send().returncode == 0


# Damage


def _cut(data: bytes) -> Iterator[tuple[str, bytes]]:
    page = 4096
    yield "within the first page", data[:1000]
    yield "in the middle", data[: len(data) // 2 // page * page]
    yield "within a page", data[: -page - 100]


def _spoilt(data: bytes) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(1)  # noqa: S311 - no secret is made of it
    yield "nothing but chance", chance.randbytes(len(data))
    yield "its header", chance.randbytes(100) + data[100:]
    yield "its middle", data[:8192] + chance.randbytes(len(data) // 2) + data[8192 + len(data) // 2 :]


@pytest.mark.parametrize("kind", ["truncated", "garbage"])
def test_a_damaged_ledger_is_told_and_left_alone(publication: MakePublication, tmp_path: Path, kind: str) -> None:
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 400)
        assert desk.send("--sample", "5").returncode == 0
        good = desk.ledger.read_bytes()
        for suffix in ("-wal", "-shm"):
            assert not desk.ledger.with_name(desk.ledger.name + suffix).exists()
        for what, data in (_cut if kind == "truncated" else _spoilt)(good):
            desk.ledger.write_bytes(data)
            code, said = ended(desk.start())
            assert (code, said.count("error: "), "Traceback" in said) == (1, 1, False), (what, said)
            assert "is damaged; nothing was sent. Move it away and restore a backup" in said, (what, said)
            assert desk.ledger.read_bytes() == data, what
        assert len(sink.accepted()) == 5
        for suffix in ("-wal", "-shm"):
            desk.ledger.with_name(desk.ledger.name + suffix).unlink(missing_ok=True)
        desk.ledger.write_bytes(good)
        finish(desk)
        assert accounted(desk, sink.accepted()) == {"sent": 400}


# Killed between two steps


def test_killed_while_it_opens_everybody_is_a_recipient_or_nobody(publication: MakePublication, tmp_path: Path) -> None:
    number = 50_000
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, number, per_second=1)
        found = set()
        for attempt in range(6):
            sender = desk.start()
            _until_it_writes(desk, sender)
            time.sleep(attempt * 0.06)
            sender.kill()
            sender.communicate()
            campaigns, deliveries, recipients = desk.ask(
                "SELECT count(*), (SELECT count(*) FROM deliveries), max(recipients) FROM campaigns"
            )[0]
            assert (campaigns, deliveries, recipients) in {(0, 0, None), (1, number, number)}
            found.add(campaigns)
            if campaigns:
                desk.change("DELETE FROM deliveries")
                desk.change("DELETE FROM campaigns")
                desk.change("DELETE FROM senders")
        assert 0 in found


def _until_it_writes(desk: Desk, sender: Child) -> None:
    """Until a transaction has been under way for a while: that which opens is the first long one."""
    ledger = sqlite3.connect(desk.ledger, timeout=0, isolation_level=None)
    held = 0
    while held < 3:
        assert sender.poll() is None, sender.communicate()
        time.sleep(0.01)
        try:
            ledger.execute("BEGIN IMMEDIATE")
            ledger.execute("ROLLBACK")
            held = 0
        except sqlite3.OperationalError:
            held += 1
    ledger.close()


@pytest.mark.parametrize("function", ["write_sent_record", "mark_published", "tidy"])
def test_killed_before_the_record_is_written_the_next_run_writes_it(
    publication: MakePublication, tmp_path: Path, function: str
) -> None:
    dying = f"import os; from briefing.release import campaigns as c; c.{function} = lambda *_: os.kill(os.getpid(), 9)"
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, 25)
        issue = desk.root / "content" / "issues" / f"{ISSUE}.md"
        issue.write_text(issue.read_text().replace("number: 1\n", "number: 1\nstatus: hidden\n"))
        assert ended(desk.start(first=dying))[0] == -signal.SIGKILL
        assert desk.status()["state"] == "finished"
        again = desk.send()
        if function == "tidy":
            assert "each reader gets it once" in again.stderr
        else:
            assert again.returncode == 0, again.stderr
        record = json.loads((desk.root / "content" / "issues" / f"{ISSUE}.sent.json").read_text())
        assert record["counts"] == {"sent": 25, "dead": 0, "suppressed": 0, "unknown": 0}
        assert "status: published" in issue.read_text()
        assert desk.send().returncode == 1
        assert accounted(desk, sink.accepted()) == {"sent": 25}


# A power failure


@pytest.mark.parametrize("is_recent", [True, False], ids=["lately", "all of it"])
def test_what_a_power_failure_took_back_is_in_doubt_and_not_sent_again(
    publication: MakePublication, tmp_path: Path, *, is_recent: bool
) -> None:
    number = 1500
    with running_sink(tmp_path) as sink:
        desk = ready(publication, sink, number, per_second=300)
        sender = desk.start()
        wait_for(sink, 400, sender)
        copy = tmp_path / "copy"
        sender.send_signal(signal.SIGSTOP)
        copy.mkdir()
        for file in desk.ledger.parent.glob(f"{desk.ledger.name}*"):
            shutil.copy(file, copy)
        sender.kill()
        sender.communicate()
        for file in copy.iterdir():
            shutil.copy(file, desk.ledger.parent)
        before = sink.accepted()
        (upto,) = desk.ask("SELECT upto FROM senders")[0]
        assert 1000 <= upto < number
        desk.change("UPDATE senders SET boot = 'the one before'")
        last = desk.ask("SELECT max(subscriber) FROM deliveries WHERE state = 'sent'")[0][0]
        taken_back = desk.change(
            "UPDATE deliveries SET state = 'pending', sender = 0, attempts = 0, first_at = 0, at = 0, status = ''"
            " WHERE state IN ('sent', 'inflight') AND subscriber > ?",
            last - 200 if is_recent else 0,
        )
        assert taken_back > 100
        kept = desk.ask("SELECT count(*) FROM deliveries WHERE state = 'sent'")[0][0]
        desk.set_rate(0)
        finish(desk)
        counts = accounted(desk, sink.accepted())
        assert set(before) <= set(sink.accepted())
        assert counts == {"sent": kept + number - upto, "unknown": upto - kept}


def accounted_by(desk: Desk, sink: Running) -> dict[str, int]:
    """As `accounted`, of a ledger that this program is too old to read."""
    desk.change("UPDATE meta SET value = '1' WHERE name = 'version'")
    return accounted(desk, sink.accepted())
