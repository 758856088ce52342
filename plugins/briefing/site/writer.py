"""Pelican's writer, with every file held back until the flush."""

from __future__ import annotations

import io
import os
from typing import Any

from pelican.writers import Writer

from briefing.site.edition import KEY, Edition


class DeferredWriter(Writer):
    """What other plugins write through Pelican joins the edition: a failed build still changes nothing."""

    def __init__(self, output_path: str, settings: dict[str, Any]) -> None:
        """Take the run's edition from Pelican's settings."""
        super().__init__(output_path, settings=settings)
        self._edition: Edition = settings[KEY]

    def _open_w(self, filename: str, encoding: str, override: bool = False) -> io.TextIOBase:  # noqa: FBT001, FBT002 - Pelican's signature
        del override
        return _Held(self._edition, os.path.relpath(filename, self.output_path).replace(os.sep, "/"), encoding)


class _Held(io.StringIO):
    """A text file that, once closed, is part of the site to be."""

    def __init__(self, edition: Edition, file: str, encoding: str) -> None:
        super().__init__()
        self._edition, self._file, self._encoding = edition, file, encoding

    def close(self) -> None:
        if not self.closed:
            self._edition.site.put(self._file, self.getvalue().encode(self._encoding))
        super().close()
