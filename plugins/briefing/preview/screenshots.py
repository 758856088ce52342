"""Screenshots of a digest's render modes and of the home page, small enough for documentation."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from briefing.preview.chromium import MIN_WIDTH, take_screenshot
from briefing.preview.digest_pages import NARROW_PAGE, digest_path

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_HEIGHT: Final = 1600  # pixels
_WINDOW_FRAME: Final = 200  # extra rows, because the bottom of a window is not part of the page
_MARGIN: Final = 24
_MAX_SIZE: Final = 200_000  # bytes
_COLOR_COUNTS: Final = (256, 128, 64, 32, 16)


@dataclass(frozen=True, slots=True)
class Screenshot:
    """The file name of a screenshot, and the page and the width in pixels that it shows."""

    file: str
    url: str
    width: int


def screenshots_of(host: str, issue: str) -> tuple[Screenshot, ...]:
    """Return the screenshots to take of a preview at this address."""
    digest = f"{host}{digest_path(issue)}"
    return (
        Screenshot("site.png", f"{host}/", 1200),
        Screenshot("email-light.png", f"{digest}light.html", 680),
        Screenshot("email-dark.png", f"{digest}dark.html", 680),
        Screenshot("email-320.png", f"{digest}{NARROW_PAGE}", 320),
        Screenshot("email-images-off.png", f"{digest}images-off.html", 680),
    )


def take_screenshots(program: str, screenshots: tuple[Screenshot, ...], into: Path) -> Iterator[Path]:
    """Take them one by one, and `email.png`, which shows light and dark side by side. Yields the files written."""
    into.mkdir(parents=True, exist_ok=True)
    images = {}
    for screenshot in screenshots:
        images[screenshot.file] = _take(program, screenshot)
        yield _write(images[screenshot.file], into / screenshot.file)
    yield _write(place_side_by_side(images["email-light.png"], images["email-dark.png"]), into / "email.png")


def trim_bottom(image: Image.Image) -> Image.Image:
    """Return the image without the rows of a single color at its bottom, except for a margin."""
    width, height = image.size
    last = image.getpixel((0, height - 1))
    end = height
    while end and image.crop((0, end - 1, width, end)).getcolors(1) == [(width, last)]:
        end -= 1
    return image.crop((0, 0, width, min(height, end + _MARGIN)))


def place_side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Return both in one image, with the height of the shorter one."""
    height = min(left.height, right.height)
    both = Image.new("RGB", (left.width + right.width, height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def compress(image: Image.Image) -> bytes:
    """Return a PNG with a palette of as many colors as its maximum size allows."""
    content = b""
    for colors in _COLOR_COUNTS:
        file = io.BytesIO()
        image.quantize(colors, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        content = file.getvalue()
        if len(content) < _MAX_SIZE:
            break
    return content


def _take(program: str, screenshot: Screenshot) -> Image.Image:
    with tempfile.TemporaryDirectory(prefix="briefing-") as folder:
        file = Path(folder) / screenshot.file
        width = max(screenshot.width, MIN_WIDTH)
        take_screenshot(program, screenshot.url, width, _MAX_HEIGHT + _WINDOW_FRAME, file)
        with Image.open(file) as image:
            return trim_bottom(image.convert("RGB").crop((0, 0, screenshot.width, _MAX_HEIGHT)))


def _write(image: Image.Image, file: Path) -> Path:
    temporary = file.with_name(file.name + ".new")
    temporary.write_bytes(compress(image))
    temporary.replace(file)
    return file
