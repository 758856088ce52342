"""Values to shapes: what fits is taken, what does not is told, and the rest is kept where it stands."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.content import frontmatter
from briefing.content.frontmatter import Document
from briefing.content.frontmatter.keys import keys_of
from briefing.content.model import StoryFrontMatter

SOUND: dict[str, Any] = {
    "title": "A title",
    "date": "2026-03-30",
    "summary": "A summary.",
    "topic": "Law",
    "sources": [
        {"name": "One", "url": "https://one.example/", "title": "First"},
        {"name": "Two", "url": None, "note": "On paper.", "date": "2026-03-29"},
        {"name": "Three", "url": "https://three.example/"},
    ],
    "kind": "main",
    "sentiment": "mixed",
    "sentiment_reason": "It is.",
    "key_questions": ["Why?", "When?", "Who?"],
    "disagreements": [{"claim": "How much.", "accounts": [{"source": 1, "says": "a"}, {"source": 2, "says": "b"}]}],
    "authors": ["ada", "bob", "eve"],
    "tags": ["a", "b", "c"],
    "thread": "x",
    "image": {"file": "images/x.png", "alt": "X", "caption": "A caption."},
    "corrections": [{"date": "2026-04-02", "text": "One."}, {"date": "2026-04-03", "text": "Two."}],
    "modified": "2026-04-02",
    "lang": "en",
    "aliases": ["/a/", "/b/"],
    "status": "draft",
    "assisted": True,
    "extra": {"own": 1},
}
JUNK: list[Any] = [
    None,
    5,
    1.5,
    True,
    "",
    " ",
    "\n",
    "x",
    "@",
    "../x",
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    {"x": {"y": []}},
]
NAME = "content/stories/2026/2026-05-06-x.md"


def validated(values: dict[str, Any], path: str = NAME) -> tuple[StoryFrontMatter, list[str]]:
    """The values as they are read from YAML, validated; and the fields that are told of."""
    document, problems = frontmatter.read(f"---\n{yaml.dump(values, Dumper=yaml.CSafeDumper)}---\n".encode(), path)
    assert document is not None
    assert problems == []
    front_matter, found = frontmatter.validate(StoryFrontMatter, document)
    return front_matter, [problem.field for problem in found]


WHOLE, NOTHING = validated(SOUND)


def test_the_sound_values_are_sound() -> None:
    assert NOTHING == []
    assert WHOLE.sources[1].date == dt.date(2026, 3, 29)
    assert WHOLE.assisted is True


@given(st.sampled_from(sorted(SOUND)), st.sampled_from(JUNK))
@settings(deadline=None, max_examples=120)
def test_one_bad_value_leaves_every_other_as_it_is(key: str, junk: Any) -> None:
    front_matter, told = validated({**SOUND, key: junk})
    for name in keys_of(StoryFrontMatter):
        if name != key:
            assert getattr(front_matter, name) == getattr(WHOLE, name)
    assert all(field.split(".")[0] == key for field in told)


LISTS = [key for key, value in SOUND.items() if isinstance(value, list)]


@given(st.sampled_from(LISTS).flatmap(lambda key: st.tuples(st.just(key), st.integers(0, len(SOUND[key]) - 1))), st.sampled_from(JUNK))  # fmt: skip
@settings(deadline=None, max_examples=120)
def test_one_bad_item_leaves_the_others_in_their_places(item: tuple[str, int], junk: Any) -> None:
    key, place = item
    values = [junk if number == place else value for number, value in enumerate(SOUND[key])]
    front_matter, told = validated({**SOUND, key: values})
    items, sound = getattr(front_matter, key), getattr(WHOLE, key)
    assert len(items) == len(sound)
    for number, value in enumerate(sound):
        if number != place:
            assert items[number] == value
    assert all(field.split(".")[:2] == [key, str(place + 1)] for field in told)


@given(st.sampled_from(["name", "url", "title", "date"]), st.integers(0, 2), st.sampled_from(JUNK))
@settings(deadline=None, max_examples=60)
def test_one_bad_key_of_a_source_leaves_its_others(key: str, place: int, junk: Any) -> None:
    values = [{**value, key: junk} if number == place else value for number, value in enumerate(SOUND["sources"])]
    front_matter, told = validated({**SOUND, "sources": values})
    for number, source in enumerate(WHOLE.sources):
        for name in keys_of(type(source)):
            if (number, name) != (place, key):
                assert getattr(front_matter.sources[number], name) == getattr(source, name)
    assert set(told) <= {f"sources.{place + 1}.{key}"} | {f"sources.{place + 1}.{key}.{inner}" for inner in "ax1"}


def test_many_faults_are_told_with_all_their_places() -> None:
    _, told = validated(
        {
            "title": ["a"],
            "date": "soon",
            "sources": [{"name": "", "url": "x"}, "y", {"url": None, "tile": 1}],
            "tags": ["a", None, 3],
            "image": {"alt": None},
            "disagreements": [{"claim": "a", "accounts": [{"source": "one", "says": "b"}]}],
            "colour": "red",
        }
    )
    assert sorted(told) == [
        "colour",
        "date",
        "disagreements.1.accounts.1.source",
        "image.alt",
        "image.file",
        "sources.1.name",
        "sources.1.url",
        "sources.2",
        "sources.3.name",
        "sources.3.tile",
        "summary",
        "tags.2",
        "tags.3",
        "title",
        "topic",
    ]


@pytest.mark.parametrize(
    ("path", "day"),
    [
        (NAME, dt.date(2026, 5, 6)),
        ("content/issues/2026-w14.md", dt.date(2026, 4, 5)),
        ("content/issues/2026-w14-extra.md", dt.date(2026, 4, 5)),
        ("content/stories/2026/2026-02-31-x.md", dt.date(2000, 1, 1)),
        ("content/pages/about.md", dt.date(2000, 1, 1)),
    ],
)
def test_where_no_date_can_be_read_the_file_s_name_gives_one(path: str, day: dt.date) -> None:
    front_matter, _ = validated({**SOUND, "date": "soon"}, path)
    assert front_matter.date == day


@given(st.dates(dt.date(1000, 1, 1), dt.date(8999, 12, 31)))
@settings(deadline=None)
def test_every_day_is_read(day: dt.date) -> None:
    assert validated({**SOUND, "date": day.isoformat()})[0].date == day


@given(
    st.datetimes(dt.datetime(1000, 1, 2), dt.datetime(8999, 12, 30)),  # noqa: DTZ001 - the zones come from the next line
    st.none() | st.integers(-23 * 60, 23 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))),
    st.sampled_from(["T", " "]),
)
@settings(deadline=None)
def test_every_moment_is_read(moment: dt.datetime, zone: dt.timezone | None, between: str) -> None:
    moment = moment.replace(tzinfo=zone)
    assert validated({**SOUND, "date": moment.isoformat(sep=between)})[0].date == moment


def test_texts_are_folded_and_lines_trimmed() -> None:
    front_matter, told = validated({**SOUND, "title": "  A  title\n", "summary": "One\n\n  two.\n"})
    assert (front_matter.title, front_matter.summary, told) == ("A title", "One two.", [])


def test_the_user_s_own_keys_hold_anything() -> None:
    own = {"a": [1, "x", None, True, {"b": 1.5}], "c": "12:30"}
    front_matter, told = validated({**SOUND, "extra": own})
    assert told == []
    assert front_matter.extra == {"a": [1, "x", None, True, {"b": "1.5"}], "c": "12:30"}


def test_a_document_without_values_is_all_missing() -> None:
    found = frontmatter.validate(StoryFrontMatter, Document("content/x.md", {}))[1]
    assert sorted(problem.field for problem in found) == ["date", "sources", "summary", "title", "topic"]
    assert frontmatter.validate(StoryFrontMatter, Document("content/x.md", {}, whole=False))[1] == []
