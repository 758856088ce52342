"""An issue at a provider that keeps the list: `send` makes a draft of it, and `release` follows it until it is sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING

from briefing.authoring.records import mark_published, write_provider_draft_record
from briefing.content.library.records import provider_draft_file, read_provider_draft
from briefing.content.model import ProviderDraftRecord
from briefing.delivery.sending.providers import Draft, draft_state, put_draft
from briefing.delivery.store.database import now
from briefing.digest.merge_tags import Provider
from briefing.pages.issue_contents import contents_of
from briefing.publish.live_issue import require_live
from briefing.release.publishing import publish_site
from briefing.release.steps import ReleasePlan, issue_of, publish_hidden, recorded
from briefing.site.proofs import render_proof

if TYPE_CHECKING:
    from briefing.release.console import Console
    from briefing.settings import Settings
    from briefing.site.proofs import Proof


def make_draft(console: Console, publication: Settings, name: str, url: str, *, verify: bool, dry_run: bool) -> None:
    """Create or update the provider's draft of an issue and record it; you review it and send it there."""
    shown = render_proof(publication, name)
    if verify:
        require_live(publication, shown.digest.html, shown.view.issue.url)
    if dry_run:
        console.say(f"{shown.issue.id} would become a draft at {_provider(url)}: “{shown.digest.subject}”")
        return
    _put_draft(console, publication, shown, url, "send it there")


def release_by_provider(console: Console, plan: ReleasePlan, *, dry_run: bool) -> None:
    """Publish the issue hidden and make a draft of it; once the provider has sent it, publish it.

    The draft is updated only if the digest has changed: people may have edited it at the provider.
    """
    publication = plan.publication
    name = issue_of(console, plan, _finished(publication))
    if not name:
        return
    if name in _finished(publication):
        console.say(f"{name} was sent by its provider and published: nothing left to do")
        return
    made = draft_state(plan.url, name, os.environ)
    if made and made.is_out:
        _close(console, plan, name, dry_run=dry_run)
    elif made and made.status != "draft":
        console.say(
            f"{name} is `{made.status}` at {_provider(plan.url)}: run release again when it is sent: {made.where}"
        )
    elif dry_run:
        publish_site(console, publication.root, plan.target, verify=False, dry_run=True)
        make_draft(console, publication, name, plan.url, verify=False, dry_run=True)
    else:
        shown = publish_hidden(console, plan, name, None)
        if plan.verify:
            require_live(publication, shown.digest.html, shown.view.issue.url)
        before = read_provider_draft(publication, name)
        if made and before and before.fingerprint == _fingerprint(shown, plan.url):
            console.say(
                f"{name} is a draft at {_provider(plan.url)}; send it there, then run release again: {made.where}"
            )
        else:
            _put_draft(console, publication, shown, plan.url, "send it there, then run release again")


def _put_draft(console: Console, publication: Settings, shown: Proof, url: str, then: str) -> None:
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
    what = "a" if done.is_new else "the updated"
    console.say(f"{shown.issue.id} is {what} draft at {_provider(url)}; commit {file}; {then}: {done.where}")


def _close(console: Console, plan: ReleasePlan, name: str, *, dry_run: bool) -> None:
    """Publish an issue that the provider has sent; record that last, so that an interrupted release repeats it."""
    publication = plan.publication
    console.say(f"{name} was sent by {_provider(plan.url)}")
    if dry_run or plan.until:
        return
    mark_published(publication, f"{publication.content.name}/issues/{name}.md")
    publish_site(console, publication.root, plan.target, verify=plan.verify)
    record = read_provider_draft(publication, name)
    if record:
        write_provider_draft_record(publication, replace(record, sent=True))
    console.say(f"{name} is released; commit content/")


def _finished(publication: Settings) -> frozenset[str]:
    """The issues that were sent: by their provider and published since, or by this program."""
    folder, ending = provider_draft_file(publication, "").parent, provider_draft_file(publication, "").name
    handed = (read_provider_draft(publication, file.name.removesuffix(ending)) for file in folder.glob(f"*{ending}"))
    return frozenset(record.issue for record in handed if record and record.sent) | recorded(publication)


def _fingerprint(shown: Proof, url: str) -> str:
    """A hash of everything that the provider is given."""
    given = (shown.digest.subject, shown.view.issue.preheader, shown.html_for(_provider(url)), shown.digest.text)
    return hashlib.sha256("\0".join(given).encode()).hexdigest()


def _provider(url: str) -> Provider:
    return Provider(url.partition(":")[0].lower())
