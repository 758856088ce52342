"""A story is edited after it was sent: what the record holds, what is refused, and who is told of the correction."""

from __future__ import annotations

import datetime as dt
import email
import json
from email import policy
from typing import TYPE_CHECKING

import pytest
from tests.conftest import CONTENT
from tests.delivery.campaign_parts import ISSUE, Desk, make_desk

from briefing import settings
from briefing.content.library import read_library

if TYPE_CHECKING:
    from tests.conftest import MakePublication

STORY = "stories/2026/2026-03-30-a-first-story.md"
FIRST = "2026-03-30-a-first-story"
NEXT = "2026-w15"
THIRD = CONTENT[STORY].replace("A first story", "A third story").replace("date: 2026-03-30", "date: 2026-04-06")
FRIDAY = int(dt.datetime(2026, 4, 3, 7, tzinfo=dt.UTC).timestamp())
WEEK = 7 * 24 * 3600


@pytest.fixture
def desk(publication: MakePublication) -> Desk:
    made = make_desk(publication)
    made.fill(number=2)
    return made


def edit(desk: Desk, old: str, new: str) -> None:
    file = desk.root / "content" / STORY
    text = file.read_text()
    assert text.count(old) == 1
    file.write_text(text.replace(old, new))


def record(desk: Desk, issue: str) -> dict[str, object]:
    text = (desk.root / "content" / "issues" / f"{issue}.sent.json").read_text()
    found: dict[str, object] = json.loads(text)
    return found


def told(desk: Desk) -> str:
    return read_library(settings.load(desk.root)).story_by_id[FIRST].content_hash


def send(desk: Desk, issue: str, day: int) -> None:
    """Proof and sending, whose campaign is then one of that day."""
    by = ("--via", desk.via, "--no-site-check")
    assert desk.run("proof", issue, "--to", "desk@example.org", *by).returncode == 0
    assert desk.run("send", issue, *by, "--yes", "--sample", "1").returncode == 0
    assert desk.change("UPDATE campaigns SET opened_at = ? WHERE issue = ?", day, issue) == 1


def finish(desk: Desk, issue: str) -> None:
    done = desk.run("send", issue, "--via", desk.via, "--no-site-check", "--yes")
    assert done.returncode == 0, done.stderr


def mails(desk: Desk, subject: str) -> list[email.message.EmailMessage]:
    files = sorted((desk.root / ".briefing" / "mail" / "new").iterdir())
    parsed = [email.message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail for mail in parsed if mail["Subject"] == subject and "proof-" not in mail["Message-ID"]]


def test_an_edit_after_sending_is_told_once_in_the_next_digest(desk: Desk) -> None:
    send(desk, ISSUE, FRIDAY)
    as_sent = told(desk)
    edit(desk, "The text of the first", "The longer text of the first")  # one reader has it, one has not
    finish(desk, ISSUE)
    assert record(desk, ISSUE)["content_hashes"][FIRST] == as_sent != told(desk)  # type: ignore[index]
    frozen = {mail.get_body(("plain",)).get_content() for mail in mails(desk, "The first issue")}  # type: ignore[union-attr]

    for command in (["build"], ["publish", f"file://{desk.root}/served"]):
        refused = desk.run(*command)
        assert refused.returncode == 1
        said = f"content/{STORY}:1: corrections: has changed since {ISSUE} was sent"
        assert said in refused.stdout + refused.stderr, command
    assert not (desk.root / "output").exists()

    entry = "corrections:\n  - date: 2026-04-05\n    text: It was <b>longer</b> than we said.\n"
    edit(desk, "thread: the-thread\n", f"thread: the-thread\n{entry}")
    issue = CONTENT[f"issues/{ISSUE}.md"].replace("number: 1", "number: 2").replace("first issue", "second issue")
    issue = issue[: issue.index("sections")].replace("04-03", "04-10").replace(FIRST, "a-third-story") + "---\nHello.\n"
    (desk.root / "content/stories/2026/2026-04-06-a-third-story.md").write_text(THIRD)
    (desk.root / f"content/issues/{NEXT}.md").write_text(issue)
    done = desk.run("build")
    assert done.returncode == 0, done.stderr

    line = "5 April 2026, A first story"
    for name in ("digest.txt", "digest.html"):
        text = " ".join((desk.root / "outbox" / NEXT / name).read_text().split())
        assert "Correction since the last issue" in text
        assert "It was <b>longer</b> than we said." in text or "It was &lt;b&gt;longer&lt;/b&gt; than we said." in text
        assert "It was <b>longer" not in text or name.endswith(".txt")
        assert "Correction" not in (desk.root / "outbox" / ISSUE / name).read_text()
    assert line in (desk.root / "outbox" / NEXT / "digest.txt").read_text()
    page = (desk.root / "output" / "issues" / ISSUE / "index.html").read_text()
    assert page.count("It was &lt;b&gt;longer&lt;/b&gt; than we said.") == 1
    assert "Updated" in page

    send(desk, NEXT, FRIDAY + WEEK)
    finish(desk, NEXT)
    assert record(desk, NEXT)["corrections"] == [
        {"story": FIRST, "date": "2026-04-05", "text": "It was <b>longer</b> than we said.", "minor": False}
    ]
    assert all("It was <b>longer" in mail.as_string() for mail in mails(desk, "The second issue"))
    edit(desk, "The longer text", "The shorter text")
    refused = desk.run("check")
    assert f"has changed since {NEXT} was sent" in refused.stdout + refused.stderr
    edit(desk, "  - date: 2026-04-05", "  - date: 2026-04-10\n    text: It was shorter.\n  - date: 2026-04-05")
    assert desk.run("build").returncode == 0
    again = (desk.root / "outbox" / NEXT / "digest.txt").read_text()
    assert line in again
    assert "It was shorter" not in again
    assert frozen == {mail.get_body(("plain",)).get_content() for mail in mails(desk, "The first issue")}  # type: ignore[union-attr]
