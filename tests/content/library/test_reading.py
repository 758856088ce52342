"""content/ as it is read: models in their order, measured pictures, and nothing that any file holds raises."""

from __future__ import annotations

import datetime as dt
import os
import socket
import struct
import zlib
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing import settings as publication_settings
from briefing.checks.content import find_problems
from briefing.content.library import Library, read_library
from briefing.content.model import Kind, Sentiment, Source, Status
from briefing.errors import Problem, errors_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

LONDON = ZoneInfo("Europe/London")
FIRST = "2026-03-30-a-first-story"
SECOND = "2026-03-31-a-second-story"


def story(**values: Any) -> str:
    front = {"title": "T", "date": "2026-03-30", "summary": "S.", "topic": "Law"}
    sources = [{"name": "The Gazette", "url": None, "note": "Read."}]
    return f"---\n{yaml.safe_dump({**front, 'sources': sources, **values})}---\nText.\n"


def png(width: int, height: int, rows: int | None = None) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    data = zlib.compress((b"\0" + b"\0\0\0" * width) * (rows or height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def library_of(root: Path) -> Library:
    return read_library(publication_settings.load(root))


def write(root: Path, name: str, content: bytes) -> None:
    path = root / "content" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_a_publication_is_read_whole(publication: MakePublication) -> None:
    library = library_of(publication())
    first = library.story_by_id[FIRST]
    assert first.slug == "a-first-story"
    assert first.path == f"content/stories/2026/{FIRST}.md"
    assert first.date == dt.datetime(2026, 3, 30, tzinfo=LONDON)
    assert (first.kind, first.sentiment, first.status) == (Kind.MAIN, Sentiment.MIXED, Status.PUBLISHED)
    source = Source("The Journal", "https://journal.example/first", "The first report", date=dt.date(2026, 3, 29))
    assert first.sources == (source,)
    assert (first.body.html, first.words, first.minutes) == ("<p>The text of the first story.</p>", 6, 1)
    assert library.issues[0].story_ids == (FIRST, SECOND)
    assert [thread.id for thread in library.threads] == ["the-thread"]
    assert [curator.name for curator in library.curators] == ["Ada"]
    assert [page.id for page in library.pages] == ["about"]
    assert library.problems == ()


def test_stories_are_newest_first_whatever_the_order_of_files(publication: MakePublication) -> None:
    dates = ["2026-04-02", "2026-04-01T09:00:00+02:00", "2026-04-01T08:30:00+01:00", "2026-04-02", "2026-03-01"]
    files = {f"stories/2026/2026-04-0{n}-s{n}.md": story(date=date) for n, date in enumerate(dates, start=1)}
    library = library_of(publication(files))
    written = [(item.date, item.id) for item in library.stories]
    assert written == sorted(written, key=lambda pair: (-pair[0].timestamp(), pair[1]))
    assert [item.id for item in library.stories][:2] == ["2026-04-01-s1", "2026-04-04-s4"]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-01-15", dt.datetime(2026, 1, 15, tzinfo=LONDON)),
        ("2026-07-15 09:30", dt.datetime(2026, 7, 15, 9, 30, tzinfo=LONDON)),
        ("2026-07-15T23:30:00-05:00", dt.datetime(2026, 7, 16, 5, 30, tzinfo=LONDON)),
        ("2026-07-15T00:30:00Z", dt.datetime(2026, 7, 15, 1, 30, tzinfo=LONDON)),
    ],
)
def test_moments_are_the_publication_s(publication: MakePublication, written: str, moment: dt.datetime) -> None:
    library = library_of(publication({"stories/2026/2026-07-15-s.md": story(date=written)}))
    found = library.story_by_id["2026-07-15-s"].date
    assert found == moment
    assert found.utcoffset() == moment.utcoffset()


def test_pictures_are_measured(publication: MakePublication) -> None:
    text = story(image={"file": "images/a.png", "alt": "A"}) + "\n![B](<{static}/images/b ä.png> 'C')\n"
    root = publication({"stories/2026/2026-03-30-s.md": text})
    write(root, "images/a.png", png(3, 2))
    write(root, "images/b ä.png", png(5, 4))
    library = library_of(root)
    found = library.story_by_id["2026-03-30-s"]
    assert library.problems == ()
    assert found.image is not None
    assert (found.image.width, found.image.height) == (3, 2)
    assert 'images/b%20%C3%A4.png" alt="B" width="5" height="4"' in found.body.html
    assert library.files == ("images/a.png", "images/b ä.png")


