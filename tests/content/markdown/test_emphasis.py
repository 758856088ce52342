"""Emphasis beside Chinese, Japanese and Korean text, and the signs that are left for readers to see."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from briefing.content import markdown
from briefing.content.markdown.finished_html import SITE_PLACEHOLDER
from briefing.content.markdown.preprocessing import preprocess
from briefing.errors import Problem, Weight


def render(source_text: str) -> tuple[str, list[Problem]]:
    body, problems = markdown.render(markdown.Text(source_text, "content/pages/x.md", "pages/x.md", 10))
    return body.html, problems


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("これは**「重要なこと」**です。", "これは<strong>「重要なこと」</strong>です。"),
        ("这是**我想做的事。**所以继续。", "这是<strong>我想做的事。</strong>所以继续。"),
        ("这是**“重要”**的", "这是<strong>“重要”</strong>的"),
        ("문서 **마크다운(Markdown)**을 사용.", "문서 <strong>마크다운(Markdown)</strong>을 사용."),
        ("は**「A」**と**「B」**で", "は<strong>「A」</strong>と<strong>「B」</strong>で"),
        ("**「A」**は**「B」**", "<strong>「A」</strong>は<strong>「B」</strong>"),
        ("は*「A」*と~~「B」~~で", "は<em>「A」</em>と<del>「B」</del>で"),
        ("は**「*「A」*と」**で", "は<strong>「<em>「A」</em>と」</strong>で"),
        ("[は**「A」**で](/)", '<a href="/">は<strong>「A」</strong>で</a>'),
        ("は**[「A」](/)**で", 'は<strong><a href="/">「A」</a></strong>で'),
        ("は**「A\\*」**で", "は<strong>「A*」</strong>で"),
        ("これは**「A」**です。これは*「B」*です。", "これは<strong>「A」</strong>です。これは<em>「B」</em>です。"),
        ("は**「A」**で。***「B」***で", "は<strong>「A」</strong>で。<em><strong>「B」</strong></em>で"),
        ("は***「A」***で。", "は<em><strong>「A」</strong></em>で。"),
        ("*「あ」***「い」**で", "<em>「あ」</em><strong>「い」</strong>で"),
        ("は***「A」*と「B」**で", "は<strong><em>「A」</em>と「B」</strong>で"),
        ("は**「A」**~~「B」~~で", "は<strong>「A」</strong><del>「B」</del>で"),
        ("葛\U000e0100**「A」**で*「B」*", "葛\U000e0100<strong>「A」</strong>で<em>「B」</em>"),
        ("は**「A」**で **b**", "は<strong>「A」</strong>で <strong>b</strong>"),
    ],
)
def test_emphasis_beside_east_asian_text_is_emphasis(written: str, shown: str) -> None:
    html, problems = render(written)
    assert (html.replace(SITE_PLACEHOLDER, "/"), problems) == (f"<p>{shown}</p>", [])


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("> は\n> **「A\n> B」**で", "<strong>「A\nB」</strong>"),
        ("- は**「A」**で", "<strong>「A」</strong>"),
        ("## は**「A」**で", "<strong>「A」</strong>"),
        ("|は**「A」**で|b|\n|-|-|\n|1|2|", "<strong>「A」</strong>"),
    ],
)
def test_so_it_is_in_every_kind_of_block(written: str, tag: str) -> None:
    html, problems = render(written)
    assert problems == []
    assert tag in html


@pytest.mark.parametrize(
    "written",
    [
        "`は**「A」**で`",
        "    は**「A」**で",
        "```\nは**「A」**で\n```",
        "は\\*\\*「A」\\*\\*で",
        "価格は5 * 3 * 2です",
    ],
)
def test_what_is_no_emphasis_there_stays_as_it_is(written: str) -> None:
    html, problems = render(written)
    assert "<strong>" not in html
    assert problems == []


SHOWN = [
    ("a ** bold ** b", "** bold **", "write **bold**, without spaces inside the markers"),
    ('**"quoted"**word', '**"quoted"**', 'write <strong>"quoted"</strong>, or add a space outside'),
    ('the *"quoted"*word', '*"quoted"*', 'write <em>"quoted"</em>, or add a space'),
    ('_"quoted"_word', '_"quoted"_', 'write <em>"quoted"</em>, or add a space'),
    ("~~ gone ~~", "~~ gone ~~", "write ~~gone~~, without spaces"),
    ("__ bold __", "__ bold __", "write __bold__, without spaces"),
    ("some **bold text", "**bold text", "close it with **"),
    ("see foo__ there", "__ there", "close it with __"),
    ("for *args and **kwargs", "**kwargs", "to show the markers write \\*\\*"),
    ('***"quoted"***word', '***"quoted"***', 'write <em><strong>"quoted"</strong></em>, or add a space'),
    ("**[「A**」](/)は", "**[「A**", "put both markers within the same link"),
    ("は**[「A**」](/)は", "**[「A**", "put both markers within the same link"),
    ('a**["A**"](/)b', '**["A**', "put both markers within the same link"),
    ("は__「A」__は", "__「A」__", "write <strong>「A」</strong>"),
    ("は**「A」**と**「B", "**「B", "close it with **"),
    ("は*「A」*と[^s1]で** bold [^s1] **", "** bold [^s1] **", "write **bold [^s1]**, without"),
    ("** `a` &amp; *「b」* **", "** `a` &amp; *「b」* **", "write **`a` &amp; *「b」***"),
    ("![** a **]({static}/images/a.png)", "** a **", "write **a**"),
    ("- one\n- ** two **", "** two **", "write **two**"),
    ("|a|\n|-|\n|** b **|", "** b **", "write **b**"),
    ("<p>\n**bold**\n</p>", "**bold**", "add a blank line before it"),
    ("<p>see\n[a](https://x.example/)</p>", "[a](https://x.example/)", "add a blank line before it"),
]


@pytest.mark.parametrize(("written", "said", "hint"), SHOWN)
def test_signs_that_readers_would_see_are_warned_of_on_their_line(written: str, said: str, hint: str) -> None:
    _, (problem,) = render(f"Text.\n\n{written}\n")
    line = 12 + written[: written.index(said[:2])].count("\n")
    assert (problem.line, problem.weight, problem.check) == (line, Weight.WARNING, "markdown-shown")
    assert problem.what == f"`{said}` is shown as written"
    assert hint in problem.hint


def test_each_is_warned_of_once() -> None:
    _, problems = render('** a ** and ** b **\nand **"c"**d\n\n** e **')
    assert [(problem.line, problem.what.split("`")[1]) for problem in problems] == [
        (10, "** a **"),
        (10, "** b **"),
        (11, '**"c"**'),
        (13, "** e **"),
    ]


@pytest.mark.parametrize(
    "written",
    [
        "5 * 3, 5*3, 2 ** 3, 2**10, x ** y, f(x) ** 2",
        "\\*\\* as they are \\*\\* and &#42;&#42;",
        "`** code **` and ``a ** b``",
        "    ** code **\n\n```\n** code\n```",
        "$a ** b ** c$ and $$x\n** yy ** z$$",
        "Price* and *excluding tax",
        "snake__case and __main__",
        "Name: ____ Date: ___ .",
        "f**** and *****",
        "M*A*S*H, 2*3*4",
        "- a *b\n- c* d\n",
        "a *b\n\nc* d",
        "<pre>\n** a ** **b**\n</pre>",
        "<p>a <code>**b**</code> **</p>",
        "a\n\n---\n\n***\n\n* * *",
        "cost $5 and $6",
    ],
)
def test_signs_that_are_meant_are_let_through(written: str) -> None:
    assert render(written)[1] == []


PIECES = [
    "は",
    "「A」",
    "**",
    "*",
    "~~",
    "a",
    "(b)",
    " ",
    "\n",
    "\n\n",
    "\\",
    "`",
    "[c](/)",
    "<b>",
    "</b>",
    "“",
    "”",
    "|",
    "&#42;",
    "é",
    "[^s1]",
    "![",
    "]",
]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
@example("**「A」**は**「B」**")
def test_settling_changes_signs_alone(text: str) -> None:
    before = preprocess(text).markdown
    assert before == preprocess(before).markdown, "once is enough"
    assert before.count("\n") == text.count("\n")
    stripped = re.sub(r"</?(?:strong|em|del)>|[\\*~]", "", before)
    stripped = re.sub(r"(!?)\[(\d)\]\(#source-\2\)", r"\1[^s\2]", stripped)
    assert stripped == re.sub(r"[\\*~]", "", text)


@given(st.text(alphabet="ab (\"')*~.é", max_size=30))
def test_other_scripts_are_left_to_commonmark(text: str) -> None:
    assert preprocess(text).markdown == text


TAGS = {"*": ("<em>", "</em>"), "**": ("<strong>", "</strong>"), "~~": ("<del>", "</del>")}
TAGS["***"] = ("<em><strong>", "</strong></em>")
QUOTED = ["「重要」", "【注】", "“強調”", "すべて。", "重要", "(A)", "『本』"]


@settings(max_examples=300)
@given(
    st.sampled_from(["", "これは", "。"]),
    st.lists(
        st.tuples(st.sampled_from([*TAGS]), st.sampled_from(QUOTED), st.sampled_from(["です。", "と", "、", "的"])),
        min_size=1,
        max_size=6,
    ),
)
def test_any_runs_beside_east_asian_text_are_rendered_and_no_sign_is_shown(
    begin: str, runs: list[tuple[str, str, str]]
) -> None:
    html, problems = render(begin + "".join(f"{sign}{inner}{sign}{behind}" for sign, inner, behind in runs))
    shown = "".join(f"{TAGS[sign][0]}{inner}{TAGS[sign][1]}{behind}" for sign, inner, behind in runs)
    assert (html, problems) == (f"<p>{begin}{shown}</p>", [])


@pytest.mark.parametrize("address", ["https://x.example/は**「A」**で", "https://x.example/**a**"])
def test_an_address_in_angle_brackets_has_no_emphasis(address: str) -> None:
    html, problems = render(f"は**「B」**で<{address}>")
    assert f">{address}</a>" in html
    assert problems == []


def test_many_signs_take_no_longer_than_their_number() -> None:
    html, _ = render("は*「a **b" * 20_000)
    assert "「a **b" in html
