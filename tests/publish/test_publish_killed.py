"""A publish to a folder, killed: readers meet the old site or the new one, and the next run finishes the job."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from briefing.publish import Options, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Tree = Callable[[Path], dict[str, bytes]]
    Write = Callable[[Path, Mapping[str, str]], str]

OLD = {"index.html": "old", **{f"stories/{n}/index.html": f"{n}" * 2000 for n in range(40)}}
NEW = {"index.html": "new", **{f"stories/{n}/index.html": f"{n}" * 2001 for n in range(10, 50)}}
PROGRAM = """
import sys
from pathlib import Path
from briefing.publish import Options, publish
publish(sys.argv[1], Path(sys.argv[2]), Path(), Options())
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


def start(www: Path, output: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, f"file://{www}", str(output)], env=environment)


def test_killed_at_twenty_random_moments(tmp_path: Path, tree: Tree, write_site: Write) -> None:
    www, sites = tmp_path / "www", {}
    for name, pages in (("old", OLD), ("new", NEW)):
        write_site(tmp_path / name, pages)
        sites[name] = tree(tmp_path / name)
    publish(f"file://{www}", tmp_path / "old", tmp_path, Options())
    before = time.monotonic()
    assert start(www, tmp_path / "new").wait() == 0
    whole = time.monotonic() - before
    dice = random.Random(20)  # noqa: S311 - moments, not secrets
    killed = 0
    for turn in range(20):
        publisher = start(www, tmp_path / ("old", "new")[turn % 2])
        deadline = time.monotonic() + dice.uniform(0.3, 1.1) * whole
        while time.monotonic() < deadline and publisher.poll() is None:
            served = (www / "current").resolve()
            assert tree(served) in sites.values()
        publisher.kill()
        killed += publisher.wait() == -signal.SIGKILL
        assert tree(www / "current") in sites.values()
    assert killed
    for name, site in sites.items():
        assert start(www, tmp_path / name).wait() == 0
        assert tree(www / "current") == site
        assert not [path for path in www.rglob(".*") if path.name != ".briefing-releases"]


def test_killed_before_every_single_step(tmp_path: Path, tree: Tree, write_site: Write) -> None:
    """The process ends, without any clean-up, before the nth of its calls that change files, for every n."""
    www = tmp_path / "www"
    old, new = {"index.html": "old", "a/b.html": "same"}, {"index.html": "new", "a/b.html": "same"}
    steps = 0
    while True:
        write_site(tmp_path / "old", {**old, "n": str(steps)})
        write_site(tmp_path / "new", {**new, "n": str(steps)})
        publish(f"file://{www}", tmp_path / "old", tmp_path, Options())
        ended = _killed_before(steps, f"file://{www}", tmp_path / "new")
        served = tree(www / "current")
        assert served in (tree(tmp_path / "old"), tree(tmp_path / "new"))
        publish(f"file://{www}", tmp_path / "new", tmp_path, Options())
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
