"""One gate: what `check` finds in an issue that is not sent, `publish`, `proof`, `send` and `release` refuse."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from tests.checks.content.test_sent import FRIDAY, send
from tests.conftest import CONTENT
from tests.delivery.here import run_here

from briefing import settings as publication_settings
from briefing.content.library import read_library
from briefing.site.gate import next_issues

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.conftest import MakePublication

SETTINGS = """
BRIEFING["email"] |= {
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
}
BRIEFING["delivery"] = {"transport": "file:.briefing/mail"}
BRIEFING["publish"] = {"target": "file:www"}
"""
STORY = CONTENT["stories/2026/2026-03-31-a-second-story.md"]
THIRD = "stories/2026/2026-04-06-a-third-story.md"
FIRST_ISSUE, SECOND_ISSUE = "issues/2026-w14.md", "issues/2026-w15.md"
FILES = {
    THIRD: STORY.replace("A second story", "A third story").replace("2026-03-31", "2026-04-06"),
    SECOND_ISSUE: """\
---
number: 2
title: The second issue
date: 2026-04-10
preheader: And one more thing.
lead: 2026-04-06-a-third-story
status: hidden
---
Good evening.
""",
    # A plain text that leaves out what the HTML contains: a link in an introduction is an error of the digest alone.
    "overrides/email/digest.txt": """\
{% extends "theme/email/digest.txt" %}
{% block introduction %}{% endblock %}
""",
}
LINKED = "Good morning, says [a friend](https://friend.example/)."
# Writes down what it was asked about, and finds fault with what the environment names.
SPAMASSASSIN = """\
#!/bin/sh
subject=$(sed -n 's/^Subject: //p' | tr -d '\\r' | head -n 1)
echo "$subject" >>{log}
echo "Content analysis details:   (1.0 points, 5.0 required)"
case "$subject" in *"$FAULTY"*) echo " 1.4 SUBJ_ALL_CAPS          BODY: something";; esac
"""
PROBLEM = "content/issues/2026-w15.md:1: digest.spam: SpamAssassin's SUBJ_ALL_CAPS: the subject is all capitals"
WAYS = {
    "check": ("check",),
    "publish": ("publish", "--no-site-check"),
    "proof": ("proof", "2026-w15", "--to", "desk@example.org", "--no-site-check"),
    "send": ("send", "2026-w15", "--yes", "--no-site-check"),
    "send --dry-run": ("send", "2026-w15", "--dry-run"),
    "release": ("release", "2026-w15", "--yes", "--proof-to", "desk@example.org", "--no-site-check"),
}


class Desk:
    """A publication whose first issue may be sent, and a SpamAssassin that writes down what it is asked about."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.log = root / "asked.log"
        tool = root / "bin" / "spamassassin"
        tool.parent.mkdir()
        tool.write_text(SPAMASSASSIN.format(log=self.log))
        tool.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("FAULTY", "of none")

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return run_here(self.root, *argv, CI="", BRIEFING_DATABASE_URL="", BRIEFING_SECRET="")

    def asked(self) -> list[str]:
        """The subjects of what it was asked about."""
        return sorted(set(self.log.read_text().splitlines())) if self.log.exists() else []

    def write(self, name: str, text: str) -> None:
        (self.root / "content" / name).write_text(text)

    def send_first(self) -> None:
        """As if the first issue had gone out."""
        send(self.root, "2026-w14", FRIDAY)


