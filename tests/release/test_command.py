"""`release`: what it refuses, what it says, where it ends, and the way through a provider."""

from __future__ import annotations

import fcntl
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import CONTENT
from tests.delivery.here import run_here
from tests.delivery.sending.test_providers import ENVIRONMENT, FakeButtondown
from tests.delivery.services import serving as service

from briefing import settings
from briefing.content.library.records import read_provider_draft
from briefing.delivery.store.database import open_database
from briefing.delivery.store.release_steps import exclusive_release
from briefing.errors import BriefingError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import MakePublication

ISSUE = "2026-w14"
DESK = "desk@example.org"
SETTINGS = """
BRIEFING["email"] |= {
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
}
BRIEFING["delivery"] = {"transport": "file:.briefing/mail"}
BRIEFING["publish"] = {"target": "file:www"}
"""
HIDDEN = CONTENT["issues/2026-w14.md"].replace("lead:", "status: hidden\nlead:")
CLEAN = {
    "CI": "",
    "BRIEFING_DATABASE_URL": "",
    "BRIEFING_TRANSPORT": "",
    "BRIEFING_SECRET": "",
    "BRIEFING_PROOF_TO": "",
}


class Desk:
    """A publication with a hidden issue and two readers, whose mails are files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = dict(CLEAN)
        for name in ("ada", "ben"):
            self.run("subscribers", "add", f"{name}@readers.example", "--confirmed", "--source", "a fair")

    def run(self, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = run_here(self.root, *argv, **(self.environment | environment))
        assert DESK not in done.stdout + done.stderr
        return done

    def release(self, *options: str, **environment: str) -> tuple[int, str]:
        """Its exit code, and all it said."""
        done = self.run("release", "--no-site-check", *options, **environment)
        return done.returncode, done.stdout + done.stderr

    def proofed(self) -> None:
        code, said = self.release("--until", "proof", "--proof-to", DESK)
        assert (code, "then run release again" in said) == (0, True), said

    def mails(self) -> int:
        return len(list((self.root / ".briefing" / "mail" / "new").glob("*")))

    def write(self, name: str, text: str) -> None:
        (self.root / "content" / name).write_text(text)


@pytest.fixture
def desk(publication: MakePublication) -> Desk:
    return Desk(publication({f"issues/{ISSUE}.md": HIDDEN}, SETTINGS))


def files(folder: Path) -> Mapping[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_a_draft_is_refused(desk: Desk) -> None:
    desk.write(f"issues/{ISSUE}.md", HIDDEN.replace("hidden", "draft"))
    for named in ((), (ISSUE,)):
        code, said = desk.release(*named)
        assert code == 1
        assert f"`ready {ISSUE}`" in said
        assert len(said.splitlines()) == 1
    assert not (desk.root / "www").exists()


def test_a_thin_week_is_refused(desk: Desk) -> None:
    conf = desk.root / "pelicanconf.py"
    conf.write_text(conf.read_text() + 'BRIEFING["minimum_stories"] = 3\n')
    code, said = desk.release("--proof-to", DESK)
    assert code == 1
    assert "has 2 of the 3 stories" in said
    assert not (desk.root / "www").exists()
    assert desk.mails() == 0


def test_two_that_wait(desk: Desk) -> None:
    extra = HIDDEN.replace("number: 1", "number: 2").replace("2026-03-31-a-second-story", "x")
    desk.write(f"issues/{ISSUE}-extra.md", extra.replace("sections:\n  - title: Law\n    stories: [x]\n", ""))
    code, said = desk.release()
    assert code == 1
    assert "2026-w14 and 2026-w14-extra are waiting to be sent: name one" in said


@pytest.mark.parametrize(
    ("options", "code", "what"),
    [
        (("2026-w15",), 2, "there is no issue `2026-w15`; did you mean 2026-w14?"),
        (("--if-due",), 2, "no schedule is set"),
        (("--to", "gopher://x"), 2, "gopher: is not a known target scheme"),
        (("--proof-to", "nobody"), 2, "--proof-to: address 1"),
        ((), 1, "has not been proofed: pass --proof-to ADDRESS or set BRIEFING_PROOF_TO"),
    ],
)
def test_what_is_refused_in_a_line(desk: Desk, options: tuple[str, ...], code: int, what: str) -> None:
    done = desk.run("release", "--no-site-check", *options)
    assert done.returncode == code
    assert done.stderr.startswith("error: ")
    assert what in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_a_terminal_it_asks_nobody(desk: Desk) -> None:
    desk.proofed()
    code, said = desk.release()
    assert code == 2
    assert "--yes" in said
    assert desk.mails() == 1


def test_a_change_after_the_proof_is_told_and_proofed_again(desk: Desk) -> None:
    desk.proofed()
    desk.write(f"issues/{ISSUE}.md", HIDDEN.replace("Good morning.", "Good evening."))
    code, said = desk.release("--yes", BRIEFING_PROOF_TO=f"{DESK}, {DESK}")
    assert code == 0, "the proof is what a scheduler is to mail"
    assert "2026-w14 is not what was proofed on " in said
    assert "-Good morning." in said
    assert "+Good evening." in said
    assert desk.mails() == 3, "a proof for each address"
    code, said = desk.release("--yes")
    assert code == 0, said
    assert desk.mails() == 5
    assert not list((desk.root / ".briefing" / "proofs").iterdir())


def test_who_asked_for_the_sending_and_got_a_proof_is_told_by_the_exit_code(desk: Desk) -> None:
    code, said = desk.release("--until", "send", "--yes", "--proof-to", DESK)
    assert (code, "then run release again" in said) == (1, True), said
    assert desk.mails() == 1
    code, said = desk.release("--until", "send", "--yes")
    assert code == 0, said


def test_the_day_s_share_of_a_warm_up_is_all_that_was_asked_for(desk: Desk) -> None:
    desk.proofed()
    settings = desk.root / "pelicanconf.py"
    settings.write_text(f'{settings.read_text()}BRIEFING["delivery"]["warm_up"] = [1, 100]\n')
    code, said = desk.release("--yes")
    assert (code, "today's share of the warm-up is sent: run release again after 20" in said) == (0, True), said
    assert "is released" not in said


def test_until_the_sending_and_then_the_rest(desk: Desk) -> None:
    desk.proofed()
    assert desk.release("--until", "proof")[0] == 0
    code, said = desk.release("--until", "send", "--yes")
    assert (code, "is now published" in said, "is released" in said) == (0, True, False), said
    home = desk.root / "www" / "current" / "index.html"
    assert f"/issues/{ISSUE}/" not in home.read_text()
    assert "nothing left to do" in desk.release(ISSUE, "--until", "send")[1]
    assert "run release without --until" in desk.release(ISSUE, "--until", "proof")[1]
    code, said = desk.release()
    assert (code, "is released" in said) == (0, True), said
    assert f"/issues/{ISSUE}/" in home.read_text()
    assert desk.mails() == 3


def test_a_dry_run_changes_nothing_outside_the_output(desk: Desk) -> None:
    code, said = desk.release("--dry-run")
    assert code == 0
    assert "a proof would be sent" in said
    desk.proofed()
    before = files(desk.root / "content"), files(desk.root / "www"), desk.mails()
    code, said = desk.release("--dry-run")
    assert (code, "would go to 2 readers" in said) == (0, True), said
    assert (files(desk.root / "content"), files(desk.root / "www"), desk.mails()) == before


def test_what_was_sent_elsewhere_is_not_sent_again(desk: Desk) -> None:
    desk.proofed()
    assert desk.release("--yes")[0] == 0
    (desk.root / ".briefing" / "ledger.sqlite3").unlink()
    for file in (desk.root / ".briefing").glob("ledger.sqlite3-*"):
        file.unlink()
    before = desk.mails()
    code, said = desk.release(ISSUE, "--yes")
    assert (code, len(said.splitlines())) == (0, 1), said
    assert "2026-w14 was sent on " in said
    assert desk.mails() == before


def test_a_ledger_from_before_there_were_releases(desk: Desk) -> None:
    database = open_database(settings.load(desk.root), CLEAN)
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE releases")
    database.close()
    desk.proofed()
    assert desk.release("--yes")[0] == 0


def test_a_second_release_is_refused_in_a_line(desk: Desk) -> None:
    with (desk.root / ".briefing" / "release.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, said = desk.release("--proof-to", DESK)
    assert code == 1
    assert said.startswith("error: another release is running ")
    assert len(said.splitlines()) == 1
    assert desk.mails() == 0


def test_a_second_release_of_another_machine_is_refused(
    publication: MakePublication, postgresql_url: str, tmp_path: Path
) -> None:
    root = publication(settings=SETTINGS)
    environment = {"BRIEFING_DATABASE_URL": postgresql_url, "BRIEFING_SECRET": "a" * 64}
    first, second = (open_database(settings.load(root), environment) for _ in range(2))
    with (
        exclusive_release(tmp_path / "one", first),
        pytest.raises(BriefingError, match="another release is running on another machine"),
        exclusive_release(tmp_path / "two", second),
    ):
        pytest.fail("two at once")
    with exclusive_release(tmp_path / "two", second):
        pass
    first.close()
    second.close()


def test_by_a_provider(desk: Desk) -> None:
    fake = FakeButtondown()
    with service(fake) as at:
        fake.url = at.url
        desk.environment |= ENVIRONMENT | {"BRIEFING_TRANSPORT": f"buttondown://?endpoint={at.url}", "CI": "true"}
        home = desk.root / "www" / "current" / "index.html"

        code, said = desk.release()
        assert (code, "is a draft at buttondown" in said) == (0, True), said
        (made,) = fake.emails
        record = read_provider_draft(settings.load(desk.root), ISSUE)
        assert record
        assert (record.draft, record.transport, record.sent) == (made["id"], "buttondown", False)
        assert f"/issues/{ISSUE}/" not in home.read_text()

        made["subject"] = "As the desk has it"  # worked on there: it is left exclusive_release
        code, said = desk.release()
        assert (code, "send it there, then run release again" in said) == (0, True), said
        assert [each["subject"] for each in fake.emails] == ["As the desk has it"]

        desk.write(f"issues/{ISSUE}.md", HIDDEN.replace("Good morning.", "Good evening."))
        assert "is the updated draft" in desk.release()[1]
        assert len(fake.emails) == 1
        assert "Good evening." in made["body"]

        made["status"] = "scheduled"
        assert "is `scheduled` at buttondown" in desk.release()[1]
        made["status"] = "sent"
        code, said = desk.release()
        assert (code, "is released" in said) == (0, True), said
        assert f"/issues/{ISSUE}/" in home.read_text()
        assert "status: published" in (desk.root / "content" / "issues" / f"{ISSUE}.md").read_text()
        written: dict[str, Any] = json.loads((desk.root / "content" / "issues" / f"{ISSUE}.draft.json").read_text())
        assert (written["sent"], written["stories"][0]) == (True, "2026-03-30-a-first-story")
        assert "@" not in json.dumps(written)

        asked = len(at.asked)
        assert "nothing left to do" in desk.release(ISSUE)[1]
        assert len(at.asked) == asked
