"""Markdown for Pelican: safe HTML and metadata, for every plugin that lets Pelican read a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

from pelican.readers import BaseReader

from briefing.content import frontmatter, markdown
from briefing.errors import ProblemsFoundError, errors_of


class StoryReader(BaseReader):
    """Reads a Markdown file with front matter."""

    enabled = True
    file_extensions: ClassVar[list[str]] = ["md"]

    def read(self, source_path: str) -> tuple[str, dict[str, Any]]:
        """Return safe HTML and metadata. Raises ProblemsFoundError if front matter or Markdown is not valid."""
        name = os.path.basename(source_path)  # noqa: PTH119 - Pelican passes strings
        document, problems = frontmatter.read(Path(source_path).read_bytes(), source_path)
        if document is None or errors_of(problems):
            raise ProblemsFoundError(problems)
        body, found = markdown.render(markdown.Text(document.markdown, source_path, name, document.markdown_line))
        if errors_of(found):
            raise ProblemsFoundError(found)
        metadata = {
            key: self.process_metadata(key, value) for key, value in document.values.items() if isinstance(value, str)
        }
        return markdown.on_site(body.html, ""), metadata
