"""Replace the sample with a new publication: stage it whole, then move it into place. An interruption can be resumed.

All new files are first written to `.briefing/init/new/`, and then `plan.json` beside them. Until the plan exists, nothing has
changed. After that every step can be repeated, so the next run finishes an interrupted one. Nothing is deleted: the files
that are replaced are moved to `.briefing/before-init/`.
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

BACKUP: Final = ".briefing/before-init"
_STAGING: Final = ".briefing/init"


@dataclass(frozen=True, slots=True)
class InitPlan:
    """The files to remove and to write, as paths in the repository. A file in both is replaced."""

    removed: tuple[str, ...]
    written: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        """The files that are removed (`-`), replaced (`~`) and added (`+`), in order."""
        new, old = set(self.written), set(self.removed)
        return [f"{'-' if name not in new else '~' if name in old else '+'} {name}" for name in sorted(new | old)]


def plan_init(root: Path, answers: InitAnswers) -> InitPlan:
    """Return what `initialize` would do, without doing it. Raises BriefingError as `require_sample` does."""
    require_sample(root)
    return _plan(root, texts.render_files(answers))


def initialize(root: Path, answers: InitAnswers) -> InitPlan:
    """Replace the sample with the new publication.

    Raises BriefingError as `require_sample` does, and ProblemsFoundError if the new publication would have an error. Then
    nothing has changed.
    """
    with _init_lock(root):
        require_sample(root)
        files = texts.render_files(answers)
        plan = _plan(root, files)
        _stage(root, files, plan)
        return _move_into_place(root)


def resume(root: Path) -> InitPlan | None:
    """Finish an interrupted run. Returns None if there is none."""
    if not (root / _STAGING / "plan.json").is_file():
        return None
    with _init_lock(root):
        return _move_into_place(root) if (root / _STAGING / "plan.json").is_file() else None


def _plan(root: Path, files: Mapping[str, bytes]) -> InitPlan:
    replaced = (name for name in files if (root / name).is_file())
    return InitPlan(tuple(sorted({*sample_files(root), *replaced})), tuple(files))


def _stage(root: Path, files: Mapping[str, bytes], plan: InitPlan) -> None:
    staging = root / _STAGING
    shutil.rmtree(staging, ignore_errors=True)  # of a run that was interrupted before it had a plan
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


def _move_into_place(root: Path) -> InitPlan:
    staging = root / _STAGING
    plan = InitPlan(**{key: tuple(names) for key, names in json.loads((staging / "plan.json").read_text()).items()})
    for name in plan.removed:
        old, backup = root / name, root / BACKUP / name
        if not old.is_file():
            continue
        backup.parent.mkdir(parents=True, exist_ok=True)
        if name not in plan.written:
            old.replace(backup)
        elif (staging / "new" / name).is_file():
            shutil.copy2(old, backup)
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
def _init_lock(root: Path) -> Iterator[None]:
    """Lock the repository. Waits for another `init`."""
    private = root / ".briefing"
    private.mkdir(mode=0o700, exist_ok=True)
    with (private / "init.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
