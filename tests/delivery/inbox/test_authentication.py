"""A sender without a token is believed only on the word of our own mail server, which nobody else can write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery import inbox_parts as parts

from briefing.delivery.inbox.authentication import Result, Results, is_confirmed, read_results
from briefing.delivery.inbox.classify import classify
from briefing.delivery.inbox.reports import AsideReason, Report, ReportKind
from briefing.delivery.inbox.token_search import OwnAddresses
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tokens import Purpose, Tokens

SERVER = "mx.list.example"
TOKENS = Tokens(Secret(parts.SECRET), "list.example")
TRUSTED = frozenset({SERVER, "mx.google.com"})
OURS = OwnAddresses("bounces@list.example", "leave@list.example", trusted=TRUSTED)
PASS = f"Authentication-Results: {SERVER}; dmarc=pass header.from=readers.example"
ENTRY = f"Received: from mail.evil.example (mail.evil.example [203.0.113.9]) by {SERVER} (Postfix) with ESMTP id 1"
GOOGLE = "Received: from mail.evil.example ([203.0.113.9]) by mx.google.com with ESMTPS id 1"
BY_GOOGLE = "Authentication-Results: mx.google.com; {}"


def kind(*above: str, sender: str = "") -> ReportKind | AsideReason:
    """What becomes of a mail to leave with these fields above it."""
    raw = parts.departure()
    if sender:
        raw = raw.replace(b"From: Ada L. <ada@readers.example>", f"From: {sender}".encode())
    said = classify("".join(f"{line}\r\n" for line in above).encode() + raw, TOKENS, OURS)
    return said.kind if isinstance(said, Report) else said


def says(*results: str) -> str:
    return f"Authentication-Results: {SERVER}; " + "; ".join(results)


@pytest.mark.parametrize(
    "above",
    [
        [PASS],
        [PASS, ENTRY],
        [PASS.replace(SERVER, SERVER.upper()).replace("readers", "Readers")],
        [f"Authentication-Results: {SERVER} 1; dmarc=pass (p=none dis=none) header.from=readers.example;"],
        [says('dmarc=pass reason="a; b" header.from="readers.example"'), ENTRY],
        [says("dkim=fail header.d=x.example", "dmarc=pass header.from=readers.example"), ENTRY],
        # Delivered from one of our own programs to the next, with the results between the two.
        [f"Received: from {SERVER} by {SERVER} with LMTP id 1", PASS, ENTRY],
        [f"Received: from localhost (localhost [127.0.0.1]) by {SERVER} with ESMTP", "X-Spam: no", PASS, ENTRY],
        [f"Received: from front (front [10.1.2.3]) by {SERVER} with ESMTP", PASS, ENTRY],
        [f"Received: by {SERVER} (Postfix, from userid 105)", PASS, ENTRY],
        # Without a policy of the domain: a signature or an envelope of exactly this domain.
        [says("dmarc=none header.from=readers.example", "dkim=pass header.d=readers.example")],
        [says("dkim=pass header.i=@readers.example header.s=a header.b=Ab/c+d")],
        [says("spf=pass smtp.mailfrom=ada@readers.example")],
        [says("spf=pass smtp.mailfrom=readers.example")],
        [says("spf=fail smtp.mailfrom=x.example"), PASS],
        # Google writes its results below its own Received.
        [GOOGLE, "Received-SPF: pass", BY_GOOGLE.format("dmarc=pass header.from=readers.example")],
    ],
)
def test_our_own_server_confirms_the_sender(above: list[str]) -> None:
    assert kind(*above) is ReportKind.UNSUBSCRIBED


@pytest.mark.parametrize(
    "above",
    [
        [],
        [ENTRY],
        [says("dmarc=fail header.from=readers.example")],
        [says("dmarc=fail header.from=readers.example", "dkim=pass header.d=readers.example")],
        [says("dmarc=temperror header.from=readers.example", "spf=pass smtp.mailfrom=readers.example")],
        [says("dmarc=fail header.from=readers.example"), PASS],
        [PASS, says("dmarc=fail header.from=readers.example")],
        [says("none")],
        [says("dmarc=pass")],
        # Forged: below the way in, below other fields, or by another server.
        [ENTRY, PASS],
        [says("dmarc=fail header.from=readers.example"), ENTRY, PASS],
        ["Subject: x", PASS],
        ["DKIM-Signature: v=1", PASS],
        [PASS.replace(SERVER, "mx.evil.example")],
        [PASS.replace(SERVER, f"{SERVER}.evil.example")],
        [PASS.replace(SERVER, f"sub.{SERVER}")],
        [PASS.replace(SERVER, f"({SERVER}) mx.evil.example")],
        [f"ARC-{PASS}"],
        [f"X-{PASS}"],
        # The sender chooses the name that stands behind `from`.
        [f"Received: from [127.0.0.1] (unknown [203.0.113.9]) by {SERVER} with ESMTP", PASS],
        [f"Received: from LMTP (with.LMTP [203.0.113.9]) by {SERVER} with ESMTP", PASS],
        [f"Received: from {SERVER} (unknown [203.0.113.9]) by {SERVER} with ESMTP", PASS],
        [f"Received: from {SERVER} by {SERVER} with ESMTP", PASS],
        [f"Received: from localhost (localhost [127.0.0.1]) by {SERVER} with ESMTP", ENTRY, PASS],
        # Of another domain, above, below or beside this one.
        [says("dmarc=pass header.from=evil.example")],
        [says("dmarc=pass header.from=example")],
        [says("dmarc=pass header.from=sub.readers.example")],
        [says("dmarc=pass header.from=readers.example.evil.example")],
        [says("dmarc=pass header.from=readers.example header.from=evil.example")],
        [says("dmarc=pass header.from=evil.example", "dkim=pass header.d=readers.example")],
        [PASS, says("dmarc=pass header.from=evil.example")],
        [says("dkim=pass header.d=sub.readers.example")],
        [says("dkim=pass header.d=example")],
        [says("dkim=pass header.d=evil.example header.i=@readers.example")],
        [says("dkim=fail header.d=readers.example")],
        [says("spf=pass smtp.helo=readers.example")],
        [says("spf=softfail smtp.mailfrom=readers.example")],
        # Said in a comment, a quoted text or a broken field.
        [says("spf=none (; dmarc=pass header.from=readers.example)")],
        [says('spf=none reason="; dmarc=pass header.from=readers.example"')],
        [says('spf=pass smtp.mailfrom="a; dmarc=pass header.from=readers.example"@evil.example')],
        [says("dmarc=pass (header.from=readers.example)")],
        [says("dmarc=pass header.from=readers.example (")],
        [says('dmarc=pass header.from=readers.example "')],
        [says("dmarc=pass header.from=readers.example, x")],
        [f"{PASS} ({'x' * 4_000})"],
        # Below Google's Received the first field counts, and no other server's.
        [GOOGLE, PASS],
        [GOOGLE, BY_GOOGLE.format("dmarc=fail header.from=readers.example"), BY_GOOGLE.format(PASS.partition("; ")[2])],
        [GOOGLE, BY_GOOGLE.format("none"), BY_GOOGLE.format("dmarc=pass header.from=readers.example")],
        [GOOGLE, ENTRY, BY_GOOGLE.format("dmarc=pass header.from=readers.example")],
        [ENTRY, BY_GOOGLE.format("dmarc=pass header.from=readers.example")],
    ],
)
def test_nothing_else_confirms_it(above: list[str]) -> None:
    assert kind(*above) is ReportKind.ASKED


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("ada@readers.example", ReportKind.UNSUBSCRIBED),
        ("ada@readers.example (ben@other.example)", ReportKind.UNSUBSCRIBED),
        ("=?utf-8?q?ben=40other=2Eexample?= <ada@readers.example>", ReportKind.UNSUBSCRIBED),
        ("Ada <ada@Readers.Example>", ReportKind.UNSUBSCRIBED),
        ("<@other.example:ada@readers.example>", ReportKind.UNSUBSCRIBED),  # a route is ignored (RFC 5322, section 4.4)
        ("ada@sub.readers.example", ReportKind.ASKED),
        ("ada@other.example", ReportKind.ASKED),
        ("ada@readers.example, ben@other.example", AsideReason.UNKNOWN_SENDER),
        ("ben@other.example, Ada <ada@readers.example>", AsideReason.UNKNOWN_SENDER),
        ("Group: ben@other.example, Ada <ada@readers.example>;", AsideReason.UNKNOWN_SENDER),
        ("Group: Ada <ada@readers.example>;", AsideReason.UNKNOWN_SENDER),
        ("Group:;", AsideReason.UNKNOWN_SENDER),
        ("<ada@readers.example> <ben@other.example>", AsideReason.UNKNOWN_SENDER),
        ("ada@readers.example@other.example", AsideReason.UNKNOWN_SENDER),
        ('"ada@readers.example" <>', AsideReason.UNKNOWN_SENDER),
        ("(ada@readers.example)", AsideReason.UNKNOWN_SENDER),
        ('"a b"@readers.example', AsideReason.UNKNOWN_SENDER),
        ("=?utf-8?q?ada=40readers=2Eexample?=", AsideReason.UNKNOWN_SENDER),
        (" ", AsideReason.UNKNOWN_SENDER),
        ("(" * 2_000, AsideReason.UNKNOWN_SENDER),
    ],
)
def test_a_sender_is_one_address(sender: str, expected: ReportKind | AsideReason) -> None:
    assert kind(PASS, sender=sender) is expected


def test_without_a_server_that_is_trusted_nobody_is_believed() -> None:
    assert classify(parts.confirmed(parts.departure()), TOKENS, OwnAddresses("", "leave@list.example")) == Report(
        ReportKind.ASKED, address=parts.READER
    )


def test_a_token_needs_no_confirmation() -> None:
    raw = parts.confirmed(
        parts.departure(f"leave+{TOKENS.make(Purpose.UNSUBSCRIBE, 'adaadaadaadaada2')}@list.example"),
        "dmarc=fail header.from=readers.example",
    )
    assert classify(raw, TOKENS, OURS) == Report(ReportKind.UNSUBSCRIBED, "adaadaadaadaada2")


_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
_RESULTS = st.lists(
    st.builds(
        Result,
        _NAMES.filter(lambda name: name != "none"),
        _NAMES,
        st.lists(st.tuples(st.builds("{}.{}".format, _NAMES, _NAMES), _VALUES), max_size=3).map(tuple),
    ),
    max_size=4,
).map(tuple)
_GAPS = st.sampled_from([" ", "  ", " (a; b=c) ", ' (("x") \\)) ', "\t"])


@given(_NAMES, _RESULTS, st.lists(_GAPS, min_size=60, max_size=60))
def test_what_is_written_by_the_rules_is_read_as_it_was_meant(
    server: str, results: tuple[Result, ...], gaps: list[str]
) -> None:
    gap = iter(gaps)

    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    text = server
    for result in results:
        text += f"{next(gap)};{next(gap)}{result.method}{next(gap)}={next(gap)}{result.result}"
        for name, value in result.properties:
            kind_of, _, rest = name.partition(".")
            text += f"{next(gap)}{kind_of}{next(gap)}.{next(gap)}{rest}={quoted(value)}"
    assert read_results(text) == Results(server, results)


@given(st.text(st.sampled_from(list('ab=;.()"\\/ @1'))))
def test_no_text_raises(text: str) -> None:
    read = read_results(text)
    assert read is None or isinstance(read, Results)


@given(st.lists(st.sampled_from([ENTRY, GOOGLE, PASS, "Subject: x", says("dmarc=fail"), says("none")]), max_size=8))
def test_nothing_below_the_way_in_confirms_anything(above: list[str]) -> None:
    fields = tuple((name.lower(), value) for name, _, value in (line.partition(": ") for line in [ENTRY, *above]))
    assert not is_confirmed(fields, TRUSTED, "readers.example")
