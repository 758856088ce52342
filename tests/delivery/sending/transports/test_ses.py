"""Amazon SES: each message handed over in one call, and what is not known is said."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery.certificates import self_signed
from tests.delivery.services import FakeSes, Said, Service, serving, ses_error

from briefing.delivery.sending.transports import open_transport, pacing
from briefing.delivery.sending.transports.contract import Doubt, Envelope, Outcome, UnreachableError, Verdict
from briefing.delivery.sending.transports.ses import client as module
from briefing.delivery.sending.transports.ses.ses_verdicts import judge_error
from briefing.delivery.store.tables import Keeps
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MESSAGE = b"From: Desk <desk@example.org>\r\nTo: ada@reader.example\r\nSubject: x\r\n\r\nCaf=C3=A9\r\n"
ENVELOPE = Envelope("bounces+b7@example.org", "ada@reader.example", MESSAGE, "b7-ada")
SENT = Outcome(Verdict.SENT, "200")


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, ...]]:
    """What would have been waited for before calls were made again."""
    asked: list[tuple[float, ...]] = []

    async def pause(*seconds: float) -> None:
        asked.append(seconds)

    monkeypatch.setattr(module, "pause", pause)
    monkeypatch.setattr(pacing, "PATIENCE", 0.01)
    return asked


@pytest.fixture
def ses() -> Iterator[tuple[Service, FakeSes]]:
    fake = FakeSes()
    with serving(fake) as service:
        yield service, fake


def opened(url: str, options: str = "") -> module.Ses:
    nothing: Any = None
    transport: Any = open_transport(f"ses://eu-west-1?endpoint={url}{options}", nothing, {})
    return transport  # type: ignore[no-any-return]


def deliver(url: str, *envelopes: Envelope, options: str = "") -> list[Outcome]:
    """Hand over, one after the other, through one channel."""

    async def go() -> list[Outcome]:
        transport = opened(url, options)
        try:
            async with transport.channel() as channel:
                return [await channel.deliver(envelope) for envelope in envelopes]
        finally:
            await transport.close()

    return asyncio.run(go())


@pytest.fixture
def delivered(ses: tuple[Service, FakeSes]) -> Callable[..., Outcome]:
    """`delivered("drop", ...)`: what became of one envelope when the service failed like that."""

    def one(*faults: str | Said) -> Outcome:
        service, _ = ses
        service.fail(*faults)
        return deliver(service.url, ENVELOPE)[0]

    return one


def test_a_message_goes_as_it_is(ses: tuple[Service, FakeSes]) -> None:
    service, fake = ses
    assert deliver(service.url, ENVELOPE, options="&configuration_set=weekly") == [SENT]
    assert fake.sent == [MESSAGE]
    (asked,) = service.asked
    assert "/eu-west-1/ses/" in asked.headers["authorization"]
    assert {name: value for name, value in asked.body.items() if name != "Content"} == {
        "Destination": {"ToAddresses": ["ada@reader.example"]},
        "EmailTags": [{"Name": "delivery", "Value": "b7-ada"}],
        "FeedbackForwardingEmailAddress": "bounces+b7@example.org",
        "ConfigurationSetName": "weekly",
    }


def test_what_it_promises() -> None:
    nothing: Any = None
    traits = open_transport("ses://eu-west-1", nothing, {}).traits
    assert (traits.name, traits.keeps, traits.doubt, traits.signs, traits.repeatable) == (
        "ses://eu-west-1",
        Keeps.CONTENT,
        Doubt.EVENTS,
        True,
        0,
    )


DOUBTFUL: list[tuple[str | Said, str]] = [
    ("close", "dropped"),
    ("drop", "dropped"),
    ("lose", "dropped"),
    ("garble", "garbled"),
    ("cut", "garbled"),
    (Said(200, {}), "garbled"),
    (Said(500, b"<p>oh"), "500"),
    (ses_error(500, "InternalFailure"), "InternalFailure"),
    (ses_error(503, "ServiceUnavailable"), "ServiceUnavailable"),
]


def test_doubt_is_said_and_nothing_is_called_twice(ses: tuple[Service, FakeSes]) -> None:
    service, fake = ses
    service.fail(*(fault for fault, _ in DOUBTFUL))
    outcomes = deliver(service.url, *[ENVELOPE] * len(DOUBTFUL))
    assert outcomes == [Outcome(Verdict.UNKNOWN, status) for _, status in DOUBTFUL]
    assert len(service.asked) == len(DOUBTFUL) - 1  # the first was not read
    assert len(fake.sent) == 3


def test_no_answer_in_time_is_unknown(
    delivered: Callable[..., Outcome], ses: tuple[Service, FakeSes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_READ_TIMEOUT", 0.2)
    assert delivered("stall") == Outcome(Verdict.UNKNOWN, "timeout")
    assert len(ses[1].sent) == 1


DOCUMENTED = [
    (ses_error(429, "TooManyRequestsException", "Too many", retry_after="60"), Verdict.RETURNED, ""),
    (ses_error(400, "ThrottlingException", "Maximum sending rate exceeded.", retry_after="60"), Verdict.RETURNED, ""),
    (ses_error(400, "ThrottlingException", "Daily message quota exceeded."), Verdict.RETURNED, "tomorrow"),
    (ses_error(400, "LimitExceededException", "Too many"), Verdict.RETURNED, "limit"),
    (ses_error(400, "AccountSuspendedException"), Verdict.RETURNED, "contact AWS Support"),
    (ses_error(400, "SendingPausedException"), Verdict.RETURNED, "paused"),
    (
        ses_error(400, "MessageRejected", "Email address is not verified. Failed: ada@reader.example"),
        Verdict.RETURNED,
        "sandbox",
    ),
    (ses_error(400, "MailFromDomainNotVerifiedException"), Verdict.RETURNED, "MAIL FROM"),
    (ses_error(404, "NotFoundException", "Configuration set x does not exist"), Verdict.RETURNED, "configuration_set"),
    (ses_error(400, "BadRequestException", "Illegal address: ada@Reader.example"), Verdict.DEAD, ""),
    (ses_error(400, "BadRequestException", "Invalid header name"), Verdict.RETURNED, "header"),
    (ses_error(400, "BadRequestException", "bounces+b7@example.org is not good"), Verdict.RETURNED, "Bad"),
    (ses_error(400, "BadRequestException", "Something is odd"), Verdict.DEFERRED, ""),
    (ses_error(403, "AccessDeniedException", "User is not authorized"), Verdict.RETURNED, "ses:SendEmail"),
    (ses_error(403, "UnrecognizedClientException"), Verdict.RETURNED, "AWS_PROFILE"),
    (ses_error(403, "ExpiredTokenException"), Verdict.RETURNED, "AWS_PROFILE"),
    (ses_error(403, "InvalidSignatureException", "Signature expired"), Verdict.RETURNED, "clock"),
    (ses_error(418, "SomethingNewException", "Said to ada@reader.example"), Verdict.RETURNED, "SomethingNew"),
    (Said(403, b"<p>no"), Verdict.RETURNED, "AWS_PROFILE"),
]


def test_each_documented_error(ses: tuple[Service, FakeSes]) -> None:
    service, fake = ses
    service.fail(*(said for said, _, _ in DOCUMENTED))
    outcomes = deliver(service.url, *[ENVELOPE] * len(DOCUMENTED))
    for outcome, (said, verdict, refusal) in zip(outcomes, DOCUMENTED, strict=True):
        assert outcome.verdict is verdict, said
        assert refusal in outcome.refusal, said
        assert bool(refusal) == bool(outcome.refusal), said
        assert "@" not in outcome.refusal + outcome.status
        assert "a-secret-of-aws" not in outcome.refusal
        assert not outcome.is_gone
    assert len(service.asked) == len(DOCUMENTED)
    assert fake.sent == []


def test_a_short_limit_is_waited_for(
    delivered: Callable[..., Outcome], ses: tuple[Service, FakeSes], pauses: list[tuple[float, ...]]
) -> None:
    limit = ses_error(400, "ThrottlingException", "Maximum sending rate exceeded.")
    assert delivered(limit, ses_error(429, "TooManyRequestsException", retry_after="2")) == SENT
    assert pauses == [(0.5, 1), (1, 2)]
    assert len(ses[1].sent) == 1


def test_a_long_limit_is_the_campaigns(delivered: Callable[..., Outcome], pauses: list[tuple[float, ...]]) -> None:
    limit = ses_error(429, "TooManyRequestsException", retry_after="60")
    assert delivered(limit) == Outcome(Verdict.RETURNED, "TooManyRequestsException", wait=60)
    assert pauses == []


def test_doubt_after_a_limit_is_not_called_again(
    delivered: Callable[..., Outcome], ses: tuple[Service, FakeSes]
) -> None:
    assert delivered(ses_error(429, "TooManyRequestsException"), "drop").verdict is Verdict.UNKNOWN
    assert len(ses[0].asked) == 2


def test_nobody_there_is_no_doubt() -> None:
    with serving(FakeSes()) as service:
        port = service.port

    async def go() -> None:
        transport = opened(f"http://127.0.0.1:{port}")
        async with transport.channel() as channel:
            assert await channel.deliver(ENVELOPE) == Outcome(Verdict.RETURNED, "unreachable")
            assert not channel.is_open
        with pytest.raises(UnreachableError, match=r"cannot be reached.*; check the URL") as refused:
            await transport.channel().__aenter__()
        assert refused.value.wait > 0
        with serving(FakeSes(), port):
            async with transport.channel() as channel:
                assert channel.is_open
                assert await channel.deliver(ENVELOPE) == SENT
        await transport.close()

    asyncio.run(go())


def test_ten_channels_send_each_message_once(ses: tuple[Service, FakeSes]) -> None:
    service, fake = ses

    async def go() -> list[Outcome]:
        transport = opened(service.url)

        async def one(number: int) -> list[Outcome]:
            async with transport.channel() as channel:
                return [
                    await channel.deliver(Envelope("", "a@b.example", b"%d-%d" % (number, n), "k")) for n in range(5)
                ]

        outcomes = await asyncio.gather(*(one(number) for number in range(10)))
        await transport.close()
        return list(itertools.chain.from_iterable(outcomes))

    assert asyncio.run(go()) == [SENT] * 50
    assert len(set(fake.sent)) == len(fake.sent) == 50
    assert "FeedbackForwardingEmailAddress" not in service.asked[0].body


def test_without_credentials_it_says_where_they_come_from(
    delivered: Callable[..., Outcome], ses: tuple[Service, FakeSes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    outcome = delivered()
    assert outcome.verdict is Verdict.RETURNED
    assert "AWS_PROFILE" in outcome.refusal
    assert ses[0].asked == []


def test_a_certificate_that_is_not_valid_stops_the_run(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    fake = FakeSes()
    with serving(fake, context=context) as service:
        (outcome,) = deliver(f"https://127.0.0.1:{service.port}", ENVELOPE)
    assert (outcome.verdict, outcome.status) == (Verdict.RETURNED, "certificate")
    assert "clock" in outcome.refusal
    assert fake.sent == []


def test_a_profile_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nowhere")
    with pytest.raises(BriefingError, match="AWS_PROFILE"):
        opened("http://127.0.0.1:9")


def test_a_request_that_boto3_refuses_is_not_made(ses: tuple[Service, FakeSes]) -> None:
    service, _ = ses
    bad: Any = None
    (outcome,) = deliver(service.url, Envelope("", bad, MESSAGE, "k"))
    assert (outcome.verdict, outcome.status) == (Verdict.RETURNED, "request")
    assert outcome.refusal
    assert service.asked == []


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("//", "region"),
        ("//mail.example.org", "region"),
        ("//key@eu-west-1", "user"),
        ("//eu-west-1/path", "path"),
        ("//eu-west-1?secret=x", "option"),
        ("//eu-west-1?configuration_set=", "configuration set"),
        ("//eu-west-1?configuration_set=a%20b", "configuration set"),
        ("//eu-west-1?endpoint=http://mail.example.org", "https"),
    ],
)
def test_another_form_is_refused(address: str, said: str) -> None:
    nothing: Any = None
    with pytest.raises(WrongUseError, match=said):
        open_transport(f"ses:{address}", nothing, {})


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Error": st.one_of(
                st.none(),
                st.fixed_dictionaries({}, optional={"Code": st.one_of(st.text(), st.integers()), "Message": st.text()}),
            ),
            "ResponseMetadata": st.fixed_dictionaries({}, optional={"HTTPStatusCode": st.integers(300, 599)}),
        },
    )
)
def test_any_error_has_an_outcome(response: dict[str, Any]) -> None:
    outcome = judge_error(response, ENVELOPE, 0)
    assert outcome.verdict is not Verdict.SENT
    assert "@" not in outcome.status + outcome.refusal
