"""HTTP services for tests, on this machine and in threads: they answer as their documentation says, or fail to order.

A fault is used up by one request:

    close   the connection is closed before anything was read
    lose    the request is read, nothing is done, no answer
    drop    it is done, no answer
    stall   it is done, no answer before the service ends
    garble  it is done, the answer is a page
    cut     it is done, the answer breaks off
    Said    nothing is done, this is the answer
    well    it is done and answered: none of these
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

KEY: Final = "re_a-good-key"
PAGE: Final = b"<!doctype html><title>Log in</title>"


@dataclass(frozen=True)
class Asked:
    """One request as it came. Header names are of small letters."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Said:
    """One answer; what is not octets goes out as JSON."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def octets(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


Fault = str | Said


class Service:
    """A service and what it was asked; `behave` does what it is for."""

    def __init__(self, behave: Callable[[Asked], Said]) -> None:
        self.behave = behave
        self.asked: list[Asked] = []
        self.faults: deque[Fault] = deque()
        self.only = ""  # the method of requests that faults are for; "" is any
        self.ended = threading.Event()
        self.lock = threading.Lock()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fail(self, *faults: Fault) -> None:
        self.faults.extend(faults)

    def next_fault(self, *, at_the_door: bool = False) -> Fault | None:
        with self.lock:
            if not self.faults or (self.faults[0] == "close") is not at_the_door:
                return None
            return self.faults.popleft()


@contextlib.contextmanager
def serving(behave: Callable[[Asked], Said], port: int = 0, **wrap: Any) -> Iterator[Service]:
    """The service on a free port until the block ends; `wrap={"context": ...}` puts it behind TLS."""
    service = Service(behave)
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(service))
    server.daemon_threads = True
    if wrap:
        server.socket = wrap["context"].wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def handle(self) -> None:
            if service.next_fault(at_the_door=True) is None:
                with contextlib.suppress(OSError):
                    super().handle()

        def answer(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, parse_qs(parts.query), headers, json.loads(raw) if raw else None)
            with service.lock:
                service.asked.append(asked)
            fault = service.next_fault() if service.only in ("", self.command) else None
            said = fault if isinstance(fault, Said) else Said(0) if fault == "lose" else service.behave(asked)
            if fault in ("lose", "drop"):
                self.close_connection = True
                return
            if fault == "stall":
                service.ended.wait(20)
                self.close_connection = True
                return
            self.say(Said(200, PAGE) if fault == "garble" else said, is_cut=fault == "cut")

        def say(self, said: Said, *, is_cut: bool) -> None:
            octets = said.octets
            self.send_response(said.status)
            for name, value in {"content-type": "application/json", **said.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(octets)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(octets[:-1] if is_cut else octets)
            self.close_connection = is_cut or self.close_connection

        do_GET = do_POST = do_PUT = do_PATCH = do_HEAD = answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


class FakeResend:
    """POST /emails as Resend documents it: a key used before brings the same answer, and nothing is sent again."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self._known: dict[str, tuple[Any, str]] = {}

    def __call__(self, asked: Asked) -> Said:
        if (asked.method, asked.path) != ("POST", "/emails"):
            return resend_error(404, "not_found", "The requested endpoint does not exist")
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            return resend_error(403, "invalid_api_key", "API key is invalid")
        key = asked.headers["idempotency-key"]
        if key in self._known:
            payload, name = self._known[key]
            mismatch = resend_error(
                409, "invalid_idempotent_request", "Same idempotency key used with a different payload"
            )
            return Said(200, {"id": name}) if payload == asked.body else mismatch
        self.sent.append(asked.body)
        self._known[key] = asked.body, f"id-{len(self.sent)}"
        return Said(200, {"id": f"id-{len(self.sent)}"})


class FakeSes:
    """SendEmail of SES's version 2: each call that is carried out sends."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def __call__(self, asked: Asked) -> Said:
        if asked.path == "/v2/email/account":
            return ses_error(403, "AccessDeniedException", "not authorized to perform: ses:GetAccount")
        assert (asked.method, asked.path) == ("POST", "/v2/email/outbound-emails")
        self.sent.append(base64.b64decode(asked.body["Content"]["Raw"]["Data"]))
        return Said(200, {"MessageId": f"id-{len(self.sent)}"})


def resend_error(status: int, name: str, message: str = "", **headers: str) -> Said:
    """An error as Resend writes it; `retry_after="3"` is the header of that name."""
    return Said(
        status,
        {"statusCode": status, "name": name, "message": message},
        {header.replace("_", "-"): value for header, value in headers.items()},
    )


def ses_error(status: int, code: str, message: str = "", **headers: str) -> Said:
    """An error as SES writes it."""
    named = {header.replace("_", "-"): value for header, value in headers.items()}
    return Said(status, {"message": message}, {"x-amzn-errortype": code, **named})