@pytest.fixture
def desk(publication: MakePublication, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(publication(FILES, SETTINGS), monkeypatch)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_wrong_with_an_issue_that_is_not_sent_stops_every_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    desk.send_first()
    monkeypatch.setenv("FAULTY", "The second issue")
    done = desk.run(*WAYS[way])
    assert done.returncode == 1, done.stdout + done.stderr
    assert PROBLEM in done.stderr
    assert desk.asked() == ["The second issue"]
    assert not (desk.root / "www").exists()
    assert not (desk.root / ".briefing" / "mail").exists()


def test_an_issue_that_was_sent_is_not_judged_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.write(FIRST_ISSUE, CONTENT[FIRST_ISSUE].replace("Good morning.", LINKED))
    monkeypatch.setenv("FAULTY", "The first issue")
    before = desk.run("check")
    assert "content/issues/2026-w14.md:1: digest.links: the plain text lacks the link `https" in before.stderr
    assert desk.asked() == ["The first issue", "The second issue"]
    desk.send_first()
    desk.write(FIRST_ISSUE, CONTENT[FIRST_ISSUE].replace("Good morning.", f"{LINKED} As it would be sent today."))
    desk.log.unlink()
    for way in ("check", "publish", "proof"):
        done = desk.run(*WAYS[way])
        assert (done.returncode, "digest." in done.stderr) == (0, False), done.stderr
    assert "The first issue" not in desk.asked()


def test_its_table_can_be_looked_at_all_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send_first()
    monkeypatch.setenv("FAULTY", "The first issue")
    done = desk.run("check", "--email", "2026-w14")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("digest of 2026-w14\n")
    assert re.search(r"spam .* error$", done.stdout, re.MULTILINE)


def test_the_issue_that_is_named_is_judged_whatever_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old published one that was never sent is not next, so that nobody waits for SpamAssassin's word on archives."""
    desk.write(SECOND_ISSUE, FILES[SECOND_ISSUE].replace("hidden", "published"))
    monkeypatch.setenv("FAULTY", "The first issue")
    assert desk.run("check").returncode == 0
    assert desk.asked() == ["The second issue"]
    done = desk.run("proof", "2026-w14", "--to", "desk@example.org", "--no-site-check")
    assert (done.returncode, "content/issues/2026-w14.md:1: digest.spam: " in done.stderr) == (1, True), done.stderr


def test_which_issues_are_next(desk: Desk) -> None:
    def names() -> set[str]:
        return set(next_issues(read_library(publication_settings.load(desk.root))))

    assert names() == {"2026-w14", "2026-w15"}, "the newest published, and the hidden one"
    desk.write(SECOND_ISSUE, FILES[SECOND_ISSUE].replace("hidden", "published"))
    assert names() == {"2026-w15"}
    desk.write(SECOND_ISSUE, FILES[SECOND_ISSUE].replace("hidden", "draft"))
    assert names() == {"2026-w14"}
    desk.send_first()
    assert names() == set()
    desk.write(SECOND_ISSUE, FILES[SECOND_ISSUE].replace("2026-04-10", "2026-04-01").replace("hidden", "published"))
    assert names() == set(), "published before what was sent last"


@pytest.mark.parametrize("way", WAYS)
def test_problems_of_stories_hide_none_of_sound_digests(desk: Desk, way: str) -> None:
    """Of an issue with a faulty story nothing is said: what it will look like is not known."""
    desk.write(FIRST_ISSUE, CONTENT[FIRST_ISSUE].replace("Good morning.", LINKED))
    desk.write(SECOND_ISSUE, FILES[SECOND_ISSUE].replace("Good evening.", LINKED))
    both = desk.run(*WAYS[way]).stderr
    assert "content/issues/2026-w14.md:1: digest.links: " in both
    assert "content/issues/2026-w15.md:1: digest.links: " in both
    desk.write(THIRD, FILES[THIRD].replace("topic: Law", "topic: Lore"))
    done = desk.run(*WAYS[way])
    assert done.returncode == 1
    assert f"content/{THIRD}:5: topic: " in done.stderr
    assert "content/issues/2026-w14.md:1: digest.links: " in done.stderr
    assert "content/issues/2026-w15.md:1: digest." not in done.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pages/about.md", "---\ntitel: About\n---\n"),
        ("curators/ada.md", "---\nname: [\n---\n"),
        ("threads/the-thread.md", "no front matter"),
        (THIRD, "---\n{\n---\n"),
        ("stories/2026/2026-04-07-a-fourth-story.md", "---\ncorrections: [{date: 2026-04-08, text: x}]\n---\n"),
        ("issues/2026-w16.md", "---\ntitle: x\nlead: nowhere\n---\n"),
    ],
)
def test_whatever_file_is_faulty_sound_issues_are_looked_at(desk: Desk, name: str, text: str) -> None:
    desk.write(FIRST_ISSUE, CONTENT[FIRST_ISSUE].replace("Good morning.", LINKED))
    desk.write(name, text)
    done = desk.run("check")
    assert done.returncode == 1
    assert f"content/{name}:" in done.stderr
    assert "content/issues/2026-w14.md:1: digest.links: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_template_that_fails_hides_no_problem_of_a_story(desk: Desk) -> None:
    desk.write("overrides/email/digest.txt", "{{ view.nothing.at.all }}")
    desk.write(THIRD, FILES[THIRD].replace("topic: Law", "topic: Lore"))
    done = desk.run("check")
    assert done.returncode == 1
    assert f"content/{THIRD}:5: topic: " in done.stderr
    assert "email/digest.txt" in done.stderr


def test_without_the_settings_of_a_digest_none_is_judged(desk: Desk) -> None:
    conf = desk.root / "pelicanconf.py"
    conf.write_text(f'{conf.read_text()}BRIEFING["email"] |= {{"sender": ""}}\n')
    done = desk.run("check")
    assert done.returncode == 1
    assert "BRIEFING.email.sender: is missing" in done.stderr
    assert "digest." not in done.stderr
