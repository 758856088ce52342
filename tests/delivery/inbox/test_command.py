"""`inbox` over files, folders and queues, and what it says."""

from __future__ import annotations

import fcntl
import http.server
import json
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.delivery import inbox_parts as parts
from tests.delivery.here import run_here

from briefing import settings
from briefing.commands import listserver
from briefing.commands.app import main
from briefing.delivery.inbox.event_files import batches, files_at
from briefing.delivery.inbox.inbox_url import ImapSource, QueueSource, read_source
from briefing.delivery.inbox.token_search import own_addresses
from briefing.delivery.listserver.queue import UnsubscribeQueue
from briefing.delivery.store.database import open_database
from briefing.delivery.store.tables import DeliveryState, Membership
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

ENVIRONMENT = {
    "BRIEFING_SECRET": parts.SECRET,
    "CI": "",
}


@pytest.fixture
def root(publication: MakePublication) -> Path:
    return publication(settings=parts.SETTINGS)


@pytest.fixture
def mailing(root: Path) -> Iterator[parts.List]:
    known = settings.load(root)
    database = open_database(known, ENVIRONMENT)
    yield parts.list_of(known, database)
    database.close()


def inbox(root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    done = run_here(root, "inbox", *more, **ENVIRONMENT)
    assert "Traceback" not in done.stderr, done.stderr
    assert "@" not in done.stdout + done.stderr
    return done


def lines(*events: Any) -> str:
    return "".join(f"{event if isinstance(event, str) else json.dumps(event)}\n" for event in events)


def test_a_file_of_events_is_taken_in_once_and_its_faults_are_listed(root: Path, mailing: parts.List) -> None:
    ada, ben = mailing.add(), mailing.add("ben@readers.example")
    tokens = [mailing.deliver(reader, state=DeliveryState.UNKNOWN) for reader in (ada, ben)]
    text = lines(
        {"event": "delivered", "token": tokens[0]},
        '{"event": "deliv ben@readers.example',
        "",
        {"event": "bounced", "token": tokens[1], "status": "5.1.1"},
        {"event": "bounced", "token": f"{tokens[0][:-3]}000"},
        {"event": "delivered", "token": "of another mail"},
        "x" * 300_000,
        {"event": "complained", "token": tokens[0]},
    )
    (root / "events.jsonl").write_text(text)
    dry = inbox(root, "--from", "jsonl:events.jsonl", "--dry-run")
    assert (dry.returncode, mailing.delivery(ada)[0]) == (1, "unknown")
    done = inbox(root, "--from", "jsonl:events.jsonl")
    assert done.returncode == 1
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [f"events.jsonl:{n}" for n in (2, 5, 6, 7)]
    assert "2 no longer uncertain" in done.stdout
    assert "2 no longer uncertain" in dry.stdout
    assert (mailing.state(ada), mailing.state(ben)) == (Membership.COMPLAINED, Membership.BOUNCED)
    assert (mailing.delivery(ada)[0], mailing.delivery(ben)[0]) == ("sent", "dead")
    assert (root / "events.jsonl").read_text() == text
    said = json.loads(inbox(root, "--from", "jsonl:events.jsonl", "--json").stdout)
    assert {name: number for name, number in said["counts"].items() if number} == {"again": 3, "aside": 4}
    assert said["problems"][0] == {"place": "events.jsonl:2", "reason": "cannot be read"}


def test_every_line_of_which_nothing_follows_has_its_place(root: Path, mailing: parts.List) -> None:
    token = mailing.deliver(mailing.add())
    text = lines(
        {"event": "delivered", "token": token[:-1]},
        {"event": "delivered", "key": token[:12]},
        {"event": "delivered", "token": ""},
        {"event": "delivered", "message_id": "<unknown.one@example.org>"},
        {"event": "delivered", "message_id": ""},
        {"eventType": "Send", "mail": {"tags": {"delivery": ["another-mail"]}}},
        {"eventType": "Open", "mail": {"tags": {"delivery": [token]}}},
        {"event": "delivered", "token": token},
    )
    (root / "events.jsonl").write_text(text)
    done = inbox(root, "--from", "jsonl:events.jsonl", "--dry-run")
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [f"events.jsonl:{n}" for n in (1, 2, 3, 5)]
    assert "7 set aside" in done.stdout
    assert "  events.jsonl:4: its Message-ID matches no uncertain delivery\n" in done.stdout
    assert "  events.jsonl:6: identifies no delivery of this list\n" in done.stdout
    assert token[:12] not in done.stdout + done.stderr
    told = inbox(root, "--from", "jsonl:events.jsonl", "--json").stdout
    said = json.loads(told)
    assert [one["place"] for one in said["aside"]] == ["events.jsonl:4", "events.jsonl:6"]
    assert [one["place"] for one in said["problems"]] == [f"events.jsonl:{n}" for n in (1, 2, 3, 5)]
    assert token[:12] not in told


def test_a_folder_that_a_list_server_adds_to(root: Path, mailing: parts.List) -> None:
    ada, ben, eve = (mailing.add(f"{name}@readers.example") for name in ("ada", "ben", "eve"))
    queue = UnsubscribeQueue(root / "queue")
    queue.add(mailing.leaving(ada), parts.THEN + 5)
    assert "1 unsubscribed" in inbox(root, "--from", "jsonl:queue/", "--dry-run").stdout
    assert "1 unsubscribed" in inbox(root, "--from", "jsonl:queue/").stdout
    queue.add(mailing.leaving(ben), parts.THEN + 9)
    (root / "queue" / "unsubscribed.jsonl").rename(root / "queue" / "processing" / "unsubscribed.jsonl")  # killed there
    queue.add(mailing.leaving(eve), parts.THEN + 20)
    assert "2 unsubscribed" in inbox(root, "--from", "jsonl:queue").stdout
    assert [mailing.state(reader) for reader in (ada, ben, eve)] == [Membership.UNSUBSCRIBED] * 3
    assert "nothing new" in inbox(root, "--from", "jsonl:queue").stdout
    assert len(list((root / "queue" / "processed").iterdir())) == 3
    assert not list((root / "queue").glob("*.jsonl"))


def test_what_is_added_while_a_file_is_taken_is_not_lost(tmp_path: Path) -> None:
    """Writers in threads, as a server under load; each line is read once."""
    queue = UnsubscribeQueue(tmp_path)
    written = 400

    def write(first: int) -> None:
        for number in range(first, written, 4):
            queue.add(f"token{number}", parts.THEN)

    writers = [threading.Thread(target=write, args=(first,)) for first in range(4)]
    for writer in writers:
        writer.start()
    read: list[str] = []
    while any(writer.is_alive() for writer in writers) or list(tmp_path.glob("*.jsonl")):
        for file in files_at(tmp_path, is_dry=False):
            with file.open("rb") as opened:
                fcntl.flock(opened, fcntl.LOCK_SH)
                read += [json.loads(line.text)["token"] for batch in batches(opened) for line in batch]
            file.unlink()
    assert sorted(read) == sorted(f"token{number}" for number in range(written))


def test_a_file_is_read_in_bounded_batches(tmp_path: Path) -> None:
    file = tmp_path / "x.jsonl"
    file.write_bytes(b"\n".join(b"%d" % number for number in range(250)) + b"\n" + b"y" * 1_000_000 + b"\n\xff\n")
    with file.open("rb") as opened:
        found = list(batches(opened))
    assert [len(batch) for batch in found] == [100, 100, 52]
    assert [(line.number, line.text) for line in found[2][-2:]] == [(251, ""), (252, "\ufffd\n")]


def test_relative_paths_count_from_where_a_command_is_run(
    publication: MakePublication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """But for one in the settings, which counts from their folder; as `subscribers import` and `export` do."""
    root = publication(settings=parts.SETTINGS + 'BRIEFING["delivery"] = {"inbox": "jsonl:mine.jsonl"}\n')
    here = tmp_path / "here"
    here.mkdir()
    (here / "events.jsonl").write_text("{")
    (root / "mine.jsonl").write_text("{")
    monkeypatch.chdir(here)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    assert main(["inbox", "--from", "jsonl:events.jsonl"], root) == 1
    assert "events.jsonl:1: cannot be read" in capsys.readouterr().err
    assert main(["inbox"], root) == 1
    assert "mine.jsonl:1: cannot be read" in capsys.readouterr().err
    queues: list[Path] = []
    monkeypatch.setattr(listserver, "queue_application", lambda _settings, folder, *_: queues.append(folder))
    monkeypatch.setattr(listserver, "listen", lambda *_: None)
    assert main(["listserver", "--append-only", "queue"], root) == 0
    assert queues == [here / "queue"]


def test_the_setting_is_the_default(publication: MakePublication) -> None:
    root = publication(settings=parts.SETTINGS + 'BRIEFING["delivery"] = {"inbox": "jsonl:mine.jsonl"}\n')
    (root / "mine.jsonl").write_text("")
    assert inbox(root).stdout == "mine.jsonl: nothing new\n"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://x.example", "is not the URL of an inbox"),
        ("jsonl:", "is not the URL of an inbox"),
        ("imaps://me:pw@x.example", "set BRIEFING_IMAP_PASSWORD instead"),
        ("imaps://x.example", "needs a user and a host"),
        ("imap://me@x.example?tls=none", "unencrypted"),
        ("imaps://me@127.0.0.1?tls=none", "unencrypted"),
        ("imaps://me@x.example?ssl=1", "only option of a mailbox"),
        ("imaps://me@x.example:port", "invalid host or port"),
        ("sqs://eu-west-1/me/queue", "write a queue as"),
        ("sqs://eu-west-1/123/queue?endpoint=file:x", "write a queue as"),
    ],
)
def test_a_wrong_url_is_wrong_use(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(WrongUseError, match=said.replace("?", ".")) as refused:
        read_source(url, tmp_path)
    assert "pw" not in str(refused.value)


def test_wrong_use_is_told(root: Path) -> None:
    done = inbox(root)
    assert (done.returncode, "no inbox is configured" in done.stderr) == (2, True)


def test_an_address_for_leaving_that_is_also_the_desks_is_known(publication: MakePublication) -> None:
    shared = 'BRIEFING["email"] |= {"reply_to": "Desk <Leave@List.example>"}\n'
    assert own_addresses(settings.load(publication(settings=parts.SETTINGS + shared))).is_unsubscribe_shared


def test_a_file_that_is_not_there(root: Path) -> None:
    done = inbox(root, "--from", "jsonl:no-such-file")
    assert (done.returncode, "no such file or folder" in done.stderr) == (1, True)


def test_urls_are_read(tmp_path: Path) -> None:
    box = read_source("imaps://a%40b.example@mail.example/Lists/Bounces", tmp_path)
    assert box == ImapSource("mail.example", 993, "a@b.example", "Lists/Bounces", "tls")
    assert read_source("imap://me@mail.example:1143", tmp_path) == ImapSource(
        "mail.example", 1143, "me", "INBOX", "starttls"
    )
    assert box.name == "imaps://mail.example:993/Lists/Bounces"
    queue = QueueSource("eu-west-1", "123", "events.fifo", "")
    assert read_source("https://sqs.eu-west-1.amazonaws.com/123/events.fifo", tmp_path) == queue
    assert read_source("sqs://eu-west-1/123/events.fifo", tmp_path) == queue
    with pytest.raises(WrongUseError):
        read_source("imap://[x", tmp_path)


class Sqs(http.server.ThreadingHTTPServer):
    """A queue as SQS answers for it; messages that were given away are hidden, as in its visibility timeout."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SqsHandler)
        self.messages: dict[str, str] = {}
        self.address_hash: set[str] = set()
        self.fault = ""

    @property
    def url(self) -> str:
        return f"sqs://eu-west-1/123456789012/events?endpoint=http://127.0.0.1:{self.server_port}"


class _SqsHandler(http.server.BaseHTTPRequestHandler):
    server: Sqs

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        answer: dict[str, Any] = {}
        if operation == "ReceiveMessage":
            free = [name for name in self.server.messages if name not in self.server.address_hash][
                : asked["MaxNumberOfMessages"]
            ]
            self.server.address_hash |= set(free)
            answer["Messages"] = [
                {"MessageId": name, "ReceiptHandle": name, "Body": self.server.messages[name]} for name in free
            ]
        elif operation == "DeleteMessageBatch":
            for entry in asked["Entries"]:
                self.server.messages.pop(entry["ReceiptHandle"], None)
            answer = {"Successful": [{"Id": entry["Id"]} for entry in asked["Entries"]], "Failed": []}
        if self.server.fault:
            answer = {"__type": f"com.amazonaws.sqs#{self.server.fault}", "message": "no ada@readers.example"}
        body = json.dumps(answer).encode()
        self.send_response(400 if self.server.fault else 200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def sqs() -> Iterator[Sqs]:
    with Sqs() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_queue_is_emptied_of_what_was_taken_in_or_is_none_of_ours(root: Path, mailing: parts.List, sqs: Sqs) -> None:
    readers = [mailing.add(f"r{number}@readers.example") for number in range(12)]
    for number, reader in enumerate(readers):
        event = {"eventType": "Bounce", "bounce": {"bounceType": "Permanent"}}
        event["mail"] = {"tags": {"delivery": [mailing.deliver(reader)]}}
        sqs.messages[f"m{number}"] = json.dumps(
            {"Type": "Notification", "TopicArn": "t", "MessageId": f"m{number}", "Message": json.dumps(event)}
        )
    sqs.messages["other"] = json.dumps({"eventType": "Send", "mail": {"tags": {}}})
    sqs.messages["bad"] = "{"
    dry = inbox(root, "--from", sqs.url, "--dry-run")
    assert "12 bounced" in dry.stdout
    assert len(sqs.messages) == 14
    sqs.address_hash.clear()
    done = inbox(root, "--from", sqs.url)
    assert done.returncode == 1
    assert "sqs://eu-west-1/123456789012/events/bad:1: cannot be read" in done.stderr
    assert {mailing.state(reader) for reader in readers} == {Membership.BOUNCED}
    assert "  sqs://eu-west-1/123456789012/events/other: identifies no delivery of this list\n" in done.stdout
    assert list(sqs.messages) == ["bad"]


def test_a_queue_that_refuses(root: Path, sqs: Sqs) -> None:
    sqs.fault = "QueueDoesNotExist"
    done = inbox(root, "--from", sqs.url)
    assert (done.returncode, "QueueDoesNotExist" in done.stderr) == (1, True)


def test_a_queue_that_cannot_be_reached(root: Path) -> None:
    done = inbox(root, "--from", "sqs://eu-west-1/123/events?endpoint=http://127.0.0.1:1")
    assert (done.returncode, "cannot be read (EndpointConnectionError)" in done.stderr) == (1, True)


def test_on_a_machine_that_forgets_it_is_refused(root: Path) -> None:
    (root / "x.jsonl").write_text("")
    done = run_here(root, "inbox", "--from", "jsonl:x.jsonl", **(ENVIRONMENT | {"CI": "true"}))
    assert (done.returncode, "BRIEFING_DATABASE_URL" in done.stderr) == (1, True)
    assert os.environ.get("BRIEFING_DATABASE_URL") is None
