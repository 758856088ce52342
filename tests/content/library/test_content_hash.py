"""The hash of what readers are told: the same for the same words, in every version of this program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from briefing.content.frontmatter import read, validate
from briefing.content.library.content_hash import content_hash
from briefing.content.model import StoryFrontMatter

PATH = "content/stories/2026/2026-03-30-a.md"
HEAD = """\
title: A story
date: 2026-03-30
summary: What happened.
topic: Science
sources: [{name: The Journal, url: "https://journal.example/", note: Read twice.}]
"""


def told(head: str, text: str = "The text.") -> str:
    document, problems = read(f"---\n{head}---\n{text}\n".encode(), PATH)
    assert document is not None
    front_matter, faults = validate(StoryFrontMatter, document)
    assert not [*problems, *faults]
    return content_hash(front_matter, document.markdown)


def test_the_fingerprint_stays_what_it_is() -> None:
    """A change of this value would ask every publication for corrections of all that it ever sent."""
    assert told(HEAD) == "31930738b722a0fab394634270f0528dffe129de50fd246189b63529b138274b"


@pytest.mark.parametrize(
    "more",
    [
        "key_questions: []",
        "disagreements: []",
        "authors: []",
        "assisted: false",
        "tags: [a]",
        "thread: x",
        "kind: main",
        "lang: en",
        "extra: {a: 1}",
        "corrections: [{date: 2026-04-01, text: x}]",
    ],
)
def test_what_says_nothing_to_readers_changes_nothing(more: str) -> None:
    assert told(f"{HEAD}{more}\n") == told(HEAD)


def test_each_word_counts_in_its_place() -> None:
    variants = [
        told(HEAD),
        told(HEAD, "The text"),
        told(HEAD.replace("A story", "The story")),
        told(HEAD.replace("What happened.", "A story").replace("title: A story", "title: What happened.")),
        told(HEAD.replace("03-30", "03-31")),
        told(HEAD.replace(", note: Read twice.", "")),
        told(HEAD.replace("note", "author")),
        told(f"{HEAD}sentiment: mixed\n"),
        told(f"{HEAD}image: {{file: images/a.png, alt: x}}\n"),
        told(f"{HEAD}image: {{file: images/a.png, alt: y}}\n"),
        told(f"{HEAD}key_questions: [a, b]\n"),
        told(f"{HEAD}key_questions: [a b]\n"),
    ]
    assert len(set(variants)) == len(variants)


@given(st.lists(st.text("abc", min_size=1), min_size=1), st.data())
@hypothesis_settings(deadline=None, max_examples=30)
def test_where_lines_break_is_no_matter(words: list[str], data: st.DataObject) -> None:
    spaces = data.draw(st.lists(st.sampled_from([" ", "\n", "  "]), min_size=len(words), max_size=len(words)))
    broken = "".join(f"{word}{space}" for word, space in zip(words, spaces, strict=True))
    assert told(HEAD, broken) == told(HEAD, " ".join(words))
