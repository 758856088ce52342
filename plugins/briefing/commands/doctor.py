"""`doctor`: what is missing for reliable sending."""

from __future__ import annotations

import json
import os
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from briefing import settings as configuration
from briefing.delivery.doctor import DoctorVerdict, examine
from briefing.delivery.store.database import now
from briefing.pages.formats import format_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from briefing.delivery.doctor import DoctorFinding

_WIDTH = 120
_INDENT = 8


def doctor(
    ctx: typer.Context,
    *,
    via: Annotated[
        str, typer.Option(metavar="URL", help="The mail transport, instead of the one in the settings.")
    ] = "",
    resolver: Annotated[
        str, typer.Option(metavar="ADDRESS[:PORT]", help="The DNS resolver to use. Default: this machine's resolver.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """List what is missing for reliable sending, and how to fix it, including the DNS records to publish.

    Checks the settings, SPF, DKIM, DMARC, the mail servers' names, TLS, the alignment of the domains of sender, return path
    and links, and one-click unsubscribe. Sends no mail and changes nothing.
    """
    findings = examine(configuration.load(Path(ctx.obj)), os.environ, via=via, resolver=resolver, now=now())
    if as_json:
        print(json.dumps({"findings": [asdict(finding) for finding in findings]}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(findings)))
    raise typer.Exit(1 if any(finding.verdict is DoctorVerdict.ERROR for finding in findings) else 0)


def _lines(findings: Sequence[DoctorFinding]) -> Iterator[str]:
    """A line for each finding, and below it the fix. DNS records are never wrapped, so that they can be copied."""
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        start = f"{finding.verdict:<{_INDENT}}{finding.check:<{width}}  "
        yield from textwrap.wrap(finding.message, _WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
        yield from (f"{' ' * len(start)}{step}" for step in finding.hint.splitlines())
    counts = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in DoctorVerdict}
    yield ""
    yield f"{format_count(counts[DoctorVerdict.ERROR], 'error')}, {format_count(counts[DoctorVerdict.WARNING], 'warning')}"
