"""`listmonk://HOST?list=ID`: a campaign of a listmonk server, as a draft (https://listmonk.app/docs/apis/campaigns/)."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from briefing.delivery.sending.providers.api import ProviderApi
from briefing.delivery.sending.providers.matching import Made, changeable, furthest, require_draft
from briefing.delivery.sending.providers.provider_url import read_url, refuse
from briefing.delivery.sending.transports.endpoints import is_private, required_secret
from briefing.digest.merge_tags import Provider as Dialect
from briefing.digest.merge_tags import text_for
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.delivery.sending.providers.draft import Draft, DraftState
    from briefing.delivery.sending.providers.provider_url import Url

USER: Final = "BRIEFING_LISTMONK_USER"
TOKEN: Final = "BRIEFING_LISTMONK_TOKEN"  # noqa: S105 - the variable's name
_WHERE: Final = "that of an API user, whom listmonk makes under Users"
_OUT: Final = ("running", "finished")
_EVERY: Final = {"per_page": "all", "no_body": "true"}
# A template that adds nothing to the digest, which is a whole page.
_BARE = re.compile(r"\s*\{\{-?\s*template\s+\"content\"\s+\.\s*-?\}\}\s*")
_TEMPLATES: Final = ("campaign", None)  # None: a listmonk from before it told kinds apart


def put_draft(url: str, draft: Draft, environment: Mapping[str, str]) -> DraftState:
    """See `providers.put_draft`."""
    place = _read(url)
    provider = _open(place, environment)
    made = changeable(draft.issue, _made_from(draft.issue, provider))
    fields = _fields(draft, place.lists, _bare_template(provider) if place.template is None else place.template)
    if made is None:
        answer = provider.write("POST", "/api/campaigns", {**fields, "type": "regular", "transport": "email"})
    else:
        answer = provider.write("PUT", f"/api/campaigns/{made.name}", fields)
    done = _made(provider, answer.get("data"))
    require_draft(draft.issue, done)  # somebody may have scheduled it meanwhile
    return done.handed_off(is_new=made is None)


def look(url: str, issue: str, environment: Mapping[str, str]) -> DraftState | None:
    """See `providers.look`."""
    return furthest(_made_from(issue, _open(_read(url), environment)))


def require_sound(url: str) -> None:
    """See `providers.require_outlet`."""
    _read(url)


@dataclass(frozen=True, slots=True)
class _ListmonkUrl:
    """base: the server's address. lists: their numbers, at least one. template: its number, None where none is named."""

    base: str
    lists: list[int]
    template: int | None


def _read(url: str) -> _ListmonkUrl:
    read = read_url(url, ("list", "template", "tls"), has_host=True)
    lists = [_number(read, "list", value) for value in read.all("list")]
    if not lists:
        refuse(read.scheme, "names no list; its number is on listmonk's page of lists")
    given = read.one("template", "")
    return _ListmonkUrl(_base(read), lists, _number(read, "template", given) if given else None)


def _base(read: Url) -> str:
    tls = read.one("tls", "required")
    if tls not in {"required", "none"}:
        refuse(read.scheme, "has a tls that is none; write tls=none for a server without, or leave it out")
    if tls == "none" and not is_private(urlsplit(f"//{read.host}").hostname or ""):
        refuse(
            read.scheme,
            "has tls=none: key and digest could be read on their way. Leave it out, or name a server of this machine or"
            " of a private network by its number (10.0.0.7) or a name of .internal",
        )
    return f"{'http' if tls == 'none' else 'https'}://{read.host}"


def _open(place: _ListmonkUrl, environment: Mapping[str, str]) -> ProviderApi:
    user, token = required_secret(environment, USER, _WHERE), required_secret(environment, TOKEN, _WHERE)
    credentials = b64encode(f"{user}:{token}".encode()).decode()
    headers = {"authorization": f"Basic {credentials}"}
    return ProviderApi("listmonk", place.base, headers, f"{USER} and {TOKEN}", (token, credentials, user))


def _number(read: Url, name: str, value: str) -> int:
    if not (value.isascii() and value.isdigit()):
        refuse(read.scheme, f"has a {name} that is not a number")
    return int(value)


def _fields(draft: Draft, lists: list[int], template: int) -> dict[str, Any]:
    """What an update renews too. The date of sending is not among them: it is the desk's."""
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
    """By which a campaign is known; listmonk makes tags of small letters without spaces."""
    return f"briefing-{issue}".lower()


def _made_from(issue: str, provider: ProviderApi) -> Iterator[Made]:
    # Servers differ in the parameter's name (`tag`, `tags`), and one that they do not know selects nothing.
    page = provider.get("/api/campaigns", {**_EVERY, "tag": _tag(issue), "tags": _tag(issue)}).get("data")
    results = page.get("results") if isinstance(page, dict) else None
    for campaign in results if isinstance(results, list) else ():
        tags = campaign.get("tags") if isinstance(campaign, dict) else None
        if isinstance(tags, list) and _tag(issue) in tags:
            yield _made(provider, campaign)


def _made(provider: ProviderApi, campaign: object) -> Made:
    found = campaign if isinstance(campaign, dict) else {}
    name = found.get("id")
    if not isinstance(name, int):
        msg = "listmonk answers with a campaign that has no number; look at its page of campaigns"
        raise BriefingError(msg)
    status = str(found.get("status", ""))
    return Made(str(name), status, f"{provider.base}/admin/campaigns/{name}", is_out=status in _OUT)


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
        "listmonk has no template that leaves a whole page as it is: make a campaign template that holds only"
        ' {{ template "content" . }}, or name one in the URL: &template=ID'
    )
    raise BriefingError(msg)
