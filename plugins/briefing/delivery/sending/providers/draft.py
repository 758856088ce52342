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
class DraftState:
    """A draft with a provider, or what has become of it.

    where: the address at which the desk looks at it. is_new: it was not there before. name: the provider's own for it.
    status: the provider's word. is_out: it has been sent, or is being sent: nobody can stop it.
    """

    where: str
    is_new: bool = True
    name: str = ""
    status: str = "draft"
    is_out: bool = False
