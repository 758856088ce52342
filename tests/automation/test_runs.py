"""The workflows really run: each job in a new checkout, on a runner that forgets, by the steps that the files name."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.automation.runner import ROOT, Forge, holds
from tests.conftest import CONTENT, run
from tests.publish.site_host import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.conftest import MakePublication

ALL = "publish release send inbox"
EVENT = '{"event": "delivered", "message_id": "<of-another@example.org>", "at": "2026-04-03T07:00:00Z"}\n'
ISSUE = "content/issues/2026-w14.md"
SENDING = """
BRIEFING["email"] |= {{
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
}}
BRIEFING["delivery"] = {{"readers_by_mail": 1000000, "transport": "file:{mail}"}}
BRIEFING["schedule"] = "{day:%a} 00:00 UTC"
"""
QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
PERSON = {f"GIT_{role}_{part}": "ada@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Serves what is published, at the site's address."""
    host = Host(tmp_path / "www" / "current")
    yield host
    host.close()


@pytest.fixture
def make_forge(
    publication: MakePublication,
    installed: Callable[[Path], None],
    tool: Callable[[str], str],
    host: Host,
    tmp_path: Path,
) -> Callable[..., Forge]:
    """A function that puts a publication, with these files and settings, into a remote with everything switched on."""

    def make(files: Mapping[str, str | None], settings: str) -> Forge:
        told = f'{{"target": "file:{tmp_path}/www", "wait_seconds": 5}}'
        root = publication(files, f'SITEURL = "{host.url}"\nBRIEFING["publish"] = {told}\n{settings}')
        for name in (".gitignore", ".github", "tasks.py", "requirements.txt"):
            copy: Callable[[Path, Path], object] = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, root / name)
        for line in ("init -q -b main", "add -A", "commit -qm Begin", "clone -q --bare . ../remote.git"):
            subprocess.run([tool("git"), *line.split()], cwd=root, env={**os.environ, **QUIET, **PERSON}, check=True)
        return Forge(tmp_path / "remote.git", installed, variables={"BRIEFING_AUTOMATION": ALL})

    return make


@pytest.fixture
def forge(make_forge: Callable[..., Forge]) -> Forge:
    """A publication's remote, with no secret."""
    return make_forge({}, "")


def test_a_push_puts_the_site_on_its_host(forge: Forge, tmp_path: Path) -> None:
    ran = forge.run("publish")["publish"]
    assert ran.code == 0, ran.said
    assert (tmp_path / "www" / "current" / "index.html").exists()


def test_a_wrong_story_is_shown_on_its_line_and_nothing_is_published(forge: Forge, tmp_path: Path) -> None:
    forge.prepare = _with(forge.prepare, "content/pages/about.md", "---\ntitel: About\n---\nText.\n")
    checked = forge.run("check")["check"]
    assert checked.code == 1
    assert "::error file=content/pages/about.md,line=2,title=titel::" in checked.said
    published = forge.run("publish")["publish"]
    assert published.code == 1
    assert not (tmp_path / "www").exists()


def test_bounces_are_taken_in_by_a_runner_that_forgets(forge: Forge, postgresql_url: str) -> None:
    settings = 'BRIEFING["delivery"] = {"inbox": "jsonl:events.jsonl"}\n'
    forge.prepare = _with(_with(forge.prepare, "events.jsonl", EVENT), "pelicanconf.py", settings)
    refused = forge.run("inbox")["inbox"]
    assert refused.code == 1
    assert "BRIEFING_DATABASE_URL" in refused.said
    forge.secrets = {"BRIEFING_DATABASE_URL": postgresql_url, "BRIEFING_SECRET": "a-secret-of-this-test-alone-" * 2}
    taken = forge.run("inbox")["inbox"]
    assert taken.code == 0, taken.said
    assert "processed" in taken.said


