"""Headers: what was meant is what is read, and no value can begin another header."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.digest.headers import ascii_host, list_header, mailbox_header, text_header
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from email.message import EmailMessage

STRICT = email.policy.SMTP + email.policy.strict
LINE_BREAKS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\u2028", "\u2029", "\0"]
one_line = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=300)


def parsed(header: str) -> EmailMessage:
    message = email.message_from_bytes(header.encode("ascii") + b"\r\n\r\n", policy=STRICT)
    assert not message.defects
    return message


def sender_of(header: str) -> tuple[str, str]:
    """Name and address. The strict parser leaves a space between two encoded words of a name, so a second one reads it."""
    (sender,) = parsed(header)["From"].addresses
    name, address = parseaddr(header.removeprefix("From: ").replace("\r\n", ""))
    assert address == sender.addr_spec
    return str(make_header(decode_header(name))), address


@pytest.mark.parametrize(
    "subject",
    [
        "A quiet week",
        "Two  spaces, kept",
        "Two  spaces  kept " * 8 + "on folding",
        "🚀 Lift-off 👩‍🔬🇪🇺 and after",
        "ماذا حدث هذا الأسبوع؟",
        "東京で開かれた会議" * 12,
        "x" * 2000,
        "a word " * 100 + "end",
        "=?utf-8?q?not_encoded?=",
        'Quotes " and \\ and <angles> & {{ braces }} %s -->',
    ],
)
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    header = text_header("Subject", subject)
    assert parsed(header)["Subject"] == subject
    assert max(map(len, header.split("\r\n"))) <= 78


@given(one_line.map(str.strip).filter(bool))
def test_any_subject_is_read_as_it_was_written(subject: str) -> None:
    header = text_header("Subject", subject)
    assert str(parsed(header)["Subject"]) == subject
    assert all(line.startswith(" ") for line in header.split("\r\n")[1:])


@pytest.mark.parametrize("line_break", LINE_BREAKS)
def test_a_line_break_in_a_value_is_refused(line_break: str) -> None:
    for make in (text_header, mailbox_header):
        with pytest.raises(BriefingError, match=r"Subject: .* holds a line break or control character"):
            make("Subject", f"Fine{line_break}Bcc: someone@example.org")
    with pytest.raises(BriefingError, match="holds a line break"):
        list_header(f"briefing.example.org{line_break}Bcc: someone@example.org")


@pytest.mark.parametrize(
    ("written", "name", "address"),
    [
        ("desk@example.org", "", "desk@example.org"),
        ("<desk@example.org>", "", "desk@example.org"),
        ("The Example <desk@example.org>", "The Example", "desk@example.org"),
        ("Smith, John <desk@example.org>", "Smith, John", "desk@example.org"),
        ('"Smith, \\"J\\" John" <desk@example.org>', 'Smith, "J" John', "desk@example.org"),
        ("A (b) @ c; d: e <desk@example.org>", "A (b) @ c; d: e", "desk@example.org"),
        ("a@b <desk@example.org>", "a@b", "desk@example.org"),
        ("=?utf-8?q?Other?= <desk@example.org>", "=?utf-8?q?Other?=", "desk@example.org"),
        ("The Example 📰 <desk@example.org>", "The Example 📰", "desk@example.org"),
        ("المصدر الأول <desk@example.org>", "المصدر الأول", "desk@example.org"),
        ("Zeitung <desk@bücher.example>", "Zeitung", "desk@xn--bcher-kva.example"),
        (f"{'A long name ' * 30}<desk@example.org>", ("A long name " * 30).strip(), "desk@example.org"),
    ],
)
def test_a_sender_is_read_as_it_was_written(written: str, name: str, address: str) -> None:
    header = mailbox_header("From", written)
    assert sender_of(header) == (name, address)
    assert max(map(len, header.split("\r\n"))) <= 78


@given(one_line.map(lambda name: " ".join(re.sub('[<>"]', "", name).split())).filter(bool))
def test_any_name_is_read_as_it_was_written(name: str) -> None:
    assert sender_of(mailbox_header("From", f"{name} <desk@example.org>")) == (name, "desk@example.org")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "Nobody",
        "Nobody <>",
        "a@b, c@d",
        "<a@b> <c@d>",
        "a b@example.org",
        "a@",
        f"{'a' * 65}@b.c",
    ],
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(BriefingError, match=r"From: `.*` is no address; write it as"):
        mailbox_header("From", written)


@pytest.mark.parametrize("written", ["jürgen@example.org", "Jürgen <jürgen@bücher.example>", "用户@example.org"])
def test_a_name_before_the_at_sign_that_is_not_ascii_is_refused_as_that(written: str) -> None:
    with pytest.raises(BriefingError, match=r"To: `.*@.*` has letters before the @ that not every mail server takes"):
        mailbox_header("To", written)


def test_a_host_that_cannot_travel_is_refused() -> None:
    assert ascii_host("Bücher.example") == "xn--bcher-kva.example"
    for host in ("a..b", "a b.example", "x" * 64 + ".example", ""):
        with pytest.raises(BriefingError, match="is no host name"):
            ascii_host(host)


@pytest.mark.parametrize(
    "name", ["briefing", "My list <a.example>", "a b.example", "x." * 130 + "example", "ü.example"]
)
def test_what_is_no_name_of_a_list_is_refused(name: str) -> None:
    with pytest.raises(BriefingError, match=r"List-Id: .* is no name of a list"):
        list_header(name)


def test_the_name_of_a_list_is_never_encoded() -> None:
    assert list_header("<briefing.example.org>") == list_header("briefing.example.org")
    assert list_header("briefing.example.org") == "List-Id: <briefing.example.org>"
