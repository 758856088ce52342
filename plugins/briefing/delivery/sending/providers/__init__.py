"""Drafts at a provider that keeps the list of subscribers: `send` creates the draft, and a person reviews and sends it there."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from briefing.delivery.sending.providers.draft import Draft, DraftState
from briefing.delivery.sending.providers.provider_url import FORMS
from briefing.delivery.sending.transports.transport_url import FORMS as TRANSPORTS
from briefing.delivery.sending.transports.transport_url import read_address
from briefing.errors import WrongUseError, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES: Final = tuple(FORMS)
"""The URL schemes of providers; no transport has one of them."""

__all__ = ["SCHEMES", "Draft", "DraftState", "draft_state", "put_draft", "require_sending_url"]


def put_draft(url: str, draft: Draft, environment: Mapping[str, str]) -> DraftState:
    """Create the provider's draft of an issue, or update the one created from it before.

    A draft that is scheduled, sent or being sent is never changed, and no second one is created. Raises WrongUseError if
    the URL is invalid, BriefingError if the provider refuses or cannot be reached; the call can be repeated. Must not be
    called from within an event loop.
    """
    return _provider(url).put_draft(url, draft, environment)


def draft_state(url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None:
    """The state of the draft created from an issue; None if the provider has none. Nothing is changed.

    Of several, the one that got furthest: sent before scheduled before draft. Raises as `put_draft` does.
    """
    return _provider(url).draft_state(url, issue, environment)


def require_sending_url(url: str) -> None:
    """Raise WrongUseError if a URL is not a valid one of a transport or provider. Nothing is contacted."""
    scheme = url.strip().partition(":")[0].lower()
    if scheme in SCHEMES:
        _provider(url).require_url(url)
    elif scheme in TRANSPORTS:
        read_address(url)
    else:
        msg = f"that is not the URL of a transport or provider; use {one_of([*TRANSPORTS.values(), *FORMS.values()])}"
        raise WrongUseError(msg)


class _Provider(Protocol):
    def require_url(self, url: str) -> None: ...

    def put_draft(self, url: str, draft: Draft, environment: Mapping[str, str]) -> DraftState: ...

    def draft_state(self, url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None: ...


def _provider(url: str) -> _Provider:
    """The module of a URL's provider, imported only when needed: httpx takes long to import."""
    scheme = url.strip().partition(":")[0].lower()
    if scheme not in FORMS:
        msg = f"that is not the URL of a provider; use {one_of(FORMS.values())}"
        raise WrongUseError(msg)
    return cast("_Provider", import_module(f"briefing.delivery.sending.providers.{scheme}"))
