"""Build a publication, step by step: read the content, render it, check the result, write it.

`build` runs Pelican with our plugin, and Pelican's signals call the steps, so that other Pelican plugins can take part and
a bare `pelican` does the same:

1. `initialized`: `read_content` reads `content/` into an `Edition`. An error stops the build here.
2. `article_generator_init`, `page_generator_init`: other plugins get the stories as Pelican's Articles (`articles`).
3. `get_generators`: `render` renders every file of the `plan`, and every digest, into the edition.
4. `get_writer`: what other plugins write joins the edition (`writer`).
5. `finalized`: `check` finds problems in the finished pages and digests, and `write` replaces the folders (`output`,
   `replacement`).

`signals` connects the steps. The edition travels in Pelican's settings.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pelican
from pelican.settings import read_settings

from briefing.checks.content import checked_settings
from briefing.errors import ProblemsFoundError, errors_of
from briefing.settings import FILE
from briefing.site.edition import EDITION, OPTIONS, ROOT, BuildOptions, Edition, open_edition
from briefing.site.locks import build_lock
from briefing.site.rendering import render_all
from briefing.site.replacement import apply_all

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.content.model import Digest
    from briefing.errors import Problem
    from briefing.pages.views import DigestView
    from briefing.settings import Settings

__all__ = ["BuildOptions", "BuildReport", "build"]

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build wrote to the site's folder, in files, the warnings it found, and its edition."""

    written: int
    removed: int
    unchanged: int
    problems: tuple[Problem, ...]
    edition: Edition

    @property
    def digests(self) -> tuple[tuple[DigestView, Digest], ...]:
        """Every digest, with its view."""
        return tuple(self.edition.digests)


def build(root: Path, options: BuildOptions) -> BuildReport:
    """Build the site and the digests of the publication in `root`.

    Raises ProblemsFoundError with every problem in its files, or another BriefingError. Then nothing has changed.
    """
    settings = checked_settings(root)
    with build_lock(settings.private, options.output or settings.output):
        edition = _run_pelican(root, options)
    files = edition.written
    return BuildReport(files.written, files.removed, files.unchanged, edition.problems, edition)


def _run_pelican(root: Path, options: BuildOptions) -> Edition:
    """Run Pelican, whose signals call the steps below, and return the edition that it wrote."""
    overrides: dict[str, Any] = {OPTIONS: options, ROOT: str(root)}
    if options.url is not None:
        overrides["SITEURL"] = options.url
    if options.output is not None:
        overrides["OUTPUT_PATH"] = str(options.output.absolute())
    values = read_settings(str(root / FILE), override=overrides)
    pelican.console.quiet = True
    pelican.Pelican(values).run()
    edition: Edition = values[EDITION]
    return edition


def read_content(settings: Settings, options: BuildOptions) -> Edition:
    """Read the content. Raises ProblemsFoundError if it has an error, with every problem that can be found."""
    return open_edition(settings, options)


def render(edition: Edition) -> None:
    """Render every file of the site and every digest, in memory."""
    render_all(edition)


def check(edition: Edition) -> None:
    """Check the finished pages and digests, if the options ask for it. Raises ProblemsFoundError for an error."""
    if edition.options.check is not None:
        edition.problems = edition.options.check(edition)
        if errors_of(edition.problems):
            raise ProblemsFoundError(edition.problems)


def write(edition: Edition) -> None:
    """Write the files of the site and the digests that changed: all of them, or none if anything fails."""
    rewrite = edition.options.full
    site = edition.site.stage(rewrite=rewrite)
    try:
        outbox = edition.outbox.stage(rewrite=rewrite)
    except BaseException:
        site.discard()
        raise
    edition.written = apply_all((site, outbox))
    edition.id = site.id
    files = edition.written
    _LOG.info(
        "wrote build %s: %d written, %d removed, %d unchanged", site.id, files.written, files.removed, files.unchanged
    )
