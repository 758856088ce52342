"""What a picture under content/ measures, or why it is none."""

from __future__ import annotations

import os
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

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
    _known: dict[str, tuple[int, int] | str] = field(default_factory=dict)

    def size(self, file: str) -> tuple[int, int]:
        """Width and height in pixels. Raises ValueError with what is wrong; what to do."""
        if file not in self._known:
            self._known[file] = self._measured(file)
        known = self._known[file]
        if isinstance(known, str):
            raise ValueError(known)  # noqa: TRY004 - the text says what is wrong
        return known

    def _measured(self, file: str) -> tuple[int, int] | str:
        if not file.startswith(("images/", "static/")):
            return f"`{file}` does not lie in images/; move the picture to content/images/"
        if file not in self.files:
            near = next((name for name in self.files if name.casefold() == file.casefold()), None)
            hint = f"did you mean `{near}`?" if near else "put the picture there"
            if unquote(file) in self.files:
                hint = f"write `{unquote(file)}`; `check --fix` does"
            return f"there is no content/{file}; {hint}"
        path = self.content / file
        if file.lower().endswith(".svg"):
            return self._svg(path, file)
        return _raster(path, file)

    def _svg(self, path: Path, file: str) -> tuple[int, int] | str:
        if not self.allow_svg:
            return f"`{file}` is SVG; use PNG, JPEG or WebP, or set `allow_svg` in BRIEFING"
        with path.open("rb") as stream:
            match = _SVG_BOX.search(stream.read(65536))
        if match is None:
            return f"`{file}` has no viewBox; write one on its <svg>"
        return max(1, round(float(match[1]))), max(1, round(float(match[2])))


def _raster(path: Path, file: str) -> tuple[int, int] | str:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - slow to import, needed only where there are pictures

    if os.path.getsize(path) == 0:  # noqa: PTH202
        return f"`{file}` is empty; put the picture there"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=_FORMATS) as picture:
                size = picture.size
                picture.verify()
    except UnidentifiedImageError:
        return f"`{file}` is not a picture; use PNG, JPEG, WebP, GIF or AVIF"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return f"`{file}` is too large a picture; make it smaller"
    except (OSError, SyntaxError, ValueError) as error:
        return f"`{file}` is a broken picture ({error}); save it again"
    return size
