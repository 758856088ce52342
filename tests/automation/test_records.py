"""The scripts beside the workflows, by a real git: what a release wrote reaches the branch, whoever pushed meanwhile."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = ROOT / ".github"
PROOF, SENT = "content/issues/2026-w14.proof.json", "content/issues/2026-w14.sent.json"


@pytest.fixture
def git(tool: Callable[[str], str], tmp_path: Path) -> Callable[..., str]:
    """`git(folder, ...)`: what it says. No setting of this machine's user is read, and nobody is asked."""
    program = tool("git")
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    person = {f"GIT_{role}_{part}": "ada@example.org" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}

    def run(folder: Path, *argv: str) -> str:
        environment = {**os.environ, **quiet, **person}
        done = subprocess.run([program, *argv], cwd=folder, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    run(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    return run


@pytest.fixture
def desk(git: Callable[..., str], tmp_path: Path) -> Path:
    """A person's clone, with the scripts and an issue, pushed."""
    git(tmp_path, "clone", "--quiet", "remote.git", "desk")
    folder = tmp_path / "desk"
    (folder / "content" / "issues").mkdir(parents=True)
    (folder / "content" / "issues" / "2026-w14.md").write_text("status: hidden\n", encoding="utf-8")
    (folder / ".github").mkdir()
    script = folder / ".github" / "keep-records"
    script.write_bytes((SCRIPTS / "keep-records").read_bytes())
    script.chmod(0o755)
    commit(git, folder, "The issue")
    return folder


@pytest.fixture
def runner(git: Callable[..., str], desk: Path, tmp_path: Path) -> Path:
    """A runner's checkout: the newest commit alone, as the forge's action makes it."""
    assert desk.exists()
    url = (tmp_path / "remote.git").as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=main", url, "runner")
    return tmp_path / "runner"


def commit(git: Callable[..., str], folder: Path, message: str) -> None:
    """Commit all of a clone and push it."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)
    git(folder, "push", "--quiet", "origin", "HEAD:main")


def keep(runner: Path, message: str = "Proof of an issue") -> subprocess.CompletedProcess[str]:
    """The script, as the workflow's step runs it."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    script = [str(runner / ".github" / "keep-records"), message]
    return subprocess.run(script, cwd=runner.parent, env=environment, capture_output=True, text=True, check=False)


def test_records_and_the_issue_reach_the_branch_and_nothing_else_does(
    git: Callable[..., str], desk: Path, runner: Path
) -> None:
    (runner / SENT).write_text("{}\n", encoding="utf-8")
    (runner / "content" / "issues" / "2026-w14.md").write_text("status: published\n", encoding="utf-8")
    (runner / "output").mkdir()
    (runner / "output" / "index.html").write_text("x", encoding="utf-8")
    done = keep(runner, "Sent an issue")
    assert done.returncode == 0, done.stderr
    git(desk, "pull", "--quiet", "origin", "main")
    assert git(desk, "log", "-1", "--format=%s|%an").strip() == "Sent an issue|github-actions[bot]"
    changed = git(desk, "show", "--name-only", "--format=", "HEAD").split()
    assert changed == ["content/issues/2026-w14.md", SENT]


def test_where_nothing_was_written_nothing_is_committed(git: Callable[..., str], runner: Path, tmp_path: Path) -> None:
    before = git(tmp_path / "remote.git", "rev-parse", "main")
    assert keep(runner).returncode == 0
    assert git(tmp_path / "remote.git", "rev-parse", "main") == before


def test_what_others_pushed_meanwhile_stays(git: Callable[..., str], desk: Path, runner: Path, tmp_path: Path) -> None:
    for number in range(2):
        (desk / f"story-{number}.md").write_text("x", encoding="utf-8")
        commit(git, desk, f"A story {number}")
    (runner / PROOF).write_text("{}\n", encoding="utf-8")
    done = keep(runner)
    assert done.returncode == 0, done.stderr
    files = git(tmp_path / "remote.git", "ls-tree", "-r", "--name-only", "main").split()
    assert {PROOF, "story-0.md", "story-1.md"} <= set(files)
    assert len(git(tmp_path / "remote.git", "log", "--format=%s", "main").splitlines()) == 4


def test_a_record_that_cannot_be_pushed_fails_the_job(git: Callable[..., str], desk: Path, runner: Path) -> None:
    (desk / PROOF).write_text("another machine's\n", encoding="utf-8")
    commit(git, desk, "Another proof")
    (runner / PROOF).write_text("this machine's\n", encoding="utf-8")
    done = keep(runner)
    assert done.returncode == 1
    assert "error: the records could not be pushed to main" in done.stderr
    git(desk, "pull", "--quiet", "origin", "main")
    assert (desk / PROOF).read_text(encoding="utf-8") == "another machine's\n"


def trust(home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The other script, with a home of its own."""
    given = {"PATH": os.environ["PATH"], "HOME": str(home), **environment}
    return subprocess.run([SCRIPTS / "trust-host"], env=given, capture_output=True, text=True, check=False)


def test_without_a_key_no_host_is_trusted(tmp_path: Path) -> None:
    assert trust(tmp_path, BRIEFING_SSH_KEY="", BRIEFING_SSH_KNOWN_HOSTS="").returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_key_without_hosts_is_refused(tmp_path: Path) -> None:
    done = trust(tmp_path, BRIEFING_SSH_KEY="a key", BRIEFING_SSH_KNOWN_HOSTS="")
    assert done.returncode == 1
    assert "BRIEFING_SSH_KNOWN_HOSTS is not" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_where_ssh_looks_and_its_owners_alone(tool: Callable[[str], str], tmp_path: Path) -> None:
    keygen = tool("ssh-keygen")
    made = tmp_path / "key"
    subprocess.run([keygen, "-q", "-t", "ecdsa", "-N", "", "-f", str(made)], check=True)
    home = tmp_path / "home"
    home.mkdir()
    text = made.read_text(encoding="utf-8").rstrip("\n")  # as a form of the forge may leave it
    assert trust(home, BRIEFING_SSH_KEY=text, BRIEFING_SSH_KNOWN_HOSTS="host.example ssh-ed25519 AAAA").returncode == 0
    file = home / ".ssh" / "id_ed25519"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    public = subprocess.run([keygen, "-y", "-f", str(file)], capture_output=True, text=True, check=True).stdout
    assert public.split()[:2] == made.with_suffix(".pub").read_text(encoding="utf-8").split()[:2]
    assert (home / ".ssh" / "known_hosts").read_text(encoding="utf-8") == "host.example ssh-ed25519 AAAA\n"
