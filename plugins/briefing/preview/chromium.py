"""Chromium from its own command line: a picture of a page, without a window and without reaching another machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from briefing.errors import BriefingError

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MAC: Final = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_FLAGS: Final = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_SECONDS: Final = 60
LEAST_WIDTH: Final = 500
"""Pixels; a narrower window shows a page of this width, cut."""


def find_chromium() -> str:
    """The program's path. Raises BriefingError where there is none."""
    found = next(filter(None, map(shutil.which, (*_NAMES, *_MAC))), None)
    if found is None:
        msg = (
            "pictures are taken with Chromium, which is not installed: install it (Debian and Ubuntu: apt install "
            "chromium; macOS: brew install --cask chromium), then run this again"
        )
        raise BriefingError(msg)
    return found


def photograph(program: str, url: str, width: int, height: int, to: Path) -> None:
    """Write a PNG of the page's top, in CSS pixels. The lowest 150 rows may be empty: the window's frame took them.

    Raises BriefingError where the browser makes none.
    """
    # Within a container, where people are root, its sandbox cannot be had.
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="briefing-", ignore_cleanup_errors=True) as folder:
        picture = Path(folder) / "picture.png"
        command = [program, *_FLAGS, *as_root, f"--user-data-dir={folder}/profile", f"--screenshot={picture}"]
        try:
            done = subprocess.run(
                [*command, f"--window-size={width},{height}", url],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            msg = f"{program} took no picture of {url}: {error}; see that it runs, then run this again"
            raise BriefingError(msg) from error
        if not picture.is_file():
            said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            msg = f"{program} took no picture of {url}: {said[0]}; see that it runs, then run this again"
            raise BriefingError(msg)
        shutil.copyfile(picture, to)
