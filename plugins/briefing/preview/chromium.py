"""Take a screenshot with Chromium's command line, without a window and without network access."""

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
_TIMEOUT: Final = 60  # seconds
MIN_WIDTH: Final = 500
"""Pixels. A narrower window shows a page of this width, cut off."""


def find_chromium() -> str:
    """Return the program's path. Raises BriefingError if Chromium is not installed."""
    found = next(filter(None, map(shutil.which, (*_NAMES, *_MAC))), None)
    if found is None:
        msg = (
            "screenshots need Chromium, which is not installed: install it (Debian and Ubuntu: apt install chromium; "
            "macOS: brew install --cask chromium), then run this again"
        )
        raise BriefingError(msg)
    return found


def take_screenshot(program: str, url: str, width: int, height: int, to: Path) -> None:
    """Write a PNG of the top of a page, in CSS pixels. The bottom 150 rows may be empty, because of the window's frame.

    Raises BriefingError if the browser fails.
    """
    # Chromium's sandbox does not work for root, as in a container.
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="briefing-", ignore_cleanup_errors=True) as folder:
        image = Path(folder) / "page.png"
        command = [program, *_FLAGS, *as_root, f"--user-data-dir={folder}/profile", f"--screenshot={image}"]
        try:
            done = subprocess.run(
                [*command, f"--window-size={width},{height}", url],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            msg = f"{program} could not take a screenshot of {url}: {error}; check that it runs, then try again"
            raise BriefingError(msg) from error
        if not image.is_file():
            lines = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            msg = f"{program} could not take a screenshot of {url}: {lines[0]}; check that it runs, then try again"
            raise BriefingError(msg)
        shutil.copyfile(image, to)
