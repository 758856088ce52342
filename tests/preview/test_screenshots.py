"""`pictures` with a real Chromium, and what it says without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from briefing.errors import BriefingError
from briefing.preview.chromium import take_screenshot
from briefing.preview.screenshots import compress, trim_bottom

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakePublication

WIDTHS = {
    "site.png": 1200,
    "email-light.png": 680,
    "email-dark.png": 680,
    "email-320.png": 320,
    "email-images-off.png": 680,
    "email.png": 1360,
}


def test_pictures_of_the_site_and_a_digest(
    publication: MakePublication, briefing: Callable[..., Any], tool: Callable[[str], str], tmp_path: Path
) -> None:
    tool("chromium")
    root = publication()
    into = tmp_path / "deep" / "pictures"
    done = briefing(root, "pictures", "--into", str(into))
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in into.iterdir()) == sorted(WIDTHS)
    corners = {}
    for name, width in WIDTHS.items():
        assert (into / name).stat().st_size < 200_000
        with Image.open(into / name) as image:
            assert (image.width, image.mode) == (width, "P")
            assert 300 < image.height <= 1600
            corners[name] = image.convert("RGB").getpixel((2, image.height // 2))
    assert corners["email-light.png"] == corners["email-320.png"] == (0xFB, 0xFA, 0xF7)
    assert corners["email-dark.png"] == (0x14, 0x16, 0x1C)
    assert not (root / "output").exists()
    assert not (root / "outbox").exists()
    again = briefing(root, "pictures", "2026-w15")
    assert (again.returncode, again.stderr) == (2, "error: there is no issue `2026-w15`: the issues are 2026-w14\n")


def test_without_chromium_it_says_what_to_install(publication: MakePublication, briefing: Callable[..., Any]) -> None:
    done = briefing(publication(), "pictures", PATH="")
    assert done.returncode == 1
    assert done.stderr.startswith("error: screenshots need Chromium, which is not installed: install it")


def test_a_browser_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        BriefingError,
        match=r"false could not take a screenshot of http://127.0.0.1:1/: exit code 1; check that it runs",
    ):
        take_screenshot("/bin/false", "http://127.0.0.1:1/", 680, 100, tmp_path / "x.png")


def test_what_is_empty_at_the_foot_goes() -> None:
    image = Image.new("RGB", (10, 200), "white")
    image.paste("red", (3, 40, 6, 50))
    assert trim_bottom(image).size == (10, 74)
    image.paste("red", (3, 190, 6, 200))
    assert trim_bottom(image).size == (10, 200)
    assert trim_bottom(Image.new("RGB", (10, 200), "white")).size == (10, 24)


def test_a_picture_is_made_light_enough() -> None:
    noise = Image.effect_noise((600, 600), 90).convert("RGB")
    assert len(compress(noise)) < 200_000
    assert len(compress(Image.new("RGB", (900, 900), "white"))) < 2000
