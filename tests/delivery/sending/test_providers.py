"""Drafts for providers: one of each issue, renewed by the same call, and none that is more than a draft."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from tests.delivery.here import run_here
from tests.delivery.services import Asked, Fault, Said, Service, serving

from briefing.delivery.sending.providers import (
    SCHEMES,
    Draft,
    DraftState,
    buttondown,
    draft_state,
    put_draft,
    require_sending_url,
)
from briefing.delivery.sending.providers.provider_url import FORMS as PROVIDER_FORMS
from briefing.delivery.sending.transports import http_call
from briefing.delivery.sending.transports.endpoints import is_private
from briefing.delivery.sending.transports.transport_url import FORMS as TRANSPORTS
from briefing.delivery.sending.transports.transport_url import scheme_of
from briefing.errors import BriefingError, WrongUseError
from briefing.settings.sending import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import MakePublication

KEY = TOKEN = "a-good-key"
USER = "briefing"
ENVIRONMENT = {"BRIEFING_BUTTONDOWN_KEY": KEY, "BRIEFING_LISTMONK_USER": USER, "BRIEFING_LISTMONK_TOKEN": TOKEN}
TEXT = "Good morning\n[1] https://preferences.invalid/\n[2] https://unsubscribe.invalid/\n"
DRAFT = Draft("2026-w14", "What {{ x }} means", "And {% y %}", '<p><a href="{{ unsubscribe_url }}">x</a></p>', TEXT)
LATER = Draft("2026-w14", "Another subject", "", "<p>Another text</p>", "Another text")


class FakeButtondown:
    """/v1/emails as Buttondown documents it, two emails a page; a slug is used once."""

    def __init__(self) -> None:
        self.emails: list[dict[str, Any]] = []
        self.url = ""
        self.scheduler: Callable[[dict[str, Any]], None] = lambda _: None

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Token {KEY}":
            return Said(401, {"detail": "Invalid token."})
        assert asked.headers["x-api-version"] == "2026-04-01"
        if asked.method == "GET":
            return self._page(asked)
        if asked.method == "POST":
            if any(email["slug"] == asked.body["slug"] for email in self.emails):
                return Said(400, {"code": "slug_invalid", "detail": "The slug is already in use."})
            self.emails.append({"id": f"0000-{len(self.emails)}", **asked.body})
            return Said(201, self.emails[-1])
        email = next(email for email in self.emails if asked.path == f"/v1/emails/{email['id']}")
        email.update(asked.body)
        self.scheduler(email)
        return Said(200, email)

    def _page(self, asked: Asked) -> Said:
        assert asked.query["-status"] == ["deleted"]
        first = int(asked.query.get("page", ["1"])[0])
        listed = [email for email in self.emails if email["status"] != "deleted"]
        rest = len(listed) > 2 * first
        following = f"{self.url}/v1/emails?-status=deleted&page={first + 1}" if rest else None
        return Said(200, {"results": listed[2 * first - 2 : 2 * first], "next": following, "count": len(listed)})


class FakeListmonk:
    """/api/campaigns and /api/templates as listmonk documents them."""

    def __init__(self) -> None:
        self.campaigns: list[dict[str, Any]] = []
        self.templates: list[dict[str, Any]] = [
            {"id": 1, "type": "campaign", "body": '<html>{{ template "content" . }}</html>'},
            {"id": 2, "type": "tx", "body": '{{ template "content" . }}'},
            {"id": 3, "type": "campaign", "body": ' {{ template "content" . }}\n'},
        ]
        self.scheduler: Callable[[dict[str, Any]], None] = lambda _: None

    def __call__(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"Basic {base64.b64encode(f'{USER}:{TOKEN}'.encode()).decode()}":
            return Said(403, {"message": "invalid API credentials"})
        path = asked.path.removeprefix("/mail")
        if path == "/api/templates":
            return Said(200, {"data": self.templates})
        if asked.method == "GET":
            return Said(200, {"data": {"results": self.campaigns, "total": len(self.campaigns)}})
        if asked.method == "POST":
            self.campaigns.append({"id": len(self.campaigns) + 1, "status": "draft", **asked.body})
            return Said(200, {"data": self.campaigns[-1]})
        campaign = next(one for one in self.campaigns if path == f"/api/campaigns/{one['id']}")
        campaign.update(asked.body)
        self.scheduler(campaign)
        return Said(200, {"data": campaign})


@pytest.fixture
def button() -> Iterator[tuple[Service, FakeButtondown]]:
    fake = FakeButtondown()
    with serving(fake) as service:
        fake.url = service.url
        yield service, fake


@pytest.fixture
def monk() -> Iterator[tuple[Service, FakeListmonk]]:
    fake = FakeListmonk()
    with serving(fake) as service:
        yield service, fake


@pytest.fixture(params=["buttondown", "listmonk"])
def provider(request: pytest.FixtureRequest) -> Iterator[tuple[Service, list[dict[str, Any]], str, Any]]:
    """The service, what it holds, the URL to hand off to, and the fake."""
    fake: Any = FakeButtondown() if request.param == "buttondown" else FakeListmonk()
    with serving(fake) as service:
        fake.url = service.url
        if request.param == "buttondown":
            yield service, fake.emails, f"buttondown://?endpoint={service.url}", fake
        else:
            yield service, fake.campaigns, f"listmonk://127.0.0.1:{service.port}?list=7&tls=none", fake


def test_an_email_of_buttondowns(button: tuple[Service, FakeButtondown]) -> None:
    service, fake = button
    done = put_draft(f"buttondown://?endpoint={service.url}", DRAFT, ENVIRONMENT)
    assert done == DraftState("https://buttondown.com/emails/0000-0", is_new=True, name="0000-0")
    assert fake.emails == [
        {
            "id": "0000-0",
            "slug": "2026-w14",
            "status": "draft",
            "subject": "What {\u200c{ x }} means",
            "description": "And {\u200c% y %}",
            "body": f"<!-- buttondown-editor-mode: naked -->\n{DRAFT.html}",
            "metadata": {"briefing_issue": "2026-w14"},
        }
    ]
    assert "x-buttondown-live-dangerously" not in service.asked[-1].headers


def test_a_campaign_of_listmonks(monk: tuple[Service, FakeListmonk]) -> None:
    service, fake = monk
    done = put_draft(f"listmonk://127.0.0.1:{service.port}/mail/?list=7&list=9&tls=none", DRAFT, ENVIRONMENT)
    assert done == DraftState(f"http://127.0.0.1:{service.port}/mail/admin/campaigns/1", is_new=True, name="1")
    assert fake.campaigns == [
        {
            "id": 1,
            "status": "draft",
            "name": "2026-w14: What {{ x }} means",
            "subject": "What {\u200c{ x }} means",
            "lists": [7, 9],
            "content_type": "html",
            "body": DRAFT.html,
            "altbody": "Good morning\n[1] {{ UnsubscribeURL }}?manage=true\n[2] {{ UnsubscribeURL }}\n",
            "template_id": 3,
            "tags": ["briefing-2026-w14"],
            "type": "regular",
            "messenger": "email",
        }
    ]


def test_the_same_issue_again_renews_its_draft(provider: tuple[Service, list[dict[str, Any]], str, Any]) -> None:
    service, held, url, _ = provider
    other = Draft("2026-w13", "Last week", "", "<p>x</p>", "x")
    put_draft(url, other, ENVIRONMENT)
    first = put_draft(url, DRAFT, ENVIRONMENT)
    again = put_draft(url, LATER, ENVIRONMENT)
    assert again == DraftState(first.where, is_new=False, name=first.name)
    assert [one["subject"] for one in held] == ["Last week", "Another subject"]
    assert "Another text" in held[1]["body"]
    assert "status" not in service.asked[-1].body


@pytest.mark.parametrize(
    "status", ["scheduled", "about_to_send", "in_flight", "running", "paused", "sent", "finished", "new"]
)
def test_what_is_more_than_a_draft_is_never_touched(
    provider: tuple[Service, list[dict[str, Any]], str, Any], status: str
) -> None:
    service, held, url, _ = provider
    where = put_draft(url, DRAFT, ENVIRONMENT).where
    held[0]["status"] = status
    before = [dict(one) for one in held]
    with pytest.raises(BriefingError, match=f"`{status}`") as refused:
        put_draft(url, LATER, ENVIRONMENT)
    assert where in str(refused.value)
    assert held == before
    assert service.asked[-1].method == "GET"


def test_of_two_drafts_none_is_chosen(provider: tuple[Service, list[dict[str, Any]], str, Any]) -> None:
    _, held, url, _ = provider
    put_draft(url, DRAFT, ENVIRONMENT)
    held.append({**held[0], "id": 99 if isinstance(held[0]["id"], int) else "0000-99"})
    before = [dict(one) for one in held]
    with pytest.raises(BriefingError, match="2 drafts"):
        put_draft(url, LATER, ENVIRONMENT)
    assert held == before


def test_a_draft_that_is_scheduled_meanwhile_is_told(provider: tuple[Service, list[dict[str, Any]], str, Any]) -> None:
    _, _, url, fake = provider
    put_draft(url, DRAFT, ENVIRONMENT)
    fake.scheduler = lambda one: one.update(status="scheduled")
    with pytest.raises(BriefingError, match="`scheduled`"):
        put_draft(url, LATER, ENVIRONMENT)


def test_a_draft_is_found_by_its_slug_and_on_any_page(button: tuple[Service, FakeButtondown]) -> None:
    service, fake = button
    url = f"buttondown://?endpoint={service.url}"
    fake.emails = [{"id": f"0000-{n}", "slug": f"other-{n}", "status": "sent", "metadata": None} for n in range(5)]
    fake.emails.append({"id": "0000-hand", "slug": "2026-w14", "status": "draft"})
    done = put_draft(url, DRAFT, ENVIRONMENT)
    assert done == DraftState("https://buttondown.com/emails/0000-hand", is_new=False, name="0000-hand")
    fake.emails[-1]["slug"] = "renamed-by-hand"
    assert not put_draft(url, LATER, ENVIRONMENT).is_new
    assert len(fake.emails) == 6


def test_a_deleted_draft_leaves_its_slug_behind(button: tuple[Service, FakeButtondown]) -> None:
    service, fake = button
    url = f"buttondown://?endpoint={service.url}"
    put_draft(url, DRAFT, ENVIRONMENT)
    fake.emails[0]["status"] = "deleted"
    with pytest.raises(BriefingError, match=r"\(400\): slug_invalid: The slug is already in use"):
        put_draft(url, DRAFT, ENVIRONMENT)


@pytest.mark.parametrize("fault", ["drop", "cut", "garble"])
def test_an_answer_that_is_lost_makes_no_second_draft(
    provider: tuple[Service, list[dict[str, Any]], str, Any], fault: Fault
) -> None:
    service, held, url, _ = provider
    service.only = "POST"
    service.fail(fault)
    with pytest.raises(BriefingError, match=r"did not respond; run the same command again|like its API"):
        put_draft(url, DRAFT, ENVIRONMENT)
    assert len(held) == 1
    assert not put_draft(url, LATER, ENVIRONMENT).is_new
    assert [one["subject"] for one in held] == ["Another subject"]


REFUSALS = [
    (Said(401, {"detail": f"Invalid token {KEY}"}), r"refuses the key \(401\); set BRIEFING_"),
    (Said(403, {}), r"refuses the key \(403\); set BRIEFING_"),
    (Said(429, {}, {"retry-after": "30"}), "asks to wait 30 seconds"),
    (Said(400, {"code": "body_invalid", "detail": "No."}), r"refuses \(400\): body_invalid: No\."),
    (Said(400, {"message": f"{KEY} of ada@reader.example"}), r"refuses \(400\): \.\.\."),
    (Said(404, b"<p>not here"), r"refuses \(404\): its API was not found; check host and path in the URL$"),
    (
        Said(302, b"", {"location": "https://elsewhere.example/"}),
        r"refuses \(302\): its API was not found; check host and path",
    ),
    (Said(400, b""), r"refuses \(400\): it gives no reason; check the URL"),
    (Said(500, b""), r"failed \(500\); run the same command again"),
    (Said(200, b"<p>hello"), "like its API"),
    (Said(200, []), "like its API"),
    ("lose", "did not respond"),
]


@pytest.mark.parametrize(("fault", "said"), REFUSALS)
def test_what_the_provider_refuses_is_said_without_secrets(
    provider: tuple[Service, list[dict[str, Any]], str, Any], fault: Fault, said: str
) -> None:
    service, held, url, _ = provider
    service.fail(fault)
    with pytest.raises(BriefingError, match=said) as refused:
        put_draft(url, DRAFT, ENVIRONMENT)
    assert KEY not in str(refused.value)
    assert "@" not in str(refused.value)
    assert held == []
    assert len(service.asked) == 1


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"results": [3, {}]}}, {"results": [3, {"id": None}]}])
def test_answers_of_another_shape_make_no_traceback(
    provider: tuple[Service, list[dict[str, Any]], str, Any], body: dict[str, Any]
) -> None:
    service, _, url, _ = provider
    service.fail(*[Said(200, body)] * 3)
    with pytest.raises(BriefingError, match=r"without an ID|no template|not a number"):
        put_draft(url, DRAFT, ENVIRONMENT)


def test_no_answer_in_time_is_said(
    provider: tuple[Service, list[dict[str, Any]], str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_call, "_ANSWER", 0.1)
    service, _, url, _ = provider
    service.fail("stall")
    with pytest.raises(BriefingError, match="did not respond"):
        put_draft(url, DRAFT, ENVIRONMENT)


def test_nobody_there_is_said() -> None:
    with serving(lambda _: Said(200)) as service:
        port = service.port
    with pytest.raises(BriefingError, match=r"listmonk at 127\.0\.0\.1:\d+ cannot be reached; check the URL, this"):
        put_draft(f"listmonk://127.0.0.1:{port}?list=1&tls=none", DRAFT, ENVIRONMENT)


def test_the_key_goes_to_no_other_host(button: tuple[Service, FakeButtondown]) -> None:
    service, _ = button
    with serving(lambda _: Said(200, {"results": []})) as other:
        service.fail(Said(200, {"results": [], "next": f"{other.url}/v1/emails"}))
        with pytest.raises(BriefingError, match="another host"):
            put_draft(f"buttondown://?endpoint={service.url}", DRAFT, ENVIRONMENT)
        assert other.asked == []


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.7", True),
        ("172.31.255.255", True),
        ("192.168.1.1", True),
        ("fd00::7", True),
        ("listmonk.internal", True),
        ("172.32.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
        ("listmonk", False),
        ("10.0.0.7.example.org", False),
        ("internal.example.org", False),
        ("notinternal", False),
        ("", False),
    ],
)
def test_in_the_clear_is_for_private_networks(host: str, *, near: bool) -> None:
    assert is_private(host) is near


@pytest.mark.parametrize("scheme", SCHEMES)
def test_who_takes_it_for_a_transport_is_told_what_it_is(scheme: str) -> None:
    with pytest.raises(WrongUseError, match="`send` creates a draft there"):
        scheme_of(f"{scheme}://example.org")


def test_transports_know_every_provider() -> None:
    assert PROVIDERS == SCHEMES


def test_a_list_without_end_ends(button: tuple[Service, FakeButtondown], monkeypatch: pytest.MonkeyPatch) -> None:
    service, _ = button
    monkeypatch.setattr(buttondown, "_MAX_PAGES", 3)
    monkeypatch.setattr(service, "behave", lambda _: Said(200, {"results": [], "next": f"{service.url}/v1/emails"}))
    with pytest.raises(BriefingError, match="does not end"):
        put_draft(f"buttondown://?endpoint={service.url}", DRAFT, ENVIRONMENT)


def test_a_template_may_be_named_and_must_be_there(monk: tuple[Service, FakeListmonk]) -> None:
    service, fake = monk
    url = f"listmonk://127.0.0.1:{service.port}?list=7&tls=none"
    fake.templates.pop()
    with pytest.raises(BriefingError, match="template=ID"):
        put_draft(url, DRAFT, ENVIRONMENT)
    assert fake.campaigns == []
    put_draft(f"{url}&template=12", DRAFT, ENVIRONMENT)
    assert fake.campaigns[0]["template_id"] == 12


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mailchimp://", "buttondown:// or listmonk://"),
        ("buttondown://host", "host"),
        ("buttondown:///path", "host"),
        ("buttondown://?endpoint=http://mail.example.org", "https"),
        ("buttondown://?key=s3cret", "option"),
        ("buttondown://s3cret@", "environment"),
        ("listmonk://?list=1", "not name a host"),
        ("listmonk://mail.example.org", "does not name a list"),
        ("listmonk://mail.example.org?list=", "without a value"),
        ("listmonk://mail.example.org?list=weekly", "not a number"),
        ("listmonk://mail.example.org?list=1&template=x", "not a number"),
        ("listmonk://mail.example.org?list=1&template=1&template=2", "twice"),
        ("listmonk://mail.example.org?list=1&tls=maybe", "tls"),
        ("listmonk://mail.example.org?list=1&tls=none", "on a private network"),
        ("listmonk://192.0.2.7:9000/mail?list=1&tls=none", "on a private network"),
        ("listmonk://[2001:db8::1]?list=1&tls=none", "on a private network"),
        ("listmonk://mail.example.org?list=1#s3cret", "#"),
        ("listmonk://user:s3cret@mail.example.org?list=1", "environment"),
        ("listmonk://mail.example.org:99999?list=1", "port"),
        ("listmonk://[::1?list=1", "host or port"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused_before_any_call(url: str, said: str) -> None:
    asks: list[Callable[[], object]] = [
        lambda: put_draft(url, DRAFT, ENVIRONMENT),
        lambda: draft_state(url, DRAFT.issue, ENVIRONMENT),
        lambda: require_sending_url(url),
    ]
    for ask in asks:
        with pytest.raises(WrongUseError, match=said) as refused:
            ask()
        assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["buttondown://", " listmonk://h.example/mail?list=1&list=2&template=3", "file:x", "smtp://h.example:25"]
)
def test_a_sound_url_needs_nobody_there_and_no_key(url: str) -> None:
    require_sending_url(url)


@pytest.mark.parametrize("command", ["send", "release", "proof"])
def test_a_command_refuses_at_once_what_makes_no_sense(publication: MakePublication, command: str) -> None:
    root = publication()
    issue = ("2026-w14", "--to", "desk@example.org") if command == "proof" else ("2026-w14",)
    to = ("--to", "file:www", "--proof-to", "desk@example.org") if command == "release" else ()
    with serving(lambda _: Said(200)) as service:
        listmonk = f"listmonk://127.0.0.1:{service.port}?list=x&tls=none"
        refused = [run_here(root, command, *issue, *to, "--via", url) for url in (listmonk, "nonsense", "smtp://[h")]
        assert service.asked == []
    assert [done.returncode for done in refused] == [2, 2, 2]
    assert not (root / ".briefing").exists()
    forms = [*TRANSPORTS.values(), *(() if command == "proof" else PROVIDER_FORMS.values())]
    assert refused[1].stderr.endswith(f"; use {', '.join(forms[:-1])} or {forms[-1]}\n")
    said = "`send` creates a draft there" if command == "proof" else "has a list that is not a number"
    assert said in refused[0].stderr


@pytest.mark.parametrize("missing", ENVIRONMENT)
def test_a_missing_key_is_named(missing: str) -> None:
    url = "buttondown://" if "BUTTONDOWN" in missing else "listmonk://mail.example.org?list=1"
    with pytest.raises(BriefingError, match=f"{missing} is not set"):
        put_draft(url, DRAFT, {**ENVIRONMENT, missing: ""})


def test_a_providers_scheme_is_no_transports() -> None:
    assert SCHEMES == ("buttondown", "listmonk")
    assert not set(SCHEMES) & set(TRANSPORTS)
