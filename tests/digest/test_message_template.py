"""One message, many readers: a value changes its own place and nothing else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import html
import quopri
import re
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.digest import make_digest
from briefing.digest.identifiers import mailto_unsubscribe, proof_message_id, reader_message_id, return_path
from briefing.digest.message import encoded_pieces
from briefing.digest.message_template import TEXT, Placeholder, assemble, fill, fingerprint
from briefing.errors import BriefingError
from briefing.pages.digest_view import BY_MAIL, PREFERENCES, UNSUBSCRIBE
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from briefing.content.model import Digest

STRICT = email.policy.SMTP + email.policy.strict
KEY = b"a key of thirty-two octets, each"
FRIDAY = dt.datetime(2026, 4, 3, tzinfo=dt.UTC)
VALUES = {
    "unsubscribe": "https://lists.example.org/u?list=weekly&token=abc",
    "preferences": "https://lists.example.org/p?list=weekly&token=abc",
    "date": "Fri, 03 Apr 2026 08:00:00 +0000",
    "message-id": "<1@example.org>",
    "to": "reader@example.net",
}
plain = st.text("abcXYZ019-._~/?#&=+@:", max_size=700)
addresses = plain.map(lambda path: f"https://lists.example.org/{path}")
loose = settings(deadline=None, max_examples=40)


@pytest.fixture
def made(make_settings: Any, whole: Any) -> Digest:
    values = make_settings()
    return make_digest(DigestView(whole, UNSUBSCRIBE, PREFERENCES), Templates(values), values)


def parsed(message: bytes) -> EmailMessage:
    found = email.message_from_bytes(message, policy=STRICT)
    assert not any(part.defects for part in found.walk())
    return found


def contents(message: bytes) -> list[str]:
    return [part.get_content().replace("\r\n", "\n") for part in parsed(message).walk() if not part.is_multipart()]


def test_a_digest_has_every_hole_and_each_reader_link_where_a_reader_looks(made: Digest) -> None:
    where = set(zip(made.template.placeholders, made.template.places, strict=True))
    links = {("preferences", "text"), ("preferences", "html"), ("unsubscribe", "text"), ("unsubscribe", "html")}
    assert where >= {("date", "header"), ("message-id", "header"), ("to", "header"), ("unsubscribe", "header")}
    assert {pair for pair in where if pair[1] != "header"} == links
    assert not re.search(rb"(unsubscribe|preferences)\.invalid", b"".join(made.template.parts))


def test_any_address_fits_and_is_all_that_changes(made: Digest) -> None:
    @given(unsubscribe=addresses, preferences=addresses)
    @loose
    def holds(unsubscribe: str, preferences: str) -> None:
        message = fill(made.template, {**VALUES, "unsubscribe": unsubscribe, "preferences": preferences})
        text, page = contents(message)
        written = made.text.replace(UNSUBSCRIBE, unsubscribe).replace(PREFERENCES, preferences)
        assert text == written.removesuffix("\n")
        links = {UNSUBSCRIBE: html.escape(unsubscribe), PREFERENCES: html.escape(preferences)}
        assert page.rstrip("\n") == re.sub("|".join(links), lambda found: links[found[0]], made.html).rstrip("\n")
        body = message.partition(b"\r\n\r\n")[2].split(b"\r\n")
        assert max(map(len, body)) <= 76
        assert not [line for line in body if line == b"."]
        assert parsed(message)["List-Unsubscribe"] == f"<{unsubscribe}>"
        assert b"\n" not in message.replace(b"\r\n", b"")
        rest = message
        for part in made.template.parts:
            assert part in rest
            rest = rest[rest.index(part) + len(part) :]

    holds()


@given(st.lists(st.text("a.=é F\n", max_size=90).map(lambda text: text.replace("F", "From ")), min_size=1, max_size=4))
def test_a_hole_may_stand_anywhere_in_a_line(literals: list[str]) -> None:
    mark = "https://mark.invalid/"
    text = mark.join(literals)
    template = assemble(encoded_pieces(text, {"unsubscribe": mark}, TEXT))
    assert len(template.placeholders) == len(literals) - 1
    for value in ("https://a.example/", f"https://a.example/{'.=' * 120}"):
        filled = fill(template, {"unsubscribe": value})
        assert max(map(len, filled.split(b"\r\n"))) <= 76
        assert not any(line.startswith((b"From ", b"..")) or line == b"." for line in filled.split(b"\r\n"))
        decoded = quopri.decodestring(filled).decode().replace("\r\n", "\n")
        assert decoded == value.join(literals).removesuffix("\n") + "\n"


@pytest.mark.parametrize("name", ["unsubscribe", "preferences"])
@pytest.mark.parametrize(
    "value",
    [
        "",
        "http://example.org/",
        "https://example.org",
        "https:///path",
        "https://example.org/a b",
        "https://example.org/\r\nBcc: a@example.net",
        "https://example.org/\n",
        'https://example.org/"onclick=',
        "https://example.org/'",
        "https://example.org/<b>",
        "https://example.org/a,b",
        "https://example.org/%",
        "https://example.org/%0",
        "https://example.org/%0d",
        "https://example.org/é",
        "https://bücher.example/",
        "https://user@example.org/",
        "https://example.org/\\",
        "https://example.org/\0",
        "https://example.org/\u2028",
        "javascript:alert(1)",
        f"https://example.org/{'a' * 900}",
    ],
)
def test_an_address_that_is_none_is_refused(made: Digest, name: str, value: str) -> None:
    with pytest.raises(BriefingError, match=f"{name}: .* is not an address that every mail program accepts"):
        fill(made.template, {**VALUES, name: value})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("date", "2026-04-03", "is not a valid message date"),
        ("date", "Fri, 03 Apr 2026 08:00:00 +0000\r\nBcc: a@example.net", "is not a valid message date"),
        ("date", "Fri, 03 Apr 2026 08:00:00 +0000\n", "is not a valid message date"),
        ("message-id", "1@example.org", "is not a valid Message-ID"),
        ("message-id", "<1@example.org>\n", "is not a valid Message-ID"),
        ("message-id", "<1@example.org> <2@example.org>", "is not a valid Message-ID"),
        ("to", "nobody", "is not a valid address"),
        ("to", "", "is not a valid address"),
        ("to", "a@example.net, b@example.net", "is not a valid address"),
        ("to", "a@example.net\r\nBcc: b@example.net", "contains a line break"),
        ("to", "A\nB <a@example.net>", "contains a line break"),
        ("to", "jürgen@example.net", "give a plain ASCII address"),
        ("bcc", "a@example.net", "has no placeholder `bcc`"),
    ],
)
def test_a_value_that_could_say_more_is_refused(made: Digest, name: str, value: str, said: str) -> None:
    with pytest.raises(BriefingError, match=said):
        fill(made.template, {**VALUES, name: value})


@pytest.fixture
def by_mail(make_settings: Any, whole: Any) -> Digest:
    values = make_settings(email={"sender": "desk@example.org", "unsubscribe_address": "leave@example.org"})
    return make_digest(DigestView(whole, BY_MAIL), Templates(values), values)


def test_readers_may_leave_by_mail_only(by_mail: Digest) -> None:
    where = set(zip(by_mail.template.placeholders, by_mail.template.places, strict=True))
    assert {pair for pair in where if "unsubscribe" in pair[0]} == {
        ("unsubscribe-mail", "header"),
        ("unsubscribe", "text"),
        ("unsubscribe", "html"),
    }
    assert "preferences" not in by_mail.template.placeholders
    address = f"mailto:leave+{'a1' * 24}@example.org?subject=unsubscribe"
    message = fill(by_mail.template, {**VALUES, "unsubscribe": address, "unsubscribe-mail": address})
    text, page = contents(message)
    assert parsed(message)["List-Unsubscribe"] == f"<{address}>"
    assert "List-Unsubscribe-Post" not in parsed(message)
    assert f"] {address}\n" in text
    assert f'href="{address}"' in page
    assert max(map(len, message.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert parsed(by_mail.message)["List-Unsubscribe"] == f"<{BY_MAIL}>"
    assert f'href="{BY_MAIL}"' in by_mail.html


def test_one_click_needs_an_address_of_the_web(made: Digest) -> None:
    with pytest.raises(BriefingError, match="uses one-click unsubscribe; write https://host/path, not a mail address"):
        fill(made.template, {**VALUES, "unsubscribe": BY_MAIL})


@pytest.mark.parametrize(
    "value",
    [
        "",
        "leave@example.org",
        "https://example.org/u",
        "mailto:leave@example.org",
        "mailto:leave@example.org?subject=unsubscribe\r\nBcc: a@example.net",
        "mailto:leave@example.org?subject=unsubscribe\n",
        "mailto:leave@example.org?subject=unsubscribe&cc=a@example.net",
        "mailto:leave@example.org,a@example.net?subject=unsubscribe",
        "mailto:leave%0D%0ACc@example.org?subject=unsubscribe",
        "mailto:leave>@example.org?subject=unsubscribe",
        'mailto:leave"@example.org?subject=unsubscribe',
        "mailto:lé@example.org?subject=unsubscribe",
        "mailto:leave@bücher.example?subject=unsubscribe",
        f"mailto:{'a' * 193}@example.org?subject=unsubscribe",
    ],
)
def test_an_address_to_leave_by_mail_has_one_form(by_mail: Digest, value: str) -> None:
    values = {**VALUES, "unsubscribe": BY_MAIL}
    with pytest.raises(BriefingError, match=r"unsubscribe-mail: .* is not a valid address for unsubscribing by mail"):
        fill(by_mail.template, {**values, "unsubscribe-mail": value})
    if value.startswith("mailto:"):
        with pytest.raises(BriefingError, match=r"unsubscribe: .* is not a valid address for unsubscribing by mail"):
            fill(by_mail.template, {**values, "unsubscribe-mail": BY_MAIL, "unsubscribe": value})


def test_a_reader_leaves_by_a_token(make_settings: Any) -> None:
    token = "u" + "a2" * 18
    settings = make_settings(email={"sender": "desk@example.org", "unsubscribe_address": "Out+weekly@Bücher.example"})
    address = mailto_unsubscribe(token, settings)
    assert address == f"mailto:Out+weekly+{token}@xn--bcher-kva.example?subject=unsubscribe"
    odd = make_settings(email={"sender": "desk@example.org", "unsubscribe_address": "out&in=1@example.org"})
    assert mailto_unsubscribe(token, odd) == f"mailto:out%26in%3D1+{token}@example.org?subject=unsubscribe"
    for wrong, said in (("A token", "is not allowed in an address"), ("a" * 64, "shorten unsubscribe_address")):
        with pytest.raises(BriefingError, match=said):
            mailto_unsubscribe(wrong, settings)
    with pytest.raises(BriefingError, match=r'set BRIEFING\["email"\]\["unsubscribe_address"\]'):
        mailto_unsubscribe(token, make_settings())


def test_a_value_that_is_missing_is_named(made: Digest) -> None:
    with pytest.raises(BriefingError, match="needs a value for 'date'"):
        fill(made.template, {name: value for name, value in VALUES.items() if name != "date"})


@pytest.mark.parametrize(
    ("to", "written"),
    [
        ("reader@example.net", "reader@example.net"),
        ("R. Eader <reader@example.net>", '"R. Eader" <reader@example.net>'),
        ("reader@bücher.example", "reader@xn--bcher-kva.example"),
        ("O'Reader+news@Example.NET", "O'Reader+news@example.net"),
    ],
)
def test_the_reader_is_in_the_message(made: Digest, to: str, written: str) -> None:
    assert f"\r\nTo: {written}\r\n".encode() in fill(made.template, {**VALUES, "to": to})


def test_a_reader_may_have_any_name(made: Digest) -> None:
    @given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters='<>"\\'), max_size=80))
    @loose
    def holds(name: str) -> None:
        message = parsed(fill(made.template, {**VALUES, "to": f"{name} <reader@example.net>"}))
        assert [address.addr_spec for address in message["To"].addresses] == ["reader@example.net"]
        assert message["Subject"] == made.subject

    holds()


def test_the_fingerprint_covers_all_but_the_values(made: Digest, make_settings: Any, whole: Any) -> None:
    def of(**changes: Any) -> str:
        values = make_settings(**changes.pop("options", {}))
        view = DigestView(dataclasses.replace(whole, **changes), UNSUBSCRIBE, PREFERENCES)
        return make_digest(view, Templates(values), values).fingerprint

    email = {"sender": "The Example <desk@example.org>"}
    others = [
        of(title="x"),
        of(subject="x"),
        of(id="2026-w15"),
        of(preheader="x"),
        of(options={"email": email}),
        of(options={"email": {**email, "unsubscribe_address": "u@example.org"}}),
    ]
    assert of() == made.fingerprint == fingerprint(made.template)
    assert len({made.fingerprint, *others}) == len(others) + 1
    renamed = dataclasses.replace(made.template, placeholders=tuple(reversed(made.template.placeholders)))
    assert fingerprint(renamed) != made.fingerprint
    moved = dataclasses.replace(made.template, places=tuple(reversed(made.template.places)))
    assert fingerprint(moved) != made.fingerprint


def test_the_message_of_a_digest_leads_nowhere(made: Digest, whole: Any) -> None:
    message = parsed(made.message)
    assert message["To"] == "reader@reader.invalid"
    assert message["Date"] == format_datetime(whole.date)
    assert message["Message-ID"] == f"<{made.fingerprint[:32]}@example.org>"
    assert message["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"


def test_what_an_author_writes_is_no_hole(make_settings: Any, an: Any) -> None:
    values = make_settings()
    said = f"Write to {UNSUBSCRIBE} and {PREFERENCES}"
    view = DigestView(an.issue(title=said, subject=said), UNSUBSCRIBE, PREFERENCES)
    text, page = contents(fill(make_digest(view, Templates(values), values).template, VALUES))
    assert "unsubscribe.invalid" in text
    assert "preferences.invalid" in page


@pytest.mark.parametrize("expression", ["view.unsubscribe|urlencode", "view.unsubscribe|upper", "view.unsubscribe[8:]"])
def test_a_template_that_alters_a_readers_link_is_refused(
    make_settings: Any, an: Any, tmp_path: Path, expression: str
) -> None:
    override = tmp_path / "content/overrides/email/digest.html"
    override.parent.mkdir(parents=True)
    override.write_text(f"<html><body><a href='x?to={{{{ {expression} }}}}'>x</a></body></html>", encoding="utf-8")
    values = make_settings()
    with pytest.raises(BriefingError, match=r"changes a reader's address; write `\{\{ view.unsubscribe \}\}` as it is"):
        make_digest(DigestView(an.issue(), UNSUBSCRIBE), Templates(values), values)


def test_a_digest_without_reader_links_has_none(make_settings: Any, an: Any) -> None:
    values = make_settings()
    digest = make_digest(DigestView(an.issue(), "", ""), Templates(values), values)
    assert digest.template.places == ("header",) * 4


def test_a_readers_message_id_is_the_same_at_every_attempt() -> None:
    one = reader_message_id(KEY, "2026-w14", "17", "Bücher.example")
    assert one == reader_message_id(KEY, "2026-w14", "17", "bücher.example")
    assert re.fullmatch(r"<[0-9a-f]{40}@xn--bcher-kva\.example>", one)
    others = [
        reader_message_id(KEY[::-1], "2026-w14", "17", "bücher.example"),
        reader_message_id(KEY, "2026-w15", "17", "bücher.example"),
        reader_message_id(KEY, "2026-w14", "18", "bücher.example"),
        reader_message_id(KEY, "2026-w1", "417", "bücher.example"),
        reader_message_id(KEY, "2026-w14:17", "", "bücher.example"),
    ]
    assert len({one, *others}) == 6
    with pytest.raises(BriefingError, match="has 3 bytes"):
        reader_message_id(b"key", "2026-w14", "17", "example.org")


def test_a_proofs_message_id_is_new_each_time(made: Digest) -> None:
    one, two = proof_message_id("example.org"), proof_message_id("example.org")
    assert one != two
    for proof in (one, two, reader_message_id(KEY, "2026-w14", "17", "example.org")):
        assert f"Message-ID: {proof}\r\n".encode() in fill(made.template, {**VALUES, "message-id": proof})


def test_a_return_path_names_the_message(make_settings: Any) -> None:
    email = {"sender": "a@example.org", "bounce_address": "bounces@Bücher.example"}
    values = make_settings(email=email)
    assert return_path("17.abc-def", values) == "bounces+17.abc-def@xn--bcher-kva.example"
    for token, said in (
        ("", "is not allowed"),
        ("A", "is not allowed"),
        ("a@b", "is not allowed"),
        ("a\n", "is not allowed"),
        ("a" * 57, "has more than 64 characters"),
    ):
        with pytest.raises(BriefingError, match=said):
            return_path(token, values)
    with pytest.raises(BriefingError, match=r'set BRIEFING\["email"\]\["bounce_address"\]'):
        return_path("17", make_settings(email={"sender": "a@example.org"}))


def test_the_empty_message_is_segments_too() -> None:
    assert fill(assemble([Placeholder("date", "header")]), VALUES) == VALUES["date"].encode()
    assert format_datetime(FRIDAY) == "Fri, 03 Apr 2026 00:00:00 +0000"
