"""The preview over real HTTP on loopback."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from briefing.errors import BriefingError
from briefing.preview import session as preview
from briefing.preview.live_reload import LiveState
from briefing.preview.server import PORT, start_server
from briefing.preview.session import RebuildReport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.preview.conftest import Preview


def events(url: str) -> Iterator[dict[str, Any]]:
    """The states that a browser is sent."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/_briefing/events")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type") == "text/event-stream"
    try:
        while line := answer.readline():
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))
    finally:
        connection.close()


def test_a_page_is_served_with_the_live_link(started: Preview) -> None:
    status, headers, body = started.get("/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert b'Hello<script src="/_briefing/live.js" data-site="' in body
    assert b"script" not in (started.site / "index.html").read_bytes().partition(b"<body>")[2]
    status, headers, body = started.get("/_briefing/live.js")
    assert (status, headers["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert b"EventSource" in body


def test_files_are_served_as_they_are(started: Preview) -> None:
    (started.site / "about").mkdir()
    (started.site / "about" / "index.html").write_text("no end of body")
    (started.site / "feed.atom.xml").write_bytes(b"<feed>\r\n</body></feed>")
    status, headers, body = started.get("/feed.atom.xml")
    assert (status, headers["Content-Type"], body) == (200, "application/atom+xml", b"<feed>\r\n</body></feed>")
    status, headers, _ = started.get("/about")
    assert (status, headers["Location"]) == (302, "/about/")
    assert started.get("/about/")[2].startswith(b"no end of body<script")
    status, headers, body = started.get("/feed.atom.xml", method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, "22", b"")
    assert started.get("/", method="POST")[0] == 501


def test_what_is_not_there_is_404(started: Preview) -> None:
    assert started.get("/nothing")[0::2] == (404, b"Not found\n")
    (started.site / "404.html").write_text("<body>Lost?</body>")
    status, _, body = started.get("/nothing")
    assert status == 404
    assert body.startswith(b"<body>Lost?<script")
    for target in ("/../settings.py", "/%2e%2e/%2e%2e/settings.py", "/..%2f..%2fsettings.py"):
        assert started.get(target)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", ""])
def test_another_hosts_name_is_refused(started: Preview, host: str) -> None:
    host = host.format(port=started.url.rpartition(":")[2])
    for target in ("/", "/_briefing/events", "/_briefing/live.js"):
        status, _, body = started.get(target, Host=host)
        assert status == 421
        assert b"Hello" not in body


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_this_hosts_own_names_are_not(started: Preview, host: str) -> None:
    assert started.get("/", Host=host.format(port=started.url.rpartition(":")[2]))[0] == 200


def test_only_loopback_is_listened_on(started: Preview) -> None:
    port = int(started.url.rpartition(":")[2])
    with socket.socket() as other:
        other.bind(("127.0.0.2", port))  # taken, if the server listened on every address


def test_a_change_is_built_and_told(started: Preview) -> None:
    told = events(started.url)
    first = next(told)
    assert first["problems"] == []
    (started.content / "index").write_text("Changed")
    second = next(told)
    assert second["site"] != first["site"]
    assert b"Changed" in started.get("/")[2]
    assert started.hears("changed:") == "changed: content/index"
    started.settings.with_suffix(".new").write_text("and set")
    started.settings.with_suffix(".new").rename(started.settings)  # as editors save
    assert next(told)["site"] not in {first["site"], second["site"]}
    assert b"Changedand set" in started.get("/")[2]
    told.close()  # type: ignore[attr-defined]


def test_warnings_are_said_and_stop_nothing(started: Preview) -> None:
    (started.content / "index").write_text("Changed")
    assert started.hears("(warning)").startswith("content/index:1:")
    assert started.hears("built in").endswith("1 written, 0 removed, 1 warning")


def test_a_change_of_nothing_reloads_nothing(started: Preview) -> None:
    site = next(events(started.url))["site"]
    (started.content / "unused").write_text("")
    started.hears("0 written")
    assert next(events(started.url))["site"] == site


FAULT = "content/x.md:3: title: is missing; write it"


def test_a_failed_build_keeps_the_last_good_site(started: Preview) -> None:
    told = events(started.url)
    site = next(told)["site"]
    (started.content / "index").write_text("Changed")
    (started.content / "fault").write_text("\n".join([FAULT, f"{FAULT} (warning)"]))
    assert started.hears("content/x.md").startswith("content/x.md:3: title")
    assert started.hears("build failed") == "build failed: 1 error, 1 warning; showing the last successful build"
    while not (state := next(told))["problems"]:
        site = state["site"]
    assert state == {"site": site, "problems": [FAULT, f"{FAULT} (warning)"], "count": "1 error, 1 warning"}
    assert started.get("/")[0] == 200
    (started.content / "fault").unlink()
    while next(told)["problems"]:
        pass
    assert b"Changed" in started.get("/")[2]
    told.close()  # type: ignore[attr-defined]


def test_without_any_site_the_problems_are_the_page(failing: Preview) -> None:
    status, headers, body = failing.get("/any/page/")
    assert (status, headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert b"content/x.md:3: title: holds &lt;script&gt;; mend it" in body
    assert b'data-site="" defer' in body
    told = events(failing.url)
    assert next(told)["site"] == ""
    (failing.content / "fault").unlink()
    assert next(told)["site"]
    assert failing.get("/")[0] == 200
    told.close()  # type: ignore[attr-defined]


def test_a_site_of_an_earlier_session_is_not_shown(failing: Preview) -> None:
    failing.site.mkdir()
    (failing.site / "index.html").write_text("old")
    assert failing.get("/")[0] == 503


def test_browsers_that_listen_do_not_hold_up_the_end(started: Preview) -> None:
    told = [events(started.url) for _ in range(5)]
    for one in told:
        next(one)
    before = time.monotonic()
    started.end()
    assert time.monotonic() - before < 10
    assert [list(one) for one in told] == [[]] * 5


def test_a_publication_is_served_once(started: Preview) -> None:
    with pytest.raises(BriefingError, match=f"is already being served at {started.url}/: use that"):
        preview.serve(
            lambda _: RebuildReport(0, 0),
            started.site,
            root=started.folder,
            port=0,
            watched=[],
            print_line=started.said.put,
        )


def test_a_port_that_is_taken_is_told(started: Preview, tmp_path: Path) -> None:
    port = int(started.url.rpartition(":")[2])
    with pytest.raises(BriefingError, match=f"port {port} is in use by another program: .* with --port"):
        start_server(port, tmp_path, LiveState())


def test_the_next_free_port_is_taken_where_none_was_named(tmp_path: Path) -> None:
    with start_server(None, tmp_path, LiveState()) as one, start_server(None, tmp_path, LiveState()) as two:
        assert PORT <= one.server_address[1] < two.server_address[1]


def test_waiting_ends_when_it_is_closed() -> None:
    live = LiveState()
    threading.Timer(0.05, live.close).start()
    assert live.wait_for_change(live.state, 10) is None
    assert live.wait_for_change(None, 10) is None
