"""One run of Pelican: what was asked for, what was read, and what is to be written."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.content.model import Status
from briefing.digest import make_digest
from briefing.digest.merge_tags import page_for
from briefing.errors import ProblemsFoundError, errors_of
from briefing.pages.digest_view import digest_view
from briefing.pages.menu import menu
from briefing.pages.publication import Publication
from briefing.pages.templating import Templates
from briefing.site.output import Output
from briefing.site.plan import plan
from briefing.site.replacement import Written, apply_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from briefing.content.model import Digest, Issue
    from briefing.digest.merge_tags import Provider
    from briefing.errors import Problem
    from briefing.pages.views import DigestView
    from briefing.settings import Settings

KEY: Final = "BRIEFING_EDITION"
_LOG: Final = logging.getLogger(__name__)
_DIGEST_FILES: Final = ("digest.eml", "digest.html", "digest.txt")


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """What a build may be asked for; a plain build is one with none of them, but for `full`, `judge`, `digest_for`.

    url: the site's address in place of the settings'. output: a folder in place of the settings'.
    mail_url: the address that the digests lead to where it is not the site's own.
    as_of: the day that counts as today. full: write every file, also those that are the same.
    judge: finds the problems of content, finished site and digests (`gate.judge`); nothing is written where one of them
    is an error. Without it only the content is judged.
    digest_for: the provider for whom each digest is written once more, beside the others.
    """

    drafts: bool = False
    url: str | None = None
    mail_url: str | None = None
    output: Path | None = None
    as_of: dt.date | None = None
    full: bool = False
    judge: Callable[[Edition], tuple[Problem, ...]] | None = None
    digest_for: Provider | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the digests of this build may be sent."""
        chosen = (self.url, self.mail_url, self.output, self.as_of)
        return not self.drafts and all(value is None for value in chosen)


@dataclass(slots=True)
class Edition:
    """Held in Pelican's settings under `KEY` from `initialized` to `finalized`.

    mailing: the digests' settings. id: the site's, once it is written.
    """

    settings: Settings
    options: BuildOptions
    publication: Publication
    problems: tuple[Problem, ...]
    templates: Templates
    site: Output
    outbox: Output
    mailing: Settings
    digests: list[tuple[DigestView, Digest]] = field(default_factory=list)
    written: Written = field(default_factory=Written)
    id: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether its content has no error, so that it can be rendered whole."""
        return not errors_of(self.problems)

    @property
    def mailed(self) -> tuple[Issue, ...]:
        """The issues that have a digest in it."""
        issues = self.publication.addressed_issues
        return tuple(issue for issue in issues if issue.status is not Status.DRAFT or self.options.drafts)


def open_edition(settings: Settings, options: BuildOptions) -> Edition:
    """Read the content. Raises ProblemsFoundError where it has an error, with every problem that can be known."""
    edition = read_edition(settings, options)
    if not edition.is_sound:
        raise ProblemsFoundError(options.judge(edition) if options.judge else edition.problems)
    return edition


def read_edition(settings: Settings, options: BuildOptions) -> Edition:
    """Read the content, whatever is wrong with it."""
    library = read_library(settings)
    today = options.as_of or dt.datetime.now(settings.zone).date()
    problems = find_problems(library, today)
    read = len(library.stories), len(library.issues), len(library.files), len(problems)
    _LOG.info("read %s: %d stories, %d issues, %d other files; %d problems", settings.content, *read)
    publication = Publication(library, today, options.drafts)
    return Edition(
        settings=settings,
        options=options,
        publication=publication,
        problems=problems,
        templates=Templates(settings, menu(publication)),
        site=Output(settings.output, keep=settings.keep),
        outbox=Output(_outbox(settings, options), is_outbox=True),
        mailing=settings.model_copy(update={"url": options.mail_url}) if options.mail_url else settings,
    )


def render_all(edition: Edition) -> None:
    """Render every file of the site and every digest; nothing is written yet."""
    templates, settings, site = edition.templates, edition.settings, edition.site
    site.put(templates.stylesheet, templates.style.encode())
    if key := settings.options.publish.indexnow_key:
        site.put(urls.key_file(key), key.encode())
    for file in edition.publication.library.files:
        site.put(urls.of_file(file) or file, settings.content / file)
    static = settings.theme / "static"
    for path in sorted(static.rglob("*")):
        if path.is_file():
            site.put(f"{urls.THEME}{path.relative_to(static).as_posix()}", path)
    for artifact in plan(edition.publication):
        site.put(artifact.file, templates.render(artifact.template, artifact.view).encode())
    _LOG.info("rendered the site: %d files", len(site.files))
    render_digests(edition, edition.mailed)


def render_digests(edition: Edition, issues: Iterable[Issue]) -> None:
    """Make the digests of these issues; nothing is written yet. What they show must be without errors."""
    mailing, templates = edition.mailing, edition.templates
    by_mail = templates if mailing is edition.settings else Templates(mailing, menu(edition.publication))
    for issue in issues:
        view = digest_view(issue, edition.publication)
        digest = make_digest(view, by_mail, mailing)
        edition.digests.append((view, digest))
        contents = (digest.message, digest.html.encode(), digest.text.encode())
        for name, content in zip(_DIGEST_FILES, contents, strict=True):
            edition.outbox.put(f"{issue.id}/{name}", content)
        if provider := edition.options.digest_for:
            html = page_for(provider, view, by_mail)
            edition.outbox.put(f"{issue.id}/digest-for-{provider}.html", html.encode())
    _LOG.info("rendered %d digests", len(edition.digests))


def flush(edition: Edition) -> None:
    """Write what changed, site and digests: both, or if anything fails none of it."""
    full = edition.options.full
    site = edition.site.prepare(rewrite=full)
    try:
        outbox = edition.outbox.prepare(rewrite=full)
    except BaseException:
        site.discard()
        raise
    edition.written = apply_all((site, outbox))
    edition.id = site.id
    done = edition.written
    _LOG.info(
        "wrote build %s: %d written, %d removed, %d unchanged", site.id, done.written, done.removed, done.unchanged
    )


def _outbox(settings: Settings, options: BuildOptions) -> Path:
    """Where this build's digests go: only a plain build's may be sent, so only that one writes the outbox."""
    if options.is_plain:
        return settings.outbox
    if options.output is not None:
        return options.output.absolute().with_name(f"{options.output.absolute().name}-outbox")
    return settings.private / "preview" / "outbox"
