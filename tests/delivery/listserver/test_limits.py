"""What one client may cost the list server, by real sockets: connections, heads, and a proxy that nobody named."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.delivery.listserver_parts import PATIENCE, Served, close, publication_at, served

from briefing.delivery.listserver.middleware import FIELDS, HEAD
from briefing.delivery.listserver.proxies import UNKNOWN_PROXY, trusts_proxy
from briefing.delivery.listserver.timeouts import PER_CLIENT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READER = "127.0.0.2"  # another client, as the server sees it


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    running = served(publication_at(tmp_path / "publication"))
    yield running
    close(running)


def connected(server: Served, source: str = "127.0.0.1") -> socket.socket:
    url = urlsplit(server.url)
    made = socket.create_connection((url.hostname, url.port or 0), PATIENCE, source_address=(source, 0))
    made.settimeout(PATIENCE)
    return made


def said(client: socket.socket, request: bytes) -> bytes:
    """The whole answer, up to where the server hangs up."""
    answer = b""
    try:
        client.sendall(request)
        while data := client.recv(65536):
            answer += data
    except ConnectionError:  # it hung up on what it did not read; the answer came before
        pass
    return answer


def get(*fields: str) -> bytes:
    lines = ("GET /list/healthz HTTP/1.1", "Host: x", "Connection: close", *fields, "", "")
    return "\r\n".join(lines).encode()


def test_one_client_with_600_idle_connections_keeps_nobody_out(server: Served) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(connected(server)) for _ in range(600)]
        refused = idle[-1].recv(1000)
        assert refused.startswith(b"HTTP/1.1 429 Too Many Requests")
        assert b"Too many connections from your IP address" in refused
        began = time.monotonic()
        with connected(server, READER) as reader:
            assert said(reader, get()).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - began < 8, "as long as idle connections live"
        # Once it has closed some, it is heard again.
        for each in idle:
            each.close()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with connected(server) as again:
                if said(again, get()).startswith(b"HTTP/1.1 200"):
                    return
        raise AssertionError(server.log.read_text())


def test_as_many_as_are_allowed_are_answered(server: Served) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connected(server)) for _ in range(PER_CLIENT)]
        for client in clients:
            assert said(client, get()).startswith(b"HTTP/1.1 200")


def test_a_named_proxy_has_the_connections_of_all_readers(tmp_path: Path) -> None:
    running = served(publication_at(tmp_path / "publication"), "--trusted-proxy", "127.0.0.1")
    try:
        with ExitStack() as stack:
            clients = [stack.enter_context(connected(running)) for _ in range(PER_CLIENT + 20)]
            assert said(clients[-1], get("X-Forwarded-For: 192.0.2.7")).startswith(b"HTTP/1.1 200")
        assert UNKNOWN_PROXY not in running.log.read_text()
    finally:
        close(running)


@pytest.mark.parametrize(
    "fields",
    [
        [f"X-{number}: x" for number in range(FIELDS)],
        [f"X-Long: {'x' * HEAD}"],
        [f"X-Much: {'x' * 200_000}"],
        [f"Cookie: {'x' * 1000}"] * 17,
    ],
    ids=["fields", "one field", "more than is read at once", "cookies"],
)
def test_a_head_that_is_too_large_is_refused_as_such(server: Served, fields: list[str]) -> None:
    with connected(server) as client:
        answer = said(client, get(*fields))
    assert answer.startswith(b"HTTP/1.1 431 "), answer[:100]
    assert b"The request's headers are too large." in answer


def test_a_head_that_comes_bit_by_bit_is_no_larger(server: Served) -> None:
    with connected(server) as client:
        client.sendall(b"GET /list/healthz HTTP/1.1\r\nHost: x\r\nX-Long: ")
        answer = said(client, b"x" * (HEAD + 1))
    assert answer.startswith(b"HTTP/1.1 431 "), answer[:100]


def test_what_is_no_http_is_400_as_before(server: Served) -> None:
    with connected(server) as client:
        assert said(client, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_that_nobody_named_is_said_once(server: Served, name: str) -> None:
    for _ in range(3):
        assert server.client.get(f"{server.url}/healthz", headers={name: "192.0.2.7"}).status_code == 200
    lines = server.log.read_text().splitlines()
    assert lines.count(UNKNOWN_PROXY) == 1
    assert "192.0.2.7" not in "".join(lines)


def test_without_a_proxy_nothing_is_said(server: Served) -> None:
    assert server.client.get(f"{server.url}/healthz").status_code == 200
    assert UNKNOWN_PROXY not in server.log.read_text()


@pytest.mark.parametrize(
    ("proxies", "peer", "is_trusted"),
    [
        ("", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("10.0.0.0/8, 192.0.2.1", "10.9.8.7", True),
        ("10.0.0.0/8, 192.0.2.1", "192.0.2.2", False),
    ],
)
def test_who_is_trusted(proxies: str, peer: str, *, is_trusted: bool) -> None:
    assert trusts_proxy(proxies)(peer) is is_trusted
