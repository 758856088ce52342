"""Edits change the lines concerned and no other byte, and what is read back is what was meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import settings as pace
from hypothesis import strategies as st

from briefing.authoring import yaml_scalars
from briefing.authoring.edits import EditRefusedError, insert_key, remove_key, rename_key, set_item, set_key
from briefing.content import frontmatter

STYLES = (
    "{k}: plain text",
    "{k}: plain text  # a comment",
    "{k}:   # only a comment",
    "{k}:",
    '"{k}": "quoted: \\"text\\" \U0001f600 #"   # a comment',
    "'{k}' : 'it''s'",
    "{k}: one\n  two\n\n  three  # behind",
    '{k}: "one\n  two\n\n  three"',
    "{k}:\n  on the next line",
    "{k}:  # above\n  on the next line  # below",
    "{k}: >\n  folded\n  text: x\n\n  # no comment",
    "{k}: >-  # header\n    deep\n   \n    text",
    "{k}: |+\n  kept\n\n\n",
    "{k}: |\n  clipped\n\n\n",
    "{k}: |2-\n    indented\n",
    "{k}: |",
    "{k}:\n  - a\n  # within\n  - b  # behind",
    "{k}:\n- unindented\n- 'b'\n-",
    "{k}:\n  - name: x\n    url: null\n    note: >\n      folded\n\n  - name: y",
    "{k}:\n  nested:\n    deeper: [1, 2]",
    "{k}: [a, 'b, c', \"d\"]  # flow",
    "{k}: [\n  a,\n  b  # within\n  ]  # behind",
    "{k}: {{a: 1, b: [x]}}",
    "{k}: &anchor text",
    "{k}: 2026-03-30",
    "{k}: الخبر 東京",
)
BETWEEN = ("", "# a comment", "# key: no key")
KEYS = st.sampled_from(["title", "status", "category", "draft", "tags", "x-y", "größe", "a_b"])
VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=40),
    st.sampled_from(
        ["No", "2026", "12:30", "null", "2026-03-30", "a # b", "- a", "a: b", "%", "{{ x }}", "ends with:", ""]
    ),
)


@dataclass(frozen=True)
class Written:
    """A front matter whose blocks of lines are known: (key or "", its lines)."""

    blocks: tuple[tuple[str, tuple[str, ...]], ...]
    ends: str
    bom: str
    body: str

    @property
    def text(self) -> str:
        return self.text_of([line for _, lines in self.blocks for line in lines])

    def text_of(self, lines: list[str]) -> str:
        return self.bom + self.ends.join(["---", *lines, "---", *self.body.split("\n")])

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.blocks if key]


@st.composite
def writings(draw: st.DrawFn) -> Written:
    indent = draw(st.sampled_from(["", "", "", "  "]))
    blocks: list[tuple[str, tuple[str, ...]]] = []
    for key in draw(st.lists(KEYS, unique=True, min_size=1)):
        lines = draw(st.sampled_from(STYLES)).format(k=key).split("\n")
        blocks.append((key, tuple(indent + line if line else line for line in lines)))
        others = draw(st.lists(st.sampled_from(BETWEEN), max_size=2))
        keeps_blanks = "|+" in lines[0]  # and so the blank lines below it are its own
        blocks += [("", (line,)) for line in others if line or not keeps_blanks]
    body = draw(st.sampled_from(["", "Text.\n", "\n\nText\n---\nmore: x\n", "no end of line"]))
    written = Written(
        tuple(blocks), draw(st.sampled_from(["\n", "\r\n", "\r"])), draw(st.sampled_from(["", "\ufeff"])), body
    )
    document, problems = frontmatter.read(written.text.encode(), "x.md")
    assert document is not None
    assume(not problems)
    assume(written.text.count("&anchor") < 2)
    return written


def values(text: str) -> dict[str, Any]:
    document, problems = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    assert not [
        problem for problem in problems if "is empty" not in problem.what and "control char" not in problem.what
    ]
    return dict(document.values)


def markdown(text: str) -> str:
    document, _ = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    return document.markdown


def in_front_of_and_behind(written: Written, key: str) -> tuple[str, str]:
    """The text before the key's own lines, and the text after them, blank lines between included."""
    place = [name for name, _ in written.blocks].index(key)
    above = [line for _, lines in written.blocks[:place] for line in lines]
    below = [line for _, lines in written.blocks[place + 1 :] for line in lines]
    head = written.bom + "".join(f"{line}{written.ends}" for line in ["---", *above])
    tail = written.ends.join([*below, "---", *written.body.split("\n")])
    return head, tail


