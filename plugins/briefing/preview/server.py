"""The preview's web server, on loopback only."""

from __future__ import annotations

import errno
import socketserver
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from briefing.errors import BriefingError
from briefing.preview import digest_pages, live_script
from briefing.preview.static_files import Redirect, content_type, find_file

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.preview.live_reload import LiveState, PreviewState

HOST = "127.0.0.1"
PORT = 8000
_PORTS_TO_TRY = 20  # from the default one on
_HEARTBEAT = 10.0  # seconds; only a write shows that a browser has gone
_HTTP_PORT = 80


class PreviewServer(ThreadingHTTPServer):
    """Serves the folder `site`, if it exists, with the live script in every page.

    A request must name this host, so that another site whose name resolves to it (DNS rebinding) reads nothing.
    """

    daemon_threads = True  # a browser that waits for changes must not delay the end

    def __init__(self, port: int, site: Path, live: LiveState) -> None:
        """Listen on a port of the loopback interface; 0 for any free one."""
        self.site = site
        self.live = live
        super().__init__((HOST, port), _RequestHandler)
        bound = self.server_address[1]
        names = (HOST, "localhost", "[::1]")
        self.hosts = {f"{name}:{bound}" for name in names} | ({*names} if bound == _HTTP_PORT else set())
        self.url = f"http://{HOST}:{bound}"

    def server_bind(self) -> None:
        """Bind without looking up this host's name, as the base class does."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the base class's types
        """Ignore a browser that has gone, and print every other error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def start_server(port: int | None, site: Path, live: LiveState) -> PreviewServer:
    """Return a server on this port; for None on 8000 or the next free one. Raises BriefingError if the port is in use."""
    for candidate in [port] if port is not None else range(PORT, PORT + _PORTS_TO_TRY):
        try:
            return PreviewServer(candidate, site, live)
        except OSError as error:
            if error.errno == errno.EACCES:
                msg = f"port {candidate} needs root rights: choose 1024 or higher with --port"
                raise BriefingError(msg) from error
            if error.errno != errno.EADDRINUSE:
                raise
    taken = f"port {port} is" if port is not None else f"ports {PORT} to {PORT + _PORTS_TO_TRY - 1} are"
    msg = f"{taken} in use by another program: stop that one or choose another port with --port"
    raise BriefingError(msg)


class _RequestHandler(BaseHTTPRequestHandler):
    """One connection, whose requests are handled one after the other."""

    server: PreviewServer
    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            self._respond(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"This preview is for this machine only.\n")
        elif self.path == live_script.EVENTS:
            self._send_events()
        elif self.path == live_script.SCRIPT:
            self._respond(HTTPStatus.OK, content_type(self.path), live_script.script())
        elif self.path in live_script.STYLESHEETS:
            self._respond(HTTPStatus.OK, content_type(self.path), live_script.stylesheet(self.path))
        else:
            self._send_page()

    do_HEAD = do_GET  # noqa: N815

    def _send_page(self) -> None:
        state = self.server.live.state  # read first: a page that is newer than its state is only reloaded once more
        if not state.site:
            self._respond(HTTPStatus.SERVICE_UNAVAILABLE, content_type(".html"), live_script.status_page(state))
            return
        if self.path.startswith(digest_pages.PREFIX):
            self._send_digest_page(state)
            return
        found = find_file(self.server.site, self.path)
        if isinstance(found, Redirect):
            self._respond(HTTPStatus.FOUND, "text/plain", b"", Location=found.to)
            return
        content = None if found is None else _read(found)
        status = HTTPStatus.NOT_FOUND if content is None else HTTPStatus.OK
        if found is None or content is None:
            found = self.server.site / "404.html"
            content = _read(found)
        if content is None:
            self._respond(status, content_type(".txt"), b"Not found\n")
            return
        media_type = content_type(found.name)
        if media_type == content_type(".html"):
            issue = digest_pages.issue_of_page(self.server.site, found)
            content = live_script.with_script(content, state, digest_pages.digest_path(issue) if issue else "")
        self._respond(status, media_type, content)

    def _send_digest_page(self, state: PreviewState) -> None:
        page = digest_pages.find_page(self.path, self.server.site)
        if page is None:
            self._respond(HTTPStatus.NOT_FOUND, content_type(".txt"), b"This digest does not exist.\n")
            return
        content = live_script.with_script(page.content, state) if page.reloads else page.content
        self._respond(HTTPStatus.OK, page.content_type, content, **{"Content-Security-Policy": page.policy})

    def _send_events(self) -> None:
        """Send the current state, and every later one, until the browser or the preview ends."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self._send_headers({"Content-Type": "text/event-stream", "Connection": "close"})
        seen = None
        while self.command == "GET" and (state := self.server.live.wait_for_change(seen, _HEARTBEAT)) is not None:
            self.wfile.write(b":\n\n" if state == seen else live_script.event(state))
            seen = state

    def _respond(self, status: HTTPStatus, media_type: str, content: bytes, **headers: str) -> None:
        self.send_response(status)
        self._send_headers({"Content-Type": media_type, "Content-Length": str(len(content)), **headers})
        if self.command != "HEAD":
            self.wfile.write(content)

    def _send_headers(self, headers: dict[str, str]) -> None:
        # Drafts are private: no cache may store them, and no other site may embed them.
        private = {"Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin"}
        for name, value in {**headers, **private, "X-Content-Type-Options": "nosniff"}.items():
            self.send_header(name, value)
        self.end_headers()

    def version_string(self) -> str:
        return "briefing"

    def log_message(self, *_: object) -> None:
        """Log no requests: the terminal is for builds and problems."""


def _read(file: Path) -> bytes | None:
    """Return a file's bytes; None if it does not exist, or a build has just removed it."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
