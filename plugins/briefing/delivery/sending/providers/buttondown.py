"""`buttondown://`: a draft email at Buttondown (https://docs.buttondown.com/api-emails-create)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.sending.providers.api import ProviderApi
from briefing.delivery.sending.providers.matching import DRAFT, ProviderDraft, changeable, furthest, require_draft
from briefing.delivery.sending.providers.provider_url import read_url
from briefing.delivery.sending.transports.endpoints import required_secret, safe_endpoint
from briefing.digest.merge_tags import Provider as Dialect
from briefing.digest.merge_tags import text_for
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.delivery.sending.providers.draft import Draft, DraftState

VARIABLE: Final = "BRIEFING_BUTTONDOWN_KEY"
_ENDPOINT: Final = "https://api.buttondown.com"
_VERSION: Final = "2026-04-01"  # of the API: https://docs.buttondown.com/api-versioning
_METADATA_KEY: Final = "briefing_issue"
_NAKED: Final = "<!-- buttondown-editor-mode: naked -->\n"  # the body is sent unchanged
_FILTER: Final = {"-status": "deleted"}  # without a filter the list omits some
_OUT: Final = ("about_to_send", "in_flight", "sent")
_MAX_PAGES: Final = 1000  # more than anyone has


def put_draft(url: str, draft: Draft, environment: Mapping[str, str]) -> DraftState:
    """See `providers.put_draft`."""
    provider = _open(url, environment)
    made = changeable(draft.issue, (_made(email) for email in _emails(provider) if _is_of(draft.issue, email)))
    fields = _fields(draft)
    if made is None:
        email = provider.write("POST", "/v1/emails", {**fields, "slug": draft.issue, "status": DRAFT})
    else:
        email = provider.write("PATCH", f"/v1/emails/{made.name}", fields)
    done = _made(email)
    require_draft(draft.issue, done)  # someone may have scheduled it in the meantime
    return done.state(is_new=made is None)


def require_url(url: str) -> None:
    """See `providers.require_sending_url`."""
    _endpoint(url)


def draft_state(url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None:
    """See `providers.draft_state`."""
    provider = _open(url, environment)
    return furthest(_made(email) for email in _emails(provider) if _is_of(issue, email))


def _open(url: str, environment: Mapping[str, str]) -> ProviderApi:
    endpoint = _endpoint(url)
    key = required_secret(environment, VARIABLE, "a key of https://buttondown.com/settings/api")
    headers = {"authorization": f"Token {key}", "x-api-version": _VERSION}
    return ProviderApi("Buttondown", endpoint, headers, VARIABLE, (key,))


def _endpoint(url: str) -> str:
    return safe_endpoint(read_url(url, ("endpoint",), has_host=False).one("endpoint", _ENDPOINT))


def _fields(draft: Draft) -> dict[str, Any]:
    """The fields of a new draft and of an update. Not the status: an update would undo scheduling."""
    return {
        "subject": text_for(Dialect.BUTTONDOWN, draft.subject),
        "description": text_for(Dialect.BUTTONDOWN, draft.preheader),
        "body": _NAKED + draft.html,
        "metadata": {_METADATA_KEY: draft.issue},
    }


def _emails(provider: ProviderApi) -> Iterator[Mapping[str, Any]]:
    """Every email that is not deleted, page by page."""
    page = provider.get("/v1/emails", _FILTER)
    for _ in range(_MAX_PAGES):
        results = page.get("results")
        yield from (email for email in results if isinstance(email, dict)) if isinstance(results, list) else ()
        following = page.get("next")
        if not isinstance(following, str) or not following:
            return
        page = provider.get(following)
    msg = "Buttondown's list of emails does not end; check its status page and try again"
    raise BriefingError(msg)


def _is_of(issue: str, email: Mapping[str, Any]) -> bool:
    metadata = email.get("metadata")
    return email.get("slug") == issue or (isinstance(metadata, dict) and metadata.get(_METADATA_KEY) == issue)


def _made(email: Mapping[str, Any]) -> ProviderDraft:
    name = str(email.get("id", ""))
    if not name.replace("-", "").replace("_", "").isalnum():
        msg = "Buttondown returned an email without an ID; check https://buttondown.com/emails"
        raise BriefingError(msg)
    status = str(email.get("status", ""))
    return ProviderDraft(name, status, f"https://buttondown.com/emails/{name}", is_out=status in _OUT)
