"""A server's replies, in whatever pieces they come and whatever they are, and what they mean for a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.delivery.sending.transports.contract import Envelope, Outcome, Verdict
from briefing.delivery.sending.transports.smtp.handshake import Extensions
from briefing.delivery.sending.transports.smtp.replies import Parser, Reply
from briefing.delivery.sending.transports.smtp.verdicts import Stage, asks_to_wait, judge, masked_text

ENVELOPE = Envelope("bounces+b1@list.example", "ada.lovelace@example.net", b"", "w14-1")
TEXT = st.text(st.characters(codec="ascii", exclude_characters="\x00\r\n"), max_size=60)
CODES = st.integers(200, 599)


def read(octets: bytes) -> tuple[list[Reply], bool]:
    parser = Parser()
    return parser.feed(octets), parser.is_garbled


@pytest.mark.parametrize(
    ("octets", "replies"),
    [
        (b"250 ok\r\n", [Reply(250, "", ("ok",))]),
        (b"250\r\n", [Reply(250)]),
        (b"250 2.1.5 ok\n", [Reply(250, "2.1.5", ("ok",))]),
        (b"250 2.1.5\r\n", [Reply(250, "2.1.5", ("",))]),
        (b"250-one\r\n250-two\r\n250 three\r\n", [Reply(250, "", ("one", "two", "three"))]),
        (b"550-5.1.1 first\r\n550 5.1.1 last\r\n", [Reply(550, "5.1.1", ("5.1.1 first", "last"))]),
        (b"220 4.3.2.1-static.example ESMTP\r\n", [Reply(220, "", ("4.3.2.1-static.example ESMTP",))]),
        (b"250 caf\xc3\xa9\r\n", [Reply(250, "", ("caf\ufffd\ufffd",))]),
        (b"250 a\r\n354 b\r\n421 c", [Reply(250, "", ("a",)), Reply(354, "", ("b",))]),
    ],
)
def test_replies(octets: bytes, replies: list[Reply]) -> None:
    assert read(octets) == (replies, False)


@pytest.mark.parametrize(
    "octets",
    [
        *(b"\r\n", b"hello\r\n", b"99 x\r\n", b"600 x\r\n", b"150 x\r\n", b"2500 x\r\n", b"250_x\r\n", b" 250 x\r\n"),
        *(
            b"250-a\r\n251 b\r\n",
            b"250 a\x00b\r\n",
            b"\x00",
            b"250 5.1.1 x\r\n",
            b"550 2.0.0 x\r\n",
            b"354 4.0.0 x\r\n",
        ),
        *(b"x" * 5000, b"250 " + b"x" * 5000 + b"\r\n", b"250-a\r\n" * 201, b"\xd9\xb2\xd9\xb5\xd9\xb0 x\r\n"),
    ],
)
def test_what_is_no_reply(octets: bytes) -> None:
    replies, is_garbled = read(octets if octets != b"\x00" else b"\x00\r\n")
    assert is_garbled
    assert replies == []


def test_what_came_before_is_kept_and_nothing_is_read_after_it() -> None:
    parser = Parser()
    assert [reply.code for reply in parser.feed(b"250 a\r\n550 b\r\nhello\r\n250 c\r\n")] == [250, 550]
    assert parser.is_garbled
    assert not parser.feed(b"")


@given(st.binary(max_size=300), st.lists(st.integers(1, 40)))
def test_pieces_make_no_difference(octets: bytes, sizes: list[int]) -> None:
    whole = read(octets)
    parser = Parser()
    found: list[Reply] = []
    rest = octets
    for size in [*sizes, len(octets)]:
        piece, rest = rest[:size], rest[size:]
        if not parser.is_garbled:
            found += parser.feed(piece)
    assert (found, parser.is_garbled) == whole


@given(st.lists(st.tuples(CODES, st.lists(TEXT, min_size=1, max_size=4)), max_size=4), st.integers(1, 30))
def test_what_a_server_writes_is_what_is_read(replies: list[tuple[int, list[str]]], size: int) -> None:
    octets = b""
    for code, lines in replies:
        for number, line in enumerate(lines, start=1):
            octets += f"{code}{' ' if number == len(lines) else '-'}x {line}\r\n".encode("ascii")
    parser = Parser()
    found = [reply for start in range(0, len(octets), size) for reply in parser.feed(octets[start : start + size])]
    assert not parser.is_garbled
    assert parser.is_between
    assert [(reply.code, list(reply.lines)) for reply in found] == [
        (code, [f"x {line}" for line in lines]) for code, lines in replies
    ]


@given(st.binary(max_size=6000))
def test_nothing_is_kept_without_end(octets: bytes) -> None:
    parser = Parser()
    for start in range(0, len(octets), 100):
        if not parser.is_garbled:
            parser.feed(octets[start : start + 100])
    assert len(parser._rest) <= 4096 or parser.is_garbled


def test_what_ehlo_offers() -> None:
    reply = read(
        b"250-mail.example\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250-STARTTLS\r\n250 AUTH=PLAIN login\r\n"
    )[0][0]
    assert Extensions.read(reply) == Extensions(True, True, 10240000, frozenset({"PLAIN", "LOGIN"}))  # noqa: FBT003 - four offers
    assert (
        Extensions.read(read(b"250-pipelining\r\n250-SIZE\r\n250-SIZE x\r\n250-\r\n250 8BITMIME\r\n")[0][0])
        == Extensions()
    )
    assert Extensions.read(read(b"250-a\r\n250 SIZE " + b"9" * 3000 + b"\r\n")[0][0]).size == 10**20 - 1


ANY = (Stage.RCPT, Stage.DATA, Stage.DOT)


@pytest.mark.parametrize(
    ("stages", "reply", "outcome"),
    [
        (Stage, Reply(421, "4.3.2"), Outcome(Verdict.RETURNED, "4.3.2", wait=7)),
        ((Stage.MAIL, Stage.RESET), Reply(451), Outcome(Verdict.RETURNED, "451", wait=7)),
        (ANY, Reply(451, "4.3.0"), Outcome(Verdict.DEFERRED, "4.3.0")),
        (ANY, Reply(450, "4.7.1", ("rate limit exceeded",)), Outcome(Verdict.DEFERRED, "4.7.1", pauses_domain=True)),
        (ANY, Reply(450, "4.7.0", ("Too many connections",)), Outcome(Verdict.DEFERRED, "4.7.0", pauses_domain=True)),
        (ANY, Reply(450, "4.7.28", ("x",)), Outcome(Verdict.DEFERRED, "4.7.28", pauses_domain=True)),
        (ANY, Reply(450, "4.7.1", ("Greylisting in action",)), Outcome(Verdict.DEFERRED, "4.7.1")),
        (ANY, Reply(450, "4.2.1", ("rate limit",)), Outcome(Verdict.DEFERRED, "4.2.1")),
        (ANY, Reply(550, "4.2.2"), Outcome(Verdict.DEFERRED, "4.2.2")),
        *((ANY, Reply(550, code), Outcome(Verdict.DEAD, code, is_gone=True)) for code in ("5.1.1", "5.1.2", "5.1.3")),
        *((ANY, Reply(550, code), Outcome(Verdict.DEAD, code, is_gone=True)) for code in ("5.1.6", "5.1.10")),
        *((ANY, Reply(550, code), Outcome(Verdict.DEAD, code)) for code in ("5.1.0", "5.2.1", "5.2.3", "5.4.1")),
        (ANY, Reply(552, "5.2.2"), Outcome(Verdict.DEFERRED, "5.2.2")),
        (ANY, Reply(552), Outcome(Verdict.DEFERRED, "552")),
        ((Stage.RCPT,), Reply(550), Outcome(Verdict.DEAD, "550")),
        ((Stage.RCPT,), Reply(553, "5.3.0"), Outcome(Verdict.DEAD, "5.3.0")),
    ],
)
def test_what_a_refusal_means(stages: tuple[Stage, ...], reply: Reply, outcome: Outcome) -> None:
    for stage in stages:
        assert judge(reply, stage, ENVELOPE, 7) == outcome
        assert asks_to_wait(reply, stage) is (outcome.wait > 0)


@pytest.mark.parametrize(
    ("stages", "reply"),
    [
        (Stage, Reply(554, "5.7.1")),
        (Stage, Reply(550, "5.7.26")),
        (Stage, Reply(550, "5.1.8")),
        (Stage, Reply(550, "5.1.7")),
        (Stage, Reply(504, "5.5.2")),
        *((Stage, Reply(code)) for code in (500, 502, 503, 530, 535)),
        ((Stage.MAIL,), Reply(550, "5.1.1")),
        ((Stage.MAIL,), Reply(552)),
        ((Stage.DATA, Stage.DOT), Reply(554)),
        ((Stage.DATA, Stage.DOT), Reply(552, "5.3.4")),
        ((Stage.DATA, Stage.DOT), Reply(554, "5.6.0")),
    ],
)
def test_what_is_refused_because_of_us_stops_the_run(stages: tuple[Stage, ...], reply: Reply) -> None:
    for stage in stages:
        outcome = judge(reply, stage, ENVELOPE, 7)
        assert (outcome.verdict, outcome.status, outcome.wait) == (Verdict.RETURNED, reply.status, 0)
        assert outcome.refusal.startswith(f"the server refused {stage} ({reply.status})")


@pytest.mark.parametrize(
    "text",
    [
        "<ada.lovelace@example.net>: not welcome",
        "ADA.LOVELACE@EXAMPLE.NET not welcome",
        "user ada.lovelace not welcome",
        "see https://mail.example/why?who=ada.lovelace%40example.net",
        "rejected bounces+b1=example.net and other@somewhere.example",
        "bounces+b1@list.example not welcome",
        "x=40y z@z",
    ],
)
def test_no_address_is_repeated(text: str) -> None:
    outcome = judge(Reply(550, "5.7.1", ("first line", text)), Stage.RCPT, ENVELOPE, 0)
    assert "first line" in outcome.refusal
    assert not {"ada.lovelace", "bounces+b1", "@", "%40", "=40"} & {
        part for part in ("ada.lovelace", "bounces+b1", "@", "%40", "=40") if part in outcome.refusal.lower()
    }


@given(st.text(max_size=300))
def test_a_servers_words_stay_on_one_line(text: str) -> None:
    masked = masked_text(text, ENVELOPE.recipient)
    assert "@" not in masked
    assert len(masked) <= 203
    assert masked.isascii()
    assert masked.isprintable()
