"""The plain-text part: 72 columns, numbered addresses, every script."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.digest.text_part import FOOT, VERBATIM, lay_out, link
from briefing.digest.text_width import columns, wrap

LONG = "https://example.org/" + "a" * 1980


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", 3),
        ("東京", 4),
        ("ｶﾅ", 2),
        ("🚀", 2),
        ("👩‍🔬", 2),
        ("👍🏽", 2),
        ("🇪🇺", 2),
        ("☺️", 2),
        ("a \ufe0f", 2),
        ("e\u0301", 1),
        ("مرحبا", 5),
        ("שָׁלוֹם", 4),
        ("", 0),
    ],
)
def test_the_columns_of_a_text(text: str, expected: int) -> None:
    assert columns(text) == expected


@given(st.text(max_size=400))
def test_wrapping_keeps_every_word_and_its_order(text: str) -> None:
    spaces = re.compile(r"[ \t\r\n]+")
    assert spaces.sub("", "".join(wrap(text))) == spaces.sub("", text)


@given(st.lists(st.text(st.characters(categories=("L", "M", "N", "P", "So")), min_size=1, max_size=30), max_size=60))
def test_only_a_single_word_may_be_longer_than_a_line(words: list[str]) -> None:
    for line in wrap(" ".join(words), "- ", "  "):
        assert columns(line) <= 72 or " " not in re.sub(r" \[\d+\]", "", line[2:])


def test_a_mark_at_the_start_of_a_word_has_its_column() -> None:
    words = "0 " * 34 + "\ua9be0"
    assert [columns(line) for line in wrap(words, "- ", "  ")] == [72]
    assert len(wrap(f"0 {words}", "- ", "  ")) == 2
    assert columns("\u0939\u093f\u0928\u094d\u0926\u0940") == 4, "Devanagari as a terminal shows it"


def test_an_address_is_never_broken() -> None:
    lines = wrap(f"Read {LONG} or https://例え.example/日本語の長い道/{'あ' * 40} today.")
    assert lines == ["Read", LONG, "or", f"https://例え.example/日本語の長い道/{'あ' * 40}", "today."]


def test_japanese_breaks_between_characters_but_not_before_closing_marks() -> None:
    lines = wrap("「東京で開かれた会議」、" * 12)
    assert max(map(columns, lines)) <= 72
    assert all(line[0] not in "」、" and line[-1] != "「" for line in lines)
    assert len(lines) == 4


@pytest.mark.parametrize("mark", ["」", "、", "。"])
def test_a_closing_mark_stays_with_what_it_closes(mark: str) -> None:
    assert wrap("あ" * 36 + mark) == ["あ" * 35, "あ" + mark]


def test_an_opening_mark_stays_with_what_it_opens() -> None:
    assert wrap("あ" * 35 + "「あ") == ["あ" * 35, "「あ"]


def test_an_emoji_is_never_taken_apart() -> None:
    family = "👨‍👩‍👧‍👦"
    assert set("".join(wrap(family * 60)).split(family)) == {""}
    assert wrap("x" * 64 + " launch🚀") == ["x" * 64, "launch🚀"]


def test_addresses_are_numbered_once_and_listed_where_the_template_says() -> None:
    text = f"One {link('https://a.example')} two {link('https://b.example')}\n{FOOT}\nAgain {link('https://a.example')}"
    assert lay_out(text) == (
        "One [1] two [2]\n\n[1] https://a.example\n[2] https://b.example\n\nAgain [1]\n\n[1] https://a.example\n"
    )


def test_an_address_is_listed_whole_however_long() -> None:
    assert f"[1] {LONG}\n" in lay_out(f"Read on: {link(LONG)}")


def test_a_number_stays_on_its_texts_line() -> None:
    assert lay_out(f"{'word ' * 13}closing {link('https://a.example')}").split("\n")[1] == "closing [1]"


def test_rules_are_as_long_as_what_they_underline() -> None:
    assert lay_out("Title\n===\n東京\n---\n") == "Title\n=====\n東京\n----\n"
    assert lay_out("word " * 20 + "\n---\n").split("\n")[-2] == "-" * 69
    assert lay_out("a" * 90 + "\n---").split("\n")[1] == "-" * 72
    assert lay_out("A\n\n---\n") == "A\n\n---\n"


@pytest.mark.parametrize("margin", ["- ", "> ", "    ", "> > ", "  - ", " 12. "])
def test_a_margin_is_kept_on_every_line(margin: str) -> None:
    first, *rest = lay_out("x\n" + margin + "word " * 40).split("\n")[1:-1]
    assert first.startswith(margin)
    hanging = margin.replace("-", " ").replace("12.", "   ")
    assert rest
    assert all(line.startswith(hanging + "word") for line in rest)


def test_a_sentence_that_begins_with_a_year_has_no_margin() -> None:
    assert lay_out("2026. " + "word " * 40).split("\n")[1].startswith("word")


def test_blank_lines_in_a_row_are_one_and_verbatim_lines_stay() -> None:
    code = "x = 1" + "  # wide" * 20
    assert lay_out(f"\n\nA\n\n\n\nB\n{VERBATIM}    {code}\n\n") == f"A\n\nB\n    {code}\n"


def test_the_text_of_a_whole_issue_is_within_72_columns(read: Any, an: Any) -> None:
    long = an.item(
        1, title="A long title " * 20, summary="東京で開かれた会議は、" * 20, sources=(an.source(href=LONG),)
    )
    view = an.issue(
        (long, an.item(2, title="عنوان عربي " * 20)), html=f'<p>{"Good morning. " * 20}<a href="{LONG}">x</a></p>'
    )
    for line in read(view).digest.text.split("\n"):
        assert columns(line) <= 72 or re.match(r"\[\d+\] https?://", line)


def test_nothing_is_escaped_in_text(read: Any, an: Any) -> None:
    hostile = "<b> & \"quotes\" 'single' --> ]]> {{ view }} {% raw %} &amp; 100 %"
    made = read(an.issue((an.item(1, title=hostile, summary=hostile),), html="<p>&lt;b&gt; &amp;amp; it&#39;s</p>"))
    assert made.digest.text.count(hostile) >= 1
    assert "<b> &amp; it's" in made.digest.text
    assert "&lt;" not in made.digest.text


def test_sources_links_sponsor_and_corrections_are_in_the_text(read: Any, whole: Any) -> None:
    text = " ".join(read(whole).digest.text.split())
    for said in (
        "Why it matters: Because.",
        "Key questions: - What now? - And then?",
        "- Report number 1, The Journal, 29 March 2026 [",
        "- The Gazette",
        "Sponsor ------- Acme [",
        "] (LWN). Worth a look.",
        "Correction since the last issue",
        "1 April 2026, A story [",
        "The year was 2019.",
        "Texts: CC BY 4.0 The Example 1 Example Street",
    ):
        assert said in text


def test_a_heading_that_names_the_topic_is_not_repeated(read: Any, an: Any) -> None:
    section = dataclasses.replace(an.issue((an.item(1),)).sections[0], title="Science")
    assert "Science. " not in read(an.issue(sections=(section,))).digest.text
    assert "Science. Source: The Journal [" in read(an.issue((an.item(1),))).digest.text


def test_two_sources_of_one_publisher_are_told_apart(read: Any, an: Any) -> None:
    twice = an.item(1, sources=(an.source(1), an.source(2)))
    made = read(an.issue((twice,)))
    said = " ".join(made.digest.text.split())
    assert re.search(r"Sources: Report number 1, The Journal \[\d\]; Report number 2, The Journal \[\d\]", said)
    assert '>Report number 2</a>, <span dir="auto">The Journal</span>' in made.digest.html
    once = read(an.issue((an.item(1),), lead=None)).digest
    assert "Report number" not in once.html + once.text