@pytest.mark.filterwarnings("default")  # as they are outside of tests
def test_a_very_large_picture_is_refused_before_it_is_unpacked(publication: MakePublication) -> None:
    root = publication({"stories/2026/2026-03-30-s.md": story(image={"file": "images/a.png", "alt": "A"})})
    write(root, "images/a.png", png(10_000, 10_000, rows=1))
    assert [problem.what for problem in library_of(root).problems] == ["`images/a.png` has too many pixels"]


@pytest.mark.parametrize(
    ("drawing", "size"),
    [
        ('<svg viewBox="0 0 40 20"/>', (40, 20)),
        ('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"\n  viewBox="-1,-1, 1.6 0.2">', (2, 1)),
        ("<svg/>", None),
        ("no drawing", None),
    ],
)
def test_drawings_are_measured_by_their_box(
    publication: MakePublication, drawing: str, size: tuple[int, int] | None
) -> None:
    text = story(image={"file": "images/a.svg", "alt": "A"})
    root = publication(
        {"stories/2026/2026-03-30-s.md": text, "images/a.svg": drawing}, 'BRIEFING["allow_svg"] = True\n'
    )
    library = library_of(root)
    image = library.story_by_id["2026-03-30-s"].image
    assert (image and (image.width, image.height)) == size
    assert [problem.what for problem in library.problems] == ([] if size else ["`images/a.svg` has no viewBox"])


def test_words_are_those_of_text_and_questions(publication: MakePublication) -> None:
    library = library_of(publication({"stories/2026/2026-03-30-s.md": story(key_questions=["Why now?", "Who pays?"])}))
    assert library.story_by_id["2026-03-30-s"].words == 1 + 4


def test_a_story_is_named_by_its_slug_where_that_is_one(publication: MakePublication) -> None:
    library = library_of(publication({"stories/2026/2026-05-01-a-first-story.md": story()}))
    assert library.resolve("a-second-story") == SECOND
    assert library.resolve(SECOND) == SECOND
    assert library.resolve("a-first-story") == "a-first-story"
    assert library.ids_by_slug["a-first-story"] == (FIRST, "2026-05-01-a-first-story")


def test_what_is_not_ours_is_passed_over(publication: MakePublication) -> None:
    quiet = [
        "stories/.draft.md",
        "stories/x.md~",
        "stories/x.md.swp",
        "images/.DS_Store",
        "overrides/base.html",
    ]
    kept = ["static/.well-known/x", "static/robots.txt"]
    root = publication(dict.fromkeys([*quiet, *kept], ""))
    library = library_of(root)
    assert library.problems == ()
    assert library.files == ("static/.well-known/x", "static/robots.txt")


def test_a_link_within_content_is_a_file(publication: MakePublication) -> None:
    root = publication()
    (root / "content/pages/also.md").symlink_to("about.md")
    library = library_of(root)
    assert library.problems == ()
    assert [page.id for page in library.pages] == ["about", "also"]


def test_what_is_no_file_is_told(publication: MakePublication, monkeypatch: pytest.MonkeyPatch) -> None:
    root = publication()
    os.mkfifo(root / "content/stories/pipe.md")
    with socket.socket(socket.AF_UNIX) as server:
        monkeypatch.chdir(root / "content")  # a socket's path must be short
        server.bind("stories/door.md")
        library = library_of(root)
    assert [(problem.path, problem.what) for problem in library.problems] == [
        ("content/stories/door.md", "is not a regular file"),
        ("content/stories/pipe.md", "is not a regular file"),
    ]


