"""What a mail says, in the shapes in which mail servers and providers write it; and that no mail does any harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery import inbox_parts as parts

from briefing.delivery.inbox.classify import classify
from briefing.delivery.inbox.reports import AsideReason, Report, ReportKind
from briefing.delivery.inbox.status_codes import code_in, kind_of, status_of
from briefing.delivery.inbox.token_search import OwnAddresses
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tokens import Purpose, Tokens

TOKENS = Tokens(Secret(parts.SECRET), "list.example")
TRUSTED = frozenset({"mx.list.example"})
OURS = OwnAddresses("bounces@list.example", "leave@list.example", trusted=TRUSTED)
ADA = "adaadaadaadaada2"
BOUNCE = TOKENS.make(Purpose.BOUNCE, ADA, 7)
LEAVE = TOKENS.make(Purpose.UNSUBSCRIBE, ADA)
INVALID_TOKEN = f"{BOUNCE[:-3]}000"


def said(raw: bytes) -> Report | AsideReason:
    return classify(raw, TOKENS, OURS)


def of(kind: ReportKind, status: str = "") -> Report:
    return Report(kind, ADA, 7, status)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (parts.postfix(BOUNCE), of(ReportKind.BOUNCED, "5.1.1")),
        (parts.exim(BOUNCE), of(ReportKind.BOUNCED, "5.1.1")),
        (parts.gmail(BOUNCE), of(ReportKind.BOUNCED, "5.1.1")),
        (parts.exchange(BOUNCE), of(ReportKind.BOUNCED, "5.1.10")),
        (parts.qmail(BOUNCE), of(ReportKind.BOUNCED, "5.1.1")),
        (parts.postfix(BOUNCE, "4.2.2", said="host mx[192.0.2.1] said: 452 4.2.2 full"), of(ReportKind.SOFT, "4.2.2")),
        (parts.postfix(BOUNCE, "5.2.2", said="552 5.2.2 mailbox full"), of(ReportKind.SOFT, "5.2.2")),
        (parts.postfix(BOUNCE, "5.7.1", said="554 5.7.1 blocked"), of(ReportKind.REFUSED, "5.7.1")),
        (parts.postfix(BOUNCE, "4.4.1", "delayed"), of(ReportKind.DELAYED, "4.4.1")),
        (parts.postfix(BOUNCE, "2.0.0", "relayed"), of(ReportKind.DELIVERED)),
        (parts.postfix(BOUNCE, "5.4.4", said="Host not found"), of(ReportKind.SOFT, "5.4.4")),
        (parts.postfix(BOUNCE, "", "failed", "550 User unknown"), of(ReportKind.BOUNCED, "5.1.1")),
        (parts.exim(BOUNCE, "552 Mailbox is full"), of(ReportKind.SOFT, "5.2.2")),
        (parts.exim(BOUNCE, "550 5.7.26 unauthenticated"), of(ReportKind.REFUSED, "5.7.26")),
        (
            parts.exim(BOUNCE, "554 delivery error: dd This user doesn't have a yahoo.example account"),
            of(ReportKind.BOUNCED, "5.1.1"),
        ),
        (parts.exim(BOUNCE, "500 something"), of(ReportKind.SOFT, "5.0.0")),
        (parts.exchange(BOUNCE, "5.7.520", "Access denied, AS(8551)"), of(ReportKind.REFUSED, "5.7.520")),
        (parts.exchange(BOUNCE, "5.4.1", "Recipient address rejected: Access denied"), of(ReportKind.BOUNCED, "5.1.1")),
        (
            parts.exchange(BOUNCE, "5.5.0", "Requested action not taken: mailbox unavailable"),
            of(ReportKind.BOUNCED, "5.1.1"),
        ),
        (parts.exchange(BOUNCE, "5.5.0", "Something else"), of(ReportKind.SOFT, "5.5.0")),
        (parts.qmail(BOUNCE, "mailbox full (#5.2.2)"), of(ReportKind.SOFT, "5.2.2")),
        (
            parts.qmail(BOUNCE, "192.0.2.5 does not like recipient.\nRemote host said: 550 5.1.1 no"),
            of(ReportKind.BOUNCED, "5.1.1"),
        ),
        (parts.qmail(BOUNCE, "This mail is delayed, and will be retried. (#4.4.1)"), of(ReportKind.DELAYED, "4.4.1")),
        (parts.arf(BOUNCE), of(ReportKind.COMPLAINED)),
        (parts.arf("", leaving=LEAVE), Report(ReportKind.COMPLAINED, ADA)),
        (parts.arf(BOUNCE, leaving=LEAVE), of(ReportKind.COMPLAINED)),
        (parts.departure(f"leave+{LEAVE}@list.example"), Report(ReportKind.UNSUBSCRIBED, ADA)),
        (parts.departure(f"LEAVE+{LEAVE.upper()}@List.Example"), Report(ReportKind.UNSUBSCRIBED, ADA)),
        (parts.departure(subject=f"unsubscribe {LEAVE}"), Report(ReportKind.UNSUBSCRIBED, ADA)),
        (parts.departure(subject="", body=f"Unsubscribe: {LEAVE}"), Report(ReportKind.UNSUBSCRIBED, ADA)),
        (parts.departure(), Report(ReportKind.ASKED, address=parts.READER)),
        (parts.confirmed(parts.departure()), Report(ReportKind.UNSUBSCRIBED, address=parts.READER)),
        (parts.departure(subject="Please take me off"), Report(ReportKind.ASKED, address=parts.READER)),
        (
            parts.confirmed(parts.departure(subject="Please take me off")),
            Report(ReportKind.UNSUBSCRIBED, address=parts.READER),
        ),
    ],
)
def test_what_is_said(raw: bytes, expected: Report) -> None:
    assert said(raw) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (parts.postfix(INVALID_TOKEN), AsideReason.INVALID_TOKEN),
        (parts.postfix(BOUNCE[:-4]), AsideReason.INVALID_TOKEN),
        (
            parts.postfix(Tokens(Secret(parts.SECRET), "another.example").make(Purpose.BOUNCE, ADA, 7)),
            AsideReason.INVALID_TOKEN,
        ),
        (parts.postfix(LEAVE), AsideReason.INVALID_TOKEN),
        (parts.qmail(INVALID_TOKEN), AsideReason.INVALID_TOKEN),
        (parts.qmail(BOUNCE, "It did not work."), AsideReason.NO_STATUS),
        (parts.postfix(BOUNCE, "whatever", "strange", "no code"), AsideReason.NO_STATUS),
        (parts.arf(INVALID_TOKEN), AsideReason.NO_DELIVERY),
        (parts.arf(BOUNCE, "not-spam"), AsideReason.UNRECOGNIZED),
        (parts.arf(BOUNCE, "auth-failure"), AsideReason.UNRECOGNIZED),
        (parts.vacation(BOUNCE), AsideReason.AUTOMATIC),
        (parts.departure(f"leave+{INVALID_TOKEN}@list.example"), AsideReason.INVALID_TOKEN),
        (parts.departure(f"leave+{BOUNCE}@list.example"), AsideReason.UNRECOGNIZED),
        (parts.departure(subject=f"unsubscribe {LEAVE[:-3]}000"), AsideReason.INVALID_TOKEN),
        (parts.departure(sender="ada@readers.example>, <ben@readers.example"), AsideReason.UNKNOWN_SENDER),
        (parts.departure("desk@list.example", body=f"unsubscribe {LEAVE}"), AsideReason.UNRECOGNIZED),
        (
            parts.departure(f"bounces+{BOUNCE}@list.example", subject="Buy now", body="550 5.1.1"),
            AsideReason.UNRECOGNIZED,
        ),
        (parts.departure(f"bounces+{INVALID_TOKEN}@list.example"), AsideReason.INVALID_TOKEN),
        (b"", AsideReason.UNRECOGNIZED),
        (b"\x00\xff\xfe garbage", AsideReason.UNRECOGNIZED),
    ],
)
def test_what_is_put_aside(raw: bytes, reason: AsideReason) -> None:
    assert said(raw) is reason


def test_an_automatic_mail_does_not_unsubscribe_its_sender() -> None:
    for header in (b"Auto-Submitted: auto-replied", b"Precedence: list", b"List-Id: <x.example>"):
        assert said(header + b"\r\n" + parts.departure()) is AsideReason.AUTOMATIC


def test_who_writes_to_the_desk_is_not_taken_off_the_list() -> None:
    shared = OwnAddresses("", "desk@list.example", is_unsubscribe_shared=True)
    asked = classify(parts.departure("desk@list.example", subject="A question"), TOKENS, shared)
    left = classify(parts.departure("desk@list.example", subject="Unsubscribe!"), TOKENS, shared)
    assert (asked, left) == (AsideReason.UNRECOGNIZED, Report(ReportKind.ASKED, address=parts.READER))


def test_one_address_may_serve_for_failures_and_for_leaving() -> None:
    one = OwnAddresses("bounces@list.example", "bounces@list.example")
    assert classify(parts.qmail(BOUNCE), TOKENS, one) == of(ReportKind.BOUNCED, "5.1.1")
    assert classify(parts.departure("bounces@list.example"), TOKENS, one) == Report(
        ReportKind.ASKED, address=parts.READER
    )


def test_two_senders_unsubscribe_nobody() -> None:
    for raw in (parts.departure(), parts.confirmed(parts.departure())):
        assert said(b"From: ben@readers.example\r\n" + raw) is AsideReason.UNKNOWN_SENDER


def test_a_name_is_no_sender() -> None:
    raw = parts.departure().replace(b"Ada L. <ada@", b'"ben@readers.example" <ada@')
    assert said(raw) == Report(ReportKind.ASKED, address=parts.READER)


def test_of_several_outcomes_the_mildest_counts() -> None:
    one = b"Action: failed\r\nStatus: 5.1.1\r\n"
    raw = parts.postfix(BOUNCE).replace(one, one + b"\r\nFinal-Recipient: rfc822; b@x.example\r\nAction: relayed\r\n")
    assert said(raw) == of(ReportKind.DELIVERED)


def test_a_returned_message_names_the_delivery_where_the_envelope_does_not() -> None:
    bare = parts.exim(BOUNCE).replace(f"o: bounces+{BOUNCE}".encode(), b"o: bounces")
    assert said(bare) == of(ReportKind.BOUNCED, "5.1.1")
    leaving = f"List-Unsubscribe: <https://list.example/u/{LEAVE}>".encode()
    raw = bare.replace(f"Return-path: <bounces+{BOUNCE}@list.example>".encode(), leaving)
    assert said(raw) == Report(ReportKind.BOUNCED, ADA, 0, "5.1.1")


def test_a_report_on_a_report_tells_of_no_delivery() -> None:
    part = b"Content-Type: message/rfc822\r\n\r\n"
    outer = parts.postfix(INVALID_TOKEN).replace(b"C069B", b"D170C").split(part)[0] + part
    assert said(outer + parts.postfix(BOUNCE)) is AsideReason.INVALID_TOKEN


def test_a_mail_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    whole = parts.postfix(BOUNCE)
    for end in range(0, len(whole), 37):
        assert said(whole[:end]) in {
            of(ReportKind.BOUNCED, "5.1.1"),
            of(ReportKind.BOUNCED, "5.0.0"),
            *AsideReason,
        } or end < len(whole)
    assert said(whole[: whole.index(b"Diagnostic-Code")]) == of(ReportKind.BOUNCED, "5.1.1")


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\nContent-Type: message/rfc822\r\n\r\n" * 5_000,
        b"".join(b"Content-Type: multipart/x; boundary=a%d\r\n\r\n--a%d\r\n" % (n, n) for n in range(3_000)),
        b"Content-Type: multipart/report; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 20_000,
        b"To: " + b"bounces+x@list.example, " * 10_000 + b"\r\n\r\n",
        b"Content-Type: text/plain; charset=no-such\r\nTo: leave@list.example\r\n\r\n\xff",
        b"Content-Type: text/plain; charset*=\r\nContent-Transfer-Encoding: uuencode\r\n\r\nbegin 6\r\n\xff",
        b"Content-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"From: =?utf-8?q?=FF?= <ada x.example>\r\nTo: leave@list.example\r\nSubject: =?x?b?=?=\r\n\r\n",
        b"\r\n".join(b"X-%d: y" % n for n in range(20_000)),
    ],
    ids=["nested", "boundaries", "parts", "recipients", "charset", "uuencode", "base64", "words", "headers"],
)
def test_hostile_mails_are_put_aside(raw: bytes) -> None:
    assert said(raw) in set(AsideReason)


_LINE = st.one_of(
    st.sampled_from(parts.postfix(BOUNCE).split(b"\r\n") + parts.arf(BOUNCE).split(b"\r\n")),
    st.sampled_from(parts.gmail(BOUNCE).split(b"\r\n") + parts.qmail(BOUNCE).split(b"\r\n")),
    st.binary(max_size=40),
)


@given(st.binary(max_size=2_000))
def test_no_octets_raise(raw: bytes) -> None:
    assert said(raw) in set(AsideReason)


@given(st.lists(_LINE, max_size=60))
def test_no_shuffled_mail_raises_or_names_another(lines: list[bytes]) -> None:
    found = said(b"\r\n".join(lines))
    assert isinstance(found, AsideReason) or found.reader == ADA


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("5.1.1", ReportKind.BOUNCED),
        ("5.1.2", ReportKind.BOUNCED),
        ("5.2.1", ReportKind.BOUNCED),
        ("4.2.2", ReportKind.SOFT),
        ("5.2.2", ReportKind.SOFT),
        ("5.0.0", ReportKind.SOFT),
        ("452", ReportKind.SOFT),
        ("", ReportKind.SOFT),
        ("5.1.8", ReportKind.REFUSED),
        ("5.2.3", ReportKind.REFUSED),
        ("5.3.4", ReportKind.REFUSED),
        ("5.6.1", ReportKind.REFUSED),
        ("5.7.1", ReportKind.REFUSED),
    ],
)
def test_whose_fault_a_status_is(status: str, kind: ReportKind) -> None:
    assert kind_of(status) is kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("550 5.1.1 no", "5.1.1"),
        ("(#4.4.1)", "4.4.1"),
        ("192.0.2.5.1", ""),
        ("5.1.1.2", ""),
        ("5.1.1.", "5.1.1"),
        ("5.01.001", "5.1.1"),
    ],
)
def test_codes_are_found_in_words(text: str, code: str) -> None:
    assert code_in(text) == code


def test_a_temporary_code_is_not_made_permanent_by_the_words() -> None:
    assert status_of("4.0.0", "later 5.1.1") == "4.0.0"
    assert status_of("", "451 try later") == "4.0.0"
