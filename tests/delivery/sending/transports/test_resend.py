"""Resend: each message once, whatever the network and the service do."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery.certificates import self_signed
from tests.delivery.services import KEY, FakeResend, Said, Service, resend_error, serving

from briefing.delivery.sending.transports import http_call, open_transport, pacing
from briefing.delivery.sending.transports.contract import Doubt, Envelope, Outcome, UnreachableError, Verdict
from briefing.delivery.sending.transports.endpoints import redact, safe_endpoint
from briefing.delivery.sending.transports.http_call import NoAnswer, ServiceAnswer, call, open_client, retry_after
from briefing.delivery.sending.transports.resend import client as module
from briefing.delivery.sending.transports.resend.resend_verdicts import judge, rate_limit_reset
from briefing.delivery.store.tables import Keeps
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from briefing.delivery.sending.transports.resend.client import Resend

MESSAGE = """\
Date: Fri, 03 Apr 2026 00:00:00 +0100
From: =?utf-8?q?The_=C3=89xample?= <desk@example.org>
Reply-To: answers@example.org
To: Ada <ada@reader.example>
Subject: =?utf-8?q?Caf=C3=A9=2C_a?=
 =?utf-8?q?nd_more?=
Message-ID: <0123@example.org>
List-Id: <briefing.example.org>
List-Unsubscribe: <https://list.example.org/unsubscribe/u0123456789012345678901234567890123456789>,
 <mailto:leave+u0123@example.org?subject=unsubscribe>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
Precedence: bulk
MIME-Version: 1.0
Content-Type: multipart/alternative;
 boundary="=_b"

--=_b
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Caf=C3=A9, a line that is broken by the en=
coding
=2Edot
--=_b
Content-Type: text/html; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

