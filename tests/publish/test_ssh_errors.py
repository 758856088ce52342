"""What may be wrong between this machine and a host: one sentence each, and nothing is sent."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from tests.publish.sshd import NEEDED

from briefing.errors import BriefingError, WrongUseError
from briefing.publish import TargetOptions, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.publish.sshd import Sshd

    Build = Callable[[Mapping[str, str]], str]

ONE = {"index.html": "one"}


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            "unknown",
            (
                "the host key of PEER is unknown: show it with ssh-keyscan -p PORT 127.0.0.1 | ssh-keygen -lf -, "
                "compare it with the one that the host's administrator gives you, and add it with "
                "ssh-keyscan -p PORT 127.0.0.1 >> FOLDER/known_hosts"
            ),
        ),
        (
            "changed",
            (
                "the host key of PEER is not the one that this machine knows (FOLDER/known_hosts, line 1), so nothing "
                "was sent: ask the host's administrator; if they changed it, run ssh-keygen -f FOLDER/known_hosts "
                "-R '[127.0.0.1]:PORT' and add the new one"
            ),
        ),
        (
            "key",
            (
                "PEER refuses the login of USER with the keys FOLDER/stranger and no agent "
                "(SSH_AUTH_SOCK is not set): add your public key to ~/.ssh/authorized_keys there, and if the key has a "
                "passphrase add it to an agent with ssh-add"
            ),
        ),
        ("passphrase", "PEER refuses the login of USER with the keys FOLDER/stranger and no agent"),
        ("no key", "PEER refuses the login of USER with no key file and no agent"),
        ("loose", "ssh ignores the key FOLDER/stranger because other users can read it: run chmod 600 FOLDER/stranger"),
        ("silent", "127.0.0.1 port SILENT cannot be reached: Connection timed out; check host, port and network"),
        ("closed", "127.0.0.1 port CLOSED cannot be reached: Connection refused; check host, port and network"),
        ("no shell", "ssh to PEER failed: This account is currently not available.; fix that"),
        ("no rsync", "127.0.0.1 lacks rsync: install what is missing there"),
        ("little", "127.0.0.1 lacks rsync and flock: install what is missing there"),
        ("file", "ssh://127.0.0.1:PORT/~/www is a file: publish to a folder"),
        ("below a file", "publishing to ssh://127.0.0.1:PORT/~/www/below failed: mkdir: cannot create directory"),
        (
            "foreign",
            "ssh://127.0.0.1:PORT/~/www contains files that publish did not create (index.html): choose an empty",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(
    host: Sshd, output: Path, build: Build, fault: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    build(ONE)
    url = host.url("/~/www/below" if fault == "below a file" else "/~/www")
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports = {"SILENT": silent.getsockname()[1], "CLOSED": closed.getsockname()[1], "PORT": host.port}
        said = {
            **{name: str(port) for name, port in ports.items()},
            "PEER": f"127.0.0.1 port {host.port}",
            "FOLDER": str(host.folder),
            "USER": pwd.getpwuid(os.getuid()).pw_name,
        }
        if fault in {"silent", "closed"}:
            url = url.replace(str(host.port), said[fault.upper()])
        for name, value in said.items():
            says = says.replace(name, value)
        arrange(host, fault)
        options = ("-o", "ConnectTimeout=1") if fault == "silent" else ()
        with pytest.raises(BriefingError) as found:
            publish(url, output, output.parent, TargetOptions(environment=host.told(*options)))
    assert str(found.value).startswith(says)
    assert "\n" not in str(found.value)
    assert not (host.home / "www/current").exists()


def arrange(host: Sshd, fault: str) -> None:
    """Make something wrong with the host, or with what is known of it here."""
    www, known_hosts = host.home / "www", host.folder / "known_hosts"
    match fault:
        case "unknown":
            known_hosts.write_text("")
        case "changed":
            known_hosts.write_text(f"[127.0.0.1]:{host.port} {(host.folder / 'user.pub').read_text()}")
        case "key" | "passphrase" | "loose" | "no key":
            log_in_by(host, fault)
        case "no shell":
            host.login("", "echo This account is currently not available.; exit 1")
        case "no rsync" | "little":
            absent = {"rsync"} if fault == "no rsync" else {"rsync", "flock"}
            host.only(*(tool for tool in NEEDED if tool not in absent))
        case "file" | "below a file":
            www.write_text("")
        case "foreign":
            www.mkdir()
            (www / "index.html").write_text("not ours")


def log_in_by(host: Sshd, key: str) -> None:
    """From now on, by another key than the one that the host accepts, by that one readable for all, or by none."""
    stranger = host.folder / "stranger"
    for file in (stranger, stranger.with_suffix(".pub")):
        file.unlink(missing_ok=True)
    match key:
        case "loose":  # only a key that the host accepts is looked at
            shutil.copy(host.folder / "user", stranger)
            stranger.chmod(0o644)
        case "key" | "passphrase":
            phrase = "a long phrase" if key == "passphrase" else ""
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", stranger], check=True)  # noqa: S607
    client = host.folder / "it's client"
    client.write_text(client.read_text().replace("/user\n", "/stranger\n"))


@pytest.mark.parametrize(
    ("command", "error", "says"),
    [
        ("ssh 'unclosed", WrongUseError, "BRIEFING_SSH_COMMAND is not a valid command .No closing quotation."),
        ("", WrongUseError, "BRIEFING_SSH_COMMAND is empty: unset it"),
        (
            "no-such-program",
            BriefingError,
            "cannot run no-such-program, which publishing over ssh needs: No such file",
        ),
        (
            "ssh -F /nowhere/config",
            BriefingError,
            "ssh rejects its configuration: Can't open user config file /nowhere",
        ),
        ("ssh -o Nonsense=1", BriefingError, "ssh rejects its configuration: command-line: line 0: Bad configuration"),
    ],
)
def test_an_ssh_command_that_cannot_be_used_is_told(
    host: Sshd, output: Path, build: Build, command: str, error: type[BriefingError], says: str
) -> None:
    build(ONE)
    with pytest.raises(error, match=says):
        publish(host.url("/~/www"), output, output.parent, TargetOptions(environment={"BRIEFING_SSH_COMMAND": command}))
