"""The parts of `release`: which issue it is, the site with it hidden, the gate of the proof, the site as sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import typer

from briefing.authoring.due import find_due_issue, find_overdue_issues, find_waiting_issue
from briefing.commands.mail_setup import require_site
from briefing.commands.proofing import VARIABLE, changed_since, mail_proof, say_proofed
from briefing.commands.publish import built_and_put, put_live
from briefing.content.library import read_library
from briefing.content.library.records import read_proof, sent_file
from briefing.delivery.sending.preconditions import bound, is_proofed
from briefing.delivery.store import release_steps
from briefing.delivery.store.database import now
from briefing.delivery.store.release_steps import Done, ReleaseStep
from briefing.errors import BriefingError, ProblemsFoundError, WrongUseError, errors_of
from briefing.site.proofs import find_finished_issue, proof_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from briefing.content.library import Library
    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.database import Database
    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.digest.signing import Signer
    from briefing.settings import Settings
    from briefing.site.proofs import Proof


class Until(StrEnum):
    """With which step a release ends, where not with the last."""

    PROOF = "proof"
    SEND = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """What was asked of a release. named: the issue's id, or "". target, url: where the site goes, and what sends.

    desk: whom a proof is mailed to. looks: at the live site and the list server. waits: while deliveries are deferred.
    """

    publication: Settings
    named: str
    target: str
    url: str
    desk: tuple[EmailAddress, ...]
    until: Until | None
    if_due: bool
    yes: bool
    waits: bool
    looks: bool


def issue_of(plan: ReleasePlan, over: Collection[str]) -> str:
    """The issue to release: the one named, else the one that is due or waits; "" where there is none, which is said.

    over: those of which nothing is left to do. Raises WrongUseError where a schedule is asked for and none is set.
    """
    if not plan.if_due:
        if plan.named:
            return plan.named
        found = find_waiting_issue(_sound(plan.publication).issues, over)
        if found is None:
            typer.echo("nothing waits to be released: begin an issue with new issue")
        return found.id if found else ""
    schedule = plan.publication.schedule
    if schedule is None:
        msg = 'no schedule is set: write BRIEFING["schedule"] = "Fri 07:00 Europe/London", or leave out --if-due'
        raise WrongUseError(msg)
    moment = dt.datetime.fromtimestamp(now(), dt.UTC)
    issues, slot = _sound(plan.publication).issues, schedule.last(moment)
    if late := find_overdue_issues(issues, over, slot):
        typer.echo(f"not sent, and of an earlier day: {', '.join(late)}; release it by its name", err=True)
    found = find_due_issue(issues, over, slot)
    if found and plan.named in {"", found.id}:
        return found.id
    then = schedule.next(moment).moment
    typer.echo(f"nothing is due until {then.astimezone(schedule.zone):%a %Y-%m-%d %H:%M %Z} ({then:%H:%M} UTC)")
    return ""


def show(plan: ReleasePlan, name: str, database: Database | None) -> Proof:
    """Check, build and publish the site with the issue, hidden as it may be, and its digest from the same build."""
    find_finished_issue(_sound(plan.publication), name)  # a draft, or none at all, is told before the work begins
    report, published = built_and_put(plan.publication.root, plan.target, looks=plan.looks, issue=name)
    if database:
        with database.writing() as connection:
            done = Done(published.build_id, now())
            release_steps.keep(connection, name, ReleaseStep.SHOWN, done)
            release_steps.keep_published(connection, done)
    return proof_in(report.edition, name, report.problems)


def require_proofed(
    plan: ReleasePlan, shown: Proof, transport: Transport, signer: Signer | None, database: Database
) -> None:
    """Let pass what the desk was mailed, exactly; mail anything else to the desk, and end here until it has been read.

    Raises typer.Exit after mailing: 0, since that is the step that was due, but 1 if the issue was to be sent this time.
    Raises BriefingError where nobody is named to mail a proof to.
    """
    name, publication = shown.issue.id, plan.publication
    proof = read_proof(publication, name)
    if is_proofed(bound(shown.digest.fingerprint, publication), proof, transport.traits):
        if plan.looks:
            require_site(shown, publication, database.secret)
        typer.echo(f"{name} is proofed")
        return
    if proof:
        typer.echo(f"{name} is not what was proofed on {proof.at:%Y-%m-%d} by {proof.transport}:")
        for line in changed_since(publication, shown):
            typer.echo(line)
    if not plan.desk:
        what = "has changed since its proof" if proof else "has not been proofed"
        msg = f"{name} {what}: name the desk, with --proof-to ADDRESS or in {VARIABLE}, and it is mailed one"
        raise BriefingError(msg)
    file = mail_proof(publication, shown, transport, signer, plan.desk, database.secret, looks=plan.looks)
    say_proofed(name, transport, file, "run release again")
    raise typer.Exit(1 if plan.until is Until.SEND else 0)


def publish_sent(plan: ReleasePlan, database: Database, name: str) -> None:
    """Put the site up with the issue as it was sent, and record that."""
    published = put_live(plan.publication.root, plan.target, looks=plan.looks)
    with database.writing() as connection:
        done = Done(published.build_id, now())
        release_steps.keep(connection, name, ReleaseStep.PUBLISHED, done)
        release_steps.keep_published(connection, done)
    typer.echo(f"{name} is released; commit content/")


def recorded(publication: Settings) -> frozenset[str]:
    """The issues whose sending is recorded beside them."""
    folder, ending = sent_file(publication, "").parent, sent_file(publication, "").name
    return frozenset(file.name.removesuffix(ending) for file in folder.glob(f"*{ending}"))


def named(issue: str) -> str:
    """The id of an issue that is named by its id, file or path."""
    return PurePosixPath(issue).name.removesuffix(".md")


def _sound(publication: Settings) -> Library:
    """The content. Raises ProblemsFoundError where an issue or a record cannot be read: which is next cannot be told then."""
    library = read_library(publication)
    issues = f"{publication.content.relative_to(publication.root)}/issues/"
    broken = [problem for problem in errors_of(library.problems) if problem.path.startswith(issues)]
    if broken:
        raise ProblemsFoundError(broken)
    return library