@pytest.mark.parametrize("text", ["", "---\n", "no front matter", "---\n- a\n---\n", "---\ntitle: A\n b: c\n---\n"])
def test_one_broken_story_is_no_missing_one(publication: MakePublication, text: str) -> None:
    files = {f"stories/2026/{FIRST}.md": text, "threads/the-thread.md": text, "curators/ada.md": text}
    linking = story() + "\n[a]({filename}2026-03-30-a-first-story.md)\n"
    library = library_of(publication({**files, "stories/2026/2026-03-31-s.md": linking}))
    found = errors_of(find_problems(library))
    assert {problem.path for problem in found} == {f"content/{name}" for name in files}
    assert len(found) == len(files)
    assert library.story_by_id[FIRST].date.date() == dt.date(2026, 3, 30)


def test_rules_get_the_lines_of_their_fields(publication: MakePublication) -> None:
    library = library_of(publication())
    path = f"content/stories/2026/{FIRST}.md"
    places = {"": 1, "body": 18, "title": 2, "sources.1.url": 8, "sources.2": 6, "tags.1": 15, "none": 1}
    found = library.located([Problem(path, "x", "y", field) for field in places])
    assert [problem.line for problem in found] == list(places.values())
    assert library.located([Problem("pelicanconf.py", "x", "y", line=3)])[0].line == 3


def test_a_rule_is_silent_about_what_could_not_be_read(publication: MakePublication) -> None:
    path = "stories/2026/2026-03-30-s.md"
    library = library_of(publication({path: story(tags=["a", None]).replace("date: '2026-03-30'", "date: soon")}))
    said = [Problem(f"content/{path}", "x", "y", field) for field in ("date", "tags.2", "tags.1", "title")]
    assert [problem.field for problem in library.located(said)] == ["tags.1", "title"]


KEYS = ["title", "date", "summary", "topic", "sources", "kind", "tags", "authors", "image", "aliases", "lead", "sections", "number", "links", "sponsor", "name", "status", "thread", "x"]  # fmt: skip
LEAVES = st.sampled_from([None, True, 3, "", "x", "a: b", "2026-03-30", "https://x.example/", "images/a.png", "../x", "/x/", "published", "Law", FIRST, "\x1b", "日本"])  # fmt: skip
WORDS = st.sampled_from(["name", "url", "file", "alt", "title", "stories", "text", "x"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=6
)
FOLDERS = [
    "stories/2026/2026-03-30-fuzz.md",
    "issues/2026-w20.md",
    "threads/fuzz.md",
    "curators/fuzz.md",
    "pages/fuzz.md",
]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("fuzz")
    (root / "pelicanconf.py").write_text(
        'SITENAME = "X"\nBRIEFING = {"topics": ["Law"]}\nPLUGINS = ["briefing"]\nPATH = "content"\nTHEME = "theme"\n'
    )
    (root / "theme/templates").mkdir(parents=True)
    (root / "content").mkdir()
    return root


@given(st.sampled_from(FOLDERS), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8), st.text(max_size=20))
@settings(deadline=None, max_examples=200)
def test_no_front_matter_raises(fuzzed: Path, name: str, values: dict[str, Any], text: str) -> None:
    matter = yaml.dump(values, Dumper=yaml.CSafeDumper, allow_unicode=True)
    write(fuzzed, name, f"---\n{matter}---\n{text}\n".encode("utf-8", "surrogatepass"))
    found = find_problems(library_of(fuzzed))
    (fuzzed / "content" / name).unlink()
    for problem in found:
        assert problem.line >= 1 or not problem.path.endswith(".md")
        assert "\n" not in str(problem)


NAMES = st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=12).filter(
    lambda name: name not in {".", ".."}
)


@given(
    st.sampled_from(["", "stories/", "issues/", "pages/", "images/", "static/"]), NAMES, st.sampled_from(["", ".md"])
)
@settings(deadline=None, max_examples=150)
def test_no_name_raises(fuzzed: Path, folder: str, name: str, ending: str) -> None:
    try:
        path = fuzzed / "content" / folder / os.fsdecode(name.encode("utf-8", "surrogatepass") + ending.encode())
        path.parent.mkdir(exist_ok=True)
        path.write_text("---\ntitle: A\n---\n")
    except (OSError, ValueError):
        return  # the file system refuses it
    found = find_problems(library_of(fuzzed))
    path.unlink()
    assert all("\n" not in str(problem) and str(problem).encode() for problem in found)
