"""What `send` does where a provider keeps the list: the issue goes there as a draft."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from briefing.delivery.handoff import Draft, hand_off
from briefing.digest.providers import Provider
from briefing.publish.live import require_live
from briefing.site.proofs import proof_of

if TYPE_CHECKING:
    from briefing.settings import Settings


def hand_over(publication: Settings, name: str, url: str, *, looks: bool, dry_run: bool) -> None:
    """Make or renew the provider's draft of an issue; people look at it and send it there."""
    shown = proof_of(publication, name)
    provider = Provider(url.partition(":")[0].lower())
    if looks:
        require_live(publication, shown.digest.html, shown.view.issue.url)
    draft = Draft(
        issue=shown.issue.id,
        subject=shown.digest.subject,
        preheader=shown.view.issue.preheader,
        html=shown.html_for(provider),
        text=shown.digest.text,
    )
    if dry_run:
        typer.echo(f"{shown.issue.id} would become a draft at {provider}: “{draft.subject}”")
        return
    done = hand_off(url, draft, os.environ)
    typer.echo(
        f"{shown.issue.id} is {'a' if done.is_new else 'the renewed'} draft at {provider}; send it there: {done.where}"
    )
