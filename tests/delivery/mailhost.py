"""A mail server of one's own on loopback: Postfix takes mail and bounces it, Dovecot shows what was delivered.

    with mail_host(tool) as host:
        send to 127.0.0.1:host.smtp without TLS, look at host.messages("bounces@list.example"), or at
        host.imap_url("bounces@list.example") with the password PASSWORD

Whoever is not among the mailboxes bounces: Postfix accepts the mail and then writes a true delivery report to the
return path. `full@`, `policy@` and `later@readers.example` are refused as 5.2.2, 5.7.1 and 4.2.2.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import grp
import ipaddress
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.conftest import leave_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PASSWORD: Final = "open-sesame"
OURS: Final = "list.example"
READERS: Final = "readers.example"
BOXES: Final = (f"bounces@{OURS}", f"leave@{OURS}", f"desk@{OURS}", f"ada@{READERS}", f"ben@{READERS}")
_PATIENCE: Final = 20  # seconds until a server that does not answer counts as broken

_MAIN_CF: Final = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mail.{ours}
mydestination =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_reject_unlisted_recipient = no
recipient_delimiter = +
default_transport = error:5.4.4 no such domain here
transport_maps = texthash:{folder}/transport
virtual_mailbox_domains = {ours}, {readers}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/boxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtputf8_enable = yes
"""
_TRANSPORT: Final = f"""\
full@{READERS} error:5.2.2 mailbox full
policy@{READERS} error:5.7.1 refused by policy
later@{READERS} retry:4.2.2 mailbox full for now
"""
_MASTER_CF: Final = """\
127.0.0.1:{smtp} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
smtp unix - - n - - smtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
"""
_DOVECOT_CONF: Final = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:{folder}/mail/%u
mail_uid = {uid}
mail_gid = {gid}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class MailHost:
    """Ports on 127.0.0.1; `smtp` is 0 where only Dovecot runs. `certificate`: what to trust, by SSL_CERT_FILE."""

    folder: Path
    smtp: int
    imap: int
    imaps: int

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def imap_url(self, user: str, folder: str = "") -> str:
        """Where a mailbox is read without TLS; its password is PASSWORD."""
        return f"imap://{quote(user, safe='')}@127.0.0.1:{self.imap}{'/' if folder else ''}{folder}?tls=none"

    def messages(self, user: str, folder: str = "") -> list[bytes]:
        """What lies in a mailbox's folder, the oldest first."""
        box = self._box(user, folder)
        files = [file for part in ("new", "cur") for file in (box / part).glob("*")]
        return [file.read_bytes() for file in sorted(files, key=lambda file: file.name.split(":")[0])]

    def wait_for(self, user: str, count: int = 1, folder: str = "") -> list[bytes]:
        """The same, once there are at least so many."""
        _until(lambda: len(self.messages(user, folder)) >= count, f"{count} mails for {user}")
        return self.messages(user, folder)

    def deliver_all(self) -> None:
        """Wait until Postfix has no mail left to deliver: after that none arrives."""
        queues = [self.folder / "queue" / name for name in ("maildrop", "incoming", "active", "deferred")]
        _until(lambda: not any(path.is_file() for queue in queues for path in queue.rglob("*")), "Postfix's queue")

    def drop(self, user: str, *mails: bytes) -> None:
        """Put mails into a mailbox as a delivery agent would."""
        box = self._box(user, "")
        owner, group = _mail_owner()
        for part in ("", "tmp", "new", "cur"):
            (box / part).mkdir(parents=True, exist_ok=True)
            os.chown(box / part, owner, group)
        for mail in mails:
            name = f"{time.time_ns()}.drop.{OURS}"
            (box / "tmp" / name).write_bytes(mail)
            os.chown(box / "tmp" / name, owner, group)
            (box / "tmp" / name).rename(box / "new" / name)

    def empty(self, user: str) -> None:
        """Take everything out of a mailbox, its folders too."""
        shutil.rmtree(self._box(user, ""), ignore_errors=True)

    def _box(self, user: str, folder: str) -> Path:
        box = self.folder / "mail" / user
        return box / f".{folder}" if folder else box


