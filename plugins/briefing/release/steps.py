"""The steps of `release`: choose the issue, publish it hidden, require its proof, publish it as sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing.authoring.due import find_due_issue, find_overdue_issues, find_waiting_issue
from briefing.content.library import read_library
from briefing.content.library.records import read_proof, sent_file
from briefing.delivery.sending.preconditions import is_proofed, proof_hash
from briefing.delivery.store import release_steps
from briefing.delivery.store.database import now
from briefing.delivery.store.release_steps import CompletedStep, ReleaseStep
from briefing.errors import BriefingError, ProblemsFoundError, WrongUseError, errors_of
from briefing.release.console import EndedEarly
from briefing.release.mail_setup import require_live_site
from briefing.release.proof import VARIABLE, changed_since, report_proof, send_and_record
from briefing.release.publishing import publish_site
from briefing.site.proofs import find_finished_issue, proof_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from briefing.content.library import Library
    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.database import Database
    from briefing.delivery.store.email_addresses import EmailAddress
    from briefing.digest.signing import Signer
    from briefing.release.console import Console
    from briefing.settings import Settings
    from briefing.site.proofs import Proof


class Until(StrEnum):
    """The step after which a release ends, if not the last."""

    PROOF = "proof"
    SEND = "send"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePlan:
    """What was asked of a release. named: the issue's id, or "". target: where the site goes. url: the mail transport.

    recipients: of a proof. confirmed: start sending without asking. waits: while deliveries are deferred. verify: that
    the live site and the list server respond.
    """

    publication: Settings
    named: str
    target: str
    url: str
    recipients: tuple[EmailAddress, ...]
    until: Until | None
    if_due: bool
    confirmed: bool
    waits: bool
    verify: bool


def issue_of(console: Console, plan: ReleasePlan, finished: Collection[str]) -> str:
    """The issue to release: the one named, else the one that is due or waiting; "" if there is none, which is reported.

    finished: issues with nothing left to do. Raises WrongUseError if a schedule is needed and none is set.
    """
    if not plan.if_due:
        if plan.named:
            return plan.named
        found = find_waiting_issue(_sound(plan.publication).issues, finished)
        if found is None:
            console.say("no issue is waiting to be released: create one with `new issue`")
        return found.id if found else ""
    schedule = plan.publication.schedule
    if schedule is None:
        msg = 'no schedule is set: write BRIEFING["schedule"] = "Fri 07:00 Europe/London", or omit --if-due'
        raise WrongUseError(msg)
    moment = dt.datetime.fromtimestamp(now(), dt.UTC)
    issues, slot = _sound(plan.publication).issues, schedule.last(moment)
    if late := find_overdue_issues(issues, finished, slot):
        console.warn(f"overdue: {', '.join(late)}; release it by name")
    found = find_due_issue(issues, finished, slot)
    if found and plan.named in {"", found.id}:
        return found.id
    then = schedule.next(moment).moment
    console.say(f"nothing is due until {then.astimezone(schedule.zone):%a %Y-%m-%d %H:%M %Z} ({then:%H:%M} UTC)")
    return ""


def publish_hidden(console: Console, plan: ReleasePlan, name: str, database: Database | None) -> Proof:
    """Check, build and publish the site with the issue, still hidden if it is new; return its digest from the same build."""
    find_finished_issue(_sound(plan.publication), name)  # a draft, or no such issue, is reported before the work begins
    report, published = publish_site(console, plan.publication.root, plan.target, verify=plan.verify, issue=name)
    if database:
        with database.writing() as connection:
            done = CompletedStep(published.build_id, now())
            release_steps.record_step(connection, name, ReleaseStep.SHOWN, done)
            release_steps.record_published(connection, done)
    return proof_in(report.edition, name, report.problems)


def require_proofed(
    console: Console,
    plan: ReleasePlan,
    shown: Proof,
    transport: Transport,
    signer: Signer | None,
    database: Database,
) -> None:
    """Continue if exactly this digest was proofed; otherwise send a proof, and end until it has been read.

    Raises EndedEarly after sending a proof: with 0, since that was the step that was due, but with 1 if the issue was to
    be sent this time. Raises BriefingError if there is no recipient for a proof.
    """
    name, publication = shown.issue.id, plan.publication
    proof = read_proof(publication, name)
    if is_proofed(proof_hash(shown.digest.fingerprint, publication), proof, transport.traits):
        if plan.verify:
            require_live_site(shown, publication, database.secret)
        console.say(f"{name} is proofed")
        return
    if proof:
        console.say(f"{name} is not what was proofed on {proof.at:%Y-%m-%d} by {proof.transport}:")
        for line in changed_since(publication, shown):
            console.say(line)
    if not plan.recipients:
        what = "has changed since its proof" if proof else "has not been proofed"
        msg = f"{name} {what}: pass --proof-to ADDRESS or set {VARIABLE} to receive a proof"
        raise BriefingError(msg)
    file = send_and_record(publication, shown, transport, signer, plan.recipients, database.secret, verify=plan.verify)
    report_proof(console, name, transport, file, "run release again")
    raise EndedEarly(1 if plan.until is Until.SEND else 0)


def publish_sent(console: Console, plan: ReleasePlan, database: Database, name: str) -> None:
    """Publish the site with the issue as it was sent, and record that."""
    _, published = publish_site(console, plan.publication.root, plan.target, verify=plan.verify)
    with database.writing() as connection:
        done = CompletedStep(published.build_id, now())
        release_steps.record_step(connection, name, ReleaseStep.PUBLISHED, done)
        release_steps.record_published(connection, done)
    console.say(f"{name} is released; commit content/")


def recorded(publication: Settings) -> frozenset[str]:
    """The issues whose sending is recorded beside them."""
    folder, ending = sent_file(publication, "").parent, sent_file(publication, "").name
    return frozenset(file.name.removesuffix(ending) for file in folder.glob(f"*{ending}"))


def issue_id(issue: str) -> str:
    """The id of an issue, given by its id, file name or path."""
    return PurePosixPath(issue).name.removesuffix(".md")


def _sound(publication: Settings) -> Library:
    """The content. Raises ProblemsFoundError if an issue or a record cannot be read: then the next one is unknown."""
    library = read_library(publication)
    issues = f"{publication.content.relative_to(publication.root)}/issues/"
    broken = [problem for problem in errors_of(library.problems) if problem.path.startswith(issues)]
    if broken:
        raise ProblemsFoundError(broken)
    return library
