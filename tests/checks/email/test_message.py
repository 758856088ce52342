"""The message as it travels."""

from __future__ import annotations

import re
from typing import Any

import pytest


def test_a_composed_message_passes(desk: Any) -> None:
    row = desk.look().row("message")
    assert row.verdict == "ok"
    assert row.value.endswith("longest line 76")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ((b"One line\r\n", b"One line\n"), "a line does not end in CRLF"),
        ((b"One line\r\n", b"One\rline\r\n"), "a line does not end in CRLF"),
        ((b"One line\r\n", b"One l\xc3\xadne\r\n"), "non-ASCII bytes"),
        ((b"One line\r\n", b"x" * 77 + b"\r\n"), "has more than 76 bytes"),
        ((b"One line\r\n", b"x" * 999 + b"\r\n"), "has more than 998 bytes"),
        ((b"multipart/alternative", b"multipart/mixed"), "multipart/mixed, not multipart/alternative"),
        ((b"Content-Type: text/plain", b"Content-Type: text/html"), "not plain text followed by HTML"),
        ((b"quoted-printable", b"8bit"), "is not quoted-printable UTF-8"),
        ((b'charset="utf-8"', b'charset="latin-1"'), "is not quoted-printable UTF-8"),
        ((b"One line\r\n", b"Two lines\r\n"), "does not contain what was rendered"),
        ((b"MIME-Version: 1.0\r\n", b""), "has 0 headers MIME-Version"),
        ((b"Subject: ", b"Subject: x\r\nSubject: "), "has 2 headers Subject"),
        ((b"List-Unsubscribe: <", b"List-Unsubscribe: =?utf-8?q?x?= <"), "contains an encoded word"),
        ((b"List-Unsubscribe-Post:", b"X-Post:"), "has no List-Unsubscribe-Post"),
        ((b"List-Unsubscribe: ", b"X-Leave: "), "has no List-Unsubscribe:"),
        ((b"List-Unsubscribe: <https:", b"List-Unsubscribe: <mailto:"), "names no https address"),
        ((b"List-Unsubscribe=One-Click", b"yes"), "List-Unsubscribe-Post is not"),
    ],
)
def test_a_message_that_would_break_is_told(desk: Any, changed: tuple[bytes, bytes], said: str) -> None:
    found = desk.look(message=changed)
    assert found.row("message").verdict == "error"
    assert any(said in problem.what for problem in found.problems("message")), found.problems("message")


@pytest.fixture(scope="module")
def by_mail(make_desk: Any, desk: Any) -> Any:
    settings = (
        (desk.settings.root / "pelicanconf.py")
        .read_text()
        .replace('"email": {', '"email": {"unsubscribe_address": "out@example.org", ')
    )
    return make_desk({"pelicanconf.py": settings})


def test_readers_may_leave_by_mail_only(by_mail: Any) -> None:
    inspection = by_mail.look().inspection
    assert not inspection.problems
    assert by_mail.look().row("message").note == "readers unsubscribe by mail only"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ((b"List-Unsubscribe: <mailto:", b"List-Unsubscribe: <https:"), "List-Unsubscribe names no mail address"),
        ((b"List-Unsubscribe: ", b"X-Leave: "), "List-Unsubscribe names no mail address"),
        ((b"List-Id: ", b"List-Unsubscribe-Post: x\r\nList-Id: "), "no address to post to"),
    ],
)
def test_a_message_that_is_left_by_mail_has_nothing_else(by_mail: Any, changed: tuple[bytes, bytes], said: str) -> None:
    found = by_mail.look(message=changed)
    assert any(said in problem.what for problem in found.problems("message")), found.problems("message")


def test_a_folded_header_is_read_whole(desk: Any) -> None:
    folded = (b"List-Unsubscribe: <", b"List-Unsubscribe:\r\n <mailto:x@example.org>,\r\n <")
    assert re.search(rb"List-Unsubscribe: <https", desk.digest.message)
    assert desk.look(message=folded).row("message").verdict == "ok"
