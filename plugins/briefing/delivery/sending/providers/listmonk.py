"""`listmonk://HOST?list=ID`: a draft campaign on a listmonk server (https://listmonk.app/docs/apis/campaigns/)."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from briefing.delivery.sending.providers.api import ProviderApi
from briefing.delivery.sending.providers.matching import ProviderDraft, changeable, furthest, require_draft
from briefing.delivery.sending.providers.provider_url import read_url, refuse
from briefing.delivery.sending.transports.endpoints import is_private, required_secret
from briefing.digest.merge_tags import Provider as Dialect
from briefing.digest.merge_tags import text_for
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.delivery.sending.providers.draft import Draft, DraftState
    from briefing.delivery.sending.providers.provider_url import ProviderUrl

USER: Final = "BRIEFING_LISTMONK_USER"
TOKEN: Final = "BRIEFING_LISTMONK_TOKEN"  # noqa: S105 - the variable's name
_WHERE: Final = "of an API user, which you create in listmonk under Users"
_OUT: Final = ("running", "finished")
_FILTER: Final = {"per_page": "all", "no_body": "true"}
# A template that adds nothing to the digest, which is a complete page.
_BARE = re.compile(r"\s*\{\{-?\s*template\s+\"content\"\s+\.\s*-?\}\}\s*")
_TEMPLATES: Final = ("campaign", None)  # None: versions of listmonk without template types


def put_draft(url: str, draft: Draft, environment: Mapping[str, str]) -> DraftState:
    """See `providers.put_draft`."""
    target = _read(url)
    provider = _open(target, environment)
    made = changeable(draft.issue, _made_from(draft.issue, provider))
    fields = _fields(draft, target.lists, _bare_template(provider) if target.template is None else target.template)
    if made is None:
        answer = provider.write("POST", "/api/campaigns", {**fields, "type": "regular", "messenger": "email"})
    else:
        answer = provider.write("PUT", f"/api/campaigns/{made.name}", fields)
    done = _made(provider, answer.get("data"))
    require_draft(draft.issue, done)  # someone may have scheduled it in the meantime
    return done.state(is_new=made is None)


def draft_state(url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None:
    """See `providers.draft_state`."""
    return furthest(_made_from(issue, _open(_read(url), environment)))


def require_url(url: str) -> None:
    """See `providers.require_sending_url`."""
    _read(url)


@dataclass(frozen=True, slots=True)
class _ListmonkUrl:
    """base: the server's URL. lists: their IDs, at least one. template: its ID; None if the URL names none."""

    base: str
    lists: list[int]
    template: int | None


def _read(url: str) -> _ListmonkUrl:
    read = read_url(url, ("list", "template", "tls"), has_host=True)
    lists = [_number(read, "list", value) for value in read.all("list")]
    if not lists:
        refuse(read.scheme, "does not name a list; listmonk shows its ID on the page of lists")
    given = read.one("template", "")
    return _ListmonkUrl(_base(read), lists, _number(read, "template", given) if given else None)


def _base(read: ProviderUrl) -> str:
    tls = read.one("tls", "required")
    if tls not in {"required", "none"}:
        refuse(read.scheme, "has an unknown value of tls; allowed: none")
    if tls == "none" and not is_private(urlsplit(f"//{read.host}").hostname or ""):
        refuse(
            read.scheme,
            "has tls=none, which would send the key and the digest unencrypted. Remove it, or use a server on this machine or"
            " on a private network: an IP address such as 10.0.0.7, or a host name ending in .internal",
        )
    return f"{'http' if tls == 'none' else 'https'}://{read.host}"


def _open(target: _ListmonkUrl, environment: Mapping[str, str]) -> ProviderApi:
    user, token = required_secret(environment, USER, _WHERE), required_secret(environment, TOKEN, _WHERE)
    credentials = b64encode(f"{user}:{token}".encode()).decode()
    headers = {"authorization": f"Basic {credentials}"}
    return ProviderApi("listmonk", target.base, headers, f"{USER} and {TOKEN}", (token, credentials, user))


def _number(read: ProviderUrl, name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        refuse(read.scheme, f"has a {name} that is not a number")
    return int(value)


def _fields(draft: Draft, lists: list[int], template: int) -> dict[str, Any]:
    """The fields of a new campaign and of an update. Not the date of sending, which is set in listmonk."""
    return {
        "name": f"{draft.issue}: {draft.subject}",
        "subject": text_for(Dialect.LISTMONK, draft.subject),
        "lists": lists,
        "content_type": "html",
        "body": draft.html,
        "altbody": text_for(Dialect.LISTMONK, draft.text),
        "template_id": template,
        "tags": [_tag(draft.issue)],
    }


def _tag(issue: str) -> str:
    """The tag that identifies a campaign; listmonk makes tags lower-case, without spaces."""
    return f"briefing-{issue}".lower()


def _made_from(issue: str, provider: ProviderApi) -> Iterator[ProviderDraft]:
    # Versions differ in the parameter's name (`tag`, `tags`), and ignore one that they do not know.
    page = provider.get("/api/campaigns", {**_FILTER, "tag": _tag(issue), "tags": _tag(issue)}).get("data")
    results = page.get("results") if isinstance(page, dict) else None
    for campaign in results if isinstance(results, list) else ():
        tags = campaign.get("tags") if isinstance(campaign, dict) else None
        if isinstance(tags, list) and _tag(issue) in tags:
            yield _made(provider, campaign)


def _made(provider: ProviderApi, campaign: object) -> ProviderDraft:
    found = campaign if isinstance(campaign, dict) else {}
    name = found.get("id")
    if not isinstance(name, int):
        msg = "listmonk returned a campaign without an ID; check its page of campaigns"
        raise BriefingError(msg)
    status = str(found.get("status", ""))
    return ProviderDraft(str(name), status, f"{provider.base}/admin/campaigns/{name}", is_out=status in _OUT)


def _bare_template(provider: ProviderApi) -> int:
    templates = provider.get("/api/templates").get("data")
    for template in templates if isinstance(templates, list) else ():
        if (
            isinstance(template, dict)
            and template.get("type") in _TEMPLATES
            and _BARE.fullmatch(str(template.get("body", "")))
            and isinstance(template.get("id"), int)
        ):
            return int(template["id"])
    msg = (
        "listmonk has no template that leaves a complete page unchanged; create a campaign template that contains only"
        ' {{ template "content" . }}, or name one in the URL: &template=ID'
    )
    raise BriefingError(msg)
