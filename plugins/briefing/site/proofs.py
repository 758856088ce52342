"""One issue's digest from a publication in which `check` finds no error: what may be proofed and sent."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing.content.model import Status
from briefing.digest.merge_tags import page_for
from briefing.errors import BriefingError, ProblemsFoundError, WrongUseError, errors_of
from briefing.site.edition import BuildOptions, open_edition, render_all
from briefing.site.gate import judge

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
    """An issue with its digest and the warnings of the whole publication."""

    issue: Issue
    view: DigestView
    digest: Digest
    warnings: tuple[Problem, ...]
    edition: Edition

    def html_for(self, provider: Provider) -> str:
        """The digest's HTML with a provider's merge tags."""
        return page_for(provider, self.view, self.edition.templates)


def proof_of(settings: Settings, name: str) -> Proof:
    """The digest of the issue with this id, file name or path.

    Raises ProblemsFoundError with every problem of the publication where one is an error, WrongUseError where there
    is no such issue, BriefingError where it is a draft.
    """
    named = [PurePosixPath(name).name.removesuffix(".md")]
    edition = open_edition(settings, BuildOptions(judge=partial(judge, named=named)))
    finished_issue(edition.publication.library, name)  # told before the work begins
    render_all(edition)
    problems = judge(edition, named)
    if errors_of(problems):
        raise ProblemsFoundError(problems)
    return shown_in(edition, name, problems)


def shown_in(edition: Edition, name: str, warnings: tuple[Problem, ...]) -> Proof:
    """The same from a plain edition that is rendered, and has been found to be without errors."""
    issue = finished_issue(edition.publication.library, name)
    view, digest = next(pair for pair in edition.digests if pair[1].issue == issue.id)
    return Proof(issue, view, digest, warnings, edition)


def finished_issue(library: Library, name: str) -> Issue:
    """The issue with this id, file name or path. Raises WrongUseError where there is none, BriefingError for a draft."""
    name = PurePosixPath(name).name.removesuffix(".md")
    issues = {issue.id: issue for issue in library.issues}
    if name not in issues:
        near = difflib.get_close_matches(name, issues, 1, 0.5)
        msg = f"there is no issue `{name}`" + (f"; did you mean {near[0]}?" if near else "")
        raise WrongUseError(msg)
    if issues[name].status is Status.DRAFT:
        msg = f"{name} is a draft: when it is finished, run `ready {name}`, then publish"
        raise BriefingError(msg)
    return issues[name]
