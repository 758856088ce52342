"""What a long list costs, in and out: `python3 tasks.py bench subscribers [ROWS]`, by default a million.

Each step runs in a process of its own on an empty ledger: SQLite, or what BRIEFING_DATABASE_URL names. The peer is reading
the same file with Python's csv and hashing each address once, the least that an import can cost.
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
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "plugins"), str(REPOSITORY)]

from briefing.commands.app import main  # noqa: E402 - found by the line above

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
            ("backup", "safe.briefing"),
        )
        for number, argv in enumerate(steps):
            seconds, memory = timed(root, *argv)
            what = f"{argv[0]}{' again' if number == 1 else ''}"
            print(f"{what:<22}{seconds:>8.1f} s{memory:>7.0f} MB{seconds / least:>5.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--step"]:
        step(Path(sys.argv[2]), *sys.argv[3:])
    else:
        run(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
