"""The message as it travels."""

from __future__ import annotations

import re
from typing import Any

import pytest


def test_a_composed_message_passes(desk: Any) -> None:
    row = desk.look().row("message")
    assert row.verdict == "ok"
    assert row.value.endswith("longest line 76")


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


def test_a_folded_header_is_read_whole(desk: Any) -> None:
    folded = (b"List-Unsubscribe: <", b"List-Unsubscribe:\r\n <mailto:x@example.org>,\r\n <")
    assert re.search(rb"List-Unsubscribe: <https", desk.digest.message)
    assert desk.look(message=folded).row("message").verdict == "ok"
