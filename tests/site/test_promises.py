"""What DESIGN promises of every build: all problems at once, nothing changed by a failure, same input same bytes."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakePublication

    Briefing = Callable[..., subprocess.CompletedProcess[str]]

REPOSITORY = Path(__file__).resolve().parents[2]
DAY = "2026-05-01"


def snapshot(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Every file's hash, time and inode: what a build must not touch."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            stat = path.stat()
            name = path.relative_to(folder).as_posix()
            found[name] = (hashlib.sha256(path.read_bytes()).hexdigest(), stat.st_mtime_ns, stat.st_ino)
    return found


def contents(folder: Path) -> dict[str, str]:
    return {name: seen[0] for name, seen in snapshot(folder).items()}


def test_a_second_build_writes_nothing(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    assert briefing(root, "build").returncode == 0
    before = snapshot(root / "output"), snapshot(root / "outbox")
    again = briefing(root, "build")
    assert again.returncode == 0
    assert "nothing changed" in again.stdout
    assert (snapshot(root / "output"), snapshot(root / "outbox")) == before


def test_full_writes_the_same_bytes_anew(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    assert briefing(root, "build").returncode == 0
    before = snapshot(root / "output")
    assert briefing(root, "build", "--full").returncode == 0
    after = snapshot(root / "output")
    assert {name: seen[0] for name, seen in after.items()} == {name: seen[0] for name, seen in before.items()}
    assert all(after[name][2] != before[name][2] for name in before if name != "build.json")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"stories/2026/2026-04-01-broken.md": "---\ntitle: A: B\n---\n"}, "quote it"),
        ({"overrides/story.html": "{{ view.nonsense }}"}, "nonsense"),
        ({"overrides/story.html": "{% if %}"}, "story.html:1"),
        ({"overrides/email/digest.txt": "{{ view.nonsense }}"}, "nonsense"),
    ],
    ids=["content", "a name", "syntax", "the digest"],
)
def test_a_failed_build_changes_nothing(
    files: dict[str, str], said: str, publication: MakePublication, briefing: Briefing
) -> None:
    root = publication()
    assert briefing(root, "build").returncode == 0
    before = snapshot(root / "output"), snapshot(root / "outbox")
    (root / "content/pages/new.md").write_text("---\ntitle: New\n---\nNew.\n")
    for name, text in files.items():
        path = root / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    failed = briefing(root, "build")
    assert failed.returncode == 1
    assert said in failed.stderr
    assert "Traceback" not in failed.stderr
    assert (snapshot(root / "output"), snapshot(root / "outbox")) == before


def test_what_is_gone_from_the_content_is_gone_from_the_site(publication: MakePublication, briefing: Briefing) -> None:
    root = publication({"pages/old.md": "---\ntitle: Old\n---\nOld.\n", "static/CNAME": "example.org\n"})
    assert briefing(root, "build").returncode == 0
    assert (root / "output/old/index.html").is_file()
    assert (root / "output/CNAME").read_text() == "example.org\n"
    (root / "content/pages/old.md").unlink()
    (root / "content/static/CNAME").unlink()
    assert briefing(root, "build").returncode == 0
    assert not (root / "output/old").exists()
    assert not (root / "output/CNAME").exists()
    clean = root / "clean"
    assert briefing(root, "build", "--output", str(clean)).returncode == 0
    assert contents(clean) == contents(root / "output")


def test_a_folder_that_is_not_ours_is_left_alone(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    (root / "precious").mkdir()
    (root / "precious/letter.txt").write_text("keep me")
    refused = briefing(root, "build", "--output", str(root / "precious"))
    assert refused.returncode == 1
    assert "this tool did not create" in refused.stderr
    assert contents(root / "precious").keys() == {"letter.txt"}


@pytest.mark.parametrize("inside", ["content", ".", "theme", "plugins"])
def test_the_output_may_not_be_the_input(inside: str, publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    before = contents(root / "content")
    refused = briefing(root, "build", "--output", str(root / inside))
    assert refused.returncode == 1, refused.stdout
    assert contents(root / "content") == before


def test_names_in_output_retention_are_kept(publication: MakePublication, briefing: Briefing) -> None:
    root = publication(settings='OUTPUT_RETENTION = [".git"]\n')
    (root / "output/.git").mkdir(parents=True)
    (root / "output/.git/HEAD").write_text("ref")
    assert briefing(root, "build").returncode == 0
    assert (root / "output/.git/HEAD").read_text() == "ref"


def test_only_a_plain_build_touches_the_outbox(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    for option in (["--drafts"], ["--siteurl", "https://other.example"], ["--as-of", DAY]):
        assert briefing(root, "build", *option).returncode == 0
        assert not (root / "outbox").exists()
        assert (root / ".briefing/preview/outbox/2026-w14/digest.eml").is_file()
    assert briefing(root, "build", "--output", str(root / "elsewhere")).returncode == 0
    assert not (root / "outbox").exists()
    assert (root / "elsewhere-outbox/2026-w14/digest.eml").is_file()
    assert briefing(root, "build").returncode == 0
    assert (root / "outbox/2026-w14/digest.eml").is_file()


def test_a_bare_pelican_builds_the_same(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    assert briefing(root, "build").returncode == 0
    ours = contents(root / "output")
    shutil.rmtree(root / "output")
    command = [sys.executable, "-m", "pelican"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert contents(root / "output") == ours
    (root / "content/pages/broken.md").write_text("no front matter")
    failed = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)
    assert failed.returncode == 1
    assert "content/pages/broken.md:1: has no front matter" in failed.stderr
    assert "Traceback" not in failed.stderr + failed.stdout
    assert contents(root / "output") == ours


DISGUISE = """
import os, socket
def refuse(*_): raise RuntimeError("the host's name was asked for")
socket.gethostname = socket.getfqdn = refuse
_scandir, _listdir = os.scandir, os.listdir
class Shuffled:
    def __init__(self, path="."):
        with _scandir(path) as found: self._found = iter(sorted(found, key=lambda e: hash(e.name)))
    def __iter__(self): return self._found
    def __next__(self): return next(self._found)
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def close(self): pass
os.scandir = Shuffled
os.listdir = lambda path=".": sorted(_listdir(path), key=hash)
"""


def test_clock_zone_locale_order_and_host_leave_no_trace(
    publication: MakePublication, briefing: Briefing, tool: Callable[[str], str], tmp_path: Path
) -> None:
    root = publication()
    one = briefing(root, "build", "--as-of", DAY, "--output", str(tmp_path / "one"), TZ="UTC", PYTHONHASHSEED="1")
    assert one.returncode == 0, one.stderr
    disguise = tmp_path / "disguise"
    disguise.mkdir()
    (disguise / "sitecustomize.py").write_text(DISGUISE)
    moved = tmp_path / "elsewhere"
    shutil.copytree(root, moved, symlinks=True, ignore=shutil.ignore_patterns("output", "outbox", ".briefing"))
    environment = {
        **os.environ,
        "PYTHONPATH": f"{disguise}:{REPOSITORY / 'plugins'}",
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "LANG": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "77",
        "HOSTNAME": "other",
    }
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    command = [tool("faketime"), "-f", "@2031-12-31 23:59:58", sys.executable, "-c", code, str(moved)]
    arguments = ["build", "--as-of", DAY, "--output", str(tmp_path / "two")]
    two = subprocess.run(
        [*command, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert two.returncode == 0, two.stderr
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert contents(tmp_path / "one-outbox") == contents(tmp_path / "two-outbox")


def test_as_of_decides_what_is_scheduled(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    later = root / "later"
    assert briefing(root, "build", "--as-of", "2026-04-03", "--output", str(later)).returncode == 0
    assert (later / "stories/2026-03-31-a-second-story/index.html").is_file()
    early = root / "early"
    assert briefing(root, "build", "--as-of", "2026-03-30", "--output", str(early)).returncode == 0
    assert (early / "stories/2026-03-30-a-first-story/index.html").is_file()
    assert not (early / "stories/2026-03-31-a-second-story").exists()
    assert not (early / "issues/2026-w14").exists()


def test_a_killed_build_is_mended_by_the_next(publication: MakePublication, briefing: Briefing) -> None:
    many = {f"pages/page-{number}.md": f"---\ntitle: Page {number}\n---\nText.\n" for number in range(300)}
    root = publication(many)
    clean = root / "clean"
    assert briefing(root, "build", "--output", str(clean)).returncode == 0
    wanted = contents(clean)
    generator = random.Random(7)  # noqa: S311 - moments, not secrets
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")}
    interrupted = 0
    for _ in range(20):
        if interrupted == 4:
            break
        shutil.rmtree(root / "output", ignore_errors=True)
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(root), "build"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        marker = root / "output/build.json"
        while not marker.exists() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(generator.random() * 0.03)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if contents(root / "output") != wanted:
            interrupted += 1
            assert not marker.exists() or marker.read_text() == '{"id": ""}\n', "half a site must not claim to be whole"
    assert interrupted, "no kill met a build while it wrote"
    assert briefing(root, "build").returncode == 0
    assert contents(root / "output") == wanted


def test_two_builds_at_once_end_in_one_whole_site(publication: MakePublication) -> None:
    root = publication()
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")}
    command = [sys.executable, "-c", code, str(root), "build"]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate(timeout=120)[0].split()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said[1] == "nothing"


def test_drafts_are_built_only_on_request_and_then_listed(publication: MakePublication, briefing: Briefing) -> None:
    draft = "---\ntitle: Not yet\ndate: 2030-01-01\nsummary: S.\ntopic: Law\nstatus: draft\nsources: [{name: A, url: null, note: TODO}]\n---\nTODO\n"
    root = publication({"stories/2030/2030-01-01-not-yet.md": draft})
    assert briefing(root, "build").returncode == 0
    assert not (root / "output/stories/2030-01-01-not-yet").exists()
    assert "not-yet" not in (root / "output/index.html").read_text()
    preview = root / "preview"
    assert briefing(root, "build", "--drafts", "--output", str(preview)).returncode == 0
    assert "noindex" in (preview / "stories/2030-01-01-not-yet/index.html").read_text()
    assert "not-yet" in (preview / "index.html").read_text()


def test_publish_refuses_a_site_with_a_dead_link(publication: MakePublication, briefing: Briefing) -> None:
    root = publication(
        {"overrides/page.html": '{% extends "theme/page.html" %}{% block main %}<a href="/gone/">x</a>{% endblock %}'}
    )
    refused = briefing(root, "publish", "file:www")
    assert refused.returncode == 1
    assert "output/about/index.html:" in refused.stderr
    assert "`/gone/` leads to a missing page or file" in refused.stderr
    assert not (root / "www").exists()


def test_an_acknowledged_warning_is_not_repeated(publication: MakePublication, briefing: Briefing) -> None:
    head = "title: T\ndate: 2026-03-30\nsummary: S.\ntopic: Law\nsources: [{name: A, url: null, note: n}]\n"
    text = "---\n" + head + "EXTRA---\n## Two\n\nText.\n\n#### Four\n\nText.\n"
    name = "stories/2026/2026-03-30-skips.md"
    root = publication({name: text.replace("EXTRA", "")})
    warned = briefing(root, "check")
    assert warned.returncode == 0
    assert f"content/{name}:12: body: the heading `Four` skips from level 2 to 4" in warned.stderr
    assert "(warning: heading-order)" in warned.stderr
    known = 'acknowledged: [{check: heading-order, reason: "As in the paper."}]\n'
    (root / "content" / name).write_text(text.replace("EXTRA", known))
    assert briefing(root, "check").stderr == ""


@pytest.mark.parametrize("trouble", ["an outbox that is a file", "a full disk"])
def test_nothing_changes_where_not_all_can_be_written(
    trouble: str, publication: MakePublication, briefing: Briefing
) -> None:
    root = publication()
    assert briefing(root, "build").returncode == 0
    before = snapshot(root / "output")
    (root / "pelicanconf.py").write_text((root / "pelicanconf.py").read_text().replace("One line", "Another line"))
    if trouble == "a full disk":
        code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
        environment["PYTHONPATH"] = str(REPOSITORY / "plugins")
        command = ["bash", "-c", 'ulimit -f 4; exec "$@"', "-", sys.executable, "-c", code, str(root), "build"]
        failed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    else:
        shutil.rmtree(root / "outbox")
        (root / "outbox").write_text("mine")
        failed = briefing(root, "build")
    assert failed.returncode == 1
    assert "error: " in failed.stderr
    assert "Traceback" not in failed.stderr
    assert snapshot(root / "output") == before
    assert not (root / "output/.briefing-new").exists()


def test_what_others_keep_in_the_outbox_stays(publication: MakePublication, briefing: Briefing) -> None:
    root = publication()
    (root / "outbox/2026-w14").mkdir(parents=True)
    (root / "outbox/2026-w14/notes.txt").write_text("mine")
    (root / "outbox/2026-w01").mkdir()
    (root / "outbox/2026-w01/digest.eml").write_text("of an issue that is gone")
    assert briefing(root, "build").returncode == 0
    assert (root / "outbox/2026-w14/notes.txt").read_text() == "mine"
    assert (root / "outbox/2026-w14/digest.eml").is_file()
    assert not (root / "outbox/2026-w01").exists()


@pytest.mark.parametrize("command", ["build", "check"])
def test_a_mistake_in_the_settings_hides_none_in_a_story(
    command: str, publication: MakePublication, briefing: Briefing
) -> None:
    root = publication({"pages/broken.md": "no front matter"}, settings='BRIEFING["licens"] = "x"\n')
    done = briefing(root, command)
    assert done.returncode == 1
    assert "BRIEFING.licens: is an unknown setting; did you mean `licence`?" in done.stderr
    assert "content/pages/broken.md:1: has no front matter" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("2 errors")