<p class=3D"a">Caf=C3=A9</p>
--=_b--
""".replace("\n", "\r\n").encode()


def envelope(name: str = "b7-ada", message: bytes = MESSAGE) -> Envelope:
    return Envelope("bounces+b7@example.org", "ada@reader.example", message, name)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, ...]]:
    """What would have been waited for before calls were made again."""
    asked: list[tuple[float, ...]] = []

    async def pause(*seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr(module, "pause", pause)
    monkeypatch.setattr(pacing, "PATIENCE", 0.01)
    return asked


@pytest.fixture
def resend() -> Iterator[tuple[Service, FakeResend]]:
    fake = FakeResend()
    with serving(fake) as service:
        yield service, fake


def opened(url: str, key: str = KEY) -> Resend:
    settings: Any = None
    transport: Any = open_transport(f"resend://?endpoint={url}", settings, {"BRIEFING_RESEND_KEY": key})
    return transport  # type: ignore[no-any-return]


def deliver(url: str, *envelopes: Envelope, key: str = KEY) -> list[Outcome]:
    """Hand over, one after the other, through one channel."""

    async def go() -> list[Outcome]:
        transport = opened(url, key)
        try:
            async with transport.channel() as channel:
                return [await channel.deliver(envelope) for envelope in envelopes]
        finally:
            await transport.close()

    return asyncio.run(go())


@pytest.fixture
def delivered(resend: tuple[Service, FakeResend], pauses: list[tuple[float, ...]]) -> Callable[..., Outcome]:
    """`delivered("drop", ...)`: what became of one envelope when the service failed like that."""
    assert pauses == []

    def one(*faults: str | Said, key: str = KEY) -> Outcome:
        service, _ = resend
        service.fail(*faults)
        return deliver(service.url, envelope(), key=key)[0]

    return one


def test_a_message_becomes_the_request_that_is_documented(resend: tuple[Service, FakeResend]) -> None:
    service, fake = resend
    assert deliver(service.url, envelope()) == [Outcome(Verdict.SENT, "200")]
    assert fake.sent == [
        {
            "from": "The Éxample <desk@example.org>",
            "to": ["ada@reader.example"],
            "reply_to": ["answers@example.org"],
            "subject": "Café, and more",
            "text": "Café, a line that is broken by the encoding\n.dot",
            "html": '<p class="a">Café</p>',
            "headers": {
                "Message-ID": "<0123@example.org>",
                "List-Id": "<briefing.example.org>",
                "List-Unsubscribe": "<https://list.example.org/unsubscribe/u0123456789012345678901234567890123456789>,"
                " <mailto:leave+u0123@example.org?subject=unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                "Precedence": "bulk",
            },
            "tags": [{"name": "delivery", "value": "b7-ada"}],
        }
    ]
    headers = service.asked[0].headers
    assert (headers["idempotency-key"], headers["user-agent"]) == ("b7-ada/0123", "briefing")


def test_what_it_promises() -> None:
    traits = opened("http://127.0.0.1:9").traits
    assert (traits.name, traits.keeps, traits.doubt, traits.signs) == (
        "resend://127.0.0.1:9",
        Keeps.CONTENT,
        Doubt.REPEAT,
        True,
    )
    assert 22 * 3600 <= traits.repeatable < 24 * 3600


@pytest.mark.parametrize("fault", ["drop", "lose", "garble", "cut", resend_error(500, "application_error"), Said(502)])
def test_doubt_is_resolved_by_the_same_call(
    delivered: Callable[..., Outcome], resend: tuple[Service, FakeResend], fault: str | Said
) -> None:
    assert delivered(fault) == Outcome(Verdict.SENT, "200")
    service, fake = resend
    assert len(fake.sent) == 1
    assert len(service.asked) == 2
    assert service.asked[0].body == service.asked[1].body
    assert {asked.headers["idempotency-key"] for asked in service.asked} == {"b7-ada/0123"}


def test_every_way_to_fail_twice_sends_once(
    resend: tuple[Service, FakeResend], pauses: list[tuple[float, ...]]
) -> None:
    service, fake = resend
    refused = [resend_error(500, "application_error"), resend_error(429, "rate_limit_exceeded")]
    faults: list[str | Said] = ["drop", "lose", "garble", "cut", *refused]
    pairs = list(itertools.product(faults, repeat=2))
    for pair in pairs:
        service.fail(*pair, "well")
    outcomes = deliver(service.url, *(envelope(f"key-{number}") for number in range(len(pairs))))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.SENT}
    assert sorted(sent["tags"][0]["value"] for sent in fake.sent) == sorted(f"key-{n}" for n in range(len(pairs)))
    assert len(pauses) == 2 * len(pairs)
    assert len(service.asked) == 3 * len(pairs)


@pytest.mark.parametrize(
    ("fault", "status"),
    [("drop", "dropped"), ("lose", "dropped"), ("garble", "garbled"), ("cut", "dropped"), (Said(503), "503")],
)
def test_what_stays_in_doubt_is_unknown(
    delivered: Callable[..., Outcome], resend: tuple[Service, FakeResend], fault: str | Said, status: str
) -> None:
    assert delivered(*[fault] * 4) == Outcome(Verdict.UNKNOWN, status)
    assert len(resend[0].asked) == 4
    assert len(resend[1].sent) <= 1


def test_no_answer_in_time_is_unknown(
    delivered: Callable[..., Outcome], resend: tuple[Service, FakeResend], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_call, "_ANSWER", 0.1)
    assert delivered(*["stall"] * 4) == Outcome(Verdict.UNKNOWN, "timeout")
    assert len(resend[1].sent) == 1


def test_a_call_has_an_end(delivered: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_call, "_WHOLE", 0.1)
    assert delivered(*["stall"] * 4).verdict is Verdict.UNKNOWN


def test_after_doubt_a_refusal_proves_nothing(delivered: Callable[..., Outcome]) -> None:
    outcome = delivered("drop", resend_error(403, "invalid_api_key", "API key is invalid"))
    assert outcome.verdict is Verdict.UNKNOWN
    assert "BRIEFING_RESEND_KEY" in outcome.refusal
    assert delivered("drop", resend_error(429, "rate_limit_exceeded", retry_after="60")).verdict is Verdict.UNKNOWN


DOCUMENTED = [
    (resend_error(400, "invalid_idempotency_key"), Verdict.RETURNED, "refuses (invalid_idempotency_key)"),
    (resend_error(400, "validation_error", "The `to` field must be an `email`."), Verdict.DEAD, ""),
    (resend_error(422, "validation_error", "Invalid `to` field. Use email@example.com"), Verdict.DEAD, ""),
    (
        resend_error(422, "validation_error", "Invalid `from` field. Use it in `to`."),
        Verdict.RETURNED,
        "(validation_error)",
    ),
    (resend_error(400, "validation_error", "Something is odd."), Verdict.DEFERRED, ""),
    (resend_error(422, "missing_required_field", "Missing `to` field."), Verdict.RETURNED, "missing_required_field"),
    (resend_error(422, "invalid_from_address", "Invalid from"), Verdict.RETURNED, "email.sender"),
    (resend_error(422, "invalid_attachment"), Verdict.RETURNED, "invalid_attachment"),
    (resend_error(401, "missing_api_key"), Verdict.RETURNED, "BRIEFING_RESEND_KEY"),
    (resend_error(401, "restricted_api_key"), Verdict.RETURNED, "BRIEFING_RESEND_KEY"),
    (resend_error(403, "invalid_api_key"), Verdict.RETURNED, "BRIEFING_RESEND_KEY"),
    (
        resend_error(403, "validation_error", "You can only send testing emails to your own address (a@b.example)."),
        Verdict.RETURNED,
        "https://resend.com/domains",
    ),
    (
        resend_error(403, "validation_error", "The example.org domain is not verified."),
        Verdict.RETURNED,
        "https://resend.com/domains",
    ),
    (resend_error(404, "not_found"), Verdict.RETURNED, "endpoint"),
    (resend_error(405, "method_not_allowed"), Verdict.RETURNED, "endpoint"),
    (resend_error(409, "invalid_idempotent_request"), Verdict.UNKNOWN, ""),
    (resend_error(409, "concurrent_idempotent_requests"), Verdict.UNKNOWN, ""),
    (resend_error(429, "rate_limit_exceeded", retry_after="7"), Verdict.RETURNED, ""),
    (resend_error(429, "daily_quota_exceeded"), Verdict.RETURNED, "tomorrow"),
    (resend_error(429, "monthly_quota_exceeded"), Verdict.RETURNED, "change the plan"),
    (resend_error(451, "security_error", "Look at ada@reader.example"), Verdict.RETURNED, "support"),
    (resend_error(500, "application_error"), Verdict.UNKNOWN, ""),
    (resend_error(500, "internal_server_error"), Verdict.UNKNOWN, ""),
    (Said(307, b"", {"location": "https://elsewhere.example/"}), Verdict.RETURNED, "refuses (307)"),
    (Said(400, b"<p>no"), Verdict.DEFERRED, ""),
    (Said(413, b"<p>no"), Verdict.RETURNED, "refuses (413)"),
]


@pytest.mark.parametrize(("said", "verdict", "refusal"), DOCUMENTED)
def test_each_documented_error(
    delivered: Callable[..., Outcome], resend: tuple[Service, FakeResend], said: Said, verdict: Verdict, refusal: str
) -> None:
    outcome = delivered(*[said] * 4)
    assert outcome.verdict is verdict
    assert refusal in outcome.refusal
    assert bool(refusal) == bool(outcome.refusal)
    assert "@" not in outcome.refusal + outcome.status
    assert not outcome.is_gone
    assert resend[1].sent == []


def test_a_key_used_for_another_message_is_not_tried_again(
    resend: tuple[Service, FakeResend], pauses: list[tuple[float, ...]]
) -> None:
    service, fake = resend
    other = envelope(message=MESSAGE.replace(b"more", b"less"))
    assert deliver(service.url, envelope(), other)[1] == Outcome(Verdict.UNKNOWN, "invalid_idempotent_request")
    assert len(fake.sent) == 1
    assert pauses == []


def test_every_proof_is_sent(resend: tuple[Service, FakeResend]) -> None:
    """It has the key of no reader's delivery, and a Message-ID of its own."""
    service, fake = resend
    proofs = [envelope(message=MESSAGE.replace(b"<0123@", b"<proof-%d@" % number)) for number in range(3)]
    assert {outcome.verdict for outcome in deliver(service.url, *proofs)} == {Verdict.SENT}
    assert len(fake.sent) == 3


