"""A folder as after its first run, without the half a minute that one takes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.delivery.postgresql import postgresql_server, postgresql_url

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["installed", "postgresql_server", "postgresql_url"]

REPOSITORY = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def installed() -> Callable[[Path], None]:
    """Give a folder tasks.py, requirements.txt and a `.venv` made of what these tests run by."""

    def install(root: Path) -> None:
        for name in ("tasks.py", "requirements.txt"):
            shutil.copy(REPOSITORY / name, root)
        venv = root / ".venv"
        venv.mkdir()
        for part in ("bin", "lib"):
            (venv / part).symlink_to(Path(sys.prefix) / part)
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", venv)
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        wanted = (root / "requirements.txt").read_text(encoding="utf-8")
        (venv / "set-up").write_text(f"{version}\n{wanted}", encoding="utf-8")

    return install
