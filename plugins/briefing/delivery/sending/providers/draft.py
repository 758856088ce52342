"""A draft for a provider, and its state there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue for a provider.

    issue: its identifier, by which its draft is found again. html: with the provider's merge tags, as
    `digest.providers.page_for` makes it. subject, preheader, text: as in the digest; `merge_tags.text_for` escapes what the
    provider would take for a merge tag.
    """

    issue: str
    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class DraftState:
    """A draft at a provider, or what became of it.

    where: its page, for people. is_new: whether it was created just now. name: the provider's ID. status: the provider's
    word. is_out: whether it has been or is being sent, so that it cannot be stopped.
    """

    where: str
    is_new: bool = True
    name: str = ""
    status: str = "draft"
    is_out: bool = False
