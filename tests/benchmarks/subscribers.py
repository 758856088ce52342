"""What a long list costs, in and out: `bench subscribers [ROWS]`.

There are a million rows unless told otherwise. Each step runs in a process of its own on an empty ledger: SQLite, or what
BRIEFING_DATABASE_URL names. The peer is reading the same file with Python's csv and hashing each address once, the least
that an import can cost.

While a step runs a reader joins and leaves again and again, as by the list server: the last column is the longest that one
of them had to wait.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "plugins"), str(REPOSITORY)]

from briefing import settings  # noqa: E402 - found by the line above
from briefing.commands.app import main  # noqa: E402
from briefing.delivery.store import membership  # noqa: E402
from briefing.delivery.store.database import now, open_database  # noqa: E402
from briefing.delivery.store.email_addresses import parse_address  # noqa: E402
from briefing.delivery.store.tables import Membership  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.store.database import Database

ROWS = 1_000_000
SETTINGS = """\
SITENAME = "Benchmark"
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["briefing"]
PATH = "content"
THEME = "theme"
BRIEFING = {"topics": ["One"]}
"""


def write_list(file: Path, rows: int) -> None:
    """A list of readers at fifty domains, with names, dates and sources."""
    with file.open("w", encoding="utf-8") as out:
        out.write("email,name,consented,source\n")
        for number in range(rows):
            when = f"2025-03-{1 + number % 28:02}T10:{number % 60:02}:00Z"
            out.write(f'reader{number}.x@example{number % 50}.org,"Ann, Reader {number}",{when},form\n')


def peer(file: Path) -> None:
    """Read and hash."""
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.reader(text):
            hashlib.sha256(row[0].encode()).hexdigest()


@contextmanager
def coming_and_going(root: Path) -> Iterator[list[float]]:
    """Readers who join and leave as long as the block lasts; the seconds that each of the two took."""
    waits: list[float] = [0.0]
    ended = threading.Event()
    with closing(open_database(settings.load(root), os.environ)) as database:
        thread = threading.Thread(target=_come_and_go, args=(database, waits, ended))
        thread.start()
        try:
            yield waits
        finally:
            ended.set()
            thread.join()


def _come_and_go(database: Database, waits: list[float], ended: threading.Event) -> None:
    while not ended.wait(0.05):
        mailbox = parse_address(f"visitor{time.monotonic_ns()}@example.net")
        began = time.perf_counter()
        with database.writing() as connection:
            known = membership.join(connection, database.secret, mailbox, "form", now())
        waits.append(time.perf_counter() - began)
        began = time.perf_counter()
        with database.writing() as connection:
            if known:
                membership.end_subscription(connection, known.reader, Membership.UNSUBSCRIBED, now())
        waits.append(time.perf_counter() - began)


def timed(root: Path, *argv: str) -> tuple[float, float]:
    """Seconds and peak memory in MB of one step in a process of its own."""
    argv = (sys.executable, str(Path(__file__)), "--step", str(root), *argv)
    began = time.perf_counter()
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=True, cwd=root)
    return time.perf_counter() - began, json.loads(done.stdout.splitlines()[-1])


def step(root: Path, *argv: str) -> None:
    """Run one step and print this process's peak memory."""
    if argv[0] == "peer":
        peer(Path(argv[1]))
    elif code := main(["subscribers", *argv], root):
        sys.exit(code)
    print()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def run(rows: int) -> None:
    """Print a line for each step."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "pelicanconf.py").write_text(SETTINGS, encoding="utf-8")
        (root / "content").mkdir()
        for shared in ("plugins", "theme"):
            (root / shared).symlink_to(REPOSITORY / shared)
        write_list(root / "list.csv", rows)
        os.environ["BRIEFING_BACKUP_PASSPHRASE"] = "correct horse battery"
        least, _ = timed(root, "peer", "list.csv")
        print(f"{'reading and hashing':<22}{least:>8.1f} s{'':>10}  1.0")
        steps = (
            ("import", "list.csv", "--confirmed"),
            ("import", "list.csv", "--confirmed"),
            ("export", "own.csv"),
            ("backup", "safe.age"),
        )
        for number, argv in enumerate(steps):
            with coming_and_going(root) as waits:
                seconds, memory = timed(root, *argv)
            what = f"{argv[0]}{' again' if number == 1 else ''}"
            print(f"{what:<22}{seconds:>8.1f} s{memory:>7.0f} MB{seconds / least:>5.1f}{max(waits):>8.2f} s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(Path(sys.argv[2]), *sys.argv[3:])
    else:
        run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
