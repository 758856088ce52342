"""The preview's web server: loopback only, for the browsers of this machine."""

from __future__ import annotations

import errno
import socketserver
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from briefing.errors import BriefingError
from briefing.preview import digest_pages, frames
from briefing.preview.static_files import Moved, content_type, find

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.preview.live_reload import Live, PreviewState

HOST = "127.0.0.1"
PORT = 8000
_TRIED = 20  # ports after the default, where that one is taken
_HEARTBEAT = 10.0  # seconds; a write is how a browser that went away is noticed
_HTTP = 80


class PreviewServer(ThreadingHTTPServer):
    """Serves the folder `site`, as far as there is one, with the live link in every page.

    A request must name this host: another site whose name was led here (DNS rebinding) reads nothing.
    """

    daemon_threads = True  # a browser that listens for changes must not hold up the end

    def __init__(self, port: int, site: Path, live: Live) -> None:
        """Listen on a port of the loopback interface, any free one for 0."""
        self.site = site
        self.live = live
        super().__init__((HOST, port), _RequestHandler)
        bound = self.server_address[1]
        names = (HOST, "localhost", "[::1]")
        self.hosts = {f"{name}:{bound}" for name in names} | ({*names} if bound == _HTTP else set())
        self.url = f"http://{HOST}:{bound}"

    def server_bind(self) -> None:
        """Bind, without asking a name server for this host's name as the base class does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's types
        """A browser that goes away is no error; everything else is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def listen(port: int | None, site: Path, live: Live) -> PreviewServer:
    """A server on this port; without one, on 8000 or the next that is free. Raises BriefingError where it is taken."""
    for candidate in [port] if port is not None else range(PORT, PORT + _TRIED):
        try:
            return PreviewServer(candidate, site, live)
        except OSError as error:
            if error.errno == errno.EACCES:
                msg = f"port {candidate} is not allowed to you: choose one from 1024 on with --port"
                raise BriefingError(msg) from error
            if error.errno != errno.EADDRINUSE:
                raise
    taken = f"port {port} is" if port is not None else f"ports {PORT} to {PORT + _TRIED - 1} are"
    msg = f"{taken} in use by another program: stop that one or choose another port with --port"
    raise BriefingError(msg)


class _RequestHandler(BaseHTTPRequestHandler):
    """One connection; its requests one after the other."""

    server: PreviewServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"This is a preview for this machine only.\n")
        elif self.path == frames.EVENTS:
            self._follow()
        elif self.path == frames.SCRIPT:
            self._answer(HTTPStatus.OK, content_type(self.path), frames.script())
        elif self.path in frames.SHEETS:
            self._answer(HTTPStatus.OK, content_type(self.path), frames.sheet(self.path))
        else:
            self._show()

    do_HEAD = do_GET  # noqa: N815

    def _show(self) -> None:
        state = self.server.live.state  # looked at first: a page newer than its state is merely reloaded once more
        if not state.site:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, content_type(".html"), frames.waiting(state))
            return
        if self.path.startswith(digest_pages.PREFIX):
            self._show_digest(state)
            return
        found = find(self.server.site, self.path)
        if isinstance(found, Moved):
            self._answer(HTTPStatus.FOUND, "text/plain", b"", Location=found.to)
            return
        content = None if found is None else _read(found)
        status = HTTPStatus.NOT_FOUND if content is None else HTTPStatus.OK
        if found is None or content is None:
            found = self.server.site / "404.html"
            content = _read(found)
        if content is None:
            self._answer(status, content_type(".txt"), b"Not found\n")
            return
        kind = content_type(found.name)
        if kind == content_type(".html"):
            issue = digest_pages.issue_of(self.server.site, found)
            content = frames.linked(content, state, digest_pages.address(issue) if issue else "")
        self._answer(status, kind, content)

    def _show_digest(self, state: PreviewState) -> None:
        shown = digest_pages.answer(self.path, self.server.site)
        if shown is None:
            self._answer(HTTPStatus.NOT_FOUND, content_type(".txt"), b"There is no such digest.\n")
            return
        content = frames.linked(shown.content, state) if shown.live else shown.content
        self._answer(HTTPStatus.OK, shown.kind, content, **{"Content-Security-Policy": shown.policy})

    def _follow(self) -> None:
        """Send the state, and every later one as it comes, until either side ends."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self._send_headers({"Content-Type": "text/event-stream", "Connection": "close"})
        seen = None
        while self.command == "GET" and (state := self.server.live.after(seen, _HEARTBEAT)) is not None:
            self.wfile.write(b":\n\n" if state == seen else frames.event(state))
            seen = state

    def _answer(self, status: HTTPStatus, kind: str, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self._send_headers({"Content-Type": kind, "Content-Length": str(len(content)), **headers})
        if self.command != "HEAD":
            self.wfile.write(content)

    def _send_headers(self, headers: dict[str, str]) -> None:
        # Drafts are nobody else's: not a cache's, and not another site's that embeds them.
        private = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
        for name, value in {**headers, **private, "X-Content-Type-Options": "nosniff"}.items():
            self.send_header(name, value)
        self.end_headers()

    def version_string(self) -> str:
        return "briefing"

    def log_message(self, *_: object) -> None:
        """Say nothing of single requests: the terminal is for builds and problems."""


def _read(file: Path) -> bytes | None:
    """A file's bytes; None where there is none, or a rebuild has removed it just now."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
