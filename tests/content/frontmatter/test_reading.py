"""Bytes to values with their lines: nothing that anybody writes raises, and what is ordinary comes back as it was."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.content import frontmatter
from briefing.content.frontmatter import values as yaml_values
from briefing.content.frontmatter.keys import keys_of
from briefing.content.frontmatter.values import Unquoted
from briefing.content.model import (
    CuratorFrontMatter,
    IssueFrontMatter,
    PageFrontMatter,
    StoryFrontMatter,
    ThreadFrontMatter,
)

UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MANY = settings(deadline=None, max_examples=300)
SHAPES = (
    StoryFrontMatter,
    IssueFrontMatter,
    ThreadFrontMatter,
    CuratorFrontMatter,
    PageFrontMatter,
)
PIECES = [
    "---\n", "---", "\n", " ", "  ", "\t", "- ", ": ", ":", "? ", "# x\n", "'", '"', "\\", "[", "]", "{", "}", ", ", "&a ",
    "*a", "!x ", "!!python/name:os.system ", "|\n", ">-\n", "%YAML 1.2\n", "...\n", "<<: ", "~", "No", "12:30", "2026-02-31",
    "title", "title: x\n", "date: 2026-03-30\n", "sources:\n  - name: a\n    url: null\n", "image:\n  file: x\n", "tags: [a, b]\n",
    "sections:\n  - title: a\n    stories: [x]\n", "extra: {a: 1}\n", "\r\n", "\r", "\ufeff", "\x00", "\x85", "\u2028", "\U0001f389",
    r'"\ud800"', r'"\x1b"', "é", "日本",
]  # fmt: skip
WRITING = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)


def read_and_validate(data: bytes) -> None:
    document, problems = frontmatter.read(data, "content/x.md")
    assert document is not None or problems, "what cannot be read is told"
    last = data.count(b"\n") + data.count(b"\r") + 1
    for shape in SHAPES:
        if document is None:
            break
        front_matter, found = frontmatter.validate(shape, document)
        assert all(hasattr(front_matter, name) for name in keys_of(shape)), "salvaged front matter has every key"
        problems = [*problems, *found]
    for problem in problems:
        assert 1 <= problem.line <= last
        assert problem.what
        assert problem.hint
        assert not UNSEEN.search(str(problem)), repr(str(problem))


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda data: b"---\n" + data + b"\n---\n"))
@MANY
def test_no_bytes_raise(data: bytes) -> None:
    read_and_validate(data)


@given(WRITING | WRITING.map(lambda text: f"---\n{text}\n---\nText.\n"))
@MANY
def test_no_text_raises(text: str) -> None:
    read_and_validate(text.encode("utf-8", "surrogatepass"))


@given(WRITING.map(lambda text: f"---\n{text}\n---\nText.\n"))
@settings(deadline=None, max_examples=60)
def test_no_text_raises_with_the_parser_in_python(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_values, "_LOADER", yaml.SafeLoader)
        read_and_validate(text.encode("utf-8", "surrogatepass"))


CHARACTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cn"])
KEYS = st.text(string.ascii_letters + "_-", min_size=1, max_size=8) | st.text(CHARACTERS, min_size=1, max_size=6)
ORDINARY = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(CHARACTERS | st.just("\n"), max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def plain(value: Any) -> Any:
    """Values as YAML means them, where it and the eye do not disagree."""
    if isinstance(value, Unquoted):
        return value.value
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


@given(st.dictionaries(KEYS, ORDINARY, min_size=1, max_size=5), st.booleans(), st.sampled_from([None, True, False]))
@MANY
def test_ordinary_values_come_back(mapping: dict[str, Any], is_unicode: bool, flow: bool | None) -> None:  # noqa: FBT001
    written = yaml.safe_dump(mapping, allow_unicode=is_unicode, sort_keys=False, default_flow_style=flow)
    text = f"---\n{written}---\nText.\n"
    document, problems = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    assert problems == []
    assert plain(document.values) == mapping
    assert document.markdown == "Text."
    assert document.markdown_line == text.count("\n")


FILLING = st.lists(st.sampled_from(["", "  ", "# a comment", "  # one further in"]), max_size=2)
ENTRIES = st.sampled_from(
    [
        (["KEY: plain"], {(): 0}),
        (["KEY: 'quoted # no comment'"], {(): 0}),
        (["KEY: |", "  a block", "", "  of lines"], {(): 0}),
        (["KEY:", "  - one", "  - two"], {(): 0, (0,): 1, (1,): 2}),
        (["KEY: [one,", "  two]"], {(): 0, (0,): 0, (1,): 1}),
        (
            ["KEY:", "  - a: 1", "    b: 2", "  - a: 3"],
            {(): 0, (0,): 1, (0, "a"): 1, (0, "b"): 2, (1,): 3, (1, "a"): 3},
        ),
        (["KEY:", "  a:", "    b: 1"], {(): 0, ("a",): 1, ("a", "b"): 2}),
    ]
)


@given(
    st.lists(st.tuples(FILLING, ENTRIES), min_size=1, max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    FILLING,
    st.integers(0, 3),
)
@MANY
def test_every_key_has_its_line(
    entries: list[tuple[list[str], tuple[list[str], dict[tuple[Any, ...], int]]]],
    line_end: str,
    has_bom: bool,  # noqa: FBT001
    last: list[str],
    blank: int,
) -> None:
    lines = ["---"]
    expected: dict[tuple[Any, ...], int] = {}
    for number, (filling, (written, places)) in enumerate(entries):
        lines += filling
        expected |= {(f"k{number}", *place): len(lines) + 1 + below for place, below in places.items()}
        lines += [line.replace("KEY", f"k{number}") for line in written]
    lines += [*last, "---", *[""] * blank, "The text."]
    data = (b"\xef\xbb\xbf" if has_bom else b"") + line_end.join(lines).encode()
    document, problems = frontmatter.read(data, "x.md")
    assert document is not None
    assert problems == []
    assert document.lines == expected
    assert document.markdown_line == len(lines)
    assert all(document.line(place) == line for place, line in expected.items())


def test_a_place_without_a_line_has_that_of_what_it_lies_in() -> None:
    document, _ = frontmatter.read(b"---\na:\n  - b: 1\n---\n", "x.md")
    assert document is not None
    assert [document.line(place) for place in [("a", 0, "c"), ("a", 7), ("z",), ()]] == [3, 2, 1, 1]


def test_a_fence_of_other_spaces_is_none() -> None:
    document, problems = frontmatter.read("---\na: 1\n---\u3000\nb: 2\n---\nText.\n".encode(), "x.md")
    assert document is not None
    assert document.markdown == "Text."
    assert [problem.line for problem in problems] == [4]


def test_blank_lines_around_the_front_matter_shift_no_line() -> None:
    document, problems = frontmatter.read(b"---\n\n\n  # a\n\na: 1\n\n---\n\n\n\nText.\n", "x.md")
    assert document is not None
    assert problems == []
    assert (document.line(("a",)), document.markdown_line) == (6, 12)


def test_a_mistake_in_yaml_hides_none_further_down() -> None:
    text = "---\ntitle: One: two\ndate: soon\nsummary: It's: fine\ntopic: @home\nsources: []\nkind: mian\n---\n"
    document, problems = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    problems += frontmatter.validate(StoryFrontMatter, document)[1]
    assert [(problem.line, problem.field) for problem in problems] == [
        (2, "title"),
        (4, "summary"),
        (5, "topic"),
        (3, "date"),
        (6, "sources"),
        (7, "kind"),
    ]
    assert document.values["title"] == "One: two"
    assert document.values["summary"] == "It's: fine"


def test_what_was_not_reached_is_not_called_missing() -> None:
    document, problems = frontmatter.read(b"---\ntitle: A\n date: 2026-03-30\n---\n", "x.md")
    assert document is not None
    assert not document.whole
    assert len(problems) == 1
    assert frontmatter.validate(StoryFrontMatter, document)[1] == []


@pytest.mark.parametrize(
    "rest",
    [
        "  - {name: b, url: [x\nkind: main\n",
        "  - name: b\n    url: {{ x }}\n",
        "  - name: b\n   url: x\n",
        f"  - {'[' * 40}\n",
    ],
)
def test_what_was_read_before_reading_stopped_is_kept(rest: str) -> None:
    text = f"---\ntitle: A\nsources:\n  - name: a\n    url: null\n{rest}---\n"
    document, problems = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    assert len(problems) == 1
    assert document.values == {"title": "A", "sources": [{"name": "a", "url": None}]}


def test_a_line_is_mended_once_at_most() -> None:
    text = "---\n" + "".join(f"k{number}: a: b\n" for number in range(30)) + "---\n"
    document, problems = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    assert [problem.line for problem in problems] == list(range(2, 23))
