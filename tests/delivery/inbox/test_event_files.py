"""Mailboxes on this machine: a Maildir and an mbox file, as Postfix fills them, and what other programs do to them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import mailbox
import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import REPOSITORY
from tests.delivery import inbox_parts as parts
from tests.delivery.here import run_here
from tests.delivery.mailhost import mail_host
from tests.delivery.nursery import unmeasured

from briefing import settings
from briefing.delivery.inbox import maildir, mbox
from briefing.delivery.inbox.inbox_url import FileSource, MaildirSource, MboxSource, read_source
from briefing.delivery.inbox.mailbox import BATCH, MAX_BYTES, IncomingMail, MailboxUnreadableError
from briefing.delivery.inbox.mbox import Mbox
from briefing.delivery.store.database import open_database
from briefing.delivery.store.tables import DeliveryState, Membership

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

BOX = "bounces@list.example"
ENVIRONMENT = {"BRIEFING_SECRET": parts.SECRET, "CI": ""}
FROM = b"From MAILER-DAEMON Tue Nov 14 22:20:00 2023\n"


@pytest.fixture
def root(publication: MakePublication) -> Path:
    return publication(settings=parts.SETTINGS)


@pytest.fixture
def mailing(root: Path) -> Iterator[parts.List]:
    known = settings.load(root)
    database = open_database(known, ENVIRONMENT)
    yield parts.list_of(known, database)
    database.close()


@pytest.fixture
def box(root: Path) -> Path:
    """An empty Maildir."""
    for part in ("tmp", "new", "cur"):
        (root / "Maildir" / part).mkdir(parents=True)
    return root / "Maildir"


@pytest.fixture
def spool(root: Path) -> Path:
    """An empty mbox file."""
    (root / "spool").touch()
    return root / "spool"


def drop(box: Path, *mails: bytes) -> None:
    """Deliver mails into a Maildir."""
    start = len(list(box.rglob("*.host")))
    for number, mail in enumerate(mails, start):
        (box / "tmp" / f"{number}.host").write_bytes(mail)
        (box / "tmp" / f"{number}.host").rename(box / "new" / f"{number}.host")


def append(spool: Path, *mails: bytes) -> None:
    """Deliver mails into an mbox file, as Postfix does."""
    with spool.open("ab") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        for mail in mails:
            file.write(FROM + mail.replace(b"\r\n", b"\n").rstrip() + b"\n\n")


def inbox(root: Path, source: str, *more: str) -> subprocess.CompletedProcess[str]:
    done = run_here(root, "inbox", "--from", source, *more, **ENVIRONMENT)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def counts(root: Path, source: str, *more: str) -> dict[str, int]:
    done = inbox(root, source, "--json", *more)
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return {name: number for name, number in said["counts"].items() if number}


def names(box: Path, folder: str = "") -> list[str]:
    return sorted(file.name for part in ("new", "cur") for file in (box / folder / part).glob("*"))


# With Postfix


def test_a_maildir_that_postfix_fills(tool: Callable[[str], str], root: Path, mailing: parts.List) -> None:
    with mail_host(tool) as host:
        bounce_some(host.smtp, mailing)
        host.wait_for(BOX, 3)
        source = f"maildir:{host.folder}/mail/{BOX}"
        expected = {"bounced": 1, "soft": 1, "refused": 1, "resolved": 3}
        assert counts(root, source, "--dry-run") == expected
        assert counts(root, source) == expected
        assert counts(root, source) == {}
        assert len(host.messages(BOX, "Processed")) == 3
        owner = (host.folder / "mail" / BOX).stat()
        made = [host.folder / "mail" / BOX / ".Processed", *(host.folder / "mail" / BOX / ".Processed").iterdir()]
        assert {(each.stat().st_uid, each.stat().st_gid) for each in made} == {(owner.st_uid, owner.st_gid)}


def test_an_mbox_that_postfix_fills(tool: Callable[[str], str], root: Path, mailing: parts.List) -> None:
    with mail_host(tool, ending="") as host:
        spool = host.folder / "mail" / BOX
        bounce_some(host.smtp, mailing)
        wait_until(lambda: spool.exists() and spool.read_bytes().count(b"\nReporting-MTA: ") == 3)
        before = spool.read_bytes()
        expected = {"bounced": 1, "soft": 1, "refused": 1, "resolved": 3}
        assert counts(root, f"mbox:{spool}", "--dry-run") == expected
        assert counts(root, f"mbox:{spool}") == expected
        assert counts(root, f"mbox:{spool}") == {}
        bounce_some(host.smtp, mailing, campaign=2)
        wait_until(lambda: spool.read_bytes().count(b"\nReporting-MTA: ") == 6)
        assert counts(root, f"mbox:{spool}") == expected
        assert spool.read_bytes().startswith(before)
        with contextlib.closing(mailbox.mbox(spool)) as opened:
            assert len(opened) == 6


def bounce_some(port: int, mailing: parts.List, campaign: int = 1) -> None:
    """Mail to three readers whose mailboxes refuse it."""
    with smtplib.SMTP("127.0.0.1", port) as relay:
        for name in ("gone", "full", "policy"):
            token = mailing.deliver(mailing.add(f"{name}@readers.example"), campaign, DeliveryState.UNKNOWN)
            text = f"From: desk@list.example\r\nTo: {name}@readers.example\r\n\r\nGood morning.\r\n\r\nFrom me."
            relay.sendmail(f"bounces+{token}@list.example", [f"{name}@readers.example"], text)


def wait_until(is_so: Callable[[], bool]) -> None:
    is_over = threading.Event()
    for _ in range(600):
        if is_so():
            return
        is_over.wait(0.05)
    pytest.fail("waited thirty seconds for mails")


# A Maildir


def test_each_mail_of_a_maildir_is_moved_once(root: Path, mailing: parts.List, box: Path) -> None:
    readers = [mailing.add(f"r{number}@readers.example") for number in range(BATCH + 3)]
    drop(box, *[parts.postfix(mailing.deliver(reader)) for reader in readers], b"Subject: x\n\nx")
    (box / "new" / "0.host").rename(box / "cur" / "0.host:2,FS")
    (box / "cur" / "deleted.host:2,ST").write_bytes(b"Subject: y\n\ny")
    (box / "new" / ".hidden").write_bytes(b"")
    (box / "new" / "folder").mkdir()
    said = inbox(root, "maildir:Maildir")
    assert (said.returncode, f"maildir:Maildir/new/{len(readers)}.host: neither a bounce" in said.stdout) == (0, True)
    assert {mailing.state(reader) for reader in readers} == {Membership.BOUNCED}
    assert names(box) == [".hidden", "deleted.host:2,ST", "folder"]
    assert names(box, ".Other") == [f"{len(readers)}.host"]
    assert len(names(box, ".Processed")) == len(readers)
    assert (box / ".Processed" / "cur" / "0.host:2,FS").exists()
    assert (box / ".Processed" / "maildirfolder").exists()
    assert (box / ".Processed").stat().st_mode & 0o777 == 0o700
    assert counts(root, "maildir:Maildir") == {}


def test_a_name_that_is_taken_hides_no_mail(root: Path, box: Path) -> None:
    for text in (b"one", b"two", b"three"):
        (box / "cur" / "1.host:2,S").write_bytes(b"Subject: x\n\n" + text)
        assert counts(root, "maildir:Maildir") == {"aside": 1}
    assert names(box, ".Other") == ["1.host:2,S", "1.host_2:2,S", "1.host_3:2,S"]


@pytest.mark.parametrize("does", ["move", "mark"])
def test_a_mail_that_another_program_takes_meanwhile(
    root: Path, mailing: parts.List, box: Path, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    ada, ben = mailing.add(), mailing.add("ben@readers.example")
    drop(box, parts.postfix(mailing.deliver(ada)), parts.postfix(mailing.deliver(ben)))
    real = maildir.Maildir.batches

    def batches(self: maildir.Maildir) -> Iterator[list[IncomingMail]]:
        (box / "new" / "0.host").rename(box / "cur" / "0.host:2,S")  # before it is read
        for mails in real(self):
            target = box / "cur" / "1.host:2,S" if does == "mark" else root / "elsewhere"
            (box / "new" / "1.host").rename(target)  # after that
            yield mails

    monkeypatch.setattr(maildir.Maildir, "batches", batches)
    assert counts(root, "maildir:Maildir") == {"bounced": 1}
    monkeypatch.undo()
    assert counts(root, "maildir:Maildir") == ({"bounced": 1, "again": 1} if does == "mark" else {"bounced": 1})
    assert names(box) == []


# An mbox file


def test_each_mail_of_an_mbox_counts_once_and_stays(root: Path, mailing: parts.List, spool: Path) -> None:
    assert counts(root, "mbox:spool") == {}
    readers = [mailing.add(f"r{number}@readers.example") for number in range(BATCH + 3)]
    append(spool, *[parts.postfix(mailing.deliver(reader)) for reader in readers], b"Subject: x\n\nx")
    said = inbox(root, "mbox:spool")
    at = spool.read_bytes().rindex(b"From MAILER-DAEMON")
    assert (said.returncode, f"mbox:spool, byte {at}: neither a bounce" in said.stdout) == (0, True)
    assert {mailing.state(reader) for reader in readers} == {Membership.BOUNCED}
    assert counts(root, "mbox:spool") == {}
    append(spool, b"Subject: y\n\ny")
    before = spool.stat()
    assert counts(root, "mbox:spool") == {"aside": 1}
    after = spool.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    assert sorted(file.name for file in root.glob("spool*")) == ["spool"]


def test_a_file_that_a_mail_program_has_rewritten_is_read_again_and_nothing_counts_twice(
    root: Path, mailing: parts.List, spool: Path
) -> None:
    ada, ben = mailing.add(), mailing.add("ben@readers.example")
    append(spool, b"Subject: x\n\nx", parts.postfix(mailing.deliver(ada)))
    assert counts(root, "mbox:spool") == {"bounced": 1, "aside": 1}
    with contextlib.closing(mailbox.mbox(spool)) as opened:
        first, second = opened.iterkeys()
        read = opened[second]
        read.set_flags("RO")
        opened[second] = read
        del opened[first]
        opened.flush()
    append(spool, parts.postfix(mailing.deliver(ben)))
    assert b"Status: RO" in spool.read_bytes()
    assert counts(root, "mbox:spool") == {"bounced": 1, "again": 1}
    spool.write_bytes(b"")
    assert counts(root, "mbox:spool") == {}
    append(spool, parts.postfix(mailing.deliver(ben, 2), "5.2.2"))
    assert counts(root, "mbox:spool") == {"soft": 1}


def test_only_a_line_after_an_empty_one_begins_a_mail(root: Path, mailing: parts.List, spool: Path) -> None:
    inside = b"Subject: x\n\nsaid\nFrom me Tue Nov 14 22:20:00 2023\n\n>From me 1:00\n\nFrom here on\n"
    append(
        spool,
        inside,
        b"Subject: " + b"y" * (MAX_BYTES + 9) + b"\n\nFrom",
        parts.postfix(mailing.deliver(mailing.add())),
    )
    assert counts(root, "mbox:spool") == {"aside": 2, "bounced": 1}
    (root / "none").mkdir()
    source = read_source("mbox:spool", root)
    assert isinstance(source, MboxSource)
    with spool.open("rb") as file:
        mails, end = mbox._mails(file, 0, "spool")
    assert (len(mails), end, len(mails[1].raw)) == (3, spool.stat().st_size, MAX_BYTES + 1)
    assert mails[0].raw.endswith(b"From here on\n")
    assert all(abs(mail.at - 1_700_000_400) < 86_400 for mail in mails)


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("From x Tue Nov 14 22:13:20 2023", 1_700_000_000),
        ("From x  Tue Nov 14 22:13 2023", 1_699_999_980),
        ("From x Tue Nov 14 22:13:20 UTC 2023", 1_700_000_000),
        ("From x Tue Nov 54 22:13:20 2023", 0),
        ("From x Tue Nov 14 22:13:20 9999999", 0),
        ("From x Sun Jan  1 00:00:00 1905", 0),
        ("From x", 0),
    ],
)
@pytest.mark.usefixtures("utc")
def test_the_time_of_a_mail_is_that_of_its_first_line(line: str, at: int) -> None:
    assert mbox._seconds(line) == at


@pytest.fixture
def utc() -> Iterator[None]:
    """This machine is at Greenwich."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def test_a_mailbox_that_another_program_writes_to_is_waited_for(
    root: Path, mailing: parts.List, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock of the same process would not be one: another holds it."""
    monkeypatch.setattr(mbox, "_LOCK_TIMEOUT", 0.3)
    append(spool, parts.postfix(mailing.deliver(mailing.add())))
    code = (
        "import fcntl, sys; f = open(sys.argv[1], 'ab'); fcntl.lockf(f, fcntl.LOCK_EX); print('x', flush=True); input()"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code, str(spool)], stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "x\n"
        done = inbox(root, "mbox:spool")
        assert (done.returncode, "has been locked by another program" in done.stderr) == (1, True)
        holder.communicate("\n")
    dot = spool.with_name("spool.lock")
    dot.touch()
    done = inbox(root, "mbox:spool")
    assert (done.returncode, "remove spool.lock" in done.stderr) == (1, True)
    dot.unlink()
    assert counts(root, "mbox:spool") == {"bounced": 1}


# Both


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_killed_before_it_lets_go_of_a_mail_nothing_is_repeated_or_lost(
    root: Path, mailing: parts.List, box: Path, spool: Path, kind: str
) -> None:
    readers = [mailing.add(f"r{number}@readers.example") for number in range(3)]
    mails = [parts.postfix(mailing.deliver(reader)) for reader in readers]
    drop(box, *mails)
    append(spool, *mails)
    source = "maildir:Maildir" if kind == "maildir" else "mbox:spool"
    cls = "maildir.Maildir" if kind == "maildir" else "mbox.Mbox"
    killed = f"from briefing.delivery.inbox import maildir, mbox; {cls}.settle = lambda *_: os.kill(os.getpid(), 9)"
    with started(root, source, killed) as process:
        assert process.wait(60) == -signal.SIGKILL
    assert {mailing.state(reader) for reader in readers} == {Membership.BOUNCED}
    assert counts(root, source) == {"again": 3}
    assert counts(root, source) == {}


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_two_at_once_count_each_mail_once(root: Path, mailing: parts.List, box: Path, spool: Path, kind: str) -> None:
    readers = [mailing.add(f"r{number}@readers.example") for number in range(40)]
    mails = [parts.postfix(mailing.deliver(reader)) for reader in readers]
    drop(box, *mails)
    append(spool, *mails)
    source = "maildir:Maildir" if kind == "maildir" else "mbox:spool"
    both = [started(root, source, "pass") for _ in range(2)]
    said = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(one["counts"]["bounced"] for one in said) == 40
    assert counts(root, source) == {}
    assert len(names(box, ".Processed")) == (40 if kind == "maildir" else 0)


def started(root: Path, source: str, first: str) -> subprocess.Popen[bytes]:
    code = f"import os, sys; {first}\nfrom briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    environment = {**unmeasured(os.environ), "PYTHONPATH": str(REPOSITORY / "plugins"), **ENVIRONMENT}
    command = [sys.executable, "-c", code, str(root), "inbox", "--json", "--from", source]
    return subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("maildir:nowhere", "maildir:nowhere does not exist; check the path"),
        ("maildir:spool", "is a file; did you mean mbox:PATH?"),
        ("maildir:.", "is not a Maildir: it has no folder `new`"),
        ("maildir:Maildir/.Processed", "is the folder for processed mails"),
        ("mbox:nowhere", "mbox:nowhere does not exist; check the path"),
        ("mbox:Maildir", "is a folder; did you mean maildir:PATH?"),
        ("mbox:pipe", "is not a regular file"),
        ("mbox:pelicanconf.py", "mbox:pelicanconf.py is not an mbox: at byte 0"),
    ],
)
def test_a_path_that_is_not_a_mailbox_is_told(root: Path, box: Path, spool: Path, source: str, said: str) -> None:
    for part in ("tmp", "new", "cur"):
        (box / ".Processed" / part).mkdir(parents=True)
    assert spool.exists()
    os.mkfifo(root / "pipe")
    done = inbox(root, source)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert said in done.stderr


@pytest.mark.parametrize("source", ["maildir:", "mbox:", "maildirs:x", "mbox"])
def test_a_url_without_a_path_is_told(root: Path, source: str) -> None:
    done = inbox(root, source)
    assert done.returncode == 2
    assert "maildir:FOLDER, mbox:FILE" in done.stderr


def test_what_cannot_be_read_is_told(
    box: Path, spool: Path, monkeypatch: pytest.MonkeyPatch, mailing: parts.List
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    drop(box, b"Subject: x\n\n")
    append(spool, b"Subject: x\n\n")
    monkeypatch.setattr(maildir.Maildir, "_read", refuse)
    with pytest.raises(MailboxUnreadableError, match=r"cannot be used \(Permission denied\); run this as the user"):
        list(maildir.Maildir(MaildirSource(box, "maildir:Maildir")).batches())
    monkeypatch.setattr(mbox, "_mails", refuse)
    with pytest.raises(MailboxUnreadableError, match=r"cannot be read \(Permission denied\); run this as the user"):
        list(Mbox(MboxSource(spool, "mbox:spool"), mailing.database).batches())


def test_where_a_path_counts_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "ada"))
    assert read_source("maildir:~/a", tmp_path) == MaildirSource(tmp_path / "ada" / "a", "maildir:~/a")
    assert read_source("mbox:/var/mail/a", tmp_path) == MboxSource(tmp_path / "/var/mail/a", "mbox:/var/mail/a")
    assert read_source("Maildir:a b[%20", tmp_path) == MaildirSource(tmp_path / "a b[%20", "maildir:a b[%20")
    assert read_source("jsonl:a", tmp_path) == FileSource(tmp_path / "a", "a")
