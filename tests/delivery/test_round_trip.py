"""The whole way by real servers: join, confirm, receive, leave or bounce, and the next issue skips who is gone.

Postfix and Dovecot take and show the mail, the list server runs as its command, the site is served as it was built.
"""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
import re
import signal
import smtplib
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import dkim  # type: ignore[import-untyped]
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.conftest import CONTENT
from tests.delivery.campaign_parts import Desk, free_port, make_desk, running_sink
from tests.delivery.listserver_parts import close, served, start
from tests.delivery.mailhost import BOXES, PASSWORD, mail_host

from briefing import settings
from briefing.delivery.store.tokens import Purpose
from briefing.digest.dkim_keys import RSA_KEY, dns_records, read_signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from tests.conftest import MakePublication
    from tests.delivery.mailhost import MailHost

FIRST, SECOND = "2026-w14", "2026-w15"
STAYS, CLICKS, WRITES, GONE, JOINS = (f"{name}@readers.example" for name in ("ada", "ben", "cleo", "nobody", "dora"))
BOUNCES, LEAVES, DESK = (f"{name}@list.example" for name in ("bounces", "leave", "desk"))
SETTINGS = """
SITEURL = "{site}"
BRIEFING["email"] = {{
    "sender": "The Example <desk@list.example>",
    "reply_to": "desk@list.example",
    "postal_address": "1 Example Street",
    "list_id": "briefing.list.example",
    "bounce_address": "bounces@list.example",
    "unsubscribe_address": "leave@list.example",
    "dkim": {{"domain": "list.example", "selector": "s1"}},
}}
BRIEFING["delivery"] = {{"listserver": "{listserver}/list"}}
"""
NEXT_STORY = CONTENT["stories/2026/2026-03-30-a-first-story.md"].replace("A first story", "A third story")
NEXT_ISSUE = """\
---
number: 2
title: The second issue
date: 2026-04-10
preheader: A week later.
lead: 2026-04-06-a-third-story
---
Good morning again.
"""


@pytest.fixture
def host(tool: Callable[[str], str]) -> Iterator[MailHost]:
    with mail_host(tool, [*BOXES, WRITES, JOINS]) as running:
        yield running


@pytest.fixture
def desk(publication: MakePublication, host: MailHost, serving: Callable[[Path], str]) -> Desk:
    """A publication that is built, served, and signs; its list server's address is known and nobody answers there."""
    desk = make_desk(publication, f"smtp://127.0.0.1:{host.smtp}?tls=none")
    site = serving(desk.root / "output").rstrip("/")
    listserver = f"https://127.0.0.1:{free_port()}"
    conf = desk.root / "pelicanconf.py"
    conf.write_text(conf.read_text() + SETTINGS.format(site=site, listserver=listserver))
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    trusted = {"SSL_CERT_FILE": str(host.certificate)}
    desk.environment |= trusted | {RSA_KEY: pem.decode(), "BRIEFING_IMAP_PASSWORD": PASSWORD}
    did(desk, "build")
    return desk


@pytest.fixture
def listserver(desk: Desk, host: MailHost) -> Iterator[str]:
    """The list server, where the settings say it is: behind something that speaks TLS."""
    address = settings.load(desk.root).options.delivery.listserver
    process, url, log = start(desk.root, "--via", desk.via, **desk.environment)
    own, behind_proxies = (int(re.findall(r":(\d+)", each)[0]) for each in (address, url))
    with speaking_tls(own, behind_proxies, host.certificate, host.folder / "key.pem"):
        yield address
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0, log.read_text()
    assert "@" not in log.read_text()


