"""All checks of one digest, in the order of the table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from briefing import urls
from briefing.checks.email.accessibility import inspect_structure, inspect_texts
from briefing.checks.email.client_support import inspect_support
from briefing.checks.email.contrast import inspect_contrast
from briefing.checks.email.digest_links import inspect_links
from briefing.checks.email.html_tree import read_page
from briefing.checks.email.images import inspect_pictures
from briefing.checks.email.inbox_lines import inspect_preheader, inspect_subject
from briefing.checks.email.mime import inspect_message
from briefing.checks.email.origins import find_origins
from briefing.checks.email.report import Inspection
from briefing.checks.email.size import inspect_size
from briefing.checks.email.spam import inspect_spam
from briefing.checks.email.tags import inspect_tags
from briefing.errors import Problem, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from briefing.checks.email.report import CheckOutcome, Finding
    from briefing.content.model import Digest
    from briefing.pages.views import DigestView
    from briefing.settings import Settings


def _no_line(path: str, key: str) -> int:
    del path, key
    return 0


@dataclass(frozen=True, slots=True)
class Around:
    """What a digest is compared with. The table names what was not compared.

    page: the issue's page as HTML. files: the names of the site's files. stories: the path of each story's file.
    line: a function that returns the line of a file's key. spam: SpamAssassin's report, None if it is not installed,
    "" if it was not run.
    """

    page: str | None = None
    files: Collection[str] | None = None
    stories: Mapping[str, str] = field(default_factory=dict)
    line: Callable[[str, str], int] = _no_line
    spam: str | None = ""


def inspect(view: DigestView, digest: Digest, settings: Settings, around: Around | None = None) -> Inspection:
    """Every check of a digest. A problem's field is `digest.` and the check's name.

    Its path is the issue's file, or that of the story at fault.
    """
    around = around or Around()
    outcomes = _outcomes(view, digest, settings, around)
    issue = f"content/issues/{view.issue.id}.md"
    found = [(finding, outcome) for outcome in outcomes for finding in outcome.findings if not finding.is_of_content]
    problems = [_problem(finding, outcome, issue, around) for finding, outcome in found]
    return Inspection(view.issue.id, tuple(outcome.row for outcome in outcomes), in_order(problems))


def _outcomes(view: DigestView, digest: Digest, settings: Settings, around: Around) -> tuple[CheckOutcome, ...]:
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
        inspect_spam(around.spam, is_local=urls.is_loopback(settings.url)),
    )


def _problem(finding: Finding, outcome: CheckOutcome, issue: str, around: Around) -> Problem:
    path = around.stories.get(finding.story, issue)
    key = finding.key if path != issue or not finding.story else ""
    line = around.line(path, key)
    return Problem(path, finding.what, finding.hint, f"digest.{outcome.check}", line, finding.weight)
