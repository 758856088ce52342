"""A release by real servers: a folder behind a web server, Postfix and Dovecot, three readers; and killed after each step."""

from __future__ import annotations

import email
import email.policy
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.conftest import CONTENT, REPOSITORY
from tests.delivery.campaign_parts import Desk, make_desk
from tests.delivery.mailhost import BOXES, mail_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication
    from tests.delivery.mailhost import MailHost

ISSUE = "2026-w14"
DESK = "desk@list.example"
READERS = ("ada@readers.example", "ben@readers.example", "cleo@readers.example")
HIDDEN = CONTENT["issues/2026-w14.md"].replace("lead:", "status: hidden\nlead:")
SETTINGS = """
SITEURL = "{site}"
BRIEFING["email"] = {{
    "sender": "The Example <desk@list.example>",
    "reply_to": "desk@list.example",
    "postal_address": "1 Example Street",
    "bounce_address": "bounces@list.example",
    "unsubscribe_address": "leave@list.example",
}}
BRIEFING["delivery"] = {{"transport": "smtp://127.0.0.1:{smtp}?tls=none", "per_second": {rate}}}
BRIEFING["publish"] = {{"target": "file:www", "wait_seconds": 10, "sample": 3}}
"""


@pytest.fixture
def host(tool: Callable[[str], str]) -> Iterator[MailHost]:
    with mail_host(tool, [*BOXES, READERS[2]]) as running:
        yield running


@pytest.fixture
def desk(publication: MakePublication, host: MailHost, serving: Callable[[Path], str]) -> Desk:
    """A publication with a hidden issue and three readers; its web server serves what is published."""
    desk = make_desk(publication)
    site = serving(desk.root / "www" / "current").rstrip("/")
    conf = desk.root / "pelicanconf.py"
    conf.write_text(conf.read_text() + SETTINGS.format(site=site, smtp=host.smtp, rate=0.0))
    (desk.root / "content" / "issues" / f"{ISSUE}.md").write_text(HIDDEN)
    desk.environment |= {"BRIEFING_PROOF_TO": DESK}
    desk.fill(*READERS)
    return desk


def shown(desk: Desk, page: str) -> str:
    """What a reader of the site gets."""
    site = next(line for line in (desk.root / "pelicanconf.py").read_text().splitlines()[::-1] if "SITEURL" in line)
    with urllib.request.urlopen(site.split('"')[1] + page) as answer:
        text: str = answer.read().decode()
        return text


def subject(mail: bytes) -> str:
    return str(email.message_from_bytes(mail, policy=email.policy.default)["Subject"])


def require_released(desk: Desk, host: MailHost) -> None:
    """The issue is on the site, its records and status are written, and nothing holds an address."""
    issues = desk.root / "content" / "issues"
    assert "status: published" in (issues / f"{ISSUE}.md").read_text()
    sent = json.loads((issues / f"{ISSUE}.sent.json").read_text())
    proof = json.loads((issues / f"{ISSUE}.proof.json").read_text())
    assert sent["recipients"] == 3
    assert sent["fingerprint"] == proof["fingerprint"]
    assert "@" not in json.dumps([sent, proof])
    assert f"/issues/{ISSUE}/" in shown(desk, "/")
    assert "noindex" not in shown(desk, f"/issues/{ISSUE}/")
    assert (desk.root / "www" / "current" / "build.json").read_bytes() == (
        desk.root / "output" / "build.json"
    ).read_bytes()
    assert desk.ask("SELECT step FROM releases ORDER BY 1") == [("published",), ("shown",)]
    assert len(host.messages(DESK)) == 1


