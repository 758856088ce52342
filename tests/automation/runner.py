"""A forge on this machine: it runs a workflow's jobs as GitHub's runner does, each in a new checkout of a real remote."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = re.compile(r"(?:github\.event\.inputs|needs|vars)(?:\.[\w-]+)+")
SECRET = re.compile(r"\$\{\{ secrets\.(\w+) \}\}")


@dataclass(frozen=True)
class Ran:
    """A job that ran: the code of the first step that failed, its outputs, and what all steps said."""

    code: int
    outputs: dict[str, str]
    said: str


@dataclass
class Forge:
    """`remote` holds the repository; `prepare` does for a checkout what the set-up would do from the network."""

    remote: Path
    prepare: Callable[[Path], None]
    secrets: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    checkouts: int = 0

    def run(self, workflow: str, *, approves: bool = False, inputs: Mapping[str, str] | None = None) -> dict[str, Ran]:
        """A run of a workflow: its jobs in order, those left out whose condition does not hold, or nobody approves."""
        text = (ROOT / ".github" / "workflows" / f"{workflow}.yml").read_text(encoding="utf-8")
        known = {f"vars.{name}": value for name, value in self.variables.items()}
        known |= {f"github.event.inputs.{name}": value for name, value in (inputs or {}).items()}
        ran: dict[str, Ran] = {}
        for name, job in yaml.safe_load(text)["jobs"].items():
            if holds(job.get("if", "true"), known) and (approves or "environment" not in job):
                ran[name] = self._job(job)
                if ran[name].code == 0:
                    known |= {f"needs.{name}.outputs.{key}": value for key, value in ran[name].outputs.items()}
        return ran

    def _job(self, job: dict[str, Any]) -> Ran:
        self.checkouts += 1
        place = self.remote.parent / f"job-{self.checkouts}"
        for name in ("temp", "home"):
            (place / name).mkdir(parents=True)
        code, said = 0, ""
        for step in job["steps"]:
            if code and step.get("if") != "always()":
                continue
            done = self._checkout(place) if "uses" in step else self._step(step, place)
            code, said = code or done.returncode, said + done.stdout
        lines = (place / "temp" / "output").read_text(encoding="utf-8") if (place / "temp" / "output").exists() else ""
        outputs = dict(line.split("=", 1) for line in lines.splitlines())
        return Ran(code, outputs, said)

    def _checkout(self, place: Path) -> subprocess.CompletedProcess[str]:
        clone = ["git", "clone", "--quiet", "--depth=1", "--branch=main", self.remote.as_uri(), str(place / "work")]
        done = _run(clone, place, {**_QUIET, "PATH": os.environ["PATH"]})
        self.prepare(place / "work")
        return done

    def _step(self, step: dict[str, Any], place: Path) -> subprocess.CompletedProcess[str]:
        strict = ["--noprofile", "--norc", "-eo", "pipefail"] if step.get("shell") == "bash" else ["-e"]
        own = {
            name: SECRET.sub(lambda found: self.secrets.get(found[1], ""), text)
            for name, text in step.get("env", {}).items()
        }
        runners = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(place / "temp" / "output"),
            "RUNNER_TEMP": str(place / "temp"),
            "HOME": str(place / "home"),
            "PATH": os.pathsep.join([str(Path(sys.prefix) / "bin"), os.environ["PATH"]]),
        }
        return _run(["bash", *strict, "-c", step["run"]], place / "work", {**_QUIET, **runners, **own})


def holds(condition: str, known: Mapping[str, str]) -> bool:
    """A job's condition, by the values that are known; what is not known is "", as on the forge."""
    text = NAME.sub(lambda found: repr(known.get(found[0], "")), condition.strip())
    text = text.replace("&&", " and ").replace("||", " or ").replace("!cancelled()", "True")
    functions = {"contains": lambda text, part: part in text, "true": True, "__builtins__": {}}
    return bool(eval(text, functions))  # noqa: S307 - a file of this repository


def _run(command: list[str], place: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=place,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=300,
    )


_QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
