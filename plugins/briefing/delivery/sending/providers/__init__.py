"""An issue handed to a provider that keeps its own list: as a draft, which the desk looks at and sends there."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

from briefing.delivery.sending.providers.draft import Draft, DraftState
from briefing.delivery.sending.providers.provider_url import FORMS
from briefing.delivery.sending.transports.transport_url import FORMS as TRANSPORTS
from briefing.delivery.sending.transports.transport_url import read_address
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES: Final = tuple(FORMS)
"""The schemes of a provider draft's URL, which no transport has."""

__all__ = ["SCHEMES", "Draft", "DraftState", "look", "put_draft", "require_outlet"]


def put_draft(url: str, draft: Draft, environment: Mapping[str, str]) -> DraftState:
    """Make the provider's draft of an issue, or bring the one that was made from it before up to date.

    A draft that is scheduled, sent or being sent is never touched, and no second one is made beside it. Raises
    WrongUseError where the URL makes no sense, BriefingError where the provider refuses or cannot be reached; the same
    call may follow. Not to be called from within an event loop.
    """
    return _provider(url).put_draft(url, draft, environment)


def look(url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None:
    """What has become of the draft that was made from an issue; None where the provider has none. Nothing is changed.

    Where there are several, one that is more than a draft. Raises as `put_draft` does.
    """
    return _provider(url).look(url, issue, environment)


def require_outlet(url: str) -> None:
    """Raise WrongUseError where a URL is neither a sound one of a provider draft nor of a transport. Nothing is contacted."""
    scheme = url.strip().partition(":")[0].lower()
    if scheme in SCHEMES:
        _provider(url).require_sound(url)
    elif scheme in TRANSPORTS:
        read_address(url)
    else:
        msg = f"that is not the URL of a transport or provider; write {' or '.join([*TRANSPORTS.values(), *FORMS.values()])}"
        raise WrongUseError(msg)


class _Provider(Protocol):
    def require_sound(self, url: str) -> None: ...

    def put_draft(self, url: str, draft: Draft, environment: Mapping[str, str]) -> DraftState: ...

    def look(self, url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None: ...


def _provider(url: str) -> _Provider:
    """The module that speaks with a URL's provider; imported only then, since httpx takes long to import."""
    scheme = url.strip().partition(":")[0].lower()
    if scheme not in FORMS:
        msg = f"that hands nothing off; write {' or '.join(FORMS.values())}"
        raise WrongUseError(msg)
    return cast("_Provider", import_module(f"briefing.delivery.sending.providers.{scheme}"))