@contextlib.contextmanager
def mail_host(tool: Callable[[str], str], boxes: Sequence[str] = BOXES, *, ending: str = "/") -> Iterator[MailHost]:
    """Postfix and Dovecot while the block runs. Skips by name where one is missing, and Postfix without root.

    ending: `/` for a Maildir for each mailbox, "" for an mbox file, which Dovecot does not show.
    """
    postfix = tool("postfix")
    if os.geteuid() != 0:
        leave_out("Postfix can be started by root only")
    with imap_host(tool) as host:
        folder, smtp = host.folder, _free_port()
        uid, gid = _mail_owner()
        names = {"folder": folder, "ours": OURS, "readers": READERS, "uid": uid, "gid": gid, "smtp": smtp}
        (folder / "etc").mkdir()
        (folder / "data").mkdir()
        (folder / "queue").mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "etc" / "main.cf").write_text(_MAIN_CF.format(**names))
        (folder / "etc" / "master.cf").write_text(_MASTER_CF.format(**names))
        (folder / "transport").write_text(_TRANSPORT)
        (folder / "boxes").write_text("".join(f"{box} {box}{ending}\n" for box in boxes))
        try:
            _run(postfix, "-c", f"{folder}/etc", "start")
            _until(lambda: _answers(smtp), "Postfix", folder / "mail.log")
            yield MailHost(folder, smtp, host.imap, host.imaps)
        finally:
            subprocess.run([postfix, "-c", f"{folder}/etc", "abort"], check=False, capture_output=True)
            _until(lambda: not _answers(smtp), "the end of Postfix", folder / "mail.log")


@contextlib.contextmanager
def imap_host(tool: Callable[[str], str], more: str = "") -> Iterator[MailHost]:
    """Dovecot alone while the block runs: every user may log in with PASSWORD. more: lines for its configuration."""
    dovecot = tool("dovecot")
    folder = Path(tempfile.mkdtemp(prefix="mh-"))  # short: the paths of sockets have a limit
    folder.chmod(0o755)
    host = MailHost(folder, 0, _free_port(), _free_port())
    uid, gid = _mail_owner()
    (folder / "mail").mkdir()
    os.chown(folder / "mail", uid, gid)
    _certify(folder)
    is_root = os.geteuid() == 0
    me = getpass.getuser()
    names = {
        "folder": folder,
        "imap": host.imap,
        "imaps": host.imaps,
        "uid": uid,
        "gid": gid,
        "password": PASSWORD,
        "internal": "dovecot" if is_root else me,
        "internal_group": "dovecot" if is_root else grp.getgrgid(os.getegid()).gr_name,
        "login": "dovenull" if is_root else me,
    }
    (folder / "dovecot.conf").write_text(_DOVECOT_CONF.format(**names) + more)
    no = subprocess.DEVNULL
    server = subprocess.Popen([dovecot, "-F", "-c", f"{folder}/dovecot.conf"], stdin=no, stdout=no, stderr=no)
    try:
        _until(lambda: _answers(host.imap), "Dovecot", folder / "dovecot.log")
        yield host
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(_PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def _mail_owner() -> tuple[int, int]:
    """Whose the mail is: Dovecot gives none to root."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid
    return os.geteuid(), os.getegid()


def _certify(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(pem)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return bool(connection.recv(1))
    except OSError:
        return False


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"{command[0]}: {done.stdout}{done.stderr}")


def _until(is_so: Callable[[], bool], what: str, log: Path | None = None) -> None:
    end = time.monotonic() + _PATIENCE
    while not is_so():
        if time.monotonic() > end:
            said = log.read_text(errors="replace")[-2000:] if log and log.exists() else ""
            pytest.fail(f"waited {_PATIENCE} seconds for {what}\n{said}")
        time.sleep(0.02)
