"""A folder as a transport: whole files, named so that a repetition replaces itself, and none where others see them."""

from __future__ import annotations

import asyncio
import mailbox
import os
import stat
from typing import TYPE_CHECKING

import pytest

from briefing.delivery.sending.transports import open_transport
from briefing.delivery.sending.transports.contract import Doubt, Envelope, Outcome, UnreachableError, Verdict
from briefing.errors import WrongUseError
from briefing.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from briefing.settings import Settings

MESSAGE = b"Subject: One\r\n\r\n.\r\nText\r\n"


def settings_of(root: Path) -> Settings:
    return resolve(root, {"SITENAME": "The Example", "BRIEFING": {"topics": ["Science"]}})


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def envelope(key: str, message: bytes = MESSAGE) -> Envelope:
    return Envelope("bounces@example.org", "ada@example.net", message, key)


def deliver(root: Path, url: str, envelopes: Sequence[Envelope]) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with open_transport(url, settings_of(root), {}).channel() as channel:
            assert channel.is_open
            return [await channel.deliver(each) for each in envelopes]

    return asyncio.run(run())


def test_a_maildir_holds_each_message_as_it_was(tmp_path: Path) -> None:
    outcomes = deliver(tmp_path, "file:.briefing/maildir", [envelope("w14-a"), envelope("w14-b")])
    assert [outcome.verdict for outcome in outcomes] == [Verdict.SENT, Verdict.SENT]
    folder = tmp_path / ".briefing" / "maildir"
    assert names(folder / "new") == ["w14-a", "w14-b"]
    assert (folder / "new" / "w14-a").read_bytes() == MESSAGE
    assert not names(folder / "tmp")
    assert [message["Subject"] for message in mailbox.Maildir(folder, create=False)] == ["One", "One"]


def test_files_and_folders_are_their_owners_alone(tmp_path: Path) -> None:
    deliver(tmp_path, "file:.briefing/maildir", [envelope("a")])
    folder = tmp_path / ".briefing" / "maildir"
    assert stat.S_IMODE((folder / "new" / "a").stat().st_mode) == 0o600
    for each in (folder / "new", folder / "tmp", folder, folder.parent):
        assert stat.S_IMODE(each.stat().st_mode) == 0o700, each


def test_a_folder_of_eml_files(tmp_path: Path) -> None:
    deliver(tmp_path, "file:.briefing/mail%20of%20today?as=eml", [envelope("w14-a")])
    folder = tmp_path / ".briefing" / "mail of today"
    assert names(folder) == ["w14-a.eml"]
    assert (folder / "w14-a.eml").read_bytes() == MESSAGE


@pytest.mark.parametrize("form", ["", "?as=eml"])
def test_a_repetition_replaces_itself(tmp_path: Path, form: str) -> None:
    deliver(tmp_path, f"file:.briefing/m{form}", [envelope("a", b"one\r\n"), envelope("a", b"two\r\n")])
    files = [file for file in (tmp_path / ".briefing").rglob("*") if file.is_file()]
    assert [file.read_bytes() for file in files] == [b"two\r\n"]


def test_doubt_ends_by_repeating(tmp_path: Path) -> None:
    traits = open_transport(f"file:{tmp_path.parent}/m", settings_of(tmp_path), {}).traits
    assert traits.doubt is Doubt.REPEAT
    assert traits.repeatable > 10 * 365 * 86400
    assert traits.connections == 10


def test_a_full_disk_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    (outcome,) = deliver(tmp_path, "file:.briefing/maildir", [envelope("a")])
    assert outcome.verdict is Verdict.RETURNED
    assert "No space left" in outcome.refusal
    assert not names(tmp_path / ".briefing" / "maildir" / "new")


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".briefing").write_text("a file")
    with pytest.raises(UnreachableError, match="cannot create the folder") as caught:
        deliver(tmp_path, "file:.briefing/maildir", [])
    assert caught.value.wait == 0


@pytest.mark.parametrize(
    "url",
    [
        *("file:", "file:///", "file:.", "file:output", "file:content/mail", "file:mail", "file:.briefing", "file:../"),
        *("file://host/folder", "file:.briefing/m?as=mbox", "file:.briefing/m?form=eml", "file:.briefing/m#1"),
    ],
)
def test_a_folder_that_others_may_see_or_that_is_none(tmp_path: Path, url: str) -> None:
    with pytest.raises(WrongUseError, match=r"file:FOLDER"):
        open_transport(url, settings_of(tmp_path), {})
