"""The list server as a process: how it starts, what it refuses, how it stops, and the one without a list."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.conftest import REPOSITORY
from tests.delivery.here import run_here
from tests.delivery.listserver_parts import PATIENCE, close, publication_at, put, served, start

from briefing import settings
from briefing.delivery.listserver import append_only
from briefing.delivery.store.database import open_database
from briefing.delivery.store.list_urls import list_tokens
from briefing.delivery.store.membership import by_reader
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tables import Membership
from briefing.delivery.store.tokens import Purpose
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "a secret of more than thirty-two characters"
NOTIFICATIONS = ("--via", "file:.briefing/letters")


def test_who_names_no_proxy_believes_none_and_a_stop_finishes_the_letters(tmp_path: Path) -> None:
    server = served(publication_at(tmp_path / "publication"))
    try:
        said = [server.subscribe(f"reader{n}@example.net").status_code for n in range(12)]  # each by another "client"
        assert said == [200] * 10 + [429] * 2
        assert server.stop(signal.SIGINT) == 0
        assert server.log.read_text().endswith("stopped\n")
        assert all(server.notifications(f"reader{n}@example.net") for n in range(10))
    finally:
        close(server)


def test_a_letter_that_was_being_sent_when_the_server_was_killed_is_sent_later(tmp_path: Path) -> None:
    root = publication_at(tmp_path / "publication")
    taken = socket.create_server(("127.0.0.1", 0))  # it answers nothing
    port = taken.getsockname()[1]
    process, url, _ = start(root, "--via", f"smtp://127.0.0.1:{port}?tls=none")
    httpx.post(f"{url}/list/subscribe", data={"email": "late@example.net"}, trust_env=False)
    held, _ = taken.accept()
    process.kill()
    process.wait()
    database = open_database(settings.load(root), {})
    with database.writing() as connection:  # as if the time had passed after which it counts as lost
        assert connection.exec_driver_sql("UPDATE notifications SET due = 0 WHERE attempts = 1").rowcount == 1
    database.close()
    server = served(root)
    try:
        assert server.await_letter("late@example.net", "Confirm")
    finally:
        close(server)
        held.close()
        taken.close()


@pytest.mark.parametrize(
    ("more", "options", "said"),
    [
        ('BRIEFING["delivery"] = {}\n', NOTIFICATIONS, "no list server is configured"),
        ('BRIEFING["email"]["sender"] = ""\n', NOTIFICATIONS, "notifications need a sender"),
        ("", (), "no mail transport is configured"),
        ("", ("--host", "192.0.2.1", *NOTIFICATIONS), "cannot be used"),
        ("", ("--append-only", "queue"), "tokens cannot be verified without the secret"),
    ],
)
def test_what_cannot_begin_says_what_to_do(tmp_path: Path, more: str, options: tuple[str, ...], said: str) -> None:
    done = run_here(publication_at(tmp_path / "publication", more), "listserver", "--port", "0", *options)
    assert done.returncode in {1, 2}
    assert said in done.stderr
    assert done.stderr.count("\n") <= 2, "no traceback"


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run_here(publication_at(tmp_path / "publication"), "listserver", "--port", port, *NOTIFICATIONS)
    assert (done.returncode, "is in use by another program; choose another with --port" in done.stderr) == (1, True)


def test_a_letter_with_a_mistake_stops_it_and_a_story_with_one_does_not(tmp_path: Path) -> None:
    root = publication_at(tmp_path / "publication")
    (root / "content" / "mail").mkdir()
    (root / "content" / "mail" / "confirm.md").write_text("---\nsubject: S\n---\nNo hole.\n", encoding="utf-8")
    done = run_here(root, "listserver", "--port", "0", *NOTIFICATIONS)
    assert done.returncode == 1
    assert "content/mail/confirm.md:4: body: does not contain {{ link }}" in done.stderr


def test_letters_and_pages_may_be_ones_own(tmp_path: Path) -> None:
    root = publication_at(tmp_path / "publication")
    (root / "content" / "mail").mkdir()
    own = '---\nsubject: "Ja zu {{ name }}?"\n---\nBitte hier: {{ link }}\n\n[Mehr](/about/)\n'
    (root / "content" / "mail" / "confirm.md").write_text(own, encoding="utf-8")
    (root / "content" / "overrides" / "listserver").mkdir(parents=True)
    page = '{% extends "theme/listserver/join.html" %}{% block headline %}Abonnieren{% endblock %}'
    (root / "content" / "overrides" / "listserver" / "join.html").write_text(page, encoding="utf-8")
    server = served(root)
    try:
        assert "<title>Abonnieren" in server.get("/subscribe").text
        server.subscribe("leser@example.net")
        mail = server.await_letter("leser@example.net", "Ja zu The Example?")
        html = mail.get_body(("html",))
        assert html
        assert 'href="https://example.org/about/"' in html.get_content()
    finally:
        close(server)


def test_without_a_list_unsubscribes_are_queued_and_taken_in_later(tmp_path: Path) -> None:
    root = publication_at(tmp_path / "publication")
    publication = settings.load(root)
    database = open_database(publication, {"BRIEFING_SECRET": SECRET})
    reader = put(database, "queued@example.net")
    token = list_tokens(publication, database.secret).make(Purpose.UNSUBSCRIBE, reader)
    (root / "elsewhere").mkdir()
    process, url, log = start(root, "--append-only", "elsewhere/queue", BRIEFING_SECRET=SECRET)
    lines = root / "elsewhere" / "queue" / "unsubscribed.jsonl"
    assert stat.S_IMODE(lines.parent.stat().st_mode) == 0o700, "made before a reader comes"
    with httpx.Client(base_url=f"{url}/list", trust_env=False, timeout=PATIENCE) as client:
        for method in ("GET", "HEAD"):
            assert client.request(method, f"/u/{token}").status_code == 200
        assert not lines.exists()
        assert client.post(f"/u/{token[:-1]}").status_code == 404
        assert client.post(f"/p/{token}").status_code == 404
        assert client.get("/subscribe").status_code == 404
        assert client.get("/healthz").text == "ok\n"
        assert not lines.exists()
        for _ in range(3):
            answer = client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
            assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    (line,) = [json.loads(line) for line in lines.read_text().splitlines()]
    assert line == {"id": line["id"], "event": "unsubscribed", "token": token, "at": line["at"]}
    assert abs(line["at"] - time.time()) < PATIENCE
    assert token not in log.read_text()
    done = run_here(root, "inbox", "--from", "jsonl:elsewhere/queue/", BRIEFING_SECRET=SECRET)
    assert done.returncode == 0, done.stderr
    with database.reading() as connection:
        known = by_reader(connection, reader)
        assert known
        assert known.state is Membership.UNSUBSCRIBED
    database.close()


def test_a_host_of_functions_may_mount_it(tmp_path: Path) -> None:
    root = publication_at(tmp_path / "publication")
    program = (
        "import asyncio, httpx, os, sys, pathlib\n"
        "from briefing.delivery.listserver import append_only\n"
        "app = append_only.application(pathlib.Path('.'), pathlib.Path('queue'), os.environ)\n"
        "async def ask():\n"
        "    transport = httpx.ASGITransport(app)\n"
        "    async with httpx.AsyncClient(transport=transport, base_url='http://x') as client:\n"
        "        return (await client.post('/list/u/' + sys.argv[1])).status_code\n"
        "print(asyncio.run(ask()), sorted(name for name in sys.modules if name in {'sqlalchemy.engine', 'uvicorn'}))\n"
    )
    publication = settings.load(root)
    token = list_tokens(publication, Secret(SECRET)).make(Purpose.UNSUBSCRIBE, "a" * 16)
    environment = {"BRIEFING_SECRET": SECRET, "PYTHONPATH": str(REPOSITORY / "plugins")}
    done = subprocess.run(
        [sys.executable, "-c", program, token], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("200 "), done.stderr
    assert done.stderr.startswith("POST /u/{token} 200 ")
    assert len((root / "queue" / "unsubscribed.jsonl").read_text().splitlines()) == 1
    assert not (root / ".briefing").exists()


def test_it_has_no_secret_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BriefingError, match="set BRIEFING_SECRET"):
        append_only.application(publication_at(tmp_path / "publication"), tmp_path / "queue", {})
