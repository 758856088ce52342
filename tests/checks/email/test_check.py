"""`check` on the command line: tables and problems of digests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Briefing = Callable[..., subprocess.CompletedProcess[str]]

ROWS = [
    "size", "clients", "contrast", "texts", "structure", "links",
    "subject", "preheader", "message", "markup", "pictures", "spam",
]  # fmt: skip
SECOND = """\
---
number: 2
title: The second issue
date: 2026-04-10
preheader: And one more thing.
lead: 2026-04-06-a-third-story
---
Good evening, says [a friend](https://friend.example/).
"""
THIRD = """\
---
title: A third story
date: 2026-04-06
summary: What happened next.
topic: Law
sources:
  - name: The Courier
    url: "https://courier.example/third"
authors: [ada]
kind: main
---
Text.
"""
CLEAN = {"issues/2026-w15.md": SECOND, "stories/2026/2026-04-06-a-third-story.md": THIRD}
# A plain text of the second issue that leaves out what its HTML contains.
TEXT = """\
{% extends "theme/email/digest.txt" %}
{% block introduction %}{% if view.issue.id != "2026-w15" %}{{ super() }}{% endif %}{% endblock %}
{% block lead %}{% if view.issue.id != "2026-w15" %}{{ super() }}{% endif %}{% endblock %}
"""
FILES = {**CLEAN, "overrides/email/digest.txt": TEXT}
TRACKED = {
    "issues/2026-w15.md": SECOND.replace("friend.example/", "friend.example/?utm_source=x"),
    "stories/2026/2026-04-06-a-third-story.md": THIRD.replace("/third", "/third?fbclid=1"),
}


def test_a_clean_publication_passes_and_shows_its_newest_digest(publication: Any, briefing: Briefing) -> None:
    done = briefing(publication(CLEAN), "check")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "digest of 2026-w15"
    assert [line.split()[0] for line in lines[2:-2] if line.startswith("  ") and line[2] != " "] == ROWS
    assert "2026-w14" not in done.stdout
    assert lines[-1] == "no problems"


def test_problems_of_every_digest_are_told_with_their_lines(publication: Any, briefing: Briefing) -> None:
    root = publication(FILES)
    done = briefing(root, "check", "--email", "2026-w14")
    assert done.returncode == 1
    assert done.stdout.startswith("digest of 2026-w14\n")
    assert "2026-w15" not in done.stdout
    lines = done.stderr.splitlines()
    assert {line.partition(": digest.links: ")[0] for line in lines if "the plain text lacks" in line} == {
        "content/issues/2026-w15.md:1",
        "content/stories/2026/2026-04-06-a-third-story.md:8",
    }


def test_a_link_that_tracks_is_one_warning_of_the_line_that_has_it(publication: Any, briefing: Briefing) -> None:
    root = publication(TRACKED)
    done = briefing(root, "check", "--email", "2026-w15", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["errors"], said["warnings"]) == (0, 0, 2)
    assert [(problem["field"], problem["check"]) for problem in said["problems"]] == [
        ("body", "tracking"),
        ("sources.1.url", "tracking"),
    ]
    (digest,) = said["digests"]
    assert {row["check"]: row["verdict"] for row in digest["rows"]}["links"] == "warning"


def test_all_tables_and_json(publication: Any, briefing: Briefing) -> None:
    root = publication(FILES)
    done = briefing(root, "check", "--email", "all", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    said = json.loads(done.stdout)
    assert sorted(said) == ["digests", "errors", "problems", "warnings"]
    assert (said["errors"], said["warnings"]) == (len(said["problems"]), 0)
    assert [digest["issue"] for digest in said["digests"]] == ["2026-w15", "2026-w14"]
    for digest in said["digests"]:
        assert [row["check"] for row in digest["rows"]] == ROWS
        assert {key for row in digest["rows"] for key in row} == {"check", "value", "limit", "verdict", "note"}
    verdicts = {row["check"]: row["verdict"] for row in said["digests"][0]["rows"]}
    assert verdicts["links"] == "error"
    assert verdicts["size"] == "ok"
    assert {problem["field"] for problem in said["problems"] if problem["weight"] == "error"} == {"digest.links"}


def test_an_issue_that_has_no_digest_is_wrong_use(publication: Any, briefing: Briefing) -> None:
    done = briefing(publication(), "check", "--email", "2026-w99")
    assert done.returncode == 2
    assert done.stderr == "error: --email: issue `2026-w99` has no digest: choose one of 2026-w14\n"


def test_where_the_content_has_errors_there_is_no_table(publication: Any, briefing: Briefing) -> None:
    root = publication({"issues/2026-w15.md": "---\ntitle: x\n---\n"})
    done = briefing(root, "check")
    assert (done.returncode, done.stdout) == (1, "")
    said = json.loads(briefing(root, "check", "--json").stdout)
    assert said["digests"] == []
    assert said["problems"]


def test_a_publication_without_issues_has_no_table(publication: Any, briefing: Briefing) -> None:
    done = briefing(publication({"issues/2026-w14.md": None}), "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "no problems\n", "")


def test_publish_refuses_what_check_refuses(publication: Any, briefing: Briefing) -> None:
    root = publication(FILES)
    done = briefing(root, "publish", "file:www")
    assert done.returncode == 1
    assert "digest.links" in done.stderr


def test_the_sample_passes_with_every_digest(sample: Path, briefing: Briefing) -> None:
    done = briefing(sample, "check", "--email", "all", "--json")
    said = json.loads(done.stdout)
    assert (done.returncode, said["problems"]) == (0, [])
    assert {row["verdict"] for digest in said["digests"] for row in digest["rows"]} == {"ok"}
