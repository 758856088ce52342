"""The message as it travels."""

from __future__ import annotations

import re
from typing import Any

import pytest


def test_a_composed_message_passes(rendered: Any) -> None:
    row = rendered.inspected().row("message")
    assert row.verdict == "ok"
    assert row.value.endswith("longest line 76")


@pytest.fixture(scope="module")
def by_mail(render: Any, rendered: Any) -> Any:
    settings = (
        (rendered.settings.root / "pelicanconf.py")
        .read_text()
        .replace('"email": {', '"email": {"unsubscribe_address": "out@example.org", ')
    )
    return render({"pelicanconf.py": settings})


def test_readers_may_leave_by_mail_only(by_mail: Any) -> None:
    inspection = by_mail.inspected().inspection
    assert not inspection.problems
    assert by_mail.inspected().row("message").note == "readers unsubscribe by mail only"


def test_a_folded_header_is_read_whole(rendered: Any) -> None:
    folded = (b"List-Unsubscribe: <", b"List-Unsubscribe:\r\n <mailto:x@example.org>,\r\n <")
    assert re.search(rb"List-Unsubscribe: <https", rendered.digest.message)
    assert rendered.inspected(message=folded).row("message").verdict == "ok"
