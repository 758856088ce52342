"""A preview of a site that a few lines of Python build, and a browser's side of HTTP, written out."""

from __future__ import annotations

import http.client
import queue
import threading
from typing import TYPE_CHECKING

import pytest

from briefing.errors import Problem, ProblemsFoundError, Weight
from briefing.preview import session as preview
from briefing.preview.session import RebuildReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = (
    '<!doctype html><html><head><meta http-equiv="Content-Security-Policy" content="{}"></head><body>{}</body></html>'
)
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'"


def _problem(line: str) -> Problem:
    """What a build says in this line: `path:line: field: what; hint`, a warning with ` (warning)` behind it."""
    path, number, field, said = line.split(":", 3)
    what, _, hint = said.strip().removesuffix(" (warning)").partition("; ")
    weight = Weight.WARNING if said.endswith(" (warning)") else Weight.ERROR
    return Problem(path, what, hint, field.strip(), int(number), weight)


class Preview:
    """A running preview. `content` is watched; its file `index` becomes the home page, `fault` fails the build."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.content = folder / "content"
        self.site = folder / "private" / "site"
        self.content.mkdir()
        self.settings = folder / "settings.py"
        self.settings.write_text("")
        self.said: queue.Queue[str] = queue.Queue()
        self.stop = threading.Event()
        self.url = ""
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def build(self, url: str) -> RebuildReport:
        self.url = url
        fault = self.content / "fault"
        if fault.exists():
            raise ProblemsFoundError(map(_problem, fault.read_text().splitlines()))
        home = PAGE.format(POLICY, (self.content / "index").read_text() + self.settings.read_text())
        if (self.site / "index.html").is_file() and (self.site / "index.html").read_text() == home:
            return RebuildReport(0, 0)
        self.site.mkdir(exist_ok=True)
        (self.site / "index.html").write_text(home)
        return RebuildReport(1, 0, ("content/index:1: rather short; write more (warning)",))

    def _run(self) -> None:
        try:
            watched = [self.content, self.settings]
            preview.serve(
                self.build,
                self.site,
                root=self.folder,
                port=0,
                watched=watched,
                print_line=self.said.put,
                stop=self.stop,
            )
        except BaseException as error:  # noqa: BLE001 - the test's thread is to see it
            self.failure = error

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self.stop.set()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()
        assert self.failure is None

    def hears(self, part: str) -> str:
        """The next line for the terminal that holds this part."""
        while part not in (line := self.said.get(timeout=10)):
            pass
        return line

    def get(self, target: str = "/", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """The answer to one request, sent exactly as written."""
        port = int(self.url.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.putrequest(method, target, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = answer.status, dict(answer.getheaders()), answer.read()
        connection.close()
        return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Preview]:
    """A preview whose first build is done."""
    running = Preview(tmp_path)
    (running.content / "index").write_text("Hello")
    running.start()
    running.hears("built in")
    yield running
    running.end()


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[Preview]:
    """A preview whose first build has failed."""
    running = Preview(tmp_path)
    (running.content / "index").write_text("Hello")
    (running.content / "fault").write_text("content/x.md:3: title: holds <script>; mend it")
    running.start()
    running.hears("fix this")
    yield running
    running.end()
