"""An introduction's HTML as text, through the real Markdown."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.content.markdown import Text, render
from briefing.digest.html_to_text import to_plain_text
from briefing.digest.text_part import lay_out


def said(markdown: str) -> str:
    body, problems = render(Text(markdown, path="content/issues/2026-w14.md", file="issues/2026-w14.md"))
    assert not problems, problems
    return lay_out(to_plain_text(body.html)).strip("\n")


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("One\ntwo.\n\nThree *four* **five** `six` ~~seven~~.", "One two.\n\nThree four five six seven."),
        ("## A part\n\nText\n\n### A smaller\n\nText", "A part\n------\n\nText\n\nA smaller\n\nText"),
        ("- one\n- two\n  - inner\n- three\n\nAfter", "- one\n- two\n  - inner\n- three\n\nAfter"),
        ("3. one\n4. two", " 3. one\n 4. two"),
        ("- one\n\n  more\n\n- two", "- one\n\n  more\n\n- two"),
        ("- [x] done\n- [ ] open", "- ☑ done\n- ☐ open"),
        ("- one\n- > two\n- three", "- one\n- > two\n\n- three"),
        ("-\n\nAfter", "After"),
        ('<ol start="x"><li>one</li></ol>', " 1. one"),
        ("> Said\n> so.\n\nAfter", "> Said so.\n\nAfter"),
        ("> - a\n> - b", "> - a\n> - b"),
        ("> ## Said", "> Said"),
        ("    x = 1\n      y", "    x = 1\n      y"),
        ("```\n```\nAfter", "After"),
        ("```\na\n\nb\n```\n\nAfter", "    a\n\n    b\n\nAfter"),
        ("One\\\ntwo", "One\ntwo"),
        ("One\n\n---\n\nTwo", "One\n\n* * *\n\nTwo"),
        ("| Name | Year |\n|---|--:|\n| Ada | 1815 |\n| | 1816 |", "- Name: Ada; Year: 1815\n- Year: 1816"),
        ("| | Year |\n|---|---|\n| Ada | 1815 |", "- Ada; Year: 1815"),
        ("A note[^1].\n\n[^1]: Its *text*.", "A note(1).\n\n(1) Its text."),
        ("10<sup>9</sup> and H<sub>2</sub>O, <q>said</q>", "10^9 and H2O, “said”"),
        ("Fish &amp; chips &lt;b&gt; &quot;x&quot; it's", 'Fish & chips <b> "x" it\'s'),
        ("<details><summary>More</summary>\n\nInside\n\n</details>", "More\n\nInside"),
        ("<dl><dt>Word</dt><dd>Meaning</dd></dl>", "Word\n\n  Meaning"),
        ("", ""),
    ],
)
def test_what_markdown_becomes(markdown: str, text: str) -> None:
    assert said(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("A [link](https://a.example/?b=1&c=2).", "A link [1].\n\n[1] https://a.example/?b=1&c=2"),
        ("See <https://a.example/long>.", "See a.example [1].\n\n[1] https://a.example/long"),
        (
            "Write to [desk@a.example](mailto:desk@a.example).",
            "Write to desk@a.example [1].\n\n[1] mailto:desk@a.example",
        ),
        ("[Top](#top) stays.", "(Top) stays."),
        ("- [a](https://a.example)\n- [b](https://a.example)", "- a [1]\n- b [1]\n\n[1] https://a.example"),
        ("| N |\n|---|\n| [a](https://a.example) |", "- N: a [1]\n\n[1] https://a.example"),
    ],
)
def test_links_are_numbered(markdown: str, text: str) -> None:
    assert said(markdown) == text


def test_a_citation_keeps_its_number_and_no_other_link_gets_it() -> None:
    page = "https://s.example/stories"
    html = (
        f'<p><a href="https://a.example">a</a><a href="{page}/x/#source-1">[1]</a>'
        f'<a href="{page}/x/#source-3">[3]</a> <a href="{page}/y/#source-1">[1]</a> <a href="https://b.example">b</a></p>'
    )
    assert lay_out(to_plain_text(html)) == (
        f"a [2][1][3] [1] b [4]\n\n[1] {page}/x/#source-1\n[1] {page}/y/#source-1\n[2] https://a.example\n"
        f"[3] {page}/x/#source-3\n[4] https://b.example\n"
    )


def test_a_picture_is_its_alternative_text() -> None:
    html = '<figure><img src="a.png" alt="Five frames"><figcaption>Caption</figcaption></figure><p><img src="b" alt=""></p>'
    assert lay_out(to_plain_text(html)) == "[Five frames]\nCaption\n"


def test_table_cells_may_hold_paragraphs_and_rows_of_any_length() -> None:
    html = "<table><tr><td><p>A</p></td></tr><tr><td><p>b</p><p>c</p></td><td>d</td></tr></table>"
    assert lay_out(to_plain_text(html)) == "- A: bc; d\n"


@settings(max_examples=200)
@given(
    st.lists(
        st.sampled_from(["- a", "-", "  - b", "> q", "1. n", "", "text", "| a |", "|---|", "```", "**", "# h", "---"])
    )
)
def test_any_markdown_becomes_text(lines: list[str]) -> None:
    body, _ = render(Text("\n".join(lines), path="content/issues/2026-w14.md", file="issues/2026-w14.md"))
    text = lay_out(to_plain_text(body.html))
    assert "\n\n\n" not in text or "```" in lines
    assert not any(mark in text for mark in "\x01\x02\x03<")
