"""`build`, as a function: one run of Pelican with our plugin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pelican
from pelican.settings import read_settings

from briefing import settings as briefing_settings
from briefing.checks.content import checked_settings
from briefing.site import signals
from briefing.site.edition import KEY, BuildOptions, Edition
from briefing.site.locks import locked

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.content.model import Digest
    from briefing.errors import Problem
    from briefing.pages.views import DigestView

__all__ = ["BuildOptions", "BuildReport", "build"]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did to the site's folder, in files, the warnings it met, and the edition that it wrote."""

    written: int
    removed: int
    unchanged: int
    problems: tuple[Problem, ...]
    edition: Edition

    @property
    def digests(self) -> tuple[tuple[DigestView, Digest], ...]:
        """Every digest, with what it shows."""
        return tuple(self.edition.digests)


def build(root: Path, options: BuildOptions) -> BuildReport:
    """Build the publication in `root`: its site and its digests.

    Raises ProblemsFoundError with every problem of its files, or another BriefingError; then nothing has changed.
    """
    settings = checked_settings(root)
    changes: dict[str, Any] = {signals.OPTIONS: options, signals.ROOT: str(root)}
    if options.url is not None:
        changes["SITEURL"] = options.url
    if options.output is not None:
        changes["OUTPUT_PATH"] = str(options.output.absolute())
    pelican.console.quiet = True
    with locked(settings.private, options.output or settings.output):
        values = read_settings(str(root / briefing_settings.FILE), override=changes)
        run = pelican.Pelican(values)
        run.run()
    edition: Edition = values[KEY]
    done = edition.written
    return BuildReport(done.written, done.removed, done.unchanged, edition.problems, edition)
