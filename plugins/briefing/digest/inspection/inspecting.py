"""All checks of one digest, in the order of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from briefing import urls
from briefing.digest.inspection.contrast import inspect_contrast
from briefing.digest.inspection.links import inspect_links
from briefing.digest.inspection.mime import inspect_message
from briefing.digest.inspection.opening import inspect_preheader, inspect_subject
from briefing.digest.inspection.origins import find_origins
from briefing.digest.inspection.page import read_page
from briefing.digest.inspection.pictures import inspect_pictures
from briefing.digest.inspection.reading import inspect_structure, inspect_texts
from briefing.digest.inspection.report import Inspection
from briefing.digest.inspection.size import inspect_size
from briefing.digest.inspection.spam import inspect_spam
from briefing.digest.inspection.support import inspect_support
from briefing.digest.inspection.tags import inspect_tags
from briefing.errors import Problem, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from briefing.digest.inspection.report import Finding, Outcome
    from briefing.model import Digest
    from briefing.settings import Settings
    from briefing.views.shapes import DigestView


def _no_line(path: str, key: str) -> int:
    del path, key
    return 0


@dataclass(frozen=True, slots=True)
class Around:
    """What a digest is compared with; what is left out is not compared, and the table says so.

    page: the issue's page as HTML. files: the names of the site's files. stories: the path of each story's file.
    line: the line of a file's key. spam: SpamAssassin's report, None where it is not installed, "" where it was not
    asked.
    """

    page: str | None = None
    files: Collection[str] | None = None
    stories: Mapping[str, str] = field(default_factory=dict)
    line: Callable[[str, str], int] = _no_line
    spam: str | None = ""


def inspect(view: DigestView, digest: Digest, settings: Settings, around: Around | None = None) -> Inspection:
    """Every check of a digest. A problem's field is `digest.` and the check's name.

    Its path is the issue's file, or that of the story in which the fault was written.
    """
    around = around or Around()
    outcomes = _outcomes(view, digest, settings, around)
    issue = f"content/issues/{view.issue.id}.md"
    found = [(finding, outcome) for outcome in outcomes for finding in outcome.findings if not finding.is_of_content]
    problems = [_problem(finding, outcome, issue, around) for finding, outcome in found]
    return Inspection(view.issue.id, tuple(outcome.row for outcome in outcomes), in_order(problems))


def _outcomes(view: DigestView, digest: Digest, settings: Settings, around: Around) -> tuple[Outcome, ...]:
    page = read_page(digest.html)
    origins = find_origins(view.issue, settings)
    return (
        inspect_size(view, page, settings),
        inspect_support(page, settings.options.email.accepted),
        inspect_contrast(page),
        inspect_texts(page, origins),
        inspect_structure(page),
        inspect_links(view, page, digest.text, around.page, settings, origins),
        inspect_subject(view.issue),
        inspect_preheader(view.issue),
        inspect_message(digest, settings),
        inspect_tags(page),
        inspect_pictures(page, around.files, settings, origins),
        inspect_spam(around.spam, is_try=urls.is_of_this_machine(settings.url)),
    )


def _problem(finding: Finding, outcome: Outcome, issue: str, around: Around) -> Problem:
    path = around.stories.get(finding.story, issue)
    key = finding.key if path != issue or not finding.story else ""
    line = around.line(path, key)
    return Problem(path, finding.what, finding.hint, f"digest.{outcome.check}", line, finding.weight)
