"""Connect Pelican's signals to the steps of a build; `build` describes them."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pelican.plugins import signals

from briefing import settings as briefing_settings
from briefing.errors import BriefingError, ProblemsFoundError
from briefing.site import articles, build
from briefing.site.edition import EDITION, OPTIONS, ROOT, BuildOptions, Edition
from briefing.site.reader import StoryReader
from briefing.site.writer import DeferredWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pelican import Pelican
    from pelican.generators import ArticlesGenerator, PagesGenerator
    from pelican.readers import Readers

# Pelican's own generators would write or copy these. Our plan makes the same files.
_DISABLED: Final[dict[str, Any]] = {
    "ARTICLE_PATHS": [],
    "PAGE_PATHS": [],
    "STATIC_PATHS": [],
    "THEME_STATIC_PATHS": [],
    "DIRECT_TEMPLATES": [],
    "DELETE_OUTPUT_DIRECTORY": False,
    "LOAD_CONTENT_CACHE": False,
    "CACHE_CONTENT": False,
}


def connect() -> None:
    """Connect all signals. Pelican keeps weak references, so the receivers are functions of this module."""
    signals.initialized.connect(_read_content)  # an error stops the build before anything else runs
    signals.readers_init.connect(_add_reader)  # Markdown that other plugins read is sanitized too
    signals.article_generator_init.connect(_replace_articles)  # Articles and Pages come from the library
    signals.page_generator_init.connect(_replace_pages)
    signals.get_generators.connect(_site_generator)  # renders every page, feed and digest
    signals.get_writer.connect(_writer)  # files of other plugins are written with ours
    signals.finalized.connect(_check_and_write)  # everything is rendered


class SiteGenerator:
    """Renders the site. Pelican calls it after its own generators."""

    def __init__(self, settings: dict[str, Any], **_: object) -> None:
        """Take the edition from Pelican's settings."""
        self._edition: Edition = settings[EDITION]

    def generate_output(self, writer: object) -> None:
        """Render into the edition."""
        del writer
        with _plain_errors(self._edition.options):
            build.render(self._edition)


def _read_content(pelican: Pelican) -> None:
    values = pelican.settings
    options = values.get(OPTIONS)
    with _plain_errors(options):
        root = Path(values.get(ROOT) or _root(values))
        settings = briefing_settings.resolve(root, values)
        edition = build.read_content(settings, options or BuildOptions())
    values.update(_DISABLED)
    values[EDITION] = edition
    pelican.delete_outputdir = False


def _root(values: dict[str, Any]) -> str:
    """Return the folder of pelicanconf.py, which Pelican does not provide: the parent of content/, or the current folder."""
    parent = os.path.dirname(values["PATH"])  # noqa: PTH120
    return parent if os.path.isfile(os.path.join(parent, briefing_settings.FILE)) else os.getcwd()  # noqa: PTH109, PTH113, PTH118


def _add_reader(readers: Readers) -> None:
    for extension in StoryReader.file_extensions:
        readers.reader_classes[extension] = StoryReader


def _replace_articles(generator: ArticlesGenerator) -> None:
    articles.replace_articles(generator, generator.settings[EDITION])


def _replace_pages(generator: PagesGenerator) -> None:
    articles.replace_pages(generator, generator.settings[EDITION])


def _site_generator(pelican: Pelican) -> type[SiteGenerator]:
    del pelican
    return SiteGenerator


def _writer(pelican: Pelican) -> type[DeferredWriter]:
    del pelican
    return DeferredWriter


def _check_and_write(pelican: Pelican) -> None:
    edition: Edition = pelican.settings[EDITION]
    with _plain_errors(edition.options):
        build.check(edition)
        build.write(edition)


@contextmanager
def _plain_errors(options: BuildOptions | None) -> Iterator[None]:
    """Under a bare `pelican`, which has no options of ours, print an error without a traceback and exit."""
    try:
        yield
    except BriefingError as error:
        if options is not None:
            raise
        print(error if isinstance(error, ProblemsFoundError) else f"error: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from error
