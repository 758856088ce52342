"""A real Postfix with a durable queue on loopback, as a peer: it accepts, queues and then discards every message."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE: Final = 20.0  # seconds
_MAIN_CF: Final = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
myhostname = mail.bench.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = discard:
"""
_MASTER_CF: Final = """\
127.0.0.1:{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
"""


@contextmanager
def postfix_queue() -> Iterator[int]:
    """Its port, while the block runs; 0 if it cannot be started: it is not installed, or this is not root."""
    program = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin")
    if not program or os.geteuid() != 0:
        yield 0
        return
    with tempfile.TemporaryDirectory(prefix="pf-") as made, socket.create_server(("127.0.0.1", 0)) as free:
        folder, port = Path(made), free.getsockname()[1]
        folder.chmod(0o755)
        free.close()
        for name in ("etc", "data", "queue"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "etc" / "main.cf").write_text(_MAIN_CF.format(folder=folder))
        (folder / "etc" / "master.cf").write_text(_MASTER_CF.format(port=port))
        run = [program, "-c", f"{folder}/etc"]
        try:
            subprocess.run([*run, "start"], check=True, stdin=subprocess.DEVNULL, capture_output=True)
            _wait_for(port)
            yield port
        finally:
            subprocess.run([*run, "abort"], check=False, capture_output=True)
            time.sleep(1)  # its processes write to the folder until they have ended


def _wait_for(port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0 and probe.recv(1):
                return
        time.sleep(0.05)
