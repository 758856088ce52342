"""Pictures of a digest's variants and of the site's home page, small enough for a page of documentation."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image

from briefing.preview.chromium import LEAST_WIDTH, photograph
from briefing.preview.digest_pages import FRAMED, address

if TYPE_CHECKING:
    from collections.abc import Iterator

_TALLEST: Final = 1600
_FRAME: Final = 200  # rows more than are kept: the lowest of a window are not the page's
_MARGIN: Final = 24
_HEAVIEST: Final = 200_000  # octets
_COLOURS: Final = (256, 128, 64, 32, 16)


@dataclass(frozen=True, slots=True)
class Picture:
    """A file's name, and the page that it shows at this width in pixels."""

    file: str
    url: str
    width: int


def pictures_of(host: str, issue: str) -> tuple[Picture, ...]:
    """What is to be taken from a preview at this address."""
    digest = f"{host}{address(issue)}"
    return (
        Picture("site.png", f"{host}/", 1200),
        Picture("email-light.png", f"{digest}light.html", 680),
        Picture("email-dark.png", f"{digest}dark.html", 680),
        Picture("email-320.png", f"{digest}{FRAMED}", 320),
        Picture("email-images-off.png", f"{digest}images-off.html", 680),
    )


def take_pictures(program: str, pictures: tuple[Picture, ...], into: Path) -> Iterator[Path]:
    """Take them one by one, and `email.png`, which shows light and dark beside each other; yields the files written."""
    into.mkdir(parents=True, exist_ok=True)
    taken = {}
    for picture in pictures:
        taken[picture.file] = _taken(program, picture)
        yield _written(taken[picture.file], into / picture.file)
    yield _written(beside_each_other(taken["email-light.png"], taken["email-dark.png"]), into / "email.png")


def trimmed(image: Image.Image) -> Image.Image:
    """The picture without the rows at its foot that show nothing but one colour, save for a margin."""
    width, height = image.size
    last = image.getpixel((0, height - 1))
    end = height
    while end and image.crop((0, end - 1, width, end)).getcolors(1) == [(width, last)]:
        end -= 1
    return image.crop((0, 0, width, min(height, end + _MARGIN)))


def beside_each_other(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both in one picture, as tall as the less tall one."""
    height = min(left.height, right.height)
    both = Image.new("RGB", (left.width + right.width, height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def reduced(image: Image.Image) -> bytes:
    """A PNG with a palette, of as many colours as let it be light enough."""
    content = b""
    for colours in _COLOURS:
        file = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        content = file.getvalue()
        if len(content) < _HEAVIEST:
            break
    return content


def _taken(program: str, picture: Picture) -> Image.Image:
    with tempfile.TemporaryDirectory(prefix="briefing-") as folder:
        file = Path(folder) / picture.file
        photograph(program, picture.url, max(picture.width, LEAST_WIDTH), _TALLEST + _FRAME, file)
        with Image.open(file) as image:
            return trimmed(image.convert("RGB").crop((0, 0, picture.width, _TALLEST)))


def _written(image: Image.Image, file: Path) -> Path:
    temporary = file.with_name(file.name + ".new")
    temporary.write_bytes(reduced(image))
    temporary.replace(file)
    return file
