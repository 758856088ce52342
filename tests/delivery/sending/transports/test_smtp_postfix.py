"""Sending to a real Postfix under TLS, and to its smtp-sink: what they say is understood, and what they get is right."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import leave_out
from tests.delivery.smtp_parts import SENDER, certify, deliver, deliver_all, envelope, message_id, settings_of, verdicts

from briefing.delivery.sending.transports import open_transport
from briefing.delivery.sending.transports.contract import UnreachableError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mail.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
virtual_mailbox_domains = example.net
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = static:all/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
message_size_limit = 1000000
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/certificate.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_auth_destination, reject
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/access
smtpd_sender_restrictions = check_sender_access texthash:{folder}/access
"""
_ACCESS = """\
gone@example.net 550 5.1.1 no such user
later@example.net 450 4.2.0 greylisted
hurry@example.net 450 4.7.1 rate limit exceeded
full@example.net 552 5.2.2 mailbox full
policy@example.net 554 5.7.1 gone@example.net is refused by policy
closing@example.net 421 4.3.2 closing
stranger@list.example 550 5.1.8 who is that
"""
_MASTER_CF = """\
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
"""


class Postfix:
    """One that takes mail for example.net, and what it has delivered."""

    def __init__(self, folder: Path, smtp: int, smtps: int) -> None:
        self.folder, self.ports = folder, {"smtp": smtp, "smtps": smtps}

    def url(self, scheme: str = "smtp", query: str = "") -> str:
        return f"{scheme}://127.0.0.1:{self.ports[scheme]}{query}"

    @property
    def environment(self) -> dict[str, str]:
        return {"SSL_CERT_FILE": str(self.folder / "certificate.pem")}

    def wait_for(self, names: set[str]) -> list[bytes]:
        """Every message in the mailbox, once those with these Message-IDs are there."""
        end = time.monotonic() + 30
        while True:
            found = [file.read_bytes() for file in (self.folder / "mail" / "all" / "new").glob("*")]
            if names <= {_message_id(message) for message in found}:
                return found
            assert time.monotonic() < end, (self.folder / "mail.log").read_text()[-3000:]
            time.sleep(0.02)


def _message_id(message: bytes) -> str:
    found = re.search(rb"^Message-ID: (\S+)", message, re.MULTILINE)
    assert found
    return found[1].decode()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _run(*command: str) -> int:
    no = subprocess.DEVNULL
    return subprocess.run(command, check=False, stdin=no, stdout=no, stderr=no).returncode


