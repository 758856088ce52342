"""From our bytes by SMTP through Postfix and by LMTP into Dovecot, and by IMAP back: nothing of it has changed."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import html
import imaplib
import os
import re
import smtplib
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from briefing.digest import make_digest
from briefing.digest.dkim_keys import dns_records
from briefing.digest.identifiers import mailto_unsubscribe, reader_message_id, return_path
from briefing.digest.message_template import fill
from briefing.digest.signing import Signer, prepare, sign
from briefing.pages.digest_view import PREFERENCES, UNSUBSCRIBE
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

STRICT = email.policy.SMTP + email.policy.strict
ADDED = {"return-path", "delivered-to", "received"}
PASSWORD = "a-password"
EMAIL = {
    "sender": "The Example 📰 <desk@example.org>",
    "reply_to": "answers@example.org",
    "postal_address": "The Example\n1 Example Street",
    "unsubscribe_address": "unsubscribe@example.org",
    "bounce_address": "bounces@example.org",
}
LONG = "https://example.org/" + "a" * 1980
HOSTILE = f'<p>.</p><p>From here on</p><p><a href="{LONG}">long</a></p><pre><code>.\n..\na    b\nFrom x</code></pre>'
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example.net
mydestination =
alias_maps =
virtual_mailbox_domains = example.net
virtual_transport = lmtp:unix:{folder}/lmtp
"""
MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
lmtp unix - - n - - lmtp
postlog unix-dgram n - n - 1 postlogd
"""
DOVECOT = """\
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%n
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0666
  }}
}}
"""
START = """\
set -e
install -d queue
install -d -o postfix data
install -d -o mail -g mail mail
chown -R root postfix
"{dovecot}" -c dovecot.conf
"{postfix}" -c "{folder}/postfix" start
"""
STOP = """\
"{postfix}" -c "{folder}/postfix" stop
"{doveadm}" -c dovecot.conf stop
rm -rf queue data mail run postfix lmtp
"""


@dataclasses.dataclass(frozen=True)
class Post:
    """Where mail is handed in and where it is read."""

    smtp: int
    imap: int
    folder: Path

    def through(self, message: bytes, envelope: str, reader: str) -> bytes:
        """The message as the reader's program gets it."""
        with smtplib.SMTP("127.0.0.1", self.smtp) as server:
            assert not server.sendmail(envelope, [reader], message)
        with imaplib.IMAP4("127.0.0.1", self.imap) as box:
            box.login(reader, PASSWORD)
            for _ in range(300):
                box.select()
                if found := box.search(None, "ALL")[1][0]:
                    (_, raw), _ = box.fetch(found.decode(), "(BODY.PEEK[])")[1]  # type: ignore[misc]
                    return bytes(raw)
                time.sleep(0.1)
        logs = "\n".join(log.read_text(encoding="utf-8") for log in self.folder.glob("*.log"))
        pytest.fail(f"the message did not arrive:\n{logs}")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def post(tool: Callable[[str], str]) -> Iterator[Post]:
    """A Postfix and a Dovecot of our own, which start as root only: by sudo where we are another."""
    tools = {name: tool(name) for name in ("postfix", "dovecot", "doveadm")}
    as_root = [] if os.geteuid() == 0 else [tool("sudo"), "--non-interactive"]
    with tempfile.TemporaryDirectory(prefix="briefing-mail-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # both leave root's rights behind
        made = Post(free_port(), free_port(), folder)
        values = {**tools, "folder": name, "smtp": made.smtp, "imap": made.imap, "password": PASSWORD}
        (folder / "postfix").mkdir()
        for path, text in (("postfix/main.cf", MAIN), ("postfix/master.cf", MASTER), ("dovecot.conf", DOVECOT)):
            (folder / path).write_text(text.format(**values), encoding="utf-8")
        try:
            subprocess.run([*as_root, "sh", "-c", START.format(**values)], cwd=folder, check=True, timeout=60)
            yield made
        finally:
            subprocess.run([*as_root, "sh", "-c", STOP.format(**values)], cwd=folder, check=False, timeout=60)


def headers(message: bytes) -> list[bytes]:
    """Every header as it stands, those apart that servers add."""
    lines = re.split(rb"\r\n(?![ \t])", message.partition(b"\r\n\r\n")[0])
    return [line for line in lines if line.partition(b":")[0].decode().lower() not in ADDED]


def parsed(message: bytes) -> EmailMessage:
    found = email.message_from_bytes(message, policy=STRICT)
    assert not any(part.defects for part in found.walk())
    return found


@pytest.mark.parametrize(
    ("reader", "to", "path"),
    [
        ("one@example.net", "one@example.net", "u?list=weekly&token=abc"),
        ("two@example.net", "Þór Ægisson, önnur tilraun með mjög langt nafn <two@example.net>", ".=" * 150),
        ("three@example.net", '"Reader, Three" <three@example.net>', "u?" + "t=%3D&" * 100),
    ],
)
def test_a_message_arrives_as_it_was_sent(
    post: Post, make_settings: Any, whole: Any, reader: str, to: str, path: str
) -> None:
    values = make_settings(email=EMAIL, delivery={"listserver": "https://lists.example.org"})
    subject = "🚀 Lift-off, ماذا حدث, and what came after it: a rather long account of the week"
    view = DigestView(dataclasses.replace(whole, html=HOSTILE, subject=subject), UNSUBSCRIBE, PREFERENCES)
    digest = make_digest(view, Templates(values), values)
    signer = Signer("example.org", "one", rsa.generate_private_key(65537, 2048))
    unsubscribe = f"https://lists.example.org/{path}"
    placeholders = {
        "unsubscribe": unsubscribe,
        "unsubscribe-mail": mailto_unsubscribe("17", values),
        "preferences": "https://lists.example.org/p?token=abc",
        "date": "Fri, 03 Apr 2026 08:00:00 +0100",
        "message-id": reader_message_id(b"0" * 32, digest.issue, reader, "example.org"),
        "to": to,
    }
    sent = sign(prepare(digest.template, signer), placeholders)
    got = post.through(sent, return_path("17", values), reader)

    assert got.partition(b"\r\n\r\n")[2] == sent.partition(b"\r\n\r\n")[2]
    assert headers(got) == headers(sent)
    assert got.endswith(fill(digest.template, placeholders))
    records = dns_records(signer)
    assert dkim.verify(got, dnsfunc=lambda name, timeout=5: records[name.decode()[:-1]].encode())  # noqa: ARG005
    message = parsed(got)
    assert message["List-Unsubscribe"] == f"<{unsubscribe}>, <mailto:unsubscribe+17@example.org?subject=unsubscribe>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f" <{unsubscribe}>,\r\n <mailto:".encode() in got
    assert message["Subject"] == subject
    assert message["Return-Path"] == "<bounces+17@example.org>"
    text, page = (part.get_content() for part in message.walk() if not part.is_multipart())
    assert f"] {unsubscribe}\r\n" in text
    assert f'href="{html.escape(unsubscribe)}"' in page
