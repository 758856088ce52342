"""Problems as GitHub's workflow commands, which show each on its line of the pull request.

The format and its escapes, which compatible services read too:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing.errors import Weight, errors_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from briefing.errors import Problem

SUMMARY: Final = "GITHUB_STEP_SUMMARY"
_SHOWN: Final = 10  # per weight and step; GitHub drops the rest
_LISTED: Final = 1_000  # GitHub refuses a summary of more than 1 MiB


def annotation(problem: Problem) -> str:
    """One line for the runner: the problem's weight, file, line, and its field as the title; then its text."""
    level = "error" if problem.weight is Weight.ERROR else "warning"
    names = f"{problem.field} ({problem.check})" if problem.field and problem.check else problem.field or problem.check
    properties = [f"file={_property(problem.path)}", f"line={max(problem.line, 1)}"]
    properties += [f"title={_property(names)}"] if names else []
    text = f"{problem.what}; {problem.hint}" if problem.hint else problem.what
    return f"::{level} {','.join(properties)}::{_data(text)}"


def summary(problems: Sequence[Problem]) -> str:
    """Every problem as text for the job's summary if there are too many to show on their lines; else ""."""
    errors = len(errors_of(problems))
    if max(errors, len(problems) - errors) <= _SHOWN:
        return ""
    lines = [html.escape(" ".join(str(problem).split())) for problem in problems[:_LISTED]]
    lines += [f"and {len(problems) - _LISTED:,} more in the log"] if len(problems) > _LISTED else []
    return "\n".join(
        [
            f"GitHub shows at most {_SHOWN} errors and {_SHOWN} warnings on their lines. All problems:",
            "",
            "<pre>",
            *lines,
            "</pre>",
            "",
        ]
    )


def annotate(problems: Sequence[Problem], environment: Mapping[str, str]) -> list[str]:
    """The lines to print. If there are too many for the pull request, all problems are added to the job's summary."""
    if environment.get(SUMMARY) and (text := summary(problems)):
        with Path(environment[SUMMARY]).open("a", encoding="utf-8") as file:
            file.write(text)
    return [annotation(problem) for problem in problems]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
