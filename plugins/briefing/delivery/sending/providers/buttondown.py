"""`buttondown://`: an email of Buttondown's, as a draft (https://docs.buttondown.com/api-emails-create)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.sending.providers.api import ProviderApi
from briefing.delivery.sending.providers.matching import DRAFT, Made, changeable, furthest, require_draft
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
_VERSION: Final = "2026-04-01"  # of the interface: https://docs.buttondown.com/api-versioning
_MARK: Final = "briefing_issue"  # in the draft's metadata
_NAKED: Final = "<!-- buttondown-editor-mode: naked -->\n"  # the body goes out as it is
_EVERY: Final = {"-status": "deleted"}  # without a filter of its own a list leaves some out
_OUT: Final = ("about_to_send", "in_flight", "sent")
_PAGES: Final = 1000  # more than anyone has


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
    require_draft(draft.issue, done)  # somebody may have scheduled it meanwhile
    return done.handed_off(is_new=made is None)


def require_sound(url: str) -> None:
    """See `providers.require_outlet`."""
    _endpoint(url)


def look(url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None:
    """See `providers.look`."""
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
    """What an update renews too. The status is not among them: it would take back what was scheduled."""
    return {
        "subject": text_for(Dialect.BUTTONDOWN, draft.subject),
        "description": text_for(Dialect.BUTTONDOWN, draft.preheader),
        "body": _NAKED + draft.html,
        "metadata": {_MARK: draft.issue},
    }


def _emails(provider: ProviderApi) -> Iterator[Mapping[str, Any]]:
    """Every email but deleted ones, page by page."""
    page = provider.get("/v1/emails", _EVERY)
    for _ in range(_PAGES):
        results = page.get("results")
        yield from (email for email in results if isinstance(email, dict)) if isinstance(results, list) else ()
        following = page.get("next")
        if not isinstance(following, str) or not following:
            return
        page = provider.get(following)
    msg = "Buttondown's list of emails has no end; look at its status page and try again"
    raise BriefingError(msg)


def _is_of(issue: str, email: Mapping[str, Any]) -> bool:
    metadata = email.get("metadata")
    return email.get("slug") == issue or (isinstance(metadata, dict) and metadata.get(_MARK) == issue)


def _made(email: Mapping[str, Any]) -> Made:
    name = str(email.get("id", ""))
    if not name.replace("-", "").replace("_", "").isalnum():
        msg = "Buttondown answers with an email that has no identifier; look at https://buttondown.com/emails"
        raise BriefingError(msg)
    status = str(email.get("status", ""))
    return Made(name, status, f"https://buttondown.com/emails/{name}", is_out=status in _OUT)
