"""A PostgreSQL of the tests' own: one server a test process, one database a test, reached by a socket only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# What is lost when the machine fails is of no interest here.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=100")
STARTING = 30  # seconds


@pytest.fixture(scope="session")
def postgresql_server(tool: Callable[[str], str]) -> Iterator[Path]:
    """The folder with the socket of a running server, which lets this machine's user `briefing` in without password."""
    postgres, initdb = tool("postgres"), tool("initdb")
    folder = Path(tempfile.mkdtemp(prefix="briefing-postgresql-"))
    # The server refuses to be root's, and pytest's own folders are closed to others.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    make = [initdb, "--pgdata", str(data), "--username", "briefing", "--auth", "trust", "--encoding", "UTF8"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": folder, "user": user}
    server: subprocess.Popen[bytes] | None = None
    try:
        made = subprocess.run([*make, "--locale", "C", "--no-sync"], check=False, **quiet)  # type: ignore[call-overload]
        assert made.returncode == 0, made.stderr.decode(errors="replace")
        options = [part for option in FAST for part in ("-c", option)]
        with (folder / "log").open("wb") as log:
            start = [postgres, "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", *options]
            server = subprocess.Popen(start, stdout=log, stderr=log, cwd=folder, user=user)
        _await(server, folder)
        yield folder
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # end every session, then stop
            server.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql_server: Path) -> Iterator[str]:
    """The address of a new and empty database, as `BRIEFING_DATABASE_URL` takes it."""
    name = f"test_{uuid.uuid4().hex}"
    with _administration(postgresql_server) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    yield f"postgresql://briefing@/{name}?host={postgresql_server}"
    with _administration(postgresql_server) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _administration(folder: Path) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(folder), user="briefing", dbname="postgres", autocommit=True)


def _await(server: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + STARTING
    while True:
        try:
            _administration(folder).close()
        except psycopg.OperationalError:
            assert server.poll() is None, (folder / "log").read_text(errors="replace")
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.05)
        else:
            return
