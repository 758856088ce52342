"""`check`: every problem, in one run."""

from __future__ import annotations

import json
import os
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from briefing.checks.content import checked_settings
from briefing.commands.github_annotations import annotate as as_annotations
from briefing.errors import ProblemsFoundError, WrongUseError, counted, errors_of
from briefing.site.validation import validate_with_digests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from briefing.checks.email import Inspection
    from briefing.errors import Problem
    from briefing.site.gate import GateVerdict

_NEWEST = "newest"
_ALL = "all"
_WIDTH = 120


def check(
    ctx: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix", help="First rename other generators' keys and fix URLs.")] = False,
    email: Annotated[
        str, typer.Option(metavar="ISSUE", help="Print this digest's table: an issue, `newest` or `all`.")
    ] = _NEWEST,
    as_json: Annotated[bool, typer.Option("--json", help="Print problems and tables as JSON.")] = False,
    annotate: Annotated[
        bool, typer.Option("--annotate", help="On GitHub and compatible services: also show each problem on its line.")
    ] = False,
) -> None:
    """List every problem of the content, and of the site and digests built from it.

    Each problem is one line: path:line: field: what is wrong; what to do. Warnings are marked and do not fail the check.
    A table shows the measurements of the newest issue's digest. Nothing is written except by --fix, which renames the
    keys category, author, description, excerpt, draft, lastmod and redirect_from, and fixes URLs with trailing
    punctuation, with tracking parameters, without angle brackets, or with %20 in an image's name.
    """
    try:
        settings = checked_settings(Path(ctx.obj))
    except ProblemsFoundError as faults:
        _annotate(faults.problems, wanted=annotate)
        raise
    if fix:
        from briefing.authoring.fixes import fix as fix_stories

        for path, done in fix_stories(settings):
            typer.echo(f"{path}: {done}", err=as_json)
    found = validate_with_digests(settings, lambda place, issue: email in _names(place, issue))
    _annotate(found.problems, wanted=annotate)
    shown = _shown(found, email)
    if as_json:
        typer.echo(json.dumps(_as_data(found.problems, shown), ensure_ascii=False, indent=2))
        raise typer.Exit(1 if errors_of(found.problems) else 0)
    for digest in shown:
        typer.echo("\n".join(table(digest)))
    if errors_of(found.problems):
        raise ProblemsFoundError(found.problems)
    for problem in found.problems:
        typer.echo(problem, err=True)
    typer.echo(counted(found.problems))


def table(digest: Inspection) -> list[str]:
    """The lines of a digest's table: a row for each check, with its note below."""
    cells = [("check", "found", "limit", "")] + [(r.check, r.value, r.limit, r.verdict) for r in digest.rows]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    notes = ["", *(row.note for row in digest.rows)]
    lines = [f"digest of {digest.issue}"]
    for row, note in zip(cells, notes, strict=True):
        aligned = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        lines.append(f"  {aligned}  {row[3]}".rstrip())
        lines += textwrap.wrap(note, _WIDTH, initial_indent="      ", subsequent_indent="      ")
    return [*lines, ""]


def _annotate(problems: Sequence[Problem], *, wanted: bool) -> None:
    for line in as_annotations(problems, os.environ) if wanted else ():
        typer.echo(line, err=True)  # runners read both streams, and stdout may be JSON


def _names(place: int, issue: str) -> tuple[str, ...]:
    """The values of `--email` that select a digest."""
    return (issue, _ALL) if place else (issue, _ALL, _NEWEST)


def _shown(found: GateVerdict, email: str) -> list[Inspection]:
    picked = [issue for place, issue in enumerate(found.issues) if email in _names(place, issue)]
    shown = [digest for digest in found.digests if digest.issue in picked]
    if not shown and found.issues:
        known = ", ".join(found.issues)
        msg = f"--email: issue `{email}` has no digest: choose one of {known}"
        raise WrongUseError(msg)
    return shown


def _as_data(problems: tuple[Problem, ...], shown: list[Inspection]) -> dict[str, object]:
    errors = len(errors_of(problems))
    digests = [{"issue": digest.issue, "rows": [asdict(row) for row in digest.rows]} for digest in shown]
    found = [asdict(problem) for problem in problems]
    return {"errors": errors, "warnings": len(problems) - errors, "problems": found, "digests": digests}
