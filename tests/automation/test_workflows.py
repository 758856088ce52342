"""The forge's workflows: valid, pinned, with no more rights than they need, and true to the commands and the docs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tests.test_docs import commands, row, section, wrong_runs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GUIDE = (ROOT / "docs" / "how-to" / "automate.md").read_text(encoding="utf-8")
PINNED = re.compile(r"[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*")
SECRET = re.compile(r"secrets\.([A-Z0-9_]+)")
WORD = re.compile(r"contains\(vars\.BRIEFING_AUTOMATION, '(\w+)'\)")
EVERY = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
LOOSE = """\
name: loose
on: pull_request_target
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.pull_request.title }}"
"""


def read(text: str) -> dict[str, Any]:
    """A workflow as YAML 1.2 reads it: `on` is a word and no truth value."""
    found = yaml.safe_load(text)
    assert isinstance(found, dict)
    return {"on" if key is True else key: value for key, value in found.items()}


def jobs(text: str) -> dict[str, dict[str, Any]]:
    """A workflow's jobs by name."""
    found: dict[str, dict[str, Any]] = read(text)["jobs"]
    return found


def steps(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step, and its job's name."""
    for name, job in jobs(text).items():
        for step in job["steps"]:
            yield name, step


def faults(text: str) -> list[str]:
    """What the house asks of a workflow beyond its form, and does not find."""
    workflow = read(text)
    found = [] if workflow.get("permissions") == {} else ["rights that no job asked for"]
    found += [] if workflow.get("concurrency", {}).get("group") else ["two at once"]
    found += ["pull_request_target"] if "pull_request_target" in str(workflow["on"]) else []
    found += [f"not pinned: {line}" for line in re.findall(r"uses: (.*)", text) if not PINNED.fullmatch(line)]
    for name, job in workflow["jobs"].items():
        found += [f"{name} sets no {key}" for key in ("permissions", "timeout-minutes") if key not in job]
    for name, step in steps(text):
        found += [f"{name} mixes text into a script"] if "${{" in str(step.get("run", "")) else []
        pushes = workflow["jobs"][name].get("permissions") == {"contents": "write"}
        if "checkout" in step.get("uses", "") and step.get("with", {}).get("persist-credentials") is not pushes:
            found.append(f"{name} keeps a token that it does not need, or has none")
    return found


def valid(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """What the published schema, which comes with the tool, says of files."""
    run = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    return subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)


def audited(*files: Path) -> subprocess.CompletedProcess[str]:
    """What zizmor, which knows how workflows are attacked, says of files; it asks nobody."""
    program = Path(sys.executable).parent / "zizmor"
    run = [str(program), "--offline", "--no-config", "--quiet", "--format", "plain", *map(str, files)]
    return subprocess.run(run, capture_output=True, text=True, check=False, timeout=60)


def documented() -> dict[str, set[str]]:
    """The secrets in the guide's table, and the workflows that it gives each to."""
    found: dict[str, set[str]] = {}
    for line in section(GUIDE, "Secrets").splitlines():
        cells = line.split("|")
        if line.startswith("| `"):
            found |= {name: set(re.findall(r"`(\w+)`", cells[2])) for name in re.findall(r"`(\w+)`", cells[1])}
    return found


def given() -> dict[str, set[str]]:
    """The secrets in the workflows, and which of them have each."""
    found: dict[str, set[str]] = {}
    for file in WORKFLOWS:
        for name in SECRET.findall(file.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(file.stem)
    return found


def test_there_is_a_workflow_for_each_part_of_the_week() -> None:
    assert [file.stem for file in WORKFLOWS] == ["check", "inbox", "publish", "release", "test"]
    assert re.findall(r"^\| `(\w+)` \| (?:a push|a pull|every)", GUIDE, re.MULTILINE) == [
        "check",
        "test",
        "publish",
        "release",
        "inbox",
    ]


def test_the_published_schema_accepts_every_workflow() -> None:
    done = valid("vendor.github-workflows", *WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_sees_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "x.yml"
    file.write_text(LOOSE.replace("runs-on", "run-on"), encoding="utf-8")
    assert valid("vendor.github-workflows", file).returncode == 1


def test_no_workflow_can_be_attacked_in_a_known_way() -> None:
    done = audited(*WORKFLOWS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_audit_sees_a_fault(tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "x.yml"
    file.parent.mkdir(parents=True)
    file.write_text(LOOSE, encoding="utf-8")
    done = audited(file)
    assert done.returncode != 0
    assert {"dangerous-triggers", "template-injection", "unpinned-uses"} <= set(
        re.findall(r"\[([a-z-]+)\]", done.stdout)
    )


@EVERY
def test_a_workflow_has_no_more_than_it_needs(file: Path) -> None:
    assert faults(file.read_text(encoding="utf-8")) == []


def test_a_loose_workflow_is_seen() -> None:
    assert faults(LOOSE) == [
        "rights that no job asked for",
        "two at once",
        "pull_request_target",
        "not pinned: actions/checkout@v4",
        "build sets no permissions",
        "build sets no timeout-minutes",
        "build keeps a token that it does not need, or has none",
        "build mixes text into a script",
    ]


@EVERY
def test_every_command_that_a_workflow_runs_exists(file: Path) -> None:
    text = re.sub(r" \|.*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    scripts = re.findall(r"run: (\.(?:github|ci)/\S+)", text)
    assert "python3 tasks.py" in text or scripts
    assert wrong_runs(text, commands()) == []
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)


@pytest.mark.parametrize(("name", "runs"), [("check", "check --annotate"), ("test", ".ci/run")])
def test_a_pull_request_meets_no_secret_and_every_problem_its_line(name: str, runs: str) -> None:
    text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text(encoding="utf-8")
    assert "pull_request" in read(text)["on"]
    assert "secrets." not in text
    assert runs in text


def test_the_suite_runs_on_the_oldest_python_that_is_promised_and_on_the_newest() -> None:
    job = jobs((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))["test"]
    images = [image.partition("@")[0] for image in job["strategy"]["matrix"]["image"]]
    assert images == ["debian:bookworm", "python:3.13-bookworm"]
    assert 'target-version = "py311"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")  # Debian 12's
    assert "on Debian's Python 3.11 and on Python 3.13" in GUIDE
    assert job["container"]["image"] == "${{ matrix.image }}"
    assert job["steps"][-1] == {"run": ".ci/run"}


def test_every_secret_is_in_the_docs_and_the_other_way_round() -> None:
    assert given() == documented()


def test_every_secret_is_what_the_program_reads() -> None:
    """But for those of ssh, git and PostgreSQL's own library, which workflows put where these look."""
    settings = (ROOT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    others = {"PGPASSWORD", "BRIEFING_SSH_KEY", "BRIEFING_SSH_KNOWN_HOSTS", "BRIEFING_DEPLOY_KEY"}
    assert {name for name in given() if f"`{name}`" not in settings} == others
    known = set(re.findall(r"`(BRIEFING_[A-Z0-9_]+)`", section(settings, "Environment")))
    # A backup or log would be gone with the runner, and ssh finds its key and hosts where the workflow puts them.
    assert known - set(given()) == {"BRIEFING_BACKUP_PASSPHRASE", "BRIEFING_LOG", "BRIEFING_SSH_COMMAND"}


def test_proof_and_send_are_given_the_same_and_only_send_waits_for_a_person() -> None:
    release = jobs((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    proof, send = (
        {name: step["env"] for step in job["steps"] if "env" in step for name in [step["run"]]}
        for job in release.values()
    )
    assert len({str(environment) for run, environment in [*proof.items(), *send.items()] if "release" in run}) == 1
    assert "environment" not in release["proof"]
    assert release["send"]["environment"] == "send"
    (sending,) = (run.splitlines() for run in send if "release" in run)
    # What was approved is sent, or the job fails: a proof mailed in its place would be a success by itself.
    assert sending[0].startswith("python3 tasks.py release --if-due --yes --until send")
    assert sending[1] == "python3 tasks.py release --if-due --yes"


def test_nothing_runs_by_itself_before_it_is_switched_on() -> None:
    for file in WORKFLOWS:
        text = file.read_text(encoding="utf-8")
        for name, job in jobs(text).items():
            if file.stem not in {"check", "test"}:
                word = name if name != "proof" else "release"
                assert WORD.findall(job["if"]) == [word], f"{file.stem}: {name}"
                assert f"`{word}`" in GUIDE or f" {word} " in GUIDE


def test_the_other_forges_file_is_valid_and_runs_what_exists(tmp_path: Path) -> None:
    match = re.search(r"^```yaml\n(default:.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert match
    file = tmp_path / "gitlab-ci.yml"
    file.write_text(match[1], encoding="utf-8")
    done = valid("vendor.gitlab-ci", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"python3 tasks\.py", match[1])) == 6
    assert wrong_runs(match[1], commands()) == []
    file.write_text(match[1].replace("script: python3", "scripts: python3"), encoding="utf-8")
    assert valid("vendor.gitlab-ci", file).returncode == 1


def test_the_table_of_secrets_is_read() -> None:
    assert documented()["BRIEFING_IMAP_PASSWORD"] == {"inbox"}
    assert row(GUIDE, "PGPASSWORD")
