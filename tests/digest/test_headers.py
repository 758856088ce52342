"""Headers: what was meant is what is read, and no value can begin another header."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.digest.head import head
from briefing.digest.headers import ascii_host, list_header, mailbox_header, text_header
from briefing.digest.message_template import Placeholder
from briefing.errors import BriefingError, ProblemsFoundError, errors_of
from briefing.settings import load

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
        with pytest.raises(BriefingError, match=r"Subject: .* contains a line break or control character"):
            make("Subject", f"Fine{line_break}Bcc: someone@example.org")
    with pytest.raises(BriefingError, match="contains a line break"):
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
    with pytest.raises(BriefingError, match=r"From: `.*` is not a valid address; write it as"):
        mailbox_header("From", written)


@pytest.mark.parametrize("written", ["jürgen@example.org", "Jürgen <jürgen@bücher.example>", "用户@example.org"])
def test_a_name_before_the_at_sign_that_is_not_ascii_is_refused_as_that(written: str) -> None:
    with pytest.raises(BriefingError, match=r"To: `.*@.*` has letters before the @ that not every mail server accepts"):
        mailbox_header("To", written)


def test_a_host_that_cannot_travel_is_refused() -> None:
    assert ascii_host("Bücher.example") == "xn--bcher-kva.example"
    # UTS 46, non-transitional: by the rules of 2003 these three would be other domains.
    assert ascii_host("Straße.example") == "xn--strae-oqa.example"
    assert ascii_host("βόλος.example") == "xn--nxasmm1c.example"
    assert ascii_host("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example") == "xn--mgba3gch31f060k.example"
    assert ascii_host("_a.b_\uff0eÜ.Example") == "_a.b_.xn--tda.example"
    for host in (
        "a\u200db.example",
        "\u2603.example",
        "ü..example",
        "ü" * 64 + ".example",
        "a..b",
        "a b.example",
        "x" * 64 + ".example",
        "",
    ):
        with pytest.raises(BriefingError, match="is not a valid host name"):
            ascii_host(host)


@pytest.mark.parametrize(
    "name", ["briefing", "My list <a.example>", "a b.example", "x." * 130 + "example", "ü.example"]
)
def test_what_is_no_name_of_a_list_is_refused(name: str) -> None:
    with pytest.raises(BriefingError, match=r"List-Id: .* is not a valid list name"):
        list_header(name)


def test_the_name_of_a_list_is_never_encoded() -> None:
    assert list_header("<briefing.example.org>") == list_header("briefing.example.org")
    assert list_header("briefing.example.org") == "List-Id: <briefing.example.org>"


ISSUE = """\
---
number: 1
title: %s
date: 2026-04-03
subject: %s
preheader: And what came after it.
lead: 2026-03-30-a-first-story
---
"""


@pytest.mark.parametrize(
    "value", ['"Fine\\nBcc: a@example.net"', '"Fine\\r\\nBcc: a"', "|\n  Fine\n  Bcc: a", '"Fine\\u2028Bcc"']
)
@pytest.mark.parametrize(("key", "line"), [("title", 3), ("subject", 5)])
def test_a_line_break_in_an_issue_is_refused_with_its_line(publication: Any, key: str, line: int, value: str) -> None:
    values = {"title": "Fine", "subject": "Fine", key: value}
    root = publication({"issues/2026-w14.md": ISSUE % (values["title"], values["subject"])})
    problems = errors_of(find_problems(read_library(load(root))))
    assert [(problem.path, problem.line, problem.field) for problem in problems] == [
        ("content/issues/2026-w14.md", line, key)
    ]
    assert re.search("line break|control character|U\\+2028", problems[0].what)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sender", "A\nBcc: b@c.d <desk@example.org>"),
        ("reply_to", "desk@example.org\nBcc: b@c.d"),
        ("list_id", "a.example.org\n"),
        ("bounce_address", "bounces@example.org\n"),
        ("unsubscribe_address", "unsubscribe@example.org\nBcc: b@c.d"),
        ("help", "https://example.org/\nBcc: b@c.d"),
        ("feedback_id", "a-sender\n"),
    ],
)
def test_a_line_break_in_a_setting_is_refused_with_its_line(publication: Any, key: str, value: str) -> None:
    root = publication(settings=f'BRIEFING["email"] = {{"sender": "desk@example.org", "{key}": {value!r}}}\n')
    with pytest.raises(ProblemsFoundError) as found:
        load(root)
    (problem,) = found.value.problems
    assert (problem.path, problem.field) == ("pelicanconf.py", f"BRIEFING.email.{key}")
    said = (root / "pelicanconf.py").read_text(encoding="utf-8").splitlines()[problem.line - 1]
    assert '"email": {' in said


def written(settings: Any, issue: str = "2026-w14") -> dict[str, str]:
    pieces = head(issue, "A subject", settings, "example.org")
    lines = b"".join(piece if isinstance(piece, bytes) else b"HOLE" for piece in pieces).decode("ascii")
    return dict(line.split(": ", 1) for line in re.split(r"\r\n(?![ \t])", lines) if line)


def test_the_headers_of_a_list_follow_the_settings(make_settings: Any) -> None:
    email = {
        "sender": "desk@example.org",
        "unsubscribe_address": "out+weekly@Bücher.example",
        "help": "https://bücher.example/hälp",
        "feedback_id": "the-example",
    }
    at, delivery = {"SITEURL": "https://bücher.example:8000/über"}, {"listserver": "https://list.example.org"}
    lines = written(make_settings(at, email=email, delivery=delivery), "2026-w14: ü")
    assert lines["List-Unsubscribe"] == "<HOLE>,\r\n <HOLE>"
    assert lines["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert lines["List-Archive"] == "<https://xn--bcher-kva.example:8000/%C3%BCber/issues/>"
    assert lines["List-Help"] == "<https://xn--bcher-kva.example/h%C3%A4lp>"
    assert lines["Feedback-ID"] == "2026-w14-:digest:the-example"
    assert not [line for name, line in lines.items() if name.startswith("List-") and "=?" in line]


@pytest.mark.parametrize(
    ("address", "listserver", "placeholders", "has_post"),
    [
        ("", "", ["unsubscribe"], True),
        ("", "https://list.example.org", ["unsubscribe"], True),
        ("leave@example.org", "https://list.example.org", ["unsubscribe", "unsubscribe-mail"], True),
        ("leave@example.org", "", ["unsubscribe-mail"], False),
    ],
)
def test_there_is_one_click_where_something_answers_it(
    make_settings: Any, address: str, listserver: str, placeholders: list[str], *, has_post: bool
) -> None:
    email = {"sender": "desk@example.org", "unsubscribe_address": address}
    settings = make_settings(email=email, delivery={"listserver": listserver})
    pieces = list(head("2026-w14", "A subject", settings, "example.org"))
    assert [p.name for p in pieces if isinstance(p, Placeholder) and p.name.startswith("unsubscribe")] == placeholders
    assert (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in pieces) == has_post


def test_help_goes_where_answers_go_and_short_hosts_have_a_sender_id(make_settings: Any) -> None:
    lines = written(make_settings(email={"sender": "The Example <desk@example.org>"}))
    assert lines["List-Help"] == "<mailto:desk@example.org?subject=help>"
    lines = written(make_settings(email={"sender": "a@b.c", "help": "help@example.org"}))
    assert lines["List-Help"] == "<mailto:help@example.org?subject=help>"
    for host, sender in (("a.b", "a-b00"), ("news.briefing.example.org", "news-briefing-e")):
        pieces = head("w", "s", make_settings(), host)
        assert f"Feedback-ID: w:digest:{sender}\r\n".encode() in pieces
