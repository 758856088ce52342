"""The workflows really run: each job in a new checkout, on a runner that forgets, by the steps that the files name."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.automation.runner import ROOT, Forge, holds
from tests.publish.site_host import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

ALL = "publish release send inbox"
EVENT = '{"event": "delivered", "message_id": "<of-another@example.org>", "at": "2026-04-03T07:00:00Z"}\n'
ISSUE = "content/issues/2026-w14.md"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Serves what is published, at the site's address."""
    host = Host(tmp_path / "www" / "current")
    yield host
    host.close()


@pytest.fixture
def forge(
    publication: MakePublication,
    installed: Callable[[Path], None],
    tool: Callable[[str], str],
    host: Host,
    tmp_path: Path,
) -> Forge:
    """A publication in a remote repository, with everything switched on and no secret."""
    told = f'{{"target": "file:{tmp_path}/www", "wait_seconds": 5}}'
    root = publication({}, f'SITEURL = "{host.url}"\nBRIEFING["publish"] = {told}\n')
    for name in (".gitignore", ".github", "tasks.py", "requirements.txt"):
        copy: Callable[[Path, Path], object] = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    person = {f"GIT_{role}_{part}": "ada@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    for line in ("init -q -b main", "add -A", "commit -qm Begin", "clone -q --bare . ../remote.git"):
        subprocess.run([tool("git"), *line.split()], cwd=root, env={**os.environ, **quiet, **person}, check=True)
    return Forge(tmp_path / "remote.git", installed, variables={"BRIEFING_AUTOMATION": ALL})


def test_a_push_puts_the_site_on_its_host(forge: Forge, tmp_path: Path) -> None:
    # SpamAssassin, where there is one, minds a port in the digest's links, as a site on this machine has it.
    forge.prepare = _with(forge.prepare, ISSUE, None)
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
    assert "taken in" in taken.said


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
