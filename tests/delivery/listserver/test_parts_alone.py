"""The list server's parts, each alone: limits, bodies, the queue, letters, notices, patience."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dkim  # type: ignore[import-untyped]
import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from tests.conftest import REPOSITORY
from tests.delivery.listserver_parts import publication_at, read_mail

from briefing import settings
from briefing.delivery.listserver import form_bodies, handlers, middleware, timeouts
from briefing.delivery.listserver.append_only import queue_application
from briefing.delivery.listserver.composing import Composer, Notification
from briefing.delivery.listserver.queue import FILE, UnsubscribeQueue
from briefing.delivery.listserver.rate_limits import Limiter, client_key
from briefing.delivery.listserver.refusals import RefusedError
from briefing.delivery.listserver.rendering import Pages
from briefing.delivery.listserver.routes import PageRoute, application
from briefing.delivery.listserver.timeouts import TimeoutProtocol
from briefing.delivery.listserver.wording import read_notification_texts
from briefing.delivery.store.database_errors import DatabaseError
from briefing.delivery.store.list_urls import list_tokens, subscribe_url, subscription_url, token_path
from briefing.delivery.store.notification_queue import LIFETIME, NotificationKind
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tokens import Purpose
from briefing.digest.dkim_keys import dns_records
from briefing.digest.signing import Signer
from briefing.errors import BriefingError
from briefing.pages.templating import Templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.settings import Settings

SECRET = Secret("a secret of more than thirty-two characters")
NOW = 1_800_000_000
READER = "b" * 16


@pytest.fixture
def publication(tmp_path: Path) -> Settings:
    return settings.load(publication_at(tmp_path / "publication"))


def writer_of(publication: Settings, signer: Signer | None = None) -> Composer:
    return Composer(publication, Templates(publication), read_notification_texts(publication), SECRET, signer)


# Limits


def test_so_many_at_once_and_then_one_after_another() -> None:
    limiter = Limiter(3, 10.0)
    assert [limiter.wait("a", 0.0) for _ in range(4)] == [0, 0, 0, 10]
    assert limiter.wait("b", 0.0) == 0
    assert limiter.wait("a", 4.0) == 6
    assert limiter.wait("a", 10.0) == 0
    assert limiter.wait("a", 10.0) == 10


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 5)), max_size=60))
def test_never_more_than_the_limit(steps: list[tuple[str, float]]) -> None:
    limiter, now, passed = Limiter(3, 10.0), 0.0, dict.fromkeys("abc", 0)
    for key, step in steps:
        now += step
        passed[key] += not limiter.wait(key, now)
    assert all(count <= 3 + now / 10 for count in passed.values())


def test_the_memory_of_clients_is_bounded() -> None:
    limiter = Limiter(1, 1e9)
    for number in range(20_000):
        limiter.wait(str(number), 0.0)
    assert len(limiter._buckets) == 10_000
    assert limiter.wait("19999", 0.0) > 0


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("x" * 500, "x" * 64),
    ],
)
def test_a_client_is_an_address_or_a_network(host: str, key: str) -> None:
    assert client_key(host) == key


# Bodies


def request_of(*chunks: bytes, wait: float = 0, **headers: str) -> Request:
    pending = list(chunks)

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(wait)
        return {"type": "http.request", "body": pending.pop(0), "more_body": bool(pending)}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": named}, receive)


def test_a_body_that_comes_too_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_bodies, "TIMEOUT", 0.05)
    slow = request_of(*[b"a"] * 100, wait=0.01, content_type="application/x-www-form-urlencoded")
    with pytest.raises(RefusedError) as refused:
        asyncio.run(form_bodies.read_form(slow))
    assert (refused.value.status, refused.value.headers) == (408, {"Connection": "close"})


def test_a_file_in_a_form_is_passed_over() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nText\r\n'
        b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na@example.net\r\n--x--\r\n'
    )
    form = form_bodies.read_form(request_of(body, content_type="multipart/form-data; boundary=x"))
    assert asyncio.run(form) == {"email": "a@example.net"}


def read_or_refused(request: Request) -> tuple[int, dict[str, str]]:
    try:
        return 200, asyncio.run(form_bodies.read_form(request))
    except RefusedError as refused:
        return refused.status, {}


@given(st.binary(max_size=2000), st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data"]))
def test_whatever_is_sent_is_read_or_refused(body: bytes, kind: str) -> None:
    for sent in (body, b"--x\r\n" + body, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + body):
        status, fields = read_or_refused(request_of(sent, content_type=kind))
        assert status in {200, 400}
        assert all(isinstance(value, str) for value in fields.values())


# The queue


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines() if line.endswith("}")]


def test_a_line_is_whole_after_one_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"id": "cut sh')
    UnsubscribeQueue(tmp_path).add("token", NOW)
    assert (tmp_path / FILE).read_text().startswith('{"id": "cut sh\n{"id"')


def test_a_folder_that_cannot_be_made_is_told_before_a_reader_comes(publication: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment = {"BRIEFING_SECRET": SECRET.text}
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(BriefingError, match=r"cannot create the folder .* \(.*\); name one that you can write to"):
            queue_application(publication, folder, environment, print)


def test_the_same_token_at_once_is_one_line_and_later_another(tmp_path: Path) -> None:
    queue = UnsubscribeQueue(tmp_path / "made" / "here")
    for at in (NOW, NOW, NOW + 4, NOW + 5):
        queue.add("token", at)
    lines = lines_of(tmp_path / "made" / "here")
    assert [line["at"] for line in lines] == [NOW, NOW + 5]
    assert len({line["id"] for line in lines}) == 2
    assert (tmp_path / "made" / "here" / FILE).stat().st_mode & 0o777 == 0o600


def test_a_disk_that_is_full_is_told_and_the_token_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = UnsubscribeQueue(tmp_path)
    real = os.write

    def full(handle: int, data: bytes) -> int:
        return real(handle, data[:5])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(BriefingError, match=os.strerror(errno.ENOSPC)):
        queue.add("token", NOW)
    monkeypatch.undo()
    queue.add("token", NOW)
    assert [line["token"] for line in lines_of(tmp_path)] == ["token"]


def test_a_file_that_is_moved_away_while_it_is_waited_for_gets_no_line(tmp_path: Path) -> None:
    queue = UnsubscribeQueue(tmp_path)
    queue.add("one", NOW)
    with (tmp_path / FILE).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        writer = threading.Thread(target=queue.add, args=("two", NOW))
        writer.start()
        time.sleep(0.1)
        (tmp_path / FILE).rename(tmp_path / "taken")
    writer.join()
    assert [line["token"] for line in lines_of(tmp_path)] == ["two"]
    assert (tmp_path / "taken").read_text().count("\n") == 1


def test_several_processes_lose_no_line(tmp_path: Path) -> None:
    code = f"""