def test_another_date_is_the_same_message(resend: tuple[Service, FakeResend]) -> None:
    service, fake = resend
    later = envelope(message=MESSAGE.replace(b"Fri, 03 Apr", b"Sat, 04 Apr"))
    assert [outcome.verdict for outcome in deliver(service.url, envelope(), later)] == [Verdict.SENT, Verdict.SENT]
    assert len(fake.sent) == 1


def test_a_short_limit_is_waited_for(
    delivered: Callable[..., Outcome], resend: tuple[Service, FakeResend], pauses: list[tuple[float, ...]]
) -> None:
    limit = resend_error(429, "rate_limit_exceeded", "Too many requests")
    named = resend_error(429, "rate_limit_exceeded", retry_after="3")
    assert (
        delivered(limit, named, resend_error(429, "rate_limit_exceeded", ratelimit_reset="2")).verdict is Verdict.SENT
    )
    assert pauses == [(0.5, 1), (1, 3), (2, 2)]
    assert len(resend[1].sent) == 1


def test_a_long_limit_is_the_campaigns(delivered: Callable[..., Outcome], pauses: list[tuple[float, ...]]) -> None:
    limit = resend_error(429, "rate_limit_exceeded", retry_after="60")
    assert delivered(limit) == Outcome(Verdict.RETURNED, "rate_limit_exceeded", wait=60)
    assert pauses == []


