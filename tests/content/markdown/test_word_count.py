"""Words as a reader counts them, and minutes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.content import markdown
from briefing.content.model import reading_minutes


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("One two  three\nfour", 4),
        ("a well-known state-of-the-art thing", 4),
        ("it's O\u2019Brien's", 2),
        ("one \u2014 two", 2),
        ("one\u2014two", 2),
        ("2024\u20132026", 1),
        ("one - two -- three", 3),
        ("3,000.50 € or 5 %", 3),
        ("https://x.example/a?b=c", 1),
        ("... !? * ***", 0),
        ("日本語", 3),
        ("我们发布了 GPT-4 模型。", 8),
        ("最初の話、です", 6),
        ("한국어 단어", 2),
        ("قصة أولى", 2),
        ("\U0001f389 party", 1),
        ("\u00a0one\u00a0two\u00a0", 2),
    ],
)
def test_words_are_counted(text: str, count: int) -> None:
    assert markdown.count_words(text) == count


@given(st.text(max_size=60), st.text(max_size=60))
@settings(deadline=None)
def test_texts_apart_count_as_much_as_together(one: str, two: str) -> None:
    assert markdown.count_words(f"{one} {two}") == markdown.count_words(one) + markdown.count_words(two)


@pytest.mark.parametrize(
    ("source_text", "count"),
    [
        ("## A heading here\n\nAnd *two* **words**.\n", 6),
        ("- one\n- two\n\n1. three\n", 3),
        ("|a|b|\n|-|-|\n|c d|e|\n", 5),
        ("[link text](https://not.counted.example/ 'nor this')\n", 2),
        ("![not these words]({static}/a.png 'nor these')\n\nbut this\n", 2),
        (
            "<figure><img alt='not this' src='{static}/a.png'><figcaption>nor this</figcaption></figure>\n\nbut this\n",
            2,
        ),
        ("<p>one<br>two</p><p>three</p>\n", 3),
        ("H<sub>2</sub>O and <b>b</b>old\n", 3),
        ("one<br>two\n", 2),
        ("one\\\ntwo  \nthree\nfour\n", 4),
        ("a[^1]\n\n[^1]: a note\n", 3),
        ("`code here`\n\n```\nand here\n```\n", 4),
        ("<!-- not this -->\n\none\n", 1),
        ("ca&shy;fé &amp; more\n", 2),
        ("> quoted words\n", 2),
        ("- [x] done\n", 1),
    ],
)
def test_a_text_counts_what_is_read(source_text: str, count: int) -> None:
    body, problems = markdown.render(markdown.Text(source_text, "content/pages/x.md", "pages/x.md"))
    assert problems == []
    assert body.words == count


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (299, 1), (301, 2), (500, 2), (700, 4), (2000, 10)])
def test_minutes_are_whole_and_at_least_one(words: int, minutes: int) -> None:
    assert reading_minutes(words) == minutes
