"""What a build costs beside its peers: `bench build [--stories N] [--rounds N] [--peers NAME,...]`.

The same stories are built by Hugo, stock Pelican and Eleventy, each with an equal small theme (`peers/`), and by this
program twice: with a small theme like theirs, and with its own. Each round runs every peer cold, again with nothing
changed, and again after one story's text was edited; the peers take turns, so that a busy moment of the machine meets all
of them. The table shows medians, and ratios to Hugo's figure in the same column. Memory is the largest sum over all
processes of a peer, taken in a round that is not timed.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY)]

from tests.benchmarks import peers  # noqa: E402 - found by the line above

STEPS = ("cold", "unchanged", "one edit")


class Cost(NamedTuple):
    """Seconds of the clock and of all processors, for one run."""

    wall: float
    cpu: float


@dataclass(frozen=True)
class Measured:
    """A peer's runs, by step, and its largest memory in bytes."""

    costs: dict[str, list[Cost]]
    memory: int

    def median(self, step: str, what: str) -> float:
        return statistics.median(cost.wall if what == "wall" else cost.cpu for cost in self.costs[step])


def run(peer: peers.Peer) -> Cost:
    """Build once, from nothing but what lies there."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _build(peer)
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _build(peer: peers.Peer) -> None:
    done = subprocess.run(peer.command, cwd=peer.folder, env=peer.environment, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{peer.name}: {done.stdout.decode()[-2000:]}{done.stderr.decode()[-2000:]}")


def memory_of(peer: peers.Peer) -> int:
    """The largest proportional memory of a cold build's processes together, looked at every 20 ms."""
    shutil.rmtree(peer.output, ignore_errors=True)
    peer.forget()
    largest, ended = 0, threading.Event()
    process = subprocess.Popen(
        peer.command, cwd=peer.folder, env=peer.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip

    def watch() -> None:
        nonlocal largest
        while not ended.wait(0.02):
            largest = max(largest, sum(map(_memory, _session(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    process.wait()
    ended.set()
    watcher.join()
    return largest


def _session(leader: int) -> list[int]:
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = Path(entry.path, "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat[3]) == leader:
                found.append(int(entry.name))
    return found


def _memory(pid: int) -> int:
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return sum(int(row.split()[1]) * 1024 for row in rows if row.startswith("Pss:"))


def measure(chosen: list[peers.Peer], rounds: int) -> dict[str, Measured]:
    """Every peer's runs, in turn."""
    costs: dict[str, dict[str, list[Cost]]] = {peer.name: {step: [] for step in STEPS} for peer in chosen}
    for number in range(rounds):
        for step in STEPS:
            for peer in chosen:
                if step == "cold":
                    shutil.rmtree(peer.output, ignore_errors=True)
                    peer.forget()
                if step == "one edit":
                    peer.edit(number)
                costs[peer.name][step].append(run(peer))
                print(
                    f"round {number + 1}, {step}: {peer.name} {costs[peer.name][step][-1].wall:.2f} s", file=sys.stderr
                )
    return {peer.name: Measured(costs[peer.name], memory_of(peer)) for peer in chosen}


def table(measured: dict[str, Measured]) -> list[str]:
    """In rows of Markdown, with ratios to the first peer."""
    first = next(iter(measured))
    lines = [
        f"| | {' | '.join(f'{step}, s' for step in STEPS)} | {' | '.join(f'{step}, CPU s' for step in STEPS)} | memory, MB |",
        f"| --- |{' ---: |' * (2 * len(STEPS) + 1)}",
    ]
    for name, one in measured.items():
        cells = []
        for what in ("wall", "cpu"):
            for step in STEPS:
                value, least = one.median(step, what), measured[first].median(step, what)
                cells.append(f"{value:.2f}" if name == first else f"{value:.2f} ({value / least:.2f})")
        memory = f"{one.memory / 1e6:.0f}"
        cells.append(memory if name == first else f"{memory} ({one.memory / measured[first].memory:.2f})")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench build", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stories", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=",".join(peers.NAMES), help="between commas; the first is the measure")
    asked = parser.parse_args()
    names = asked.peers.split(",")
    if unknown := set(names) - set(peers.NAMES):
        parser.error(f"unknown peers: {', '.join(sorted(unknown))}; choose from {', '.join(peers.NAMES)}")
    with tempfile.TemporaryDirectory() as folder:
        chosen = [peers.prepare(name, asked.stories, Path(folder)) for name in names]
        measured = measure(chosen, asked.rounds)
    print(
        f"{asked.stories:,} stories, {asked.rounds} rounds, {os.cpu_count()} cores; in brackets: the ratio to {names[0]}\n"
    )
    print("\n".join(table(measured)))


if __name__ == "__main__":
    main()
