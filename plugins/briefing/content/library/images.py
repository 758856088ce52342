"""What a picture under content/ measures, or why it is none."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from briefing.errors import Fault, InvalidValueError

if TYPE_CHECKING:
    from pathlib import Path

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
_SVG_BOX = re.compile(
    rb"<svg\b[^>]*?\bviewBox\s*=\s*[\"']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Measures pictures, each once; `files` are those that the tree walk found, which leaves out links to elsewhere."""

    content: Path
    files: frozenset[str]
    allow_svg: bool
    _known: dict[str, tuple[int, int] | Fault] = field(default_factory=dict)

    def size(self, file: str) -> tuple[int, int]:
        """Width and height in pixels. Raises InvalidValueError."""
        if file not in self._known:
            self._known[file] = self._measured(file)
        known = self._known[file]
        if isinstance(known, Fault):
            raise InvalidValueError(*known)
        return known

    def _measured(self, file: str) -> tuple[int, int] | Fault:
        if not file.startswith(("images/", "static/")):
            return Fault(f"`{file}` is not in images/", "move the image to content/images/")
        if file not in self.files:
            near = next((name for name in self.files if name.casefold() == file.casefold()), None)
            hint = f"did you mean `{near}`?" if near else "add the image"
            if unquote(file) in self.files:
                hint = f"write `{unquote(file)}`; `check --fix` does"
            return Fault(f"there is no content/{file}", hint)
        path = self.content / file
        if file.lower().endswith(".svg"):
            return self._svg(path, file)
        return _raster(path, file)

    def _svg(self, path: Path, file: str) -> tuple[int, int] | Fault:
        if not self.allow_svg:
            return Fault(f"`{file}` is SVG", "use PNG, JPEG or WebP, or set `allow_svg` in BRIEFING")
        with path.open("rb") as stream:
            match = _SVG_BOX.search(stream.read(65536))
        if match is None:
            return Fault(f"`{file}` has no viewBox", "write one on its <svg>")
        return max(1, round(float(match[1]))), max(1, round(float(match[2])))


def _raster(path: Path, file: str) -> tuple[int, int] | Fault:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - slow to import, needed only where there are pictures

    if os.path.getsize(path) == 0:  # noqa: PTH202
        return Fault(f"`{file}` is empty", "add the image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as picture:
                size = picture.size
                picture.verify()
    except UnidentifiedImageError:
        return Fault(f"`{file}` is not an image", "use PNG, JPEG, WebP, GIF or AVIF")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Fault(f"`{file}` is too large an image", "make it smaller")
    except (OSError, SyntaxError, ValueError) as error:
        return Fault(f"`{file}` is a damaged image ({error})", "save it again")
    return size
