"""The whole message, read back as a mail program reads it."""

from __future__ import annotations

import dataclasses
import locale
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.digest import make_digest
from briefing.digest.message import quoted_printable
from briefing.errors import BriefingError
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = "https://example.org/" + "a" * 1980
HOSTILE = "<script>alert(1)</script> --> ]]> {{ view.issue }} {% raw %} <![CDATA[ %s"


def sound(made: Any) -> None:
    """All that holds for every digest."""
    lines = made.digest.message.split(b"\r\n")
    assert b"\n" not in made.digest.message.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 78
    assert made.message.get_content_type() == "multipart/alternative"
    assert not made.message.defects
    assert [part.get_content_type() for part in made.parts] == ["text/plain", "text/html"]
    for part, content in zip(made.parts, (made.digest.text, made.digest.html), strict=True):
        assert not part.defects
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        assert part.get_content_charset() == "utf-8"
        assert part.get_content().replace("\r\n", "\n").rstrip("\n") == content.rstrip("\n")
    assert made.html_links
    assert made.html_links <= made.text_links
    assert made.message["Subject"] == made.digest.subject


def test_the_headers_say_who_what_and_when(read: Any, an: Any) -> None:
    made = read(an.issue((an.item(1),)))
    message = made.message
    sound(made)
    assert message["From"] == "The Example <desk@example.org>"
    assert message["Reply-To"] == "answers@example.org"
    assert message["Subject"] == "A quiet week, and one ending"
    assert message["Date"] == "Fri, 03 Apr 2026 00:00:00 +0100"
    assert message["Message-ID"].endswith("@example.org>")
    assert message["List-Id"] == "<briefing.example.org>"
    assert message["Content-Language"] == "en"
    assert message["MIME-Version"] == "1.0"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Archive"] == "<https://example.org/issues/>"
    assert message["List-Help"] == "<mailto:answers@example.org?subject=help>"
    assert message["List-Post"] == "NO"
    assert message["List-Unsubscribe"] == "<https://unsubscribe.invalid/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Feedback-ID"] == "2026-w14:digest:example-org"
    assert len(message.keys()) == len(set(message.keys())) == 18


def test_a_publication_may_name_its_list_and_leave_out_reply_to(read: Any, an: Any) -> None:
    made = read(an.issue(), email={"sender": "desk@example.org", "list_id": "weekly.example.net"})
    assert made.message["List-Id"] == "<weekly.example.net>"
    assert "Reply-To" not in made.message


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "🚀 Lift-off 👩‍🔬", "subject": "🚀 Lift-off 👩‍🔬🇪🇺"},
        {"title": "عنوان عربي", "subject": "ماذا حدث هذا الأسبوع؟", "preheader": "هذا ما حدث"},
        {"title": "東京で開かれた会議", "subject": "東京で開かれた会議" * 20},
        {"title": HOSTILE, "subject": HOSTILE, "preheader": HOSTILE},
        {"title": ".", "subject": ".", "preheader": "."},
        {"preheader": "", "lead": None},
        {"html": f'<p>.</p><p>From here on</p><p><a href="{LONG}">x</a></p><pre><code>.\n..\nFrom x</code></pre>'},
    ],
)
def test_any_issue_makes_a_sound_message(read: Any, an: Any, changes: dict[str, Any]) -> None:
    item = an.item(1, title=changes.get("title", "x"), summary=changes.get("title", "x"))
    sound(read(an.issue((item,), **changes)))


def test_an_issue_of_one_story_and_one_of_a_hundred(read: Any, an: Any, whole: Any) -> None:
    sound(read(an.issue()))
    sound(read(whole))
    hundred = read(an.issue(tuple(an.item(n) for n in range(1, 100)), lead=an.item(0)))
    sound(hundred)
    assert all(f"What happened, part {n}<" in hundred.digest.html for n in range(100))


def test_an_address_of_two_thousand_characters_stays_whole(read: Any, an: Any) -> None:
    made = read(an.issue((an.item(1, sources=(an.source(href=LONG),)),)))
    sound(made)
    assert LONG in made.html_links & made.text_links


def test_the_unsubscribe_placeholder_is_in_both_parts(read: Any, an: Any) -> None:
    for token in ("https://unsubscribe.invalid/", "{{unsubscribe_url}}", "*|UNSUB|*", "{% unsubscribe %}"):
        made = read(an.issue(), unsubscribe=token)
        assert token in made.html_links & made.text_links


