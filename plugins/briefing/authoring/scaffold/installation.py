"""The sample gives way to a new publication: staged whole, then put in place; what is interrupted can be finished.

Everything new is first written to `.briefing/init/new/`, and `plan.json` beside it last. Until the plan is there,
nothing has changed. From then on each step may be repeated, so that an interrupted run is finished by the next.
Nothing is deleted: what gives way is moved to `.briefing/before-init/`.
"""

from __future__ import annotations

import fcntl
import json
import runpy
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.authoring.scaffold import texts
from briefing.authoring.scaffold.sample import require_sample, sample_files
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.errors import ProblemsFoundError, errors_of
from briefing.settings import FILE, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from briefing.authoring.scaffold.questions import InitAnswers

BEFORE: Final = ".briefing/before-init"
_STAGING: Final = ".briefing/init"


@dataclass(frozen=True, slots=True)
class Founding:
    """What gives way and what is written, as paths in the repository; a file in both is replaced."""

    removed: tuple[str, ...]
    written: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """What is removed (`-`), replaced (`~`) and added (`+`), in order."""
        new, old = set(self.written), set(self.removed)
        return [f"{'-' if name not in new else '~' if name in old else '+'} {name}" for name in sorted(new | old)]


def foresee(root: Path, answers: InitAnswers) -> Founding:
    """What `found` would do. Nothing is changed. Raises BriefingError as `require_sample` does."""
    require_sample(root)
    return _plan(root, texts.files(answers))


def found(root: Path, answers: InitAnswers) -> Founding:
    """Begin the publication in place of the sample.

    Raises BriefingError as `require_sample` does, and ProblemsFoundError where what it would begin with has an
    error; then nothing has changed.
    """
    with _locked(root):
        require_sample(root)
        files = texts.files(answers)
        plan = _plan(root, files)
        _stage(root, files, plan)
        return _put_in_place(root)


def finish(root: Path) -> Founding | None:
    """Go on with what was interrupted; None where nothing was."""
    if not (root / _STAGING / "plan.json").is_file():
        return None
    with _locked(root):
        return _put_in_place(root) if (root / _STAGING / "plan.json").is_file() else None


def _plan(root: Path, files: Mapping[str, bytes]) -> Founding:
    replaced = (name for name in files if (root / name).is_file())
    return Founding(tuple(sorted({*sample_files(root), *replaced})), tuple(files))


def _stage(root: Path, files: Mapping[str, bytes], plan: Founding) -> None:
    staging = root / _STAGING
    shutil.rmtree(staging, ignore_errors=True)  # what was interrupted before it had a plan
    new = staging / "new"
    for name, data in files.items():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        (new / name).write_bytes(data)
    settings = resolve(new, {**runpy.run_path(str(new / FILE)), "THEME": str(root / "theme")})
    if errors := errors_of(find_problems(read_library(settings))):
        shutil.rmtree(staging)
        raise ProblemsFoundError(errors)
    (staging / "plan.new").write_text(json.dumps({"removed": plan.removed, "written": plan.written}), encoding="utf-8")
    (staging / "plan.new").replace(staging / "plan.json")


def _put_in_place(root: Path) -> Founding:
    staging = root / _STAGING
    plan = Founding(**{key: tuple(names) for key, names in json.loads((staging / "plan.json").read_text()).items()})
    for name in plan.removed:
        old, kept = root / name, root / BEFORE / name
        if not old.is_file():
            continue
        kept.parent.mkdir(parents=True, exist_ok=True)
        if name not in plan.written:
            old.replace(kept)
        elif (staging / "new" / name).is_file():
            shutil.copy2(old, kept)
    for name in plan.written:
        if (staging / "new" / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (staging / "new" / name).replace(root / name)
    _remove_empty_folders(root / "content")
    (staging / "plan.json").unlink()
    shutil.rmtree(staging)
    return plan


def _remove_empty_folders(folder: Path) -> None:
    for below in sorted((path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink()), reverse=True):
        if not any(below.iterdir()):
            below.rmdir()


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Hold the repository against another `init`; waits for it."""
    private = root / ".briefing"
    private.mkdir(mode=0o700, exist_ok=True)
    with (private / "init.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
