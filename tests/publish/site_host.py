"""A site's host on this machine, and the services that are told of it."""

from __future__ import annotations

import http.server
import mimetypes
import threading
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

PAGE = '<!doctype html><html><head><link rel="canonical" href="{url}"></head><body><main>{text}</main></body></html>'
PNG = b"\x89PNG\r\n\x1a\n"
Answer = tuple[int, dict[str, str], bytes]


class Host:
    """Answers with `once` and `answers` by path, else with the files of `folder`, else with 404.

    An answer with status 0 comes after the test. `asked` are the paths, `headers` what came with each; `told` are POSTs as
    (path, type, body), answered with `posted`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.answers: dict[str, Answer] = {}
        self.once: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.told: list[tuple[str, str, bytes]] = []
        self.posted = 202
        self.done = threading.Event()
        host = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                host.asked.append(self.path)
                host.headers.append({name.lower(): value for name, value in self.headers.items()})
                status, headers, content = host.answer(urlsplit(self.path).path)
                if status == 0:
                    host.done.wait(20)
                    return
                self.answer(status, headers, content)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                host.told.append((self.path, self.headers["content-type"], body))
                self.answer(host.posted, {}, b"")

            def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response(status)
                for name, value in {"content-length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path: str) -> Answer:
        """What a GET of this path is answered with."""
        if path in self.once:
            return self.once.pop(path)
        if path in self.answers or self.folder is None:
            return self.answers.get(path, (404, {}, b"no"))
        file = self.folder / unquote(path).lstrip("/")
        file = file / "index.html" if path.endswith("/") else file
        if not file.is_file():
            return 404, {"content-type": "text/html"}, b"<html>no</html>"
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return 200, {"content-type": kind}, file.read_bytes()

    def page(self, path: str, text: str = "Good morning.", url: str = "") -> None:
        content = PAGE.format(url=url or self.url + path, text=text).encode()
        self.answers[path] = (200, {"content-type": "text/html; charset=utf-8"}, content)

    def picture(self, path: str) -> None:
        self.answers[path] = (200, {"content-type": "image/png"}, PNG)

    def forget(self) -> None:
        """Be as at the beginning, but for the folder."""
        self.answers.clear()
        self.asked.clear()
        self.headers.clear()
        self.told.clear()
        self.posted = 202

    def close(self) -> None:
        self.done.set()
        self.server.shutdown()
        self.server.server_close()
