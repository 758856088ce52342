"""One build: its options, the content that it read, and the files to write."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.content.model import Status
from briefing.errors import ProblemsFoundError, errors_of
from briefing.pages.menu import menu
from briefing.pages.publication import Publication
from briefing.pages.templating import Templates
from briefing.site.output import Output
from briefing.site.replacement import FileCounts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from briefing.content.model import Digest, Issue
    from briefing.digest.merge_tags import Provider
    from briefing.errors import Problem
    from briefing.pages.views import DigestView
    from briefing.settings import Settings

# Names in Pelican's settings, which carry these between the steps of a build.
_LOG: Final = logging.getLogger(__name__)
EDITION: Final = "BRIEFING_EDITION"
OPTIONS: Final = "BRIEFING_BUILD"
ROOT: Final = "BRIEFING_ROOT"


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """The options of a build. A plain build uses none of them, except `full`, `check` and `digest_for`.

    url, output: the site's address and folder, instead of those in the settings.
    mail_url: the address that digests link to, instead of the site's.
    as_of: the day to build for, instead of today. full: write every file, including unchanged ones.
    check: finds the problems of content, finished pages and digests (`gate.check_edition`). If there is an error, nothing
    is written. Without it only the content is checked.
    digest_for: a provider; each digest is also written with its merge tags.
    """

    drafts: bool = False
    url: str | None = None
    mail_url: str | None = None
    output: Path | None = None
    as_of: dt.date | None = None
    full: bool = False
    check: Callable[[Edition], tuple[Problem, ...]] | None = None
    digest_for: Provider | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the digests of this build may be sent."""
        overrides = (self.url, self.mail_url, self.output, self.as_of)
        return not self.drafts and all(value is None for value in overrides)


@dataclass(slots=True)
class Edition:
    """One build of a publication.

    problems: of the content, and after the check of pages and digests too. site, outbox: the files to write.
    mail_settings: the digests' settings. digests, written, id: set while the edition is rendered and written; `id` is
    the build id of the site.
    """

    settings: Settings
    options: BuildOptions
    publication: Publication
    problems: tuple[Problem, ...]
    templates: Templates
    site: Output
    outbox: Output
    mail_settings: Settings
    digests: list[tuple[DigestView, Digest]] = field(default_factory=list)
    written: FileCounts = field(default_factory=FileCounts)
    id: str = ""

    @property
    def is_valid(self) -> bool:
        """Whether the content has no error, so that all of it can be rendered."""
        return not errors_of(self.problems)

    @property
    def issues_with_digest(self) -> tuple[Issue, ...]:
        """The issues that have a digest in this build."""
        issues = self.publication.addressed_issues
        return tuple(issue for issue in issues if issue.status is not Status.DRAFT or self.options.drafts)


def open_edition(settings: Settings, options: BuildOptions) -> Edition:
    """Read the content. Raises ProblemsFoundError if it has an error, with every problem that can be found."""
    edition = read_edition(settings, options)
    if not edition.is_valid:
        raise ProblemsFoundError(options.check(edition) if options.check else edition.problems)
    return edition


def read_edition(settings: Settings, options: BuildOptions) -> Edition:
    """Read the content, even if it has errors."""
    library = read_library(settings)
    today = options.as_of or dt.datetime.now(settings.zone).date()
    problems = find_problems(library, today)
    counts = len(library.stories), len(library.issues), len(library.files), len(problems)
    _LOG.info("read %s: %d stories, %d issues, %d other files; %d problems", settings.content, *counts)
    publication = Publication(library, today, options.drafts)
    return Edition(
        settings=settings,
        options=options,
        publication=publication,
        problems=problems,
        templates=Templates(settings, menu(publication)),
        site=Output(settings.output, keep=settings.keep),
        outbox=Output(_outbox_folder(settings, options), is_outbox=True),
        mail_settings=settings.model_copy(update={"url": options.mail_url}) if options.mail_url else settings,
    )


def _outbox_folder(settings: Settings, options: BuildOptions) -> Path:
    """Return the folder for the digests. Only a plain build writes to the outbox, because only its digests may be sent."""
    if options.is_plain:
        return settings.outbox
    if options.output is not None:
        return options.output.absolute().with_name(f"{options.output.absolute().name}-outbox")
    return settings.private / "preview" / "outbox"