def test_the_last_call_for_now_holds_all_channels(resend: tuple[Service, FakeResend]) -> None:
    service, _ = resend
    last = Said(200, {"id": "x"}, {"ratelimit-remaining": "0", "ratelimit-reset": "1"})
    service.fail(last)

    async def go() -> float:
        transport = opened(service.url)
        loop = asyncio.get_running_loop()
        async with transport.channel() as one, transport.channel() as other:
            await one.deliver(envelope("one"))
            begun = loop.time()
            await other.deliver(envelope("other"))
        await transport.close()
        return loop.time() - begun

    assert asyncio.run(go()) > 0.8
    assert rate_limit_reset(ServiceAnswer(200, {"ratelimit-remaining": "1", "ratelimit-reset": "1"})) == 0
    assert rate_limit_reset(NoAnswer("dropped", has_left=True)) == 0


def test_nobody_there_is_no_doubt(pauses: list[tuple[float, ...]]) -> None:
    with serving(FakeResend()) as service:
        port = service.port

    async def go() -> None:
        transport = opened(f"http://127.0.0.1:{port}")
        async with transport.channel() as channel:
            assert await channel.deliver(envelope()) == Outcome(Verdict.RETURNED, "unreachable")
            assert not channel.is_open
        with pytest.raises(UnreachableError, match=r"cannot be reached.*; check the URL") as refused:
            await transport.channel().__aenter__()
        assert refused.value.wait > 0
        with serving(FakeResend(), port):
            async with transport.channel() as channel:
                assert channel.is_open
                assert (await channel.deliver(envelope())).verdict is Verdict.SENT
        await transport.close()

    asyncio.run(go())
    assert pauses == []


def test_a_door_that_is_shut_at_once_is_never_sent_twice(
    delivered: Callable[..., Outcome], resend: tuple[Service, FakeResend]
) -> None:
    assert delivered("close").verdict is Verdict.SENT
    assert len(resend[1].sent) == 1