def test_from_the_hidden_issue_to_its_readers(desk: Desk, host: MailHost) -> None:
    first = desk.run("release")
    assert first.returncode == 0, first.stderr
    assert first.stdout.splitlines()[-1].endswith("then run release again")
    assert "noindex" in shown(desk, f"/issues/{ISSUE}/")
    assert f"/issues/{ISSUE}/" not in shown(desk, "/")
    assert [subject(mail) for mail in host.wait_for(DESK)] == ["The first issue"]
    assert [host.messages(reader) for reader in READERS] == [[], [], []]

    second = desk.run("release", "--yes")
    assert second.returncode == 0, second.stdout + second.stderr
    for reader in READERS:
        assert [subject(mail) for mail in host.wait_for(reader)] == ["The first issue"]
    require_released(desk, host)
    assert desk.counts() == {"sent": 3}

    for again in (("release",), ("release", ISSUE, "--yes")):
        done = desk.run(*again)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(done.stdout.splitlines()) == 1, done.stdout
    assert all("@" not in said.stdout + said.stderr for said in (first, second, done))
    host.deliver_all()
    assert [len(host.messages(reader)) for reader in READERS] == [1, 1, 1]
    assert len(host.messages(DESK)) == 1


KILLING = """\
import os, signal, typer
echo = typer.echo
def say(message=None, **options):
    echo(message, **options)
    if "{step}" in str(message):
        os.kill(os.getpid(), signal.SIGKILL)
typer.echo = say
"""
# After which of its lines a release is killed, in order; the last run is not.
STEPS = (
    "published build",
    "proof of",
    "is proofed",
    "is now published",
    "is sent; commit",
    "published build",
    "is released",
)


def test_killed_after_each_step(desk: Desk, host: MailHost) -> None:
    """What was done before is never done again: one proof, one mail for each reader, and the site at the end."""
    for step in STEPS:
        killed_after(desk, step)
        if step == "is proofed":
            killed_while_sending(desk)
    last = desk.run("release", ISSUE, "--yes")
    assert last.returncode == 0, last.stdout + last.stderr
    assert "nothing left to do" in last.stdout
    doubtful = desk.counts().get("unknown", 0)
    host.deliver_all()
    mails = Counter({reader: len(host.messages(reader)) for reader in READERS})
    assert max(mails.values()) == 1
    assert mails.total() + doubtful >= 3
    require_released(desk, host)


def killed_after(desk: Desk, step: str) -> None:
    """The process kills itself as soon as it has said a line, before it does anything else."""
    process = started(desk, KILLING.format(step=step))
    said, _ = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL, said
    assert step in said.splitlines()[-1], said


def killed_while_sending(desk: Desk) -> None:
    """Once the first reader has it, and before the last has."""
    conf = desk.root / "pelicanconf.py"
    whole = conf.read_text()
    conf.write_text(whole.replace('"per_second": 0.0', '"per_second": 1.0'))
    process = started(desk)
    while process.poll() is None:
        rows = dict(desk.ask("SELECT state, count(*) FROM deliveries GROUP BY 1"))
        if rows.get("sent", 0) >= 1:
            break
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    conf.write_text(whole)
    assert desk.ask("SELECT finished_at FROM campaigns") == [(0,)]


def started(desk: Desk, before: str = "") -> subprocess.Popen[str]:
    code = f"{before}import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, str(desk.root), "release", ISSUE, "--yes"],
        cwd=desk.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins"), **desk.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_at_once(desk: Desk, host: MailHost) -> None:
    """One of them releases; the other is told so, in one line."""
    assert desk.run("release", "--until", "proof").returncode == 0
    pair = [started(desk), started(desk)]
    said = [process.communicate(timeout=120)[0] for process in pair]
    codes = [process.returncode for process in pair]
    assert sorted(codes) in ([0, 1], [0, 0]), said
    if 1 in codes:
        refused = said[codes.index(1)]
        assert refused.startswith("error: another release is running ")
        assert len(refused.splitlines()) == 1
    else:
        assert any("nothing left to do" in each for each in said), said
    for reader in READERS:
        host.wait_for(reader)
    host.deliver_all()
    assert [len(host.messages(reader)) for reader in READERS] == [1, 1, 1]
    require_released(desk, host)
