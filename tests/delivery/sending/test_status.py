"""`status`: an answer in every case, for people and for programs; and JSON from every command that offers it."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, Any

import pytest
import typer
from sqlalchemy import delete, update
from tests.delivery import inbox_parts as parts
from tests.delivery.here import run_here

from briefing import settings
from briefing.commands.app import COMMANDS, application
from briefing.delivery.store.database import open_database
from briefing.delivery.store.tables import DELIVERIES, SUBSCRIBERS, DeliveryState

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

ENVIRONMENT = {"BRIEFING_SECRET": parts.SECRET, "CI": ""}
ISSUE = "2026-w14"


@pytest.fixture
def root(publication: MakePublication) -> Path:
    return publication(settings=parts.SETTINGS)


@pytest.fixture
def mailing(root: Path) -> Iterator[parts.List]:
    known = settings.load(root)
    database = open_database(known, ENVIRONMENT)
    yield parts.list_of(known, database)
    database.close()


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = run_here(root, *arguments, **ENVIRONMENT)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_an_issue_that_was_not_sent_is_an_answer(root: Path) -> None:
    (root / "content" / "issues").mkdir(exist_ok=True)
    (root / "content" / "issues" / f"{ISSUE}.md").touch()
    for name in (ISSUE, f"content/issues/{ISSUE}.md"):
        done = run(root, "status", name, "--json")
        assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, [], "")
    said = run(root, "status", ISSUE)
    assert (said.returncode, said.stdout, said.stderr) == (0, f"{ISSUE}: nothing has been sent yet\n", "")


def test_a_name_of_no_issue_is_not_taken_for_one(root: Path) -> None:
    done = run(root, "status", "2026-w41", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])
    assert "there is no issue `2026-w41`" in done.stderr
    assert run(root, "status", "2026-w41").returncode == 1


def test_a_campaign_whose_issue_is_gone_is_shown(root: Path, mailing: parts.List) -> None:
    mailing.deliver(mailing.add(), 14)
    assert json.loads(run(root, "status", ISSUE, "--json").stdout)[0]["counts"]["sent"] == 1


def test_a_delivery_in_doubt_without_time_or_reader(root: Path, mailing: parts.List) -> None:
    ada = mailing.add()
    mailing.deliver(ada, 14, DeliveryState.UNKNOWN)
    said = run(root, "status", ISSUE).stdout
    assert "None" not in said
    assert f"uncertain: reader {ada}, Message-ID <" in said
    assert said.rstrip().endswith(">, time unknown")
    assert json.loads(run(root, "status", "--json").stdout)[0]["uncertain"][0]["at"] is None
    with mailing.database.writing() as connection:
        connection.execute(update(DELIVERIES).values(at=parts.THEN))
        connection.execute(delete(SUBSCRIBERS))
    assert "uncertain: an erased reader, 2023-11-14T22:13:20Z" in run(root, "status", ISSUE).stdout
    (doubt,) = json.loads(run(root, "status", "--json").stdout)[0]["uncertain"]
    assert doubt == {"reader": "erased", "message_id": "", "at": "2023-11-14T22:13:20Z"}


QUIET: dict[str, list[tuple[str, ...]]] = {
    "check": [("--json",), ("--json", "--fix")],
    "doctor": [("--json", "--via", "file:out", "--resolver", "127.0.0.1:1")],
    "inbox": [("--json", "--from", "jsonl:none.jsonl"), ("--json", "--dry-run", "--from", "jsonl:none.jsonl")],
    "status": [("--json",), (ISSUE, "--json")],
    "subscribers show": [("--json",)],
}
"""For each command with --json, arguments with which there is nothing to tell."""


def test_every_command_with_json_has_a_case() -> None:
    command: Any = typer.main.get_command(application())
    offering: set[str] = set()
    for row in COMMANDS:
        found = reduce(lambda group, word: group.commands[word], row.name.split(), command)
        if any("--json" in parameter.opts for parameter in found.params):
            offering.add(row.name)
    assert offering == set(QUIET)


@pytest.mark.parametrize(("name", "more"), [(name, more) for name, cases in QUIET.items() for more in cases])
def test_json_is_printed_when_there_is_nothing_to_tell(root: Path, name: str, more: tuple[str, ...]) -> None:
    (root / "none.jsonl").touch()
    done = run(root, *name.split(), *more)
    assert done.returncode in ({0, 1} if name in {"status", "doctor"} else {0}), done.stderr
    json.loads(done.stdout)