@given(writings(), st.data(), VALUES)
@pace(deadline=None)
def test_a_key_that_is_there_is_set_and_no_other_line_changes(
    written: Written, data: st.DataObject, value: str
) -> None:
    key = data.draw(st.sampled_from(written.keys))
    changed = set_key(written.text, key, value)
    head, tail = in_front_of_and_behind(written, key)
    assert changed.startswith(head)
    assert changed.endswith(tail)
    assert changed[len(head) : len(changed) - len(tail)].strip().count(written.ends) == 0
    assert values(changed) == values(written.text) | {key: values(f"---\nk: {yaml_scalars.quoted(value)}\n---\n")["k"]}
    assert values(changed)[key] == value
    assert markdown(changed) == markdown(written.text)
    assert list(values(changed)) == list(values(written.text))


@given(writings(), st.data(), st.lists(VALUES))
@pace(deadline=None)
def test_a_list_is_set_on_one_line(written: Written, data: st.DataObject, items: list[str]) -> None:
    key = data.draw(st.sampled_from(written.keys))
    assert values(set_key(written.text, key, items)) == values(written.text) | {key: items}


@given(writings(), st.data(), VALUES)
@pace(deadline=None)
def test_a_key_that_is_not_there_is_inserted_on_a_line_of_its_own(
    written: Written, data: st.DataObject, value: str
) -> None:
    after = data.draw(st.sampled_from([*written.keys, "absent"]))
    changed = set_key(written.text, "new", value, after=after)
    assert values(changed) == values(written.text) | {"new": value}
    assert markdown(changed) == markdown(written.text)
    lines, before = changed.split(written.ends), written.text.split(written.ends)
    added = next(number for number, line in enumerate(lines) if line.strip().startswith("new: "))
    assert lines[:added] + lines[added + 1 :] == before
    order = list(values(changed))
    assert order[order.index("new") - 1] == (after if after in written.keys else written.keys[-1])


@given(writings(), st.data())
@pace(deadline=None)
def test_renaming_changes_the_name_and_nothing_else(written: Written, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(written.keys))
    changed = rename_key(written.text, key, "new-name")
    assert list(values(changed).values()) == list(values(written.text).values())
    assert list(values(changed)) == ["new-name" if name == key else name for name in values(written.text)]
    lines, before = changed.split(written.ends), written.text.split(written.ends)
    assert len(lines) == len(before)
    assert sum(one != other for one, other in zip(lines, before, strict=True)) == 1
    head, tail = in_front_of_and_behind(written, key)
    assert changed.startswith(head)
    assert changed.endswith(tail)


@given(writings(), st.data())
@pace(deadline=None)
def test_removing_takes_the_key_with_its_lines(written: Written, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(written.keys))
    assume("|+" not in written.text)  # it would take in the blank lines below the key that goes
    changed = remove_key(written.text, key)
    assert values(changed) == {name: value for name, value in values(written.text).items() if name != key}
    assert markdown(changed) == markdown(written.text)
    head, tail = in_front_of_and_behind(written, key)
    assert changed.startswith(head)
    assert changed.endswith(tail)
    assert not changed[len(head) : len(changed) - len(tail)].strip()


@given(st.data(), VALUES, st.sampled_from(["\n", "\r\n"]))
@pace(deadline=None)
def test_an_item_of_a_list_is_set_in_its_place(data: st.DataObject, value: str, ends: str) -> None:
    style = data.draw(
        st.sampled_from(
            [
                "k: [a, 'b', \"c\"]  # d",
                "k:\n  - a  # one\n  # two\n  - >\n    b\n    b\n\n  - c",
                "k: [\n  a, b,\n  c]",
            ]
        )
    )
    text = f"---\ntitle: x\n{style}\nlast: y\n---\nBody\n".replace("\n", ends)
    place = data.draw(st.integers(0, 2))
    changed = set_item(text, "k", place, value)
    expected = list(values(text)["k"])
    expected[place] = value
    assert values(changed) == values(text) | {"k": expected}
    assert changed.count("#") >= text.count("#")
    before, lines = text.split(ends), changed.split(ends)
    assert lines[:2] == before[:2]
    assert lines[-4:] == before[-4:]


