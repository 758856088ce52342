"""The image for containers: sound, made of what it needs alone, and a program that its user cannot change.

No container is made here: the steps of the file are carried out in a folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.conftest import CONTENT, SETTINGS
from tests.test_docs import section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
CONTAINERFILE = ROOT / ".container" / "Containerfile"
USERS = ("output", "outbox", ".briefing", "content")  # what the image's user may write
OWN = [(name,) for name in USERS]


def instructions() -> list[tuple[str, str]]:
    """The file's instructions in order, each with its arguments on one line."""
    lines = [line for line in CONTAINERFILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (name, " ".join(rest.split()))
        for name, _, rest in (line.partition(" ") for line in joined.splitlines())
        if name
    ]


def of(name: str) -> list[str]:
    """The arguments of every instruction of that name."""
    return [rest for found, rest in instructions() if found == name]


def is_let_in(path: str) -> bool:
    """Whether `.dockerignore` lets a file into the build: the last line that fits decides."""
    let_in = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        parts = path.split("/")
        above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
        fits = any(fnmatch(part, pattern.removeprefix("**/")) for part in (parts if "**/" in pattern else above))
        if line and not line.startswith("#") and fits:
            let_in = line.startswith("!")
    return let_in


def judged(file: Path) -> subprocess.CompletedProcess[str]:
    """What hadolint, with its shell checks, says of a file."""
    program = Path(sys.executable).parent / "hadolint"
    return subprocess.run([program, "--no-color", file], capture_output=True, text=True, check=False, timeout=60)


def test_nothing_is_wrong_with_the_file() -> None:
    done = judged(CONTAINERFILE)
    assert done.returncode == 0, done.stdout


def test_a_fault_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "Containerfile"
    file.write_text("FROM python\nRUN cd x && echo $(ls\n", encoding="utf-8")
    assert judged(file).returncode == 1


def test_it_is_of_a_known_version_for_a_user_without_rights_and_runs_the_one_command_line() -> None:
    assert re.fullmatch(r"PYTHON=python:3\.1\d-slim-[a-z]+", of("ARG")[0])
    assert of("FROM") == ["${PYTHON}"]
    assert of("USER") == ["1000:1000"]
    assert of("VOLUME") == ['["/srv/briefing/.briefing"]']
    assert of("ENTRYPOINT") == ['["python3", "tasks.py"]']
    assert not [run for run in of("RUN") if "pip install" in run]  # the set-up installs, each file by its hash


def test_no_list_secret_or_history_gets_into_an_image() -> None:
    kept_out = [
        "briefing.env",
        ".env",
        ".git/config",
        ".briefing/secret",
        "output/x",
        "outbox/x/digest.eml",
        ".venv/bin/pip",
    ]
    kept_out += ["tests/conftest.py", "plugins/briefing/__pycache__/x.pyc", ".ssh/id_ed25519", "list.csv"]
    assert [path for path in kept_out if is_let_in(path)] == []
    needed = ["tasks.py", "requirements.txt", "pelicanconf.py", "plugins/briefing/errors.py", "theme/static/x.css"]
    assert all(is_let_in(path) for path in [*needed, "content/stories/2026/x.md", "content/mail/confirm.md"])
    copied = {name for rest in of("COPY") for name in rest.split()[:-1]}
    assert all(is_let_in(name) and (ROOT / name).exists() for name in copied)


@pytest.fixture
def image(tmp_path: Path, installed: Callable[[Path], None]) -> Iterator[Path]:
    """What the file's steps make of a small publication, the program without the right to be written."""
    root, context = tmp_path / "image", tmp_path / "context"
    root.mkdir()
    installed(root)  # in the place of the set-up, which tests/test_setup.py looks at
    publication(context)
    for rest in of("COPY"):
        *names, target = rest.split()
        for source in (context / name for name in names if name not in ("tasks.py", "requirements.txt")):
            copy: Callable[[Path, Path], object] = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, root / target)
    for run in of("RUN"):
        if "apt-get" not in run and "set_up" not in run:
            here = re.sub(r"-o briefing -g briefing |&& chown -R \S+ \S+", "", run)  # no such user on this machine
            subprocess.run(["/bin/sh", "-ec", here], cwd=root, check=True)
    program = [path for path in [root, *root.rglob("*")] if path.relative_to(root).parts[:1] not in OWN]
    modes = {path: path.stat().st_mode for path in program if not path.is_symlink()}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    yield root
    for path, mode in modes.items():
        path.chmod(mode)


def test_its_steps_make_a_folder_that_builds_though_its_user_cannot_change_the_program(
    image: Path, tool: Callable[[str], str]
) -> None:
    # Root without its rights is bound by those of files, as the image's user is.
    plain = [tool("setpriv"), "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def start(*argv: str) -> subprocess.CompletedProcess[str]:
        run = [*plain, *argv]
        return subprocess.run(run, cwd=image, env=environment, capture_output=True, text=True, check=False, timeout=120)

    assert start("/bin/sh", "-c", "echo >>tasks.py").returncode != 0
    for without in ("test", "bench"):
        refused = start(sys.executable, "tasks.py", without)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == "error: this copy of the program has no tests; run it in the repository\n"
    built = start(sys.executable, "tasks.py", "build")
    assert built.returncode == 0, built.stderr
    assert (image / "output" / "index.html").exists()
    added = start(sys.executable, "tasks.py", "subscribers", "add", "ada@example.org", "--confirmed")
    assert added.returncode == 0, added.stderr
    assert {file.name for file in (image / ".briefing").iterdir()} >= {"ledger.sqlite3", "secret"}
    assert (image / ".briefing").stat().st_mode & 0o777 == 0o700


def publication(root: Path) -> None:
    """A small publication with a real theme and the real program."""
    for name in ("theme", "plugins"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pelicanconf.py").write_text(SETTINGS, encoding="utf-8")
    for name, text in CONTENT.items():
        file = root / "content" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def test_the_docs_mount_the_folders_of_the_image() -> None:
    guide = (ROOT / "docs" / "how-to" / "run-in-a-container.md").read_text(encoding="utf-8")
    mounted = re.findall(r"-v \S+?:/srv/briefing/([\w.]+)", section(guide, "Build and release"))
    assert mounted == ["pelicanconf.py", "content", "output", "outbox", ".briefing"]
    assert {name for name in mounted if name != "pelicanconf.py"} == set(USERS)