@contextlib.contextmanager
def speaking_tls(port: int, behind_proxies: int, certificate: Path, key: Path) -> Iterator[None]:
    """What a web server does in front of the list server, and no more, in a thread of its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while octets := await reader.read(65_536):
                writer.write(octets)
                await writer.drain()
        writer.close()

    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from_behind, to_behind = await asyncio.open_connection("127.0.0.1", behind_proxies)
        writers.extend((writer, to_behind))
        await asyncio.gather(pass_on(reader, to_behind), pass_on(from_behind, writer))

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", port, ssl=context))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
        for writer in writers:  # of connections that were kept alive to the end
            writer.transport.abort()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def did(desk: Desk, *command: str) -> str:
    done = desk.run(*command)
    assert done.returncode == 0, (command, done.stdout + done.stderr)
    return done.stdout


def issue_to(desk: Desk, name: str) -> None:
    """Proof and send an issue, with every look at site and list server."""
    did(desk, "proof", name, "--to", DESK, "--via", desk.via)
    did(desk, "send", name, "--via", desk.via, "--yes")


def taken_in(desk: Desk, host: MailHost, box: str) -> dict[str, int]:
    said: dict[str, Any] = json.loads(did(desk, "inbox", "--from", host.imap_url(box), "--json"))
    return {name: number for name, number in said["counts"].items() if number}


def read(mail: bytes) -> EmailMessage:
    return email.message_from_bytes(mail, policy=email.policy.default)


def subjects(host: MailHost, box: str, count: int = 0) -> list[str]:
    return [read(mail)["Subject"] for mail in host.wait_for(box, count)]


def letter_link(mail: bytes, base: str) -> str:
    body = read(mail).get_body(("plain",))
    assert body
    found = re.search(rf"{re.escape(base)}/[a-z]/[a-z0-9]+", body.get_content())
    assert found, body.get_content()
    return found[0]


def standing(desk: Desk, address: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(did(desk, "subscribers", "show", address, "--json"))
    return found


def test_join_receive_leave_bounce_and_the_next_issue(desk: Desk, host: MailHost, listserver: str) -> None:
    for address in (STAYS, CLICKS, WRITES, GONE):
        did(desk, "subscribers", "add", address, "--confirmed", "--source", "a fair")
    web = httpx.Client(verify=ssl.create_default_context(cafile=host.certificate), trust_env=False)

    assert web.post(f"{listserver}/subscribe", data={"email": JOINS}).status_code == 200
    (asked,) = host.wait_for(JOINS)
    confirm = letter_link(asked, listserver)
    assert standing(desk, JOINS)["state"] == "pending"
    assert web.get(confirm).status_code == 200
    assert standing(desk, JOINS)["state"] == "pending", "a link scanner confirms nothing"
    assert web.post(confirm).status_code == 200
    welcome = host.wait_for(JOINS, 2)[1]
    assert web.get(letter_link(welcome, listserver)).status_code == 200
    joined = standing(desk, JOINS)
    assert (joined["state"], joined["source"]) == ("confirmed", "form")
    assert all(joined[name] for name in ("text_version", "consented_at"))
    assert JOINS not in json.dumps(joined)

    issue_to(desk, FIRST)
    assert len(host.wait_for(DESK)) == 1
    for address, before in ((STAYS, 0), (CLICKS, 0), (WRITES, 0), (JOINS, 2)):
        assert subjects(host, address, before + 1)[before:] == ["The first issue"]
    assert counts(desk, FIRST) == {"sent": 5}  # the relay took them all
    require_signed(desk, host.messages(STAYS)[0])

    received = read(host.messages(CLICKS)[0])
    assert received["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    one_click, _ = re.findall(r"<([^>]+)>", received["List-Unsubscribe"])
    for _ in range(2):
        answer = web.post(one_click, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.history) == (200, [])
    assert standing(desk, CLICKS)["state"] == "unsubscribed"

    by_mail = re.findall(r"<([^>]+)>", read(host.messages(WRITES)[0])["List-Unsubscribe"])[1]
    to = re.fullmatch(r"mailto:([^?]+)\?subject=unsubscribe", by_mail)
    assert to, by_mail
    with smtplib.SMTP("127.0.0.1", host.smtp) as relay:
        text = f"From: {WRITES}\r\nTo: {to[1]}\r\nSubject: unsubscribe\r\n\r\n\r\n"
        relay.sendmail(WRITES, [to[1]], text)
    host.wait_for(LEAVES)
    assert taken_in(desk, host, LEAVES) == {"unsubscribed": 1}
    host.wait_for(BOUNCES)
    assert taken_in(desk, host, BOUNCES) == {"bounced": 1}
    assert standing(desk, WRITES)["state"] == "unsubscribed"
    assert standing(desk, GONE)["state"] == "bounced"
    assert taken_in(desk, host, BOUNCES) == {}
    assert counts(desk, FIRST) == {"sent": 4, "dead": 1}

    (desk.root / "content" / "stories" / "2026" / "2026-04-06-a-third-story.md").write_text(NEXT_STORY)
    (desk.root / "content" / "issues" / f"{SECOND}.md").write_text(NEXT_ISSUE)
    did(desk, "build")
    issue_to(desk, SECOND)
    assert counts(desk, SECOND) == {"sent": 2}
    assert subjects(host, STAYS, 2) == ["The first issue", "The second issue"]
    assert subjects(host, JOINS, 4)[2:] == ["The first issue", "The second issue"]
    for address in (CLICKS, WRITES):
        assert subjects(host, address) == ["The first issue"]
    assert len(host.messages(BOUNCES)) == 0
    web.close()


def counts(desk: Desk, name: str) -> dict[str, int]:
    (found,) = json.loads(did(desk, "status", name, "--json"))
    assert found["state"] == "finished"
    assert found["recipients"] == sum(found["counts"].values())
    assert found["uncertain"] == []
    return {state: number for state, number in found["counts"].items() if number}


def require_signed(desk: Desk, mail: bytes) -> None:
    """As a receiver looks: without what its own servers put on top."""
    signer = read_signer(settings.load(desk.root), desk.environment)
    assert signer
    records = {f"{name}.".encode(): text.encode() for name, text in dns_records(signer).items()}

    def is_signed(mail: bytes) -> bool:
        return bool(dkim.verify(mail, dnsfunc=lambda name, **_: records.get(name)))

    assert is_signed(mail)
    named = re.search(r"h=([^;]+);", re.sub(r"\s", "", read(mail)["DKIM-Signature"].lower()))
    assert named
    assert {"list-unsubscribe", "list-unsubscribe-post", "from"} <= set(named[1].split(":"))
    assert not is_signed(mail.replace(b"Subject: ", b"Subject: X", 1))


def test_who_leaves_while_it_is_sent_is_skipped(publication: MakePublication, tmp_path: Path) -> None:
    with running_sink(tmp_path) as sink:
        desk = make_desk(publication, sink.via, '"listserver": "https://list.example.org/list", "per_second": 40.0')
        desk.proof()
        desk.fill(number=300)
        server = served(desk.root)
        try:
            sender = desk.start()
            while sum(sink.accepted().values()) < 40:
                assert sender.poll() is None, sender.communicate()
                time.sleep(0.02)
            waiting = desk.ask(
                "SELECT s.address FROM subscribers s JOIN deliveries d ON d.subscriber = s.id"
                " WHERE d.state = 'pending' ORDER BY s.id DESC LIMIT 150"
            )
            gone = {address for (address,) in waiting[:100:20]}
            for address in gone:
                known = server.known(address)
                assert known
                token = server.tokens.make(Purpose.UNSUBSCRIBE, known.reader)
                answer = server.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
                assert answer.status_code == 200
            assert sender.poll() is None
            said, _ = sender.communicate(timeout=60)
            assert sender.returncode == 0, said
        finally:
            close(server)
        assert desk.counts() == {"sent": 295, "suppressed": 5}
        assert gone & set(sink.accepted()) == set()
        assert len(sink.accepted()) == 295
