"""`.briefing/` is the owner's alone: what others could read is closed, and said."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from tests.delivery.here import run_here
from tests.delivery.subscribers_parts import Desk

from briefing.delivery.store.private_folders import restrict_access

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def desk(publication: MakePublication) -> Desk:
    made = Desk(publication(), {"BRIEFING_SECRET": ""})
    made.ok("add", "ada@example.org")
    return made


def opened(desk: Desk) -> tuple[Path, Path, Path]:
    private = desk.root / ".briefing"
    paths = private, private / "secret", private / "ledger.sqlite3"
    for path, number in zip(paths, (0o755, 0o644, 0o664), strict=True):
        path.chmod(number)
    return paths


WRITING = [
    ("subscribers", "add", "bob@example.org"),
    ("subscribers", "tidy"),
    ("inbox", "--from", "jsonl:events.jsonl"),
    ("send", "2026-w14", "--via", "file:.briefing/maildir"),
    ("release", "--via", "file:.briefing/maildir", "--to", "folder:site", "--no-site-check"),
    ("proof", "2026-w14", "--to", "desk@example.org", "--via", "file:.briefing/maildir"),
    (
        "listserver",
        "--port",
        "0",
        "--via",
        "file:.briefing/maildir",
    ),  # it ends at once: there is not a valid address for it
]
READING = [
    ("subscribers", "show"),
    ("status",),
    ("send", "2026-w14", "--dry-run", "--via", "file:.briefing/maildir"),
    ("inbox", "--from", "jsonl:events.jsonl", "--dry-run"),
]


@pytest.mark.parametrize("argv", WRITING, ids=" ".join)
def test_what_was_open_is_closed_and_said(desk: Desk, argv: tuple[str, ...]) -> None:
    folder, secret, ledger = opened(desk)
    desk.file("events.jsonl", "")
    said = run_here(desk.root, *argv, BRIEFING_SECRET="", BRIEFING_DATABASE_URL="", CI="").stderr
    assert f"warning: other users of this machine could read {folder} (mode 0755); this is now fixed" in said
    assert f"could read {secret} (mode 0644), and anyone who read it can act on behalf of your readers" in said
    assert f"could read {ledger} (mode 0664); this is now fixed" in said
    assert (mode(folder), mode(secret), mode(ledger)) == (0o700, 0o600, 0o600)
    assert "could read" not in run_here(desk.root, *argv, BRIEFING_SECRET="", BRIEFING_DATABASE_URL="", CI="").stderr


@pytest.mark.parametrize("argv", READING, ids=" ".join)
def test_what_only_reads_only_says_so(desk: Desk, argv: tuple[str, ...]) -> None:
    folder, secret, _ = opened(desk)
    desk.file("events.jsonl", "")
    said = run_here(desk.root, *argv, BRIEFING_SECRET="", BRIEFING_DATABASE_URL="", CI="").stderr
    assert f"could read {secret} (mode 0644); run: chmod go-rwx {secret}" in said
    assert (mode(folder), mode(secret)) == (0o755, 0o644)


def test_what_is_anothers_is_only_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret, _ = opened(desk)
    monkeypatch.setattr(os, "geteuid", lambda: secret.stat().st_uid + 1)
    assert all("; run: chmod" in line for line in restrict_access(desk.root / ".briefing"))
    assert mode(secret) == 0o644


def test_what_is_closed_or_not_there_is_passed_over(desk: Desk, tmp_path: Path) -> None:
    assert list(restrict_access(desk.root / ".briefing")) == []
    assert list(restrict_access(tmp_path / "nowhere")) == []
