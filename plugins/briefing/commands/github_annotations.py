"""Problems as GitHub's workflow commands: each is shown on its line of the pull request.

The form and its escapes are GitHub's, as the forges that follow it read them:
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
_SHOWN: Final = 10  # of each weight, by step; GitHub drops the others without a word
_LISTED: Final = 1_000  # a summary of more than 1 MiB is refused whole


def annotation(problem: Problem) -> str:
    """One line for the runner: the problem's weight, file, line, and its field as the title; then the sentence."""
    level = "error" if problem.weight is Weight.ERROR else "warning"
    names = f"{problem.field} ({problem.check})" if problem.field and problem.check else problem.field or problem.check
    properties = [f"file={_property(problem.path)}", f"line={max(problem.line, 1)}"]
    properties += [f"title={_property(names)}"] if names else []
    said = f"{problem.what}; {problem.hint}" if problem.hint else problem.what
    return f"::{level} {','.join(properties)}::{_data(said)}"


def summary(problems: Sequence[Problem]) -> str:
    """Every problem as text of the job's summary, where more were found than lines can show; else nothing."""
    errors = len(errors_of(problems))
    if max(errors, len(problems) - errors) <= _SHOWN:
        return ""
    lines = [html.escape(" ".join(str(problem).split())) for problem in problems[:_LISTED]]
    lines += [f"and {len(problems) - _LISTED:,} more, in the log"] if len(problems) > _LISTED else []
    return "\n".join(
        [f"GitHub shows {_SHOWN} of each weight on their lines. All of them:", "", "<pre>", *lines, "</pre>", ""]
    )


def annotate(problems: Sequence[Problem], environment: Mapping[str, str]) -> list[str]:
    """The lines to print; what does not fit on the pull request's lines is added to the job's summary."""
    if environment.get(SUMMARY) and (text := summary(problems)):
        with Path(environment[SUMMARY]).open("a", encoding="utf-8") as file:
            file.write(text)
    return [annotation(problem) for problem in problems]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