import pathlib, sys
from briefing.delivery.listserver.queue import UnsubscribeQueue
queue = UnsubscribeQueue(pathlib.Path(sys.argv[1]))
for number in range(50):
    queue.add(f"{{sys.argv[2]}}-{{number}}", {NOW})
"""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")}
    commands = [[sys.executable, "-c", code, str(tmp_path), name] for name in ("one", "two")]
    writers = [subprocess.Popen(command, env=environment) for command in commands]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert len({line["token"] for line in lines_of(tmp_path)}) == 100


# Letters


@pytest.mark.parametrize("kind", NotificationKind)
def test_a_letter_is_the_same_whenever_it_is_written(publication: Settings, kind: NotificationKind) -> None:
    notification = Notification(kind, READER, "reader@example.net", NOW)
    first, second = (writer_of(publication).compose(notification, NOW + later) for later in (0, 5000))
    assert first.key == second.key
    assert re.sub(rb"Date: .*", b"", first.message) == re.sub(rb"Date: .*", b"", second.message)
    other = writer_of(publication).compose(Notification(kind, READER, "reader@example.net", NOW + 1), NOW)
    assert read_mail(other.message)["Message-ID"] != read_mail(first.message)["Message-ID"]


def test_a_failure_names_the_reader_but_for_an_address_that_is_not_theirs(publication: Settings) -> None:
    tokens = list_tokens(publication, SECRET)
    for kind in NotificationKind:
        envelope = writer_of(publication).compose(Notification(kind, READER, "reader@example.net", NOW), NOW)
        named = f"bounces+{tokens.make(Purpose.BOUNCE, READER)}@example.org"
        assert envelope.sender == (
            "bounces@example.org"
            if kind in {NotificationKind.CHANGE_ADDRESS, NotificationKind.ADDRESS_CHANGED}
            else named
        )


def test_without_an_address_for_failures_they_go_to_the_sender(tmp_path: Path) -> None:
    root = publication_at(tmp_path / "other", 'BRIEFING["email"]["bounce_address"] = ""\n')
    envelope = writer_of(settings.load(root)).compose(
        Notification(NotificationKind.CONFIRM, READER, "reader@example.net", NOW), NOW
    )
    assert envelope.sender == "desk@example.org"


def test_letters_are_signed(publication: Settings) -> None:
    signer = Signer("example.org", "one", rsa.generate_private_key(65537, 2048))
    envelope = writer_of(publication, signer).compose(
        Notification(NotificationKind.WELCOME, READER, "reader@example.net", NOW), NOW
    )
    records = {f"{name}.".encode(): value.encode() for name, value in dns_records(signer).items()}
    assert dkim.verify(envelope.message, dnsfunc=lambda name, **_: records[name])
    signed = read_mail(envelope.message)["DKIM-Signature"]
    assert "List-Unsubscribe:" in re.sub(r"\s", "", signed)


def test_names_stay_text_and_links_whole(tmp_path: Path) -> None:
    name = "A <b>&amp; *name* {{ link }} \u00fc"
    root = publication_at(
        tmp_path / "other",
        f"SITENAME = {name!r}\nBRIEFING['delivery'] = {{'listserver': 'https://{'a' * 60}.{'b' * 60}.example/list'}}\n",
    )
    (root / "content" / "mail").mkdir()
    text = '---\nsubject: "{{ name }}"\n---\n{{ name }}: some words so that the line is long enough: {{ link }} yes.\n'
    (root / "content" / "mail" / "confirm.md").write_text(text, encoding="utf-8")
    mail = read_mail(
        writer_of(settings.load(root))
        .compose(Notification(NotificationKind.CONFIRM, READER, "r@example.net", NOW), NOW)
        .message
    )
    link = f"https://{'a' * 60}.{'b' * 60}.example/list/c/"
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    assert mail["Subject"] == name
    assert "<b>" not in html.get_content()
    token = list_tokens(settings.load(root), SECRET).make(Purpose.CONFIRM, READER, NOW + LIFETIME)
    assert f"{link}{token}" in plain.get_content().split()
    assert name in " ".join(plain.get_content().split())
    assert f'href="{link}{token}"' in html.get_content()


@pytest.mark.parametrize(
    ("postal", "lines"),
    [
        ("The Example, 1 Street\nTown", ["The Example, 1 Street", "Town"]),
        ("the example\n1 Street", ["the example", "1 Street"]),
        ("1 Street", ["The Example", "1 Street"]),
        ("The Examples Ltd", ["The Example", "The Examples Ltd"]),
        ("", ["The Example"]),
    ],
)
def test_who_writes_is_named_once(tmp_path: Path, postal: str, lines: list[str]) -> None:
    root = publication_at(tmp_path / "other", f'BRIEFING["email"]["postal_address"] = {postal!r}\n')
    there = settings.load(root)
    mail = read_mail(
        writer_of(there).compose(Notification(NotificationKind.WELCOME, READER, "r@example.net", NOW), NOW).message
    )
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain
    assert html
    assert [line.strip() for line in plain.get_content().strip().splitlines()][-len(lines) - 1 :] == ["--", *lines]
    (foot,) = re.findall(r'role="contentinfo".*?<p[^>]*>(.*?)</p>', html.get_content(), re.DOTALL)
    assert [line.strip() for line in foot.split("<br>")] == lines
    page = Pages(there, Templates(there)).notice("left")
    assert f"<p>{', '.join(lines)}</p>" in page


def test_links_are_below_the_servers_own_path(publication: Settings) -> None:
    assert subscribe_url(publication) == publication.options.delivery.form == "https://list.example.org/list/subscribe"
    assert subscription_url(publication, "pabc") == "https://list.example.org/list/p/pabc"
    assert token_path(Purpose.CHANGE_ADDRESS, "mabc") == "/m/mabc"


# Pages


def test_every_notice_that_is_given_has_its_words(publication: Settings) -> None:
    folder = Path(handlers.__file__).parent
    code = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.py"))
    named = set(re.findall(r'(?:notice\(|RefusedError\(HTTPStatus\.\w+, )"([a-z-]+)"', code)) | set(
        middleware._NAMES.values()
    )
    assert {"asked", "left", "nobody", "broken", "expired", "failed", "often", "unknown", "used"} <= named
    named |= {"confirmed", "moved"}  # by `_done`
    pages = Pages(publication, Templates(publication))
    for name in named:
        assert "<h1>" in pages.notice(name)
    with pytest.raises(BriefingError):
        pages.notice("nothing-of-the-kind")


def test_what_fails_is_a_page_and_its_line_has_no_values(publication: Settings) -> None:
    said: list[str] = []
    faults: Iterator[Exception] = iter([DatabaseError("the ledger is full"), ValueError("reader@example.net")])

    async def fail(_request: Request) -> Any:
        raise next(faults)

    app = application((PageRoute("/x/{token}", fail),), Pages(publication, Templates(publication)), said.append)

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x/list") as client:
            return [await client.get("/x/secret"), await client.get("/x/secret")]

    for answer in asyncio.run(ask()):
        assert (answer.status_code, "Something went wrong" in answer.text) == (503, True)
        assert answer.headers["retry-after"] == "60"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert said[0] == "error: the ledger is full"
    assert said[2].startswith("error: ValueError at ")
    assert "@" not in "".join(said)
    assert [re.sub(r"\d+ ms", "", line) for line in said[1::2]] == ["GET /x/{token} 503 "] * 2


# Patience


class Listening:
    """Uvicorn in a thread, with our protocol."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import uvicorn

        monkeypatch.setattr(timeouts, "HEAD_SECONDS", 1.0)

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            await asyncio.sleep(1.5)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})

        self.socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=TimeoutProtocol, ws="none", lifespan="off", log_config=None)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=lambda: self.server.run(sockets=[self.socket]))
        self.thread.start()

    def connect(self) -> socket.socket:
        made = socket.create_connection(self.socket.getsockname()[:2], timeout=20)
        made.settimeout(20)
        return made

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listening]:
    made = Listening(monkeypatch)
    yield made
    made.close()


def test_who_says_nothing_or_half_a_head_is_hung_up_on(listening: Listening) -> None:
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n", b"GET / HT"):
        with listening.connect() as client:
            client.sendall(begun)
            assert client.recv(100) == b""


def test_who_drips_is_hung_up_on(listening: Listening) -> None:
    with listening.connect() as client:
        begun = time.monotonic()
        try:
            while time.monotonic() - begun < 10:
                client.sendall(b"G")
                time.sleep(0.05)
        except OSError:
            pass
        assert time.monotonic() - begun < 10


def test_an_answer_may_take_longer_and_the_next_request_has_its_own_time(listening: Listening) -> None:
    with listening.connect() as client:
        for _ in range(2):
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = b""
            while not said.endswith(b"ok"):
                said += client.recv(1000)
            assert said.startswith(b"HTTP/1.1 200")
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert client.recv(100) == b""
