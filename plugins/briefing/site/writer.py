"""Pelican's writer, which adds files to the edition instead of writing them."""

from __future__ import annotations

import io
import os
from typing import Any

from pelican.writers import Writer

from briefing.site.edition import EDITION, Edition


class DeferredWriter(Writer):
    """Adds the files of other plugins to the edition, so that a failed build changes nothing."""

    def __init__(self, output_path: str, settings: dict[str, Any]) -> None:
        """Take the edition from Pelican's settings."""
        super().__init__(output_path, settings=settings)
        self._edition: Edition = settings[EDITION]

    def _open_w(self, filename: str, encoding: str, override: bool = False) -> io.TextIOBase:  # noqa: FBT001, FBT002 - Pelican's signature
        del override
        return _EditionFile(self._edition, os.path.relpath(filename, self.output_path).replace(os.sep, "/"), encoding)


class _EditionFile(io.StringIO):
    """A text file that is added to the edition when it is closed."""

    def __init__(self, edition: Edition, file: str, encoding: str) -> None:
        super().__init__()
        self._edition, self._file, self._encoding = edition, file, encoding

    def close(self) -> None:
        if not self.closed:
            self._edition.site.add(self._file, self.getvalue().encode(self._encoding))
        super().close()
