"""`new story`: a draft that passes once its TODOs are filled, and that never takes another file's place."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from briefing import urls
from briefing.authoring import file_names
from briefing.authoring.new_story import draft_text, new_story
from briefing.content import frontmatter
from briefing.content.model import StoryFrontMatter
from briefing.errors import WrongUseError
from briefing.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.authoring.conftest import Said
    from tests.conftest import MakePublication

    Say = Callable[..., Said]
    Snapshot = Callable[[Path], dict[str, bytes]]

DAY = dt.date(2026, 4, 2)
TITLES = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufffe\uffff"))
HARD = (
    'She said: "no" \U0001f600',
    "{{ title }} {0} %s % {% raw %}",
    "<script>alert('x')</script>",
    "- a # b: c",
    "2026",
    "No",
    "\\n \\",
    "خبر عاجل",
    "東京 2026",
    "---",
    "snake_(case)_ and \U0001d401\U0001d428ld",
)
FILLED = {
    "summary: TODO": "summary: What happened.",
    "topic: TODO": "topic: Law",
    "name: TODO": "name: The Journal",
    "url: null": 'url: "https://journal.example/x"',
    "title: TODO": "title: The report",
    "    note: TODO": "    note: Read on paper.",
    "\nTODO\n": "\nThe text.\n",
}


def filled(text: str) -> str:
    for todo, written in FILLED.items():
        assert todo in text, todo
        text = text.replace(todo, written)
    return text


@pytest.mark.parametrize("title", HARD)
def test_any_title_makes_a_draft_that_passes_once_it_is_filled(
    publication: MakePublication, say: Say, title: str
) -> None:
    root = publication()
    done = say(root, "new", "story", "--date", "2026-04-02", "--", title)
    assert done.code == 0, done.err
    path = root / done.out.strip()
    assert path.is_relative_to(root / "content" / "stories" / "2026")
    document, problems = frontmatter.read(path.read_bytes(), "x.md")
    assert document is not None
    assert not problems
    assert document.values["title"] == title
    assert document.values["status"] == "draft"

    checked = say(root, "check")
    assert checked.code == 0, checked.err
    assert checked.err.count("contains a TODO") == len(FILLED) - 1
    assert say(root, "ready", path.stem).code == 1

    path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
    ready = say(root, "ready", path.stem)
    assert ready.code == 0, ready.err
    again = say(root, "check")
    assert (again.code, again.err) == (0, "")


@given(TITLES, st.sampled_from(["", "Law", "C#: x"]), st.sampled_from(["", "sora", "über: x"]))
@pace(deadline=None)
def test_every_title_is_read_back_as_it_was_given(title: str, topic: str, thread: str) -> None:
    text = draft_text(title, DAY, topic, ["Law", "C#: x"], thread, ["ada"])
    document, problems = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    assert not problems
    assert document.values["title"] == title
    assert document.values["topic"] == (topic or "TODO")
    assert document.values.get("thread", "") == thread
    assert document.values["authors"] == ["ada"]
    if title.strip():
        front_matter, problems = frontmatter.validate(StoryFrontMatter, document)
        assert not problems
        assert (front_matter.date, front_matter.kind, front_matter.status) == (DAY, "brief", "draft")


@given(st.one_of(TITLES, TITLES.map(lambda title: title * 30), st.text("ab東ñ é-", min_size=60)))
@pace(deadline=None)
def test_a_slug_is_short_readable_and_never_empty(title: str) -> None:
    slug = file_names.slug_for(title)
    whole = urls.slugify(urls.slugify(urls.slugify(title)))
    assert urls.slugify(slug) == slug
    assert 0 < len(slug.encode()) <= file_names.MAX_SLUG_BYTES
    assert not slug.startswith("-")
    assert not slug.endswith("-")
    assert slug == "story" if not whole else whole.startswith(slug)


def test_a_title_of_300_characters_is_cut_between_words() -> None:
    slug = file_names.slug_for("regulators " * 28)
    assert slug == "-".join(["regulators"] * 7)
    assert len(file_names.slug_for("x" * 300)) == 80
    assert file_names.slug_for("東京" * 150) == ("東京" * 150)[:26]
    assert file_names.slug_for(f"{'a' * 40} {'b' * 39} c") == f"{'a' * 40}-{'b' * 39}"
    assert file_names.slug_for("!?") == "story"


def test_an_identity_that_is_taken_gets_a_number(publication: MakePublication, say: Say, snapshot: Snapshot) -> None:
    decomposed = unicodedata.normalize("NFD", "2026-04-02-ж-й")
    root = publication({f"stories/2025/{decomposed.upper()}.md": "broken"})
    before = snapshot(root)
    made = [
        say(root, "new", "story", title, "--date", "2026-04-02").out.strip()
        for title in ("Ж Й", "ж: й", "東京", "東京!", "?", "!")
    ]
    folder = "content/stories/2026/2026-04-02-"
    assert made == [f"{folder}{name}.md" for name in ("ж-й-2", "ж-й-3", "東京", "東京-2", "story", "story-2")]
    assert {name: data for name, data in snapshot(root).items() if name in before} == before


def test_a_name_that_another_program_takes_meanwhile_is_left_to_it(
    publication: MakePublication, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(publication({"stories/2026/2026-04-02-x.md": "mine"}))
    monkeypatch.setattr(file_names, "existing_ids", lambda _: frozenset())
    assert new_story(settings, "X", date=DAY).name == "2026-04-02-x-2.md"
    assert (settings.content / "stories/2026/2026-04-02-x.md").read_text() == "mine"


def test_topic_and_thread_are_written_and_the_only_curator_signs(publication: MakePublication, say: Say) -> None:
    root = publication({"curators/bob.md": "---\nname: Bob\n---\nBob.\n"})
    done = say(root, "new", "story", "One", "--date", "2026-04-02", "--topic", "Law", "--thread", "the-thread")
    text = (root / done.out.strip()).read_text()
    assert "\ntopic: Law\n" in text
    assert "\nthread: the-thread\n" in text
    assert "\nauthors: []  # ada, bob\n" in text
    (root / "content/curators/bob.md").unlink()
    done = say(root, "new", "story", "Two", "--date", "2026-04-02")
    text = (root / done.out.strip()).read_text()
    assert "\nauthors: [ada]\n" in text
    assert "\ntopic: TODO  # Science, Law\n" in text


def test_today_is_the_day_in_the_settings_time_zone(
    publication: MakePublication, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Clock:
            return cls(2026, 4, 1, 23, 30, tzinfo=dt.UTC).astimezone(tz)

    monkeypatch.setattr("briefing.commands.new.dt.datetime", Clock)
    root = publication(settings='\nTIMEZONE = "Asia/Tokyo"\n')
    assert say(root, "new", "story", "X").out == "content/stories/2026/2026-04-02-x.md\n"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([""], "the title is empty"),
        (["  "], "the title is empty"),
        (["a\nb"], "a line break at column 2"),
        (["a\u2028b"], "a line break at column 2"),
        (["a\x07b"], "the control character U+0007 at column 2"),
        (["a\tb"], "the control character U+0009"),
        (["a\udc80"], "the control character U+DC80"),
        (["X", "--date", "2026-02-31"], "`2026-02-31` is not a valid calendar day"),
        (["X", "--date", "tomorrow"], "`tomorrow` is not a valid date; write it as 2026-03-30"),
        (["X", "--date", "0001-01-01"], "`0001-01-01` is not a valid date"),
        (["X", "--topic", "Sciense"], "there is no topic `Sciense`; did you mean `Science`?"),
        (["X", "--topic", "Cooking"], "there is no topic `Cooking`; write one of Science, Law"),
        (["X", "--thread", "the-tread"], "there is no thread `the-tread`; did you mean `the-thread`?"),
        (["X", "--thread", "../x"], "there is no thread `../x`; create its file in content/threads/ first"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(
    publication: MakePublication, say: Say, snapshot: Snapshot, argv: list[str], said: str
) -> None:
    root = publication()
    before = snapshot(root)
    done = say(root, "new", "story", *argv)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1
    assert snapshot(root) == before


def test_nothing_is_written_through_a_link_that_leaves_content(
    publication: MakePublication, say: Say, tmp_path: Path
) -> None:
    root = publication()
    (tmp_path / "elsewhere").mkdir()
    (root / "content/stories/2027").symlink_to(tmp_path / "elsewhere")
    done = say(root, "new", "story", "X", "--date", "2027-01-01")
    assert done.code == 1
    assert "link that leads out of content/" in done.err
    assert not list((tmp_path / "elsewhere").iterdir())


def test_the_function_itself_refuses_a_title_of_two_lines(publication: MakePublication) -> None:
    with pytest.raises(WrongUseError, match="line break"):
        new_story(load(publication()), "a\r\nb", date=DAY)
