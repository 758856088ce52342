"""Render an edition: every file of the site and every digest, in memory."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.digest import make_digest
from briefing.digest.merge_tags import page_for
from briefing.pages.digest_view import digest_view
from briefing.pages.menu import menu
from briefing.pages.templating import Templates
from briefing.site.plan import plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from briefing.content.model import Issue
    from briefing.site.edition import Edition

_LOG: Final = logging.getLogger(__name__)
_DIGEST_FILES: Final = ("digest.eml", "digest.html", "digest.txt")


def render_all(edition: Edition) -> None:
    """Add every file of the site, and every digest, to the edition."""
    _add_static_files(edition)
    for artifact in plan(edition.publication):
        edition.site.add(artifact.file, edition.templates.render(artifact.template, artifact.view).encode())
    _LOG.info("rendered the site: %d files", len(edition.site.files))
    render_digests(edition, edition.issues_with_digest)


def render_digests(edition: Edition, issues: Iterable[Issue]) -> None:
    """Add the digests of these issues to the edition. What they show must be valid."""
    settings = edition.mail_settings
    same_url = settings is edition.settings
    templates = edition.templates if same_url else Templates(settings, menu(edition.publication))
    for issue in issues:
        view = digest_view(issue, edition.publication)
        digest = make_digest(view, templates, settings)
        edition.digests.append((view, digest))
        contents = (digest.message, digest.html.encode(), digest.text.encode())
        for name, content in zip(_DIGEST_FILES, contents, strict=True):
            edition.outbox.add(f"{issue.id}/{name}", content)
        if provider := edition.options.digest_for:
            html = page_for(provider, view, templates)
            edition.outbox.add(f"{issue.id}/digest-for-{provider}.html", html.encode())
    _LOG.info("rendered %d digests", len(edition.digests))


def _add_static_files(edition: Edition) -> None:
    settings, site, templates = edition.settings, edition.site, edition.templates
    site.add(templates.stylesheet, templates.style.encode())
    if key := settings.options.publish.indexnow_key:
        site.add(urls.key_file(key), key.encode())
    for file in edition.publication.library.files:
        site.add(urls.of_file(file) or file, settings.content / file)
    static = settings.theme / "static"
    for path in sorted(static.rglob("*")):
        if path.is_file():
            site.add(f"{urls.THEME}{path.relative_to(static).as_posix()}", path)