def _wait(port: int, *, until_it_answers: bool = True) -> None:
    end = time.monotonic() + 20
    while _answers(port) is not until_it_answers:
        assert time.monotonic() < end
        time.sleep(0.02)


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def postfix(tool: Callable[[str], str]) -> Iterator[Postfix]:
    program = tool("postfix")
    if os.geteuid() != 0:
        leave_out("Postfix can be started by root only")
    folder = Path(tempfile.mkdtemp(prefix="pf-"))  # short: the paths of sockets have a limit
    folder.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    smtp, smtps = _free_port(), _free_port()
    names = {"folder": folder, "uid": nobody.pw_uid, "gid": nobody.pw_gid, "smtp": smtp, "smtps": smtps}
    for part in ("etc", "data", "queue", "mail"):
        (folder / part).mkdir()
    shutil.chown(folder / "data", "postfix")
    os.chown(folder / "mail", nobody.pw_uid, nobody.pw_gid)
    (folder / "etc" / "main.cf").write_text(_MAIN_CF.format(**names))
    (folder / "etc" / "master.cf").write_text(_MASTER_CF.format(**names))
    (folder / "access").write_text(_ACCESS)
    certify(folder)
    command = [program, "-c", f"{folder}/etc"]
    try:
        assert _run(*command, "start") == 0
        _wait(smtp)
        yield Postfix(folder, smtp, smtps)
    finally:
        _run(*command, "abort")
        _wait(smtp, until_it_answers=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_postfix_delivers_what_it_was_given(postfix: Postfix, tmp_path: Path, scheme: str) -> None:
    first = 100 if scheme == "smtp" else 200
    text = b".\r\n..\r\nText, and more of it\r\n" * 800
    sent = [envelope(number, text) for number in range(first, first + 30)]
    outcomes = deliver_all(open_transport(postfix.url(scheme), settings_of(tmp_path), postfix.environment), sent)
    assert verdicts(outcomes.values()) == {"sent": 30}
    wanted = {message_id(number) for number in range(first, first + 30)}
    found = [message for message in postfix.wait_for(wanted) if _message_id(message) in wanted]
    assert len(found) == 30
    for message in found:
        assert message.endswith(text.replace(b"\r\n", b"\n"))
        assert f"Return-Path: <{SENDER}>".encode() in message


def test_postfix_refuses_and_goes_on(postfix: Postfix, tmp_path: Path) -> None:
    names = ("gone", "later", "hurry", "full", "ada")
    ours = open_transport(postfix.url(), settings_of(tmp_path), postfix.environment)
    outcomes = deliver(ours, *(envelope(n, recipient=f"{name}@example.net") for n, name in enumerate(names)))
    assert [(each.verdict, each.status, each.is_gone, each.pauses_domain) for each in outcomes] == [
        (Verdict.DEAD, "5.1.1", True, False),
        (Verdict.DEFERRED, "4.2.0", False, False),
        (Verdict.DEFERRED, "4.7.1", False, True),
        (Verdict.DEFERRED, "5.2.2", False, False),
        (Verdict.SENT, "250", False, False),
    ]


@pytest.mark.parametrize(("name", "status"), [("policy", "5.7.1"), ("ada@elsewhere.example", "5.7.1")])
def test_postfix_refuses_us(postfix: Postfix, tmp_path: Path, name: str, status: str) -> None:
    ours = open_transport(postfix.url(), settings_of(tmp_path), postfix.environment)
    recipient = name if "@" in name else f"{name}@example.net"
    (outcome,) = deliver(ours, envelope(1, recipient=recipient), envelope(2))
    assert (outcome.verdict, outcome.status) == (Verdict.RETURNED, status)
    assert outcome.refusal
    assert "@" not in outcome.refusal


def test_postfix_closes(postfix: Postfix, tmp_path: Path) -> None:
    ours = open_transport(postfix.url(), settings_of(tmp_path), postfix.environment)
    (outcome,) = deliver(ours, envelope(1, recipient="closing@example.net"), envelope(2))
    assert (outcome.verdict, outcome.status, outcome.refusal) == (Verdict.RETURNED, "4.3.2", "")
    assert outcome.wait > 0


def test_postfix_names_its_limit(postfix: Postfix, tmp_path: Path) -> None:
    ours = open_transport(postfix.url(), settings_of(tmp_path), postfix.environment)
    (outcome,) = deliver(ours, envelope(1, b"x" * 76 * 20_000))
    assert "1,000,000 octets" in outcome.refusal


def test_postfix_takes_nothing_without_tls(postfix: Postfix, tmp_path: Path) -> None:
    (outcome,) = deliver(open_transport(postfix.url(query="?tls=none"), settings_of(tmp_path), {}), envelope(1))
    assert outcome.verdict is Verdict.RETURNED
    assert outcome.status == "5.7.0"
    assert "STARTTLS" in outcome.refusal
    with pytest.raises(UnreachableError, match="SSL_CERT_FILE"):
        deliver(open_transport(postfix.url(), settings_of(tmp_path), {}), envelope(1))


@pytest.mark.parametrize("without", [[], ["-p"]], ids=["pipelined", "one by one"])
def test_smtp_sink_counts_them_all(tool: Callable[[str], str], tmp_path: Path, without: list[str]) -> None:
    port = _free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    sink = subprocess.Popen([tool("smtp-sink"), *user, *without, "-M", "700", f"127.0.0.1:{port}", "100"])
    try:
        _wait(port)
        ours = open_transport(f"smtp://127.0.0.1:{port}?tls=none", settings_of(tmp_path), {})
        outcomes = deliver_all(ours, [envelope(number, b"Text\r\n" * 4000) for number in range(700)])
        # It ends at its 700th message, and leaves that one in doubt.
        assert verdicts(outcomes.values()) == {"sent": 699, "unknown": 1}
        assert sink.wait(10) == 0
    finally:
        sink.kill()
        sink.wait()