def test_a_link_missing_from_the_text_would_be_seen(read: Any, an: Any) -> None:
    made = read(an.issue())
    changed = dataclasses.replace(made.digest, html=made.digest.html.replace("/issues/2026-w14/", "/elsewhere/"))
    with pytest.raises(AssertionError):
        sound(dataclasses.replace(made, digest=changed))


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\u2028", "\0"])
def test_a_line_break_in_the_subject_is_refused(read: Any, an: Any, line_break: str) -> None:
    with pytest.raises(BriefingError, match=r"Subject: .* contains a line break"):
        read(an.issue(subject=f"Fine{line_break}Bcc: someone@example.org"))


def test_a_publication_without_address_or_sender_is_told_so(make_settings: Any, an: Any) -> None:
    view = DigestView(an.issue(), "https://unsubscribe.invalid/")
    for settings, said in (
        (make_settings({"SITEURL": ""}), "set SITEURL"),
        (make_settings(email={}), r'set BRIEFING\["email"\]\["sender"\]'),
        (make_settings(email={"sender": "nobody"}), "From: `nobody` is not a valid address"),
        (make_settings(email={"sender": "a@b.c", "reply_to": "nobody"}), "Reply-To: `nobody` is not a valid address"),
        (make_settings(email={"sender": "a@b.c", "list_id": "x"}), "List-Id: `x` is not a valid list name"),
    ):
        with pytest.raises(BriefingError, match=said):
            make_digest(view, Templates(settings), settings)


def test_the_same_input_gives_the_same_bytes(read: Any, whole: Any) -> None:
    assert read(whole).digest == read(whole).digest


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another time zone and, where the machine has one, another locale."""
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    time.tzset()
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
    except locale.Error:
        locale.setlocale(locale.LC_ALL, "C")
    yield
    locale.setlocale(locale.LC_ALL, before)
    monkeypatch.undo()
    time.tzset()


def test_time_zone_and_locale_do_not_matter(read: Any, whole: Any, request: pytest.FixtureRequest) -> None:
    here = read(whole).digest
    request.getfixturevalue("elsewhere")
    assert read(whole).digest == here


def test_the_order_of_hashes_does_not_matter(tmp_path: Path) -> None:
    code = """
import datetime as dt, sys
from pathlib import Path
from briefing.digest import make_digest
from briefing.settings import resolve
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView, IssueView
options = {"topics": ["A"], "email": {"sender": "a@b.c"}}
root = Path(sys.argv[1])
settings = resolve(root, {"SITENAME": "X", "SITEURL": "https://example.org", "BRIEFING": options})
view = IssueView(id="2026-w14", url="issues/2026-w14/", number=1, title="T", date=dt.datetime(2026, 4, 3, tzinfo=dt.UTC),
    subject="S", preheader="P", html="<p><a href='https://a.example'>a</a> <a href='https://b.example'>b</a></p>",
    lead=None, sections=(), links=(), sponsor=None, corrections=(), words=1, minutes=1,
    updated=dt.datetime(2026, 4, 3, tzinfo=dt.UTC))
sys.stdout.buffer.write(make_digest(DigestView(view, "u"), Templates(settings), settings).message)
"""
    repository = Path(__file__).resolve().parents[2]
    (tmp_path / "theme").symlink_to(repository / "theme")

    def run(seed: str) -> bytes:
        environment = {**os.environ, "PYTHONPATH": str(repository / "plugins"), "PYTHONHASHSEED": seed, "LC_ALL": "C"}
        return subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], env=environment, check=True, capture_output=True
        ).stdout

    assert run("1") == run("2")


def test_content_decides_the_message_id(read: Any, an: Any) -> None:
    one, same, other = (read(an.issue(title=title)).message["Message-ID"] for title in ("A", "A", "B"))
    again = read(an.issue(title="A", id="2026-w14b")).message["Message-ID"]
    assert one == same
    assert len({one, other, again}) == 3


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=300))
def test_quoted_printable_gives_the_text_back(text: str) -> None:
    import quopri

    lines = list(quoted_printable(text))
    assert max(map(len, lines)) <= 76
    assert "." not in lines
    decoded = quopri.decodestring("\r\n".join(lines).encode("ascii")).replace(b"\r\n", b"\n")
    assert decoded == text.encode().removesuffix(b"\n")


@pytest.mark.parametrize(
    ("line", "encoded"),
    [
        (".", "=2E"),
        ("..", "=2E."),
        ("From here", "=46rom here"),
        ("Fromage", "Fromage"),
        ("a ", "a=20"),
        ("é", "=C3=A9"),
    ],
)
def test_what_a_mail_server_may_alter_is_encoded(line: str, encoded: str) -> None:
    assert list(quoted_printable(line)) == [encoded]
