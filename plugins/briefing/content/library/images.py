"""The size of a picture under content/, or what is wrong with it."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from briefing.errors import InvalidValueError

if TYPE_CHECKING:
    from pathlib import Path

_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "AVIF")
_SVG_BOX = re.compile(
    rb"<svg\b[^>]*?\bviewBox\s*=\s*[\"']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Pictures:
    """Measures pictures, each once. files: those under `content` that the tree walk found."""

    content: Path
    files: frozenset[str]
    allow_svg: bool
    _known: dict[str, tuple[int, int] | InvalidValueError] = field(default_factory=dict)

    def size(self, file: str) -> tuple[int, int]:
        """Width and height in pixels. Raises InvalidValueError."""
        if file not in self._known:
            try:
                self._known[file] = self._measured(file)
            except InvalidValueError as error:
                self._known[file] = error
        known = self._known[file]
        if isinstance(known, InvalidValueError):
            raise InvalidValueError(known.what, known.hint)
        return known

    def _measured(self, file: str) -> tuple[int, int]:
        if not file.startswith(("images/", "static/")):
            what = f"`{file}` is not under images/"
            raise InvalidValueError(what, "move the image to content/images/")
        if file not in self.files:
            near = next((name for name in self.files if name.casefold() == file.casefold()), None)
            hint = f"did you mean `{near}`?" if near else "add the picture, or correct the path"
            if unquote(file) in self.files:
                hint = f"write `{unquote(file)}`; `check --fix` does it for you"
            what = f"there is no file content/{file}"
            raise InvalidValueError(what, hint)
        path = self.content / file
        return self._svg(path, file) if file.lower().endswith(".svg") else _raster(path, file)

    def _svg(self, path: Path, file: str) -> tuple[int, int]:
        if not self.allow_svg:
            what = f"`{file}` is an SVG file"
            raise InvalidValueError(what, "use PNG, JPEG or WebP, or set `allow_svg` in BRIEFING")
        with path.open("rb") as stream:
            match = _SVG_BOX.search(stream.read(65536))
        if match is None:
            what = f"`{file}` has no viewBox"
            raise InvalidValueError(what, "add a viewBox to its <svg>")
        return max(1, round(float(match[1]))), max(1, round(float(match[2])))


def _raster(path: Path, file: str) -> tuple[int, int]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - slow to import, needed only if there are pictures

    if os.path.getsize(path) == 0:  # noqa: PTH202
        what = f"`{file}` is empty"
        raise InvalidValueError(what, "replace it with a picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as picture:
                size = picture.size
                picture.verify()
    except UnidentifiedImageError as error:
        what = f"`{file}` is not an image that this program can read"
        raise InvalidValueError(what, "use PNG, JPEG, WebP, GIF or AVIF") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        what = f"`{file}` has too many pixels"
        raise InvalidValueError(what, "scale it down") from error
    except (OSError, SyntaxError, ValueError) as error:
        what = f"`{file}` is damaged ({error})"
        raise InvalidValueError(what, "save it again") from error
    return size