def test_a_certificate_that_is_not_valid_is_said(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))

    async def go() -> None:
        with serving(FakeResend(), context=context) as service:
            transport = opened(f"https://127.0.0.1:{service.port}")
            async with transport.channel() as channel:
                assert await channel.deliver(envelope()) == Outcome(Verdict.RETURNED, "certificate")
            with pytest.raises(UnreachableError, match="certificate") as refused:
                await transport.channel().__aenter__()
            assert refused.value.wait == 0
            await transport.close()

    asyncio.run(go())


def test_an_answer_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_call, "_LARGEST", 1000)

    async def go(url: str) -> ServiceAnswer | NoAnswer:
        async with open_client(1, {}) as client:
            return await call(client, "GET", url)

    with serving(lambda _: Said(200, b" " * 5000)) as service:
        assert asyncio.run(go(service.url)) == NoAnswer("dropped", has_left=True)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("//host", "host"),
        ("//user@", "user"),
        ("//?key=re_secret", "option"),
        ("//?endpoint=http://mail.example.org", "https"),
        ("//?endpoint=ftp://127.0.0.1", "https"),
        ("//?endpoint=", "endpoint"),
        ("//?endpoint=https://user:re_secret@host", "endpoint"),
        ("//?endpoint=https://host:99999999", "endpoint"),
    ],
)
def test_another_form_is_refused_and_not_repeated(address: str, said: str) -> None:
    settings: Any = None
    with pytest.raises(WrongUseError, match=said) as refused:
        open_transport(f"resend:{address}", settings, {"BRIEFING_RESEND_KEY": KEY})
    assert "re_secret" not in str(refused.value)


@pytest.mark.parametrize(
    "endpoint", ["https://mail.example.org/", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"]
)
def test_an_endpoint_is_safe_or_here(endpoint: str) -> None:
    assert safe_endpoint(endpoint) == endpoint.rstrip("/")


@pytest.mark.parametrize("key", ["", "  ", "re_a secret", "re_sécret", "re_\x00secret"])
def test_without_a_key_it_says_which_variable(key: str) -> None:
    with pytest.raises(BriefingError, match="BRIEFING_RESEND_KEY") as refused:
        opened("http://127.0.0.1:9", key)
    assert "cret" not in str(refused.value)


@given(
    st.one_of(
        st.text(), st.integers().map(str), st.datetimes().map(lambda day: day.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    )
)
def test_any_retry_after_is_a_wait(said: str) -> None:
    assert 0 <= retry_after({"retry-after": said}, 1.7e9) <= 86400


def test_retry_after_is_seconds_or_a_date() -> None:
    assert retry_after({"retry-after": "120"}, 0) == 120
    assert retry_after({"retry-after": "Fri, 03 Apr 2026 00:00:30 GMT"}, 1775174400) == 30
    assert retry_after({}, 0) == 0


@given(st.text())
def test_no_address_is_repeated(text: str) -> None:
    said = redact(f"{text} ada@reader.example {text} re_secret", ["re_secret"])
    assert "@" not in said
    assert "re_secret" not in said
    assert len(said) <= 200
    assert said.isprintable() or not text.isprintable()


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["id", "name", "message"]), st.one_of(st.text(), st.integers(), st.none())),
)
def test_any_answer_has_an_outcome(status: int, body: dict[str, Any]) -> None:
    outcome = judge(ServiceAnswer(status, {}, body), 0)
    assert (outcome.verdict is Verdict.SENT) == (200 <= status < 300 and bool(body.get("id")))
    assert "@" not in outcome.status


def test_the_program_starts_without_httpx_and_boto3() -> None:
    code = (
        "import sys; from briefing.delivery.sending.transports import open_transport, resend, ses; from briefing.delivery.sending.providers import SCHEMES;"
        "sys.exit(bool({'httpx', 'boto3', 'botocore'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_pause_is_the_longest_that_is_asked_for() -> None:
    async def go() -> float:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await pacing.pause(0.0, 0.05)
        return loop.time() - begun

    assert 0.05 <= asyncio.run(go()) < 5
