"""What sending costs, beside postfix's smtp-source: `bench send [READERS] [ROUNDS] [--million]`.

Both send 24 KB messages on 10 connections to postfix's smtp-sink on loopback, in turn; figures are medians of their
rounds. `send` is the whole command in a process of its own, from reading the settings to the finished campaign; what
its start costs is measured by a campaign of one reader and taken off, and shown. With --million: what opening a
campaign for 1,000,000 readers costs, the memory, and whether a message costs the same at the end of a long list.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "plugins"), str(REPOSITORY)]

from sqlalchemy import insert  # noqa: E402 - found by the line above
from tests.benchmarks.peers.postfix import postfix_queue  # noqa: E402

from briefing import settings  # noqa: E402
from briefing.delivery.store.database import open_database  # noqa: E402
from briefing.delivery.store.tables import SUBSCRIBERS  # noqa: E402
from briefing.delivery.store.tokens import new_reader_id  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 24_000  # octets of a message
CONNECTIONS = 10
MILLION = 1_000_000
SLICE = 10_000
SETTINGS = """
SITENAME = "The Bench"
SITEURL = "https://bench.example"
TIMEZONE = "UTC"
BRIEFING = {
    "topics": ["Science"],
    "email": {
        "sender": "The Bench <desk@bench.example>",
        "reply_to": "desk@bench.example",
        "postal_address": "1 Bench Street",
        "bounce_address": "bounces@bench.example",
        "unsubscribe_address": "leave@bench.example",
        %s
    },
    "delivery": {"listserver": "https://list.bench.example"},
}
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["briefing"]
PATH = "content"
THEME = "theme"
"""
DKIM = '"dkim": {"selector": "bench"},'
STORY = """\
---
title: A story
date: 2026-03-30
summary: What happened.
topic: Science
sources: [{name: The Journal, url: "https://journal.example/", date: 2026-03-29}]
---
It happened.
"""
ISSUE = """\
---
number: 1
title: The issue
date: 2026-04-03
preheader: What happened.
lead: 2026-03-30-a-story
---
%s
"""
SENTENCE = "A sentence of the introduction is here to make the message as long as those of the peer. "


def main(readers: int = 20_000, rounds: int = 5, *, million: bool = False) -> None:
    """Print the figures."""
    key = _key()
    with tempfile.TemporaryDirectory() as folder:
        plain, signed = (
            _publication(Path(folder).resolve() / name, more) for name, more in (("plain", ""), ("signed", DKIM))
        )
        with _sink() as port:
            for root in (plain, signed):
                _command(root, port, key, "proof", "2026-w14", "--to", "desk@bench.example")
            _compare(readers, rounds, port, {"no DKIM": plain, "RSA-2048": signed}, key)
            if million:
                _long_list(plain, port, key)


def _compare(readers: int, rounds: int, port: int, roots: dict[str, Path], key: str) -> None:
    for root in roots.values():
        _fill(root, readers)
        _command(root, port, key, "send", "2026-w14", "--dry-run", "--sample", "1")
    seconds: dict[str, list[float]] = {"smtp-source": [], "Postfix": [], **{name: [] for name in roots}}
    starts: dict[str, list[float]] = {name: [] for name in roots}
    for _ in range(rounds):
        seconds["smtp-source"].append(_peer(readers, port))
        with postfix_queue() as queue:
            if queue:
                seconds["Postfix"].append(_peer(readers // 5, queue) * 5)
        for name, root in roots.items():
            starts[name].append(_send(root, port, key, "--sample", "1")[0])
            seconds[name].append(_send(root, port, key)[0])
    peer = readers / statistics.median(seconds["smtp-source"])
    print(f"{readers:,} readers, messages of {_message_size(roots['no DKIM']) / 1000:.1f} KB, {rounds} rounds, medians")
    print(f"  smtp-source -s {CONNECTIONS} -d: {peer:,.0f} messages/s")
    if seconds["Postfix"]:
        queued = readers / statistics.median(seconds["Postfix"])
        print(f"  the same to a real Postfix queue: {queued:,.0f} messages/s, {queued / peer:.2f} of it")
    for name in roots:
        start = statistics.median(starts[name])
        rate = readers / (statistics.median(seconds[name]) - start)
        whole = readers / statistics.median(seconds[name])
        print(f"  send, {name}: {rate:,.0f} messages/s, {rate / peer:.2f} of it", end="")
        print(f"; with its start of {start:.1f} s {whole:,.0f}, {whole / peer:.2f}")
    print(f"  load average: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _long_list(root: Path, port: int, key: str) -> None:
    costs: dict[str, float] = {}
    _fill(root, SLICE)
    start = statistics.median(_send(root, port, key, "--sample", "1")[0] for _ in range(3))
    costs[f"all of a list of {SLICE:,}"] = _send(root, port, key)[0] - start
    _fill(root, MILLION)
    opening, memory = _send(root, port, key, "--sample", "1")
    print(f"opening a campaign for {MILLION:,}: {opening - start:.1f} s more than for {SLICE:,}")
    costs[f"the first {SLICE:,} of {MILLION:,}"] = _slice(root, port, key)
    with sqlite3.connect(_ledger(root)) as ledger:
        last = MILLION - 2 * SLICE
        ledger.execute("UPDATE deliveries SET state = 'sent' WHERE state = 'pending' AND subscriber <= ?", (last,))
    costs[f"the last {SLICE:,} of {MILLION:,}"] = _slice(root, port, key)
    for name, seconds in costs.items():
        print(f"  {name}: {seconds / SLICE * 1e6:,.0f} us a message")
    print(f"  memory at most: {memory / 1024:,.0f} MB")


def _slice(root: Path, port: int, key: str) -> float:
    """Seconds that the next 10,000 take, without those that going on takes."""
    start = statistics.median(_send(root, port, key, "--sample", "1", keep=True)[0] for _ in range(3))
    return _send(root, port, key, "--sample", str(SLICE), keep=True)[0] - start


def _publication(root: Path, more: str) -> Path:
    for folder in ("plugins", "theme"):
        (root / folder).parent.mkdir(parents=True, exist_ok=True)
        (root / folder).symlink_to(REPOSITORY / folder)
    (root / "pelicanconf.py").write_text(SETTINGS % more, encoding="utf-8")
    story = root / "content" / "stories" / "2026" / "2026-03-30-a-story.md"
    issue = root / "content" / "issues" / "2026-w14.md"
    for file, text in ((story, STORY), (issue, ISSUE % (SENTENCE * 75))):
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return root


def _fill(root: Path, readers: int) -> None:
    """A fresh list, kept beside the ledger so that every round begins with the same."""
    for old in (root / ".briefing").glob("ledger.sqlite3*"):
        old.unlink()
    database = open_database(settings.load(root), {})
    columns = {"domain": "reader.example", "state": "confirmed", "state_at": 1, "joined_at": 1}
    with database.writing() as connection:
        for begin in range(0, readers, SLICE):
            rows = [
                {"reader": new_reader_id(), "hash": f"{number:040x}", "address": f"r{number}@reader.example", **columns}
                for number in range(begin, min(begin + SLICE, readers))
            ]
            connection.execute(insert(SUBSCRIBERS), rows)
    database.close()
    with sqlite3.connect(_ledger(root)) as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(_ledger(root), _fresh(root))


def _ledger(root: Path) -> Path:
    return root / ".briefing" / "ledger.sqlite3"


def _fresh(root: Path) -> Path:
    return root / ".briefing" / "fresh"


def _send(root: Path, port: int, key: str, *options: str, keep: bool = False) -> tuple[float, int]:
    """Seconds and peak memory in KB of one run; on a fresh list unless the campaign is kept."""
    if not keep:
        for old in (root / ".briefing").glob("ledger.sqlite3*"):
            old.unlink()
        (root / "content" / "issues" / "2026-w14.sent.json").unlink(missing_ok=True)
        shutil.copyfile(_fresh(root), _ledger(root))
    return _command(root, port, key, "send", "2026-w14", "--yes", *options)


def _command(root: Path, port: int, key: str, *arguments: str) -> tuple[float, int]:
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    transport = f"smtp://127.0.0.1:{port}?tls=none"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins"), "BRIEFING_DKIM_KEY": key}
    for variable in ("CI", "BRIEFING_DATABASE_URL"):
        environment.pop(variable, None)
    begun = time.perf_counter()
    run = [sys.executable, "-c", code, str(root), *arguments, "--via", transport, "--no-site-check"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(run, cwd=root, env=environment, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        said.seek(0)
        if status and "--sample" not in arguments:
            sys.exit(said.read().decode())
    return seconds, usage.ru_maxrss


def _peer(readers: int, port: int) -> float:
    begun = time.perf_counter()
    source = [tool("smtp-source"), "-s", str(CONNECTIONS), "-d", "-l", str(SIZE), "-m", str(readers)]
    subprocess.run([*source, "-f", "a@bench.example", "-t", "b@reader.example", f"127.0.0.1:{port}"], check=True)
    return time.perf_counter() - begun


@contextmanager
def _sink() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen([tool("smtp-sink"), *user, f"127.0.0.1:{port}", "1000"])
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def tool(name: str) -> str:
    """Where a program is; postfix's are outside most users' PATH."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if not found:
        sys.exit(f"{name} is not installed")
    return found


def _message_size(root: Path) -> int:
    return (root / ".briefing" / "samples" / "2026-w14" / "1.eml").stat().st_size


def _key() -> str:
    return subprocess.run([tool("openssl"), "genrsa", "2048"], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(*numbers, million="--million" in sys.argv)
