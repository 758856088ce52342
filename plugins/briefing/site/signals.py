"""Which of Pelican's signals call what, and why."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pelican.plugins import signals

from briefing import settings as briefing_settings
from briefing.errors import BriefingError, ProblemsFoundError, errors_of
from briefing.site import articles
from briefing.site.edition import KEY, BuildOptions, Edition, flush, open_edition, render_all
from briefing.site.reader import StoryReader
from briefing.site.writer import DeferredWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pelican import Pelican
    from pelican.generators import ArticlesGenerator, PagesGenerator
    from pelican.readers import Readers

OPTIONS: Final = "BRIEFING_BUILD"
ROOT: Final = "BRIEFING_ROOT"

# What stock generators would write or copy: our plan makes these files, from the same content.
_SILENCED: Final[dict[str, Any]] = {
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
    """Connect everything; Pelican keeps weak references, so these are module-level functions."""
    signals.initialized.connect(_read_content)  # problems must stop the run before anything else
    signals.readers_init.connect(_add_reader)  # Markdown that other plugins read is sanitised too
    signals.article_generator_init.connect(_take_over_articles)  # Articles and Pages come from the Library
    signals.page_generator_init.connect(_take_over_pages)
    signals.get_generators.connect(_generators)  # every page, feed and digest
    signals.get_writer.connect(_writer)  # other plugins' files wait for the flush as well
    signals.finalized.connect(_flush)  # all is rendered: now write


class SiteGenerator:
    """Renders every artifact of the plan; Pelican calls it after its own generators."""

    def __init__(self, settings: dict[str, Any], **_: object) -> None:
        """Take the run's edition from Pelican's settings."""
        self._edition: Edition = settings[KEY]

    def generate_output(self, writer: object) -> None:
        """Render all pages, feeds and digests into the edition, which the flush writes."""
        del writer
        with _said(self._edition.options):
            render_all(self._edition)


def _read_content(pelican: Pelican) -> None:
    values = pelican.settings
    options = values.get(OPTIONS)
    with _said(options):
        root = Path(values.get(ROOT) or _root(values))
        settings = briefing_settings.resolve(root, values)
        edition = open_edition(settings, options or BuildOptions())
    values.update(_SILENCED)
    values[KEY] = edition
    pelican.delete_outputdir = False


def _root(values: dict[str, Any]) -> str:
    """The folder of pelicanconf.py, which Pelican does not say: the one above content/, or where we are."""
    above = os.path.dirname(values["PATH"])  # noqa: PTH120
    return above if os.path.isfile(os.path.join(above, briefing_settings.FILE)) else os.getcwd()  # noqa: PTH109, PTH113, PTH118


def _add_reader(readers: Readers) -> None:
    for extension in StoryReader.file_extensions:
        readers.reader_classes[extension] = StoryReader


def _take_over_articles(generator: ArticlesGenerator) -> None:
    articles.take_over_articles(generator, generator.settings[KEY])


def _take_over_pages(generator: PagesGenerator) -> None:
    articles.take_over_pages(generator, generator.settings[KEY])


def _generators(pelican: Pelican) -> type[SiteGenerator]:
    del pelican
    return SiteGenerator


def _writer(pelican: Pelican) -> type[DeferredWriter]:
    del pelican
    return DeferredWriter


def _flush(pelican: Pelican) -> None:
    edition: Edition = pelican.settings[KEY]
    with _said(edition.options):
        if edition.options.judge:
            edition.problems = edition.options.judge(edition)
            if errors_of(edition.problems):
                raise ProblemsFoundError(edition.problems)
        flush(edition)


@contextmanager
def _said(options: BuildOptions | None) -> Iterator[None]:
    """Under a bare `pelican` nobody above us says errors plainly: print them and stop."""
    try:
        yield
    except BriefingError as error:
        if options is not None:
            raise
        print(error if isinstance(error, ProblemsFoundError) else f"error: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from error
