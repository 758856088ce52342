"""The digest of one issue, ready to be proofed and sent: `check` finds no error in the publication."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing.content.model import Status
from briefing.digest.merge_tags import page_for
from briefing.errors import BriefingError, ProblemsFoundError, WrongUseError, errors_of
from briefing.site.edition import BuildOptions, open_edition
from briefing.site.gate import check_edition
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from briefing.content.library import Library
    from briefing.content.model import Digest, Issue
    from briefing.digest.merge_tags import Provider
    from briefing.errors import Problem
    from briefing.pages.views import DigestView
    from briefing.settings import Settings
    from briefing.site.edition import Edition


@dataclass(frozen=True, slots=True)
class Proof:
    """An issue, its digest, and the warnings of the whole publication."""

    issue: Issue
    view: DigestView
    digest: Digest
    warnings: tuple[Problem, ...]
    edition: Edition

    def html_for(self, provider: Provider) -> str:
        """Return the digest's HTML with a provider's merge tags."""
        return page_for(provider, self.view, self.edition.templates)


def render_proof(settings: Settings, name: str) -> Proof:
    """Render the digest of the issue with this id, file name or path.

    Raises ProblemsFoundError with every problem of the publication if one is an error, WrongUseError if there is no such
    issue, and BriefingError if it is a draft.
    """
    named = [PurePosixPath(name).name.removesuffix(".md")]
    edition = open_edition(settings, BuildOptions(check=partial(check_edition, named=named)))
    find_finished_issue(edition.publication.library, name)  # fail before the work begins
    render_all(edition)
    problems = check_edition(edition, named)
    if errors_of(problems):
        raise ProblemsFoundError(problems)
    return proof_in(edition, name, problems)


def proof_in(edition: Edition, name: str, warnings: tuple[Problem, ...]) -> Proof:
    """Return the digest in a plain edition that is rendered and has no errors."""
    issue = find_finished_issue(edition.publication.library, name)
    view, digest = next(pair for pair in edition.digests if pair[1].issue == issue.id)
    return Proof(issue, view, digest, warnings, edition)


def find_finished_issue(library: Library, name: str) -> Issue:
    """Return the issue with this id, file name or path.

    Raises WrongUseError if there is none, and BriefingError if it is a draft.
    """
    name = PurePosixPath(name).name.removesuffix(".md")
    issues = {issue.id: issue for issue in library.issues}
    if name not in issues:
        near = difflib.get_close_matches(name, issues, 1, 0.5)
        msg = f"there is no issue `{name}`" + (f"; did you mean {near[0]}?" if near else "")
        raise WrongUseError(msg)
    if issues[name].status is Status.DRAFT:
        msg = f"{name} is a draft: finish it, run `ready {name}`, then publish"
        raise BriefingError(msg)
    return issues[name]
