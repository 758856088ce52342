"""The issue with a provider that keeps the list: as a draft by `send`, and by `release` until it has gone out."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from briefing.authoring.records import mark_published, write_provider_draft_record
from briefing.commands.publish import put_live
from briefing.commands.steps import ReleasePlan, issue_of, recorded, show
from briefing.content.library.records import provider_draft_file, read_provider_draft
from briefing.content.model import ProviderDraftRecord
from briefing.delivery.sending.providers import Draft, look, put_draft
from briefing.delivery.store.database import now
from briefing.digest.merge_tags import Provider
from briefing.pages.issue_contents import contents_of
from briefing.publish.live_issue import require_live
from briefing.site.proofs import render_proof

if TYPE_CHECKING:
    from briefing.settings import Settings
    from briefing.site.proofs import Proof


def hand_over(publication: Settings, name: str, url: str, *, looks: bool, dry_run: bool) -> None:
    """Make or renew the provider's draft of an issue and record it; people look at it and send it there."""
    shown = render_proof(publication, name)
    if looks:
        require_live(publication, shown.digest.html, shown.view.issue.url)
    if dry_run:
        typer.echo(f"{shown.issue.id} would become a draft at {_provider(url)}: “{shown.digest.subject}”")
        return
    _hand_over(publication, shown, url, "send it there")


def release_by_provider(plan: ReleasePlan, *, dry_run: bool) -> None:
    """Publish the issue hidden and hand it over; once the provider has sent it, publish it.

    What the provider has is renewed only where the digest is another by now: people may have worked on the draft.
    """
    publication = plan.publication
    name = issue_of(plan, _over(publication))
    if not name:
        return
    if name in _over(publication):
        typer.echo(f"{name} was sent by its provider and published: nothing is left to do")
        return
    made = look(plan.url, name, os.environ)
    if made and made.is_out:
        _close(plan, name, dry_run=dry_run)
    elif made and made.status != "draft":
        typer.echo(
            f"{name} is `{made.status}` at {_provider(plan.url)}: run release again when it is sent: {made.where}"
        )
    elif dry_run:
        put_live(publication.root, plan.target, looks=False, dry_run=True)
        hand_over(publication, name, plan.url, looks=False, dry_run=True)
    else:
        shown = show(plan, name, None)
        if plan.looks:
            require_live(publication, shown.digest.html, shown.view.issue.url)
        before = read_provider_draft(publication, name)
        if made and before and before.fingerprint == _fingerprint(shown, plan.url):
            typer.echo(
                f"{name} is a draft at {_provider(plan.url)}; send it there, then run release again: {made.where}"
            )
        else:
            _hand_over(publication, shown, plan.url, "send it there, then run release again")


def _hand_over(publication: Settings, shown: Proof, url: str, then: str) -> None:
    draft = Draft(
        issue=shown.issue.id,
        subject=shown.digest.subject,
        preheader=shown.view.issue.preheader,
        html=shown.html_for(_provider(url)),
        text=shown.digest.text,
    )
    done = put_draft(url, draft, os.environ)
    contents = contents_of(shown.issue, shown.edition.publication)
    record = ProviderDraftRecord(
        issue=shown.issue.id,
        fingerprint=_fingerprint(shown, url),
        transport=_provider(url).value,
        keeps="content",
        draft=done.name,
        where=done.where,
        at=dt.datetime.fromtimestamp(now(), dt.UTC),
        stories=contents.stories,
        content_hashes=contents.content_hashes,
        corrections=contents.corrections,
    )
    file = write_provider_draft_record(publication, record)
    what = "a" if done.is_new else "the renewed"
    typer.echo(f"{shown.issue.id} is {what} draft at {_provider(url)}; commit {file}; {then}: {done.where}")


def _close(plan: ReleasePlan, name: str, *, dry_run: bool) -> None:
    """The provider has sent it: publish the issue, and record that last, so that a killed release does it again."""
    publication = plan.publication
    typer.echo(f"{name} was sent by {_provider(plan.url)}")
    if dry_run or plan.until:
        return
    mark_published(publication, f"{publication.content.name}/issues/{name}.md")
    put_live(publication.root, plan.target, looks=plan.looks)
    record = read_provider_draft(publication, name)
    if record:
        write_provider_draft_record(publication, replace(record, sent=True))
    typer.echo(f"{name} is released; commit content/")


def _over(publication: Settings) -> frozenset[str]:
    """The issues that were sent: by their provider and published since, or by ourselves."""
    folder, ending = provider_draft_file(publication, "").parent, provider_draft_file(publication, "").name
    handed = (read_provider_draft(publication, file.name.removesuffix(ending)) for file in folder.glob(f"*{ending}"))
    return frozenset(record.issue for record in handed if record and record.sent) | recorded(publication)


def _fingerprint(shown: Proof, url: str) -> str:
    """Of what the provider is given."""
    given = (shown.digest.subject, shown.view.issue.preheader, shown.html_for(_provider(url)), shown.digest.text)
    return hashlib.sha256("\0".join(given).encode()).hexdigest()


def _provider(url: str) -> Provider:
    return Provider(url.partition(":")[0].lower())
