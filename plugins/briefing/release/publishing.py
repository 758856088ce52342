"""The site from content to host: check, build, upload, verify."""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from briefing import settings
from briefing.errors import WrongUseError
from briefing.publish import TargetOptions, publish, require_target
from briefing.publish.source_snapshot import require_current, take_snapshot
from briefing.release.after_publish import verify_and_notify, verify_rollback
from briefing.release.console import warn_of
from briefing.site.build import BuildOptions, build
from briefing.site.gate import check_edition

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.publish import Published
    from briefing.release.console import Console
    from briefing.settings import Settings
    from briefing.site.build import BuildReport

_LOG: Final = logging.getLogger(__name__)


def publish_site(
    console: Console,
    root: Path,
    target: str,
    *,
    verify: bool,
    dry_run: bool = False,
    adopt: bool = False,
    issue: str = "",
) -> tuple[BuildReport, Published]:
    """Check, build and upload the publication in `root`, then verify that it is live and notify others.

    target: its URL; "" for the one in the settings. issue: an issue that is about to go out, which is checked even if it
    is a draft. With `dry_run` nothing leaves this machine. What goes live is never older than the content: if that
    changes meanwhile, or another build comes between, nothing is published. Raises ProblemsFoundError if the content has
    errors; then nothing was built.
    """
    publication = settings.load(root)
    url = target_of(publication, target)  # wrong use is reported before the work begins
    sources = take_snapshot(publication)
    report = checked_build(console, root, issue)
    is_newest = partial(require_current, sources, publication.output, report.edition.id)
    published = _upload(console, publication, url, dry_run=dry_run, adopt=adopt, require_fresh=is_newest)
    if not dry_run:
        verify_and_notify(console, publication, report, published, verify=verify)
    return report, published


def roll_back(console: Console, root: Path, target: str, *, verify: bool, dry_run: bool = False) -> Published:
    """Switch readers back to the previous release at `target`, and verify that it is live. Nothing is built."""
    publication = settings.load(root)
    published = _upload(console, publication, _url_of(publication, target), dry_run=dry_run, rollback=True)
    if not dry_run:
        verify_rollback(console, publication, published, verify=verify)
    return published


def target_of(publication: Settings, given: str) -> str:
    """The URL to publish to: the one given, else the one in the settings. Raises WrongUseError if it is not valid."""
    url = _url_of(publication, given)
    require_target(url, publication.output, publication.root, os.environ)
    return url


def checked_build(console: Console, root: Path, issue: str = "") -> BuildReport:
    """Build the site and its digests, unless `check` would find an error in them; report the warnings.

    issue: one that is about to go out. Raises ProblemsFoundError with every problem; then nothing was written.
    """
    report = build(root, BuildOptions(check=partial(check_edition, named=[issue] if issue else [])))
    warn_of(console, report.problems)
    return report


def _url_of(publication: Settings, given: str) -> str:
    url = given or publication.options.publish.target
    if not url:
        msg = 'no target is configured: pass a TARGET, such as file:///srv/www, or set BRIEFING["publish"]["target"]'
        raise WrongUseError(msg)
    return url


def _upload(console: Console, publication: Settings, url: str, **asked: Any) -> Published:  # noqa: ANN401 - the fields of TargetOptions
    options = TargetOptions(environment=os.environ, **asked)
    _LOG.info("uploading to %s:", url.partition(":")[0])
    published = publish(url, publication.output, publication.root, options)
    _LOG.info("uploaded build %s: %s", published.build_id, published.changes)
    for line in published.lines():
        console.say(line)
    return published