@dataclass
class Desk:
    """A week at a desk whose issue is due today: its forge, and the mail that goes out."""

    forge: Forge
    mail: Path

    def mailed(self) -> Counter[str]:
        """Whom the mail went to."""
        messages = [file.read_text(encoding="utf-8") for file in sorted(self.mail.rglob("*")) if file.is_file()]
        return Counter(
            address for text in messages for address in re.findall(r"^To: .*?([\w.]+@[\w.]+)", text, re.MULTILINE)
        )

    def log(self) -> list[str]:
        """What was committed on the remote's branch, the newest first."""
        return self.git("log", "--format=%s", "main").splitlines()

    def git(self, *argv: str) -> str:
        """What git says of the remote."""
        run = ["git", *argv]
        environment = {**os.environ, **QUIET, **PERSON}
        done = subprocess.run(run, cwd=self.forge.remote, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    def edit(self, name: str, text: str) -> None:
        """Commit a change as a person does, and push it."""
        clone = self.forge.remote.parent / "clone"
        self.git("clone", "--quiet", str(self.forge.remote), str(clone))
        (clone / name).write_text(text, encoding="utf-8")
        self.git("-C", str(clone), "commit", "--quiet", "--all", "--message", "Mend")
        self.git("-C", str(clone), "push", "--quiet")
        shutil.rmtree(clone)


@pytest.fixture
def desk(make_forge: Callable[..., Forge], postgresql_url: str, tmp_path: Path) -> Desk:
    """A publication with one confirmed reader in PostgreSQL, and an issue that is due since midnight."""
    day = dt.datetime.now(dt.UTC).date()
    issue = CONTENT["issues/2026-w14.md"].replace("date: 2026-04-03", f"date: {day}\nstatus: hidden")
    mail = tmp_path / "mail"
    forge = make_forge({"issues/2026-w14.md": issue}, SENDING.format(mail=mail, day=day))
    secrets = {"BRIEFING_DATABASE_URL": postgresql_url, "BRIEFING_SECRET": "a-secret-of-this-test-alone-" * 2}
    forge.secrets = {**secrets, "BRIEFING_PROOF_TO": "desk@example.org"}
    done = run(tmp_path / "publication", "subscribers", "add", "ada@example.org", "--confirmed", **secrets)
    assert done.returncode == 0, done.stderr
    return Desk(forge, mail)


@pytest.mark.slow
def test_an_issue_that_is_due_is_proofed_approved_sent_and_published(desk: Desk, host: Host) -> None:
    proofed = desk.forge.run("release")
    assert list(proofed) == ["proof"]
    assert proofed["proof"].outputs == {"is-due": "true"}, proofed["proof"].said
    assert desk.mailed() == {"desk@example.org": 1}
    assert desk.log() == ["Record of an issue", "Begin"]
    # Changed after it: who starts the sending by hand gets another proof.
    desk.edit(ISSUE, desk.git("show", f"main:{ISSUE}").replace("Good morning.", "Good evening."))
    changed = desk.forge.run("release", approves=True, inputs={"send": "true"})
    assert [(name, job.code) for name, job in changed.items()] == [("send", 1)]
    assert desk.mailed() == {"desk@example.org": 2}
    sent = desk.forge.run("release", approves=True)
    assert [(name, job.code) for name, job in sent.items()] == [("proof", 0), ("send", 0)], sent
    assert desk.mailed() == {"desk@example.org": 2, "ada@example.org": 1}
    assert desk.log() == ["Record of an issue", "Record of an issue", "Mend", "Record of an issue", "Begin"]
    assert "status: published" in desk.git("show", f"main:{ISSUE}")
    assert b"The first issue" in host.answer("/")[2]
    over = desk.forge.run("release", approves=True)
    assert over["proof"].outputs == {}, over["proof"].said
    assert "send" not in over
    assert sum(desk.mailed().values()) == 3


@pytest.mark.parametrize("workflow", ["publish", "inbox", "release"])
def test_what_is_not_switched_on_does_not_run(forge: Forge, workflow: str) -> None:
    forge.variables = {}
    assert forge.run(workflow) == {}
    assert forge.checkouts == 0


@pytest.mark.parametrize(
    ("words", "is_due", "ticked", "sends"),
    [
        ("release send", "true", "", True),
        ("release send", "", "", False),
        ("release", "true", "", False),  # nobody is asked there: only a person's own start sends
        ("release", "", "false", False),
        ("", "", "true", True),
        ("publish", "true", "false", False),
    ],
)
def test_what_sends(words: str, is_due: str, ticked: str, *, sends: bool) -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))["jobs"]
    known = {"vars.BRIEFING_AUTOMATION": words, "needs.proof.outputs.is-due": is_due}
    known["github.event.inputs.send"] = ticked
    assert holds(release["send"]["if"], known) is sends
    assert holds(release["proof"]["if"], known) is ("release" in words and ticked != "true")


def _with(prepare: Callable[[Path], None], name: str, text: str | None) -> Callable[[Path], None]:
    """The same checkout, with a file changed: settings are appended to, all else is replaced, or gone (None)."""

    def change(work: Path) -> None:
        prepare(work)
        file = work / name
        if text is None:
            file.unlink()
        else:
            file.write_text((file.read_text(encoding="utf-8") if file.suffix == ".py" else "") + text, encoding="utf-8")

    return change
