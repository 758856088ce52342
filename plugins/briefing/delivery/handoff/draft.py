"""What is handed to a provider, and where it lies then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue for a provider.

    issue: its identifier, by which its draft is found again. html: with the provider's merge tags, as
    `digest.providers.page_for` makes it. subject, preheader, text: as in the digest; what in them the provider would
    take for a merge tag is broken up here, and the text's open addresses become the provider's tags.
    """

    issue: str
    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class HandedOff:
    """where: the address at which the desk looks at the draft. is_new: it was not there before."""

    where: str
    is_new: bool = True
