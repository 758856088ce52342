"""A publish to a folder of releases, here or on a host, killed.

Readers meet the old site or the new one, and the next run finishes the job.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from briefing.publish import TargetOptions, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Tree = Callable[[Path], dict[str, bytes]]
    Write = Callable[[Path, Mapping[str, str]], str]

OLD = {"index.html": "old", **{f"stories/{n}/index.html": f"{n}" * 2000 for n in range(20)}}
NEW = {"index.html": "new", **{f"stories/{n}/index.html": f"{n}" * 2001 for n in range(5, 25)}}
PROGRAM = """
import os, sys
from pathlib import Path
from briefing.publish import TargetOptions, publish
publish(sys.argv[1], Path(sys.argv[2]), Path(), TargetOptions(environment=os.environ))
"""

COUNTING = """
import os, sys
import briefing.publish
left = int(sys.argv[3])
changing = {"os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "os.rmdir", "os.utime", "open"}
def count(event, arguments):
    global left
    if event in changing and (event != "open" or arguments[1] in {"xb", "a"}):
        if left == 0:
            os._exit(9)
        left -= 1
sys.addaudithook(count)
"""


def start(target: str, output: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, target, str(output)], env=environment)


@pytest.mark.parametrize("kind", ["file", "ssh"])
def test_killed_at_twenty_random_moments(
    tmp_path: Path, tree: Tree, write_site: Write, kind: str, request: pytest.FixtureRequest
) -> None:
    www, output = tmp_path / "www", tmp_path / "output"
    target, environment = f"file://{www}", {}
    if kind == "ssh":
        host = request.getfixturevalue("host")
        target, environment = host.url(www), host.environment

    def build(turn: int) -> dict[str, bytes]:
        write_site(output, {**(OLD, NEW)[turn % 2], "turn": str(turn)})
        return tree(output)

    served = build(0)
    assert start(target, output, environment).wait() == 0
    dice = random.Random(20)  # noqa: S311 - moments, not secrets
    killed, whole = 0, 0.0
    with reading(www, tree, served) as meet:
        for turn in range(1, 22):
            new = build(turn)
            meet(served, new)
            began = time.monotonic()
            publisher = start(target, output, environment)
            if turn == 1:  # the one that is let through tells how long it takes
                assert publisher.wait() == 0
                whole = time.monotonic() - began
            with suppress(subprocess.TimeoutExpired):
                publisher.wait(dice.uniform(0.2, 1.1) * whole)
            publisher.kill()
            killed += publisher.wait() == -signal.SIGKILL
            served = tree(www / "current")
        new = build(22)
        meet(served, new)
        assert start(target, output, environment).wait() == 0
    assert tree(www / "current") == new
    assert killed > 5
    assert len([path for path in (www / "releases").iterdir() if (path / "build.json").exists()]) <= 5
    assert not [path for path in www.rglob(".*") if path.name.startswith((".briefing-new", ".briefing-old"))]


@contextmanager
def reading(
    www: Path, tree: Tree, served: dict[str, bytes]
) -> Iterator[Callable[[dict[str, bytes], dict[str, bytes]], None]]:
    """A reader who asks for every page, over and over: each is the one site's or the other's, and so is the whole.

    Yields a function that says which two those are from now on; until then only `served` is met.
    """
    met = (served, served)
    rounds = 0
    faults: list[str] = []
    ended = threading.Event()

    def meet(old: dict[str, bytes], new: dict[str, bytes]) -> None:
        nonlocal met
        met = (old, new)

    def read() -> None:
        nonlocal rounds
        while not ended.wait(0.01):
            for name in sorted(set().union(*met)):
                before = met
                page = page_at(www / "current" / name)
                if page not in [site.get(name) for site in before + met]:
                    faults.append(f"{name}: {page!r}")
            before = met
            whole = whole_at(www, tree)
            if whole is not None and whole not in before + met:
                faults.append(f"a site of {len(whole)} files")
            rounds += 1

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield meet
    finally:
        ended.set()
        reader.join()
    assert not faults
    assert rounds > 20


def page_at(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def whole_at(www: Path, tree: Tree) -> dict[str, bytes] | None:
    """What the release holds that is served now; None where that was left, and perhaps removed, meanwhile."""
    release = (www / "current").resolve()
    try:
        whole = tree(release)
    except FileNotFoundError:
        whole = {}
    return whole if release == (www / "current").resolve() else None


def test_killed_before_every_single_step(tmp_path: Path, tree: Tree, write_site: Write) -> None:
    """The process ends, without any clean-up, before the nth of its calls that change files, for every n."""
    www = tmp_path / "www"
    old, new = {"index.html": "old", "a/b.html": "same"}, {"index.html": "new", "a/b.html": "same"}
    steps = 0
    while True:
        write_site(tmp_path / "old", {**old, "n": str(steps)})
        write_site(tmp_path / "new", {**new, "n": str(steps)})
        publish(f"file://{www}", tmp_path / "old", tmp_path, TargetOptions())
        ended = _killed_before(steps, f"file://{www}", tmp_path / "new")
        served = tree(www / "current")
        assert served in (tree(tmp_path / "old"), tree(tmp_path / "new"))
        publish(f"file://{www}", tmp_path / "new", tmp_path, TargetOptions())
        assert tree(www / "current") == tree(tmp_path / "new")
        assert len(list((www / "releases").iterdir())) <= 5
        assert not [path for path in www.rglob(".*") if path.name != ".briefing-releases"]
        if not ended:
            break
        steps += 1
    assert steps > 15


def _killed_before(step: int, target: str, output: Path) -> bool:
    """Publish in a process that ends before its call number `step`; whether it came so far."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", COUNTING + PROGRAM, target, str(output), str(step)]
    return subprocess.run(command, env=environment, check=False).returncode == 9
