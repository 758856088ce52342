"""`serve` as a person runs it, in a publication's folder."""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

PROGRAM = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
STORY = "content/stories/2026/2026-03-30-a-first-story.md"
PAGE = "/stories/2026-03-30-a-first-story/"


class Serving:
    """A running `serve`."""

    def __init__(self, root: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(root), "serve", *options],
            env={**os.environ, "PYTHONPATH": str(root / "plugins")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        self.url = self.hears("serving ").split()[1].rstrip("/")

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.put(line)

    def hears(self, part: str) -> str:
        """The next line that it says with this part in it."""
        heard = []
        while True:
            try:
                heard.append(self.said.get(timeout=20))
            except queue.Empty:
                pytest.fail(f"never said {part!r}, but: {heard}")
            if part in heard[-1]:
                return heard[-1]

    def get(self, target: str) -> str:
        with urllib.request.urlopen(self.url + target, timeout=10) as answer:
            text: str = answer.read().decode()
            return text

    def stop(self, with_signal: int) -> int:
        """End it as Ctrl-C does, which reaches every process of the session."""
        os.killpg(self.process.pid, with_signal)
        return self.process.wait(timeout=10)


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    running: list[Serving] = []

    def start(root: Path, *options: str) -> Serving:
        running.append(Serving(root, *options))
        return running[-1]

    yield start
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def is_there(group: int) -> bool:
    """Whether any process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_every_kind_of_change_is_shown(publication: MakePublication, serve: Callable[..., Serving]) -> None:
    root = publication()
    for shared in ("theme", "plugins"):
        target = (root / shared).resolve()
        (root / shared).unlink()
        shutil.copytree(target, root / shared, ignore=shutil.ignore_patterns("__pycache__"))
    running = serve(root)
    running.hears("built in")
    assert "The text of the first story." in running.get(PAGE)
    assert running.url in running.get("/feeds/all.atom.xml")

    edit(root / STORY, "The text of the first story.", "Another text.")
    running.hears("built in")
    assert "Another text." in running.get(PAGE)

    edit(root / "theme/templates/story.html", "<h1>", "<h1>Seen: ")
    running.hears("built in")
    assert "<h1>Seen: A first story" in running.get(PAGE)

    edit(root / "pelicanconf.py", "The Example", "A Changed Name")
    running.hears("built in")
    assert "A Changed Name" in running.get("/")

    edit(root / "plugins/briefing/pages/formats.py", '"March"', '"Third month"')
    running.hears("built in")
    assert "30 Third month 2026" in running.get(PAGE)

    edit(root / "plugins/briefing/pages/formats.py", "_MONTHS: Final = (", "_MONTHS: Final = ((")
    assert "SyntaxError" in running.hears("the program failed")
    running.hears("showing the last successful build")
    edit(root / "plugins/briefing/pages/formats.py", "_MONTHS: Final = ((", "_MONTHS: Final = (")
    running.hears("built in")

    edit(root / STORY, "title: A first story", "titel: A first story")
    assert running.hears(f"{STORY}:2").startswith(f"{STORY}:2: titel: is an unknown key; did you mean `title`?")
    running.hears("showing the last successful build")
    assert "Another text." in running.get(PAGE)

    assert not (root / "output").exists()
    assert not (root / "outbox").exists()
    assert (root / ".briefing").stat().st_mode & 0o777 == 0o700
    assert running.stop(signal.SIGINT) == 0


def test_drafts_are_shown_unless_told_otherwise(publication: MakePublication, serve: Callable[..., Serving]) -> None:
    root = publication()
    draft = (
        (root / STORY).read_text().replace("A first story", "A third story").replace("kind:", "status: draft\nkind:")
    )
    (root / STORY.replace("first", "third")).write_text(draft)
    running = serve(root)
    running.hears("built in")
    assert "A third story" in running.get(PAGE.replace("first", "third"))
    assert running.stop(signal.SIGTERM) == 0
    running = serve(root, "--no-drafts")
    running.hears("built in")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        running.get(PAGE.replace("first", "third"))


def test_ctrl_c_ends_every_process_at_once(publication: MakePublication, serve: Callable[..., Serving]) -> None:
    running = serve(publication())
    running.hears("built in")
    before = time.monotonic()
    assert running.stop(signal.SIGINT) == 0
    while is_there(running.process.pid):
        assert time.monotonic() - before < 5
    assert running.hears("stopped")


def test_a_port_in_use_is_wrong(publication: MakePublication, briefing: Callable[..., Any]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = briefing(publication(), "serve", "--port", port)
    assert done.returncode == 1
    assert (
        done.stderr
        == f"error: port {port} is in use by another program: stop that one or choose another port with --port\n"
    )


def test_digests_are_shown_as_they_would_be_sent(
    publication: MakePublication, briefing: Callable[..., Any], serve: Callable[..., Serving]
) -> None:
    root = publication()
    issue = root / "content/issues/2026-w14.md"
    assert briefing(root, "build").returncode == 0
    sent = (root / "outbox/2026-w14/digest.html").read_text(encoding="utf-8")
    story = (root / STORY).read_text().replace("A first story", "A third story")
    (root / STORY.replace("first", "third")).write_text(story)
    issue.with_name("2026-w15.md").write_text(
        "---\nnumber: 2\ntitle: A draft\ndate: 2026-04-10\nlead: 2026-03-30-a-third-story\nstatus: draft\n---\nSoon.\n"
    )
    theme = (root / "theme").resolve()
    (root / "theme").unlink()
    shutil.copytree(theme, root / "theme")

    running = serve(root)
    running.hears("built in")
    listed = running.get("/_briefing/digests/")
    assert listed.index("A draft") < listed.index("The first issue")
    assert "In mail programs" in running.get("/_briefing/digests/2026-w15/")
    page = running.get("/_briefing/digests/2026-w14/")
    assert "The Example &lt;desk@example.org&gt;" in page
    assert '<th scope="row" role="rowheader">size' in page
    assert "https://example.org/issues/2026-w14/" in page  # in the plain text
    assert running.url not in page
    light = running.get("/_briefing/digests/2026-w14/light.html")
    assert len(light) > len(sent) / 2
    assert 'href="/issues/2026-w14/"' in light
    record = json.loads((root / ".briefing/preview/digests/2026-w14.json").read_text(encoding="utf-8"))
    assert record["message"].encode() == (root / "outbox/2026-w14/digest.eml").read_bytes()
    assert "/_briefing/digests/2026-w14/" in running.get("/issues/2026-w14/")

    edit(root / "theme/templates/email/digest.html", "<h1>", "<h1>Seen: ")
    running.hears("built in")
    assert "Seen: The first issue" in running.get("/_briefing/digests/2026-w14/dark.html")
    issue.with_name("2026-w15.md").unlink()
    running.hears("built in")
    assert "A draft" not in running.get("/_briefing/digests/")
    edit(issue, "title: The first issue", "titel: The first issue")
    running.hears("showing the last successful build")
    assert "Seen: The first issue" in running.get("/_briefing/digests/2026-w14/dark.html")