@given(VALUES)
@pace(deadline=None)
@example("yes")
@example('\ufeffx\u2028\x85\x00\t\n"\\')
def test_any_text_is_read_back_as_it_was_written(value: str) -> None:
    if yaml_scalars.is_plain(value):
        assert yaml_scalars.to_yaml(value) == value
    document, _ = frontmatter.read(
        f"---\nk: {yaml_scalars.to_yaml(value)}\nl: {yaml_scalars.to_yaml([value, 'x'])}\n---\n".encode(), "x.md"
    )
    assert document is not None
    assert document.values == {"k": value, "l": [value, "x"]}


@pytest.mark.parametrize("text", ["2026-03-30", "2026-03-30-東京-x", "ada", "Law and policy", "a/b.c", "images/x.jpg"])
def test_what_needs_no_quotes_gets_none(text: str) -> None:
    assert yaml_scalars.to_yaml(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026",
        "No",
        "null",
        "y",
        "12:30",
        "a: b",
        "a #b",
        "- a",
        "",
        " a",
        "a ",
        "a,b",
        "[a",
        "1e3",
        "0x1F",
        "~",
        "2026-03-30 10:00",
    ],
)
def test_what_needs_quotes_gets_them(text: str) -> None:
    assert yaml_scalars.to_yaml(text) == f'"{text}"'


def test_values_of_other_types() -> None:
    assert [yaml_scalars.to_yaml(value) for value in (True, False, None, 7, (), ["a", "b: c"])] == [
        "true",
        "false",
        "null",
        "7",
        "[]",
        '[a, "b: c"]',
    ]


def test_comments_stay_where_a_value_is_set() -> None:
    text = "---\nstatus: draft  # until Monday\nempty:  # nothing\nlist:  # these\n  - a\n  - b  # last\n---\n"
    assert set_key(text, "status", "published") == text.replace("draft", "published")
    assert set_key(text, "empty", "x") == text.replace("empty:  #", "empty: x  #")
    assert set_key(text, "list", ["c"]) == text.replace(
        "list:  # these\n  - a\n  - b  # last", "list: [c]  # these  # last"
    )


def test_an_empty_front_matter_gets_its_first_key() -> None:
    assert insert_key("---\r\n---\r\nText", "a", "b", after="c") == "---\r\na: b\r\n---\r\nText"
    assert insert_key("---\n# only this\n---\n", "a", "b") == "---\na: b\n# only this\n---\n"


def test_removing_what_is_not_there_changes_nothing() -> None:
    assert remove_key("---\na: b\n---\n", "c") == "---\na: b\n---\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no fence", "no front matter"),
        ("---\na: b\n", "no front matter"),
        ("---\n{a: b}\n---\n", "not written as `key: value` lines"),
        ("---\n- a\n---\n", "not written as `key: value` lines"),
        ("---\n? a\n: b\n---\n", "line 2 is not written as `key: value`"),
        ("---\n[a, b]: c\n---\n", "line 2 is not written as `key: value`"),
        ("---\na: b: c\n---\n", "not valid YAML"),
        ("---\na: b\n--- \na: *x\n", "there is no key `status`"),
        ("---\nstatus: b\nstatus: c\n---\n", "`status` appears twice"),
    ],
)
def test_what_cannot_be_edited_line_by_line_is_refused(text: str, said: str) -> None:
    with pytest.raises(EditRefusedError, match=said):
        rename_key(text, "status", "state")


def test_a_second_key_of_one_name_is_refused() -> None:
    with pytest.raises(EditRefusedError, match="the key `b` already exists"):
        rename_key("---\na: 1\nb: 2\n---\n", "a", "b")
    with pytest.raises(EditRefusedError, match="the key `b` already exists"):
        insert_key("---\na: 1\nb: 2\n---\n", "b", "x")


@pytest.mark.parametrize("text", ["---\nk: a\n---\n", "---\nk: [[a]]\n---\n", "---\nk: []\n---\n"])
def test_an_item_that_is_no_text_is_refused(text: str) -> None:
    with pytest.raises(EditRefusedError, match="no text as item 1"):
        set_item(text, "k", 0, "x")


@pytest.mark.parametrize("below", ["   ", "    # a comment deeper than the block"])
def test_an_edit_that_would_change_a_neighbour_is_refused(below: str) -> None:
    with pytest.raises(EditRefusedError, match="change it by hand"):
        remove_key(f"---\nsummary: >\n  folded\ndraft: x\n{below}\n---\n", "draft")
