"""Sending by SMTP to a server that misbehaves to order: nothing is lost, nothing repeated, and doubt is named."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.delivery.sink import Options, Sink, is_gone, read_faults, serving
from tests.delivery.smtp_parts import SENDER, deliver, deliver_all, envelope, message_id, settings_of, verdicts

from briefing.delivery.sending.transports import open_transport
from briefing.delivery.sending.transports.contract import Doubt, Envelope, UnreachableError, Verdict
from briefing.delivery.sending.transports.smtp.handshake import Server
from briefing.delivery.sending.transports.smtp.timeouts import (
    FIRST_WAIT,
    LONGEST_WAIT,
    PER_CONNECTION,
    Backoff,
    Timeouts,
)
from briefing.delivery.sending.transports.smtp.transport import SmtpTransport
from briefing.delivery.sending.transports.smtp.wire import Wire
from briefing.delivery.store.tables import Keeps

if TYPE_CHECKING:
    from pathlib import Path

SOON = Timeouts.of(0.4)


def transport(sink: Sink, patience: Timeouts | None = None, connections: int = 5) -> SmtpTransport:
    server = Server("smtp", "127.0.0.1", sink.port, None, helo="desk.example")
    return SmtpTransport(server, connections, patience or Timeouts.of(20))


@pytest.mark.parametrize("pipelining", [True, False])
def test_messages_arrive_as_they_were(tmp_path: Path, *, pipelining: bool) -> None:
    with serving(Options(pipelining=pipelining, size=10_000_000)) as sink:
        sent = [envelope(number, b"Text\r\n" * 4000) for number in range(50)]
        outcomes = deliver_all(
            open_transport(f"smtp://127.0.0.1:{sink.port}?tls=none", settings_of(tmp_path), {}), sent
        )
    assert verdicts(outcomes.values()) == {"sent": 50}
    assert not sink.violations
    assert {each.body for each in sink.accepted} == {each.message for each in sent}
    assert {(each.sender, *each.recipients) for each in sink.accepted} == {(SENDER, each.recipient) for each in sent}


def test_a_connection_carries_so_many_messages_and_says_goodbye() -> None:
    with serving(Options()) as sink:
        outcomes = deliver_all(transport(sink, connections=1), [envelope(n) for n in range(PER_CONNECTION + 1)])
        assert len(outcomes) == PER_CONNECTION + 1
    assert sink.connections == 2
    assert sink.commands["QUIT"] == 2


@pytest.mark.parametrize(
    "text",
    [
        *(
            b".\r\n",
            b"..\r\n",
            b"a\r\n.\r\nb\r\n",
            b"a\r\n.b\r\n..c\r\n",
            b"a\r\n.",
            b"",
            b"no end",
            b"a\r\n\r\n.\r\n.\r\n",
        ),
        b"." * 998 + b"\r\n",
    ],
)
def test_dots_at_the_beginning_of_lines(text: bytes) -> None:
    with serving(Options()) as sink:
        outcomes = deliver(transport(sink), envelope(1, text), envelope(2))
    assert verdicts(outcomes) == {"sent": 2}
    ending = b"" if envelope(1, text).message.endswith(b"\r\n") else b"\r\n"
    assert [each.body for each in sink.accepted] == [envelope(1, text).message + ending, envelope(2).message]


def test_a_message_that_begins_with_a_dot() -> None:
    with serving(Options()) as sink:
        deliver(transport(sink), Envelope(SENDER, "a@example.net", b".x: 1\r\n\r\n", "w14-1"))
    assert sink.accepted[0].body == b".x: 1\r\n\r\n"


def test_a_large_message_leaves_whole_before_its_end() -> None:
    large = b"x" * 76 + b"\r\n"
    with serving(Options()) as sink:
        outcomes = deliver(transport(sink), envelope(1, large * 100_000))
    assert verdicts(outcomes) == {"sent": 1}
    assert sink.accepted[0].body == envelope(1, large * 100_000).message


REFUSED: list[tuple[str, bytes, dict[str, Any]]] = [
    # One reader's affair.
    ("rcpt", b"550 5.1.1 <reader0@example.net> unknown\r\n", {"verdict": "dead", "status": "5.1.1", "is_gone": True}),
    ("rcpt", b"550 no such user\r\n", {"verdict": "dead", "status": "550", "is_gone": False}),
    ("rcpt", b"450 4.2.0 greylisted\r\n", {"verdict": "deferred", "status": "4.2.0", "pauses_domain": False}),
    ("rcpt", b"452 4.7.28 rate\r\n", {"verdict": "deferred", "pauses_domain": True}),
    ("rcpt", b"552 5.2.2 full\r\n", {"verdict": "deferred", "status": "5.2.2"}),
    ("data", b"451 4.3.0 not now\r\n", {"verdict": "deferred"}),
    ("dot", b"451 4.3.0 not now\r\n", {"verdict": "deferred"}),
    ("dot", b"550 5.1.1 unknown\r\n", {"verdict": "dead", "is_gone": True}),
    # The server's, or ours.
    ("mail", b"451 4.3.2 busy\r\n", {"verdict": "returned", "wait": FIRST_WAIT, "refusal": ""}),
    ("mail", b"421 4.3.2 busy\r\n", {"verdict": "returned", "wait": FIRST_WAIT, "refusal": ""}),
    ("rcpt", b"421 4.3.2 busy\r\n", {"verdict": "returned", "wait": FIRST_WAIT, "refusal": ""}),
    ("data", b"421 4.3.2 busy\r\n", {"verdict": "returned", "wait": FIRST_WAIT, "refusal": ""}),
    ("dot", b"421 4.3.2 busy\r\n", {"verdict": "returned", "wait": FIRST_WAIT, "refusal": ""}),
    ("rcpt", b"554 5.7.1 refused\r\n", {"verdict": "returned", "status": "5.7.1", "stops": True}),
    ("dot", b"554 5.7.1 refused\r\n", {"verdict": "returned", "status": "5.7.1", "stops": True}),
    ("mail", b"550 5.1.8 bad sender\r\n", {"verdict": "returned", "stops": True}),
    # Nobody's.
    ("mail", b"hello\r\n", {"verdict": "returned", "status": "garbled", "refusal": ""}),
    ("rcpt", b"\x00\r\n", {"verdict": "returned", "status": "garbled"}),
    ("rcpt", b"354 go on\r\n", {"verdict": "returned", "status": "garbled"}),
    ("data", b"250 done already\r\n", {"verdict": "returned", "status": "garbled"}),
    ("data", b"354 go on\r\n250 taken\r\n", {"verdict": "returned", "status": "garbled"}),
    ("mail", b"", {"verdict": "returned", "status": "dropped"}),
    ("rcpt", b"", {"verdict": "returned", "status": "dropped"}),
    ("data", b"", {"verdict": "returned", "status": "dropped"}),
    ("dot", b"hello\r\n", {"verdict": "unknown", "status": "garbled"}),
    ("dot", b"354 go on\r\n", {"verdict": "unknown", "status": "garbled"}),
    ("dot", b"250-taken\r\n550 not\r\n", {"verdict": "unknown", "status": "garbled"}),
    ("dot", b"250 taken\r\n550 not\r\n", {"verdict": "unknown", "status": "garbled"}),
    ("dot", b"250 taken\r\nhello\r\n", {"verdict": "unknown", "status": "garbled"}),
    ("dot", b"250 5.1.1 taken\r\n", {"verdict": "unknown", "status": "garbled"}),
    ("dot", b"x" * 9000, {"verdict": "unknown", "status": "garbled"}),
    ("dot", b"", {"verdict": "unknown", "status": "dropped"}),
    ("dot", b"250 taken\r\n421 closing\r\n", {"verdict": "sent"}),
    ("dot", b"250 taken\r\n250 taken\r\n", {"verdict": "sent"}),
]


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize(("at", "said", "expected"), REFUSED)
def test_what_a_reply_means(at: str, said: bytes, expected: dict[str, Any], *, pipelining: bool) -> None:
    with serving(Options(pipelining=pipelining, says={at: said})) as sink:
        (outcome, *others) = deliver(transport(sink), envelope(), *([envelope(1)] if at == "dot" else []))
    stops = expected.get("stops", False)
    assert {name: getattr(outcome, name) for name in expected if name not in {"wait", "stops"}} == {
        name: value for name, value in expected.items() if name not in {"wait", "stops"}
    }
    assert outcome.wait == pytest.approx(expected.get("wait", 0))
    assert bool(outcome.refusal) is stops
    assert "reader0" not in outcome.refusal
    assert bool(others) is (at == "dot" and outcome.verdict in {Verdict.DEAD, Verdict.DEFERRED})


def test_after_a_refused_reader_the_next_one_gets_the_message() -> None:
    with serving(Options(faults={"gone": 0.5}, seed=1)) as sink:
        sent = [envelope(number) for number in range(40)]
        outcomes = deliver(transport(sink), *sent)
    gone = [is_gone(each.recipient, sink.options) for each in sent]
    assert [outcome.verdict is Verdict.DEAD for outcome in outcomes] == gone
    assert all(outcome.is_gone for outcome in outcomes if outcome.verdict is Verdict.DEAD)
    assert len(sink.accepted) == gone.count(False)
    assert sink.commands["RSET"] == gone[:-1].count(True)
    assert sink.connections == 1
    assert not sink.violations


def test_a_server_that_refuses_a_reader_and_closes() -> None:
    with serving(Options(says={"rcpt": b"550 5.1.1 unknown\r\n", "data": b"421 closing\r\n"})) as sink:
        outcomes = deliver(transport(sink), envelope(1), envelope(2))
    assert verdicts(outcomes) == {"dead": 1}


def test_after_421_nothing_more_is_waited_for() -> None:
    before = time.monotonic()
    with serving(Options(says={"mail": b"421 4.3.2 busy\r\n", "rcpt": b"2", "data": b"5"})) as sink:
        (outcome,) = deliver(transport(sink), envelope(1))
    assert outcome.status == "4.3.2"
    assert time.monotonic() - before < 10  # half of the transport's patience


def test_nothing_ticks_on_after_a_connection() -> None:
    async def run(sink: Sink) -> None:
        for _ in range(3):
            async with transport(sink).channel() as channel:
                await channel.deliver(envelope(1))
        timers = getattr(asyncio.get_running_loop(), "_scheduled", [])
        assert not [timer for timer in timers if not timer.cancelled()]

    with serving(Options()) as sink:
        asyncio.run(run(sink))


def test_a_server_that_wants_a_message_for_nobody_gets_an_empty_one() -> None:
    says = {"rcpt": b"550 5.1.1 unknown\r\n", "data": b"354 go on\r\n"}
    with serving(Options(says=says)) as sink:
        outcomes = deliver(transport(sink), envelope(1), envelope(2))
    assert verdicts(outcomes) == {"dead": 2}
    assert not sink.accepted


def test_a_drop_within_the_message_is_not_in_doubt() -> None:
    with serving(Options(faults={"drop-mid-data": 1})) as sink:
        outcomes = deliver(transport(sink), envelope(1, b"Text\r\n" * 2_000_000))
    assert [(outcome.verdict, outcome.status) for outcome in outcomes] == [(Verdict.RETURNED, "dropped")]
    assert not sink.accepted


@pytest.mark.parametrize("lines", [1, 2_000_000], ids=["in one go", "after the message"])
@pytest.mark.parametrize("is_known", [True, False], ids=["seen before", "seen by writing"])
def test_an_end_that_could_not_be_written_is_not_in_doubt(
    monkeypatch: pytest.MonkeyPatch, lines: int, *, is_known: bool
) -> None:
    write = Wire.write

    def gone_before_the_end(wire: Wire, octets: bytes) -> bool:
        if octets.endswith(b"\n.\r\n") or octets == b".\r\n":
            assert wire._transport
            if is_known:
                wire._transport.abort()
            else:
                wire._transport.get_extra_info("socket").shutdown(socket.SHUT_WR)
        return write(wire, octets)

    monkeypatch.setattr(Wire, "write", gone_before_the_end)
    with serving(Options()) as sink:
        outcomes = deliver(transport(sink), envelope(1, b"Text\r\n" * lines), envelope(2))
    assert [(outcome.verdict, outcome.status) for outcome in outcomes] == [(Verdict.RETURNED, "dropped")]
    assert not sink.accepted


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (b"552 5.3.4 too large\r\n", Verdict.RETURNED),
        (b"451 4.3.1 disk full\r\n", Verdict.DEFERRED),
        (b"421 4.3.2 closing\r\n", Verdict.RETURNED),
        (b"250 taken already\r\n", Verdict.RETURNED),
        (b"", Verdict.RETURNED),
    ],
)
def test_a_reply_before_the_end_of_the_message_ends_it(said: bytes, verdict: Verdict) -> None:
    with serving(Options(says={"block": said})) as sink:
        outcomes = deliver(transport(sink), envelope(1, b"Text\r\n" * 2_000_000), envelope(2))
    assert [outcome.verdict for outcome in outcomes] == [verdict]
    assert not sink.accepted


@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (Options(faults={"stall": 1}, stall=5), Verdict.RETURNED),
        (Options(faults={"stall-at-dot": 1}, stall=5), Verdict.UNKNOWN),
    ],
)
def test_a_server_that_says_nothing(options: Options, verdict: Verdict) -> None:
    with serving(options) as sink:
        outcomes = deliver(transport(sink, SOON), envelope(1), envelope(2))
    assert [(outcome.verdict, outcome.status) for outcome in outcomes] == [(verdict, "timeout")]


def test_a_server_that_stops_reading() -> None:
    with serving(Options(says={"block": b"2"})) as sink:  # the beginning of a reply, and never its end
        outcomes = deliver(transport(sink, SOON), envelope(1, b"Text\r\n" * 2_000_000))
    assert [(outcome.verdict, outcome.status) for outcome in outcomes] == [(Verdict.RETURNED, "timeout")]


def test_a_message_larger_than_the_server_takes_is_not_sent() -> None:
    with serving(Options(size=1000)) as sink:
        (outcome,) = deliver(transport(sink), envelope(1, b"x" * 1000))
    assert outcome.verdict is Verdict.RETURNED
    assert "1,000 octets" in outcome.refusal
    assert not sink.commands["MAIL"]


@pytest.mark.parametrize(
    "address", ["a@x.example>\r\nRSET", "a b@x.example", "ä@x.example", "a@x.example\n", "<a@x.example>"]
)
def test_an_address_cannot_be_a_command(address: str) -> None:
    with serving(Options()) as sink:
        ours = transport(sink)
        outcomes = deliver(ours, Envelope(SENDER, address, b"Text\r\n", "w14-1"), envelope(2))
        (refused,) = deliver(ours, Envelope(address, "a@example.net", b"Text\r\n", "w14-1"))
    assert [(each.verdict, each.is_gone) for each in outcomes] == [(Verdict.DEAD, False), (Verdict.SENT, False)]
    assert "return path" in refused.refusal
    assert sink.commands["MAIL"] == 1


def test_what_came_unasked_closes_the_channel() -> None:
    async def run(sink: Sink) -> tuple[bool, bool]:
        async with transport(sink).channel() as channel:
            before = channel.is_open
            await channel.deliver(envelope(1))
            for _ in range(1_000 if is_closed_soon else 10):
                await asyncio.sleep(0.01 if channel.is_open else 0)
            return before, channel.is_open

    is_closed_soon = False
    with serving(Options(says={"dot": b"250 taken\r\n"})) as sink:
        assert asyncio.run(run(sink)) == (True, True)
    is_closed_soon = True
    with serving(Options(faults=read_faults("split=1"), says={"dot": b"250 taken\r\n421 idle too long\r\n"})) as sink:
        assert asyncio.run(run(sink)) == (True, False)
    with serving(Options(says={"dot": b"250 taken\r\n2"})) as sink:
        assert asyncio.run(run(sink)) == (True, False)


@pytest.mark.parametrize(
    ("says", "faults", "waits"),
    [
        ({"greeting": b"421 4.3.2 busy\r\n"}, {}, True),
        ({"greeting": b"451 later\r\n"}, {}, True),
        ({"greeting": b"554 5.7.1 ada@example.net is not welcome\r\n"}, {}, False),
        ({"greeting": b"HTTP/1.1 400 Bad Request\r\n"}, {}, True),
        ({"greeting": b""}, {}, True),
        ({"greeting": b"220 hello\r\n220 again\r\n"}, {}, True),
        ({"ehlo": b"550 5.7.1 not you\r\n"}, {}, False),
        ({"ehlo": b"450 4.3.2 not now\r\n"}, {}, True),
        ({}, {"close-at-greeting": 1.0}, True),
    ],
)
def test_no_channel(says: dict[str, bytes], faults: dict[str, float], *, waits: bool) -> None:
    with serving(Options(says=says, faults=faults)) as sink, pytest.raises(UnreachableError) as caught:
        deliver(transport(sink), envelope())
    assert (caught.value.wait > 0) is waits
    assert str(caught.value).startswith(f"smtp://127.0.0.1:{sink.port} ")
    assert "@" not in str(caught.value)


def test_a_greeting_that_never_comes() -> None:
    with serving(Options(says={"greeting": b"220"})) as sink, pytest.raises(UnreachableError, match="timeout"):
        deliver(transport(sink, SOON), envelope())


def test_nobody_listens() -> None:
    with serving(Options()) as sink:
        gone = transport(sink)
    with pytest.raises(UnreachableError, match="refused") as caught:
        deliver(gone, envelope())
    assert caught.value.wait == pytest.approx(FIRST_WAIT)


def test_a_host_of_which_only_one_address_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def addresses(*_: object, **__: object) -> list[tuple[Any, ...]]:
        kind = socket.AF_INET, socket.SOCK_STREAM, 6, ""
        return [(*kind, ("127.0.0.9", sink.port)), (*kind, ("127.0.0.1", sink.port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", addresses)
    with serving(Options()) as sink:
        ours = open_transport(f"smtp://mail.example.org:{sink.port}?tls=none", settings_of(tmp_path), {})
        assert verdicts(deliver(ours, envelope())) == {"sent": 1}


def test_a_host_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number, waits in ((socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)):

        async def fail(*_: object, number: int = number, **__: object) -> None:
            raise socket.gaierror(number, "no such name")

        monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", fail)
        with pytest.raises(UnreachableError, match="has no IP address") as caught:
            deliver(open_transport("smtp://mail.example.org", settings_of(tmp_path), {}), envelope())
        assert (caught.value.wait > 0) is waits


def test_a_server_that_asks_for_calm_is_left_alone_longer_each_time() -> None:
    with serving(Options(says={"greeting": b"421 4.3.2 busy\r\n"})) as sink:
        ours = transport(sink)
        waits = []
        for _ in range(3):
            with pytest.raises(UnreachableError) as caught:
                deliver(ours, envelope())
            waits.append(caught.value.wait)
            ours._backoff._until = 0  # as if that time had passed
    assert waits == pytest.approx([FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4], rel=0.01)
    with serving(Options()) as sink:
        better = SmtpTransport(Server("smtp", "127.0.0.1", sink.port, None), 5, Timeouts())
        better._backoff = ours._backoff
        deliver(better, envelope())
    assert ours._backoff.wait(0) == FIRST_WAIT


def test_all_connections_wait_for_the_same_moment() -> None:
    restraint = Backoff()
    assert [restraint.wait(now) for now in (100, 100.25, 100.5)] == [1, 0.75, 0.5]
    assert [restraint.wait(now) for now in (101, 101)] == [2, 2]
    assert [restraint.wait(now) for now in range(1000, 9000, 1000)][-1] == LONGEST_WAIT


@pytest.mark.parametrize(
    "options",
    [
        Options(says={"block": b"2"}),
        Options(faults={"stall-at-dot": 1}, stall=0.1),
        Options(faults={"stall": 1}, stall=0.1),
    ],
)
def test_whoever_is_stopped_half_way_says_no_goodbye(options: Options) -> None:
    async def run(sink: Sink) -> None:
        async with transport(sink).channel() as channel:
            sending = asyncio.ensure_future(channel.deliver(envelope(1, b"Text\r\n" * 2_000_000)))
            await asyncio.sleep(0.05)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending

    with serving(options) as sink:
        asyncio.run(run(sink))
        time.sleep(0.2)
    assert len(sink.accepted) == sink.injected["stall-at-dot"]
    assert not sink.commands["QUIT"]


EVERYTHING = (
    "close-at-greeting=0.02,421-at-greeting=0.02,421=0.01,garbage=0.01,close=0.01,stall=0.002,4xx-at-mail=0.01,"
    "4xx-at-rcpt=0.01,rate-at-rcpt=0.01,full-at-rcpt=0.01,4xx-at-data=0.01,gone=0.05,drop-mid-data=0.02,"
    "drop-at-dot=0.01,drop-after=0.01,4xx-at-dot=0.01,421-at-dot=0.01,garbage-at-dot=0.01,stall-at-dot=0.005,"
    "split=0.02,slow=0.02"
)


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_is_lost_or_repeated_whatever_the_server_does(seed: int, *, pipelining: bool) -> None:
    options = Options(faults=read_faults(EVERYTHING), seed=seed, stall=1.5, slow=0.02, pipelining=pipelining)
    sent = [envelope(number, b"Text\r\n" * 1000) for number in range(600)]
    with serving(options) as sink:
        outcomes = deliver_all(transport(sink, SOON, connections=10), sent)
    taken = [each.message_id for each in sink.accepted]
    confirmed = {each.message_id for each in sink.accepted if each.said == "250"}
    by_verdict = {
        verdict: {message_id(n) for n in range(600) if outcomes[f"w14-{n}"].verdict is verdict} for verdict in Verdict
    }
    assert len(outcomes) == 600
    assert len(taken) == len(set(taken)), "a reader got the message twice"
    assert by_verdict[Verdict.SENT] <= confirmed
    assert set(taken) <= by_verdict[Verdict.SENT] | by_verdict[Verdict.UNKNOWN], "a taken message counts as not taken"
    gone = {message_id(n) for n in range(600) if is_gone(sent[n].recipient, options)}
    assert by_verdict[Verdict.DEAD] == gone
    assert not sink.violations
    assert sink.injected.total() > 100, sink.injected  # which of the rarest came depends on the order of commands


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    traits = open_transport(
        "smtp://ada%40example.org@Mail.Example.ORG", settings_of(tmp_path), {"BRIEFING_SMTP_PASSWORD": "x"}
    ).traits
    assert traits.name == "smtp://mail.example.org:587"
    assert (traits.keeps, traits.doubt, traits.connections) == (Keeps.BYTES, Doubt.EVIDENCE, 5)
    assert not traits.signs
