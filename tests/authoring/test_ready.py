"""`ready`: the status line alone changes, in all files or in none, and only where nothing speaks against it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from tests.conftest import MAILED

from briefing.authoring.readiness import make_ready
from briefing.content.model import Status
from briefing.delivery.sending.preconditions import require_settings
from briefing.errors import BriefingError, ProblemsFoundError
from briefing.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.authoring.conftest import Said, WriteStory
    from tests.conftest import MakePublication

    Say = Callable[..., Said]
    Snapshot = Callable[[Path], dict[str, bytes]]

ONE = "stories/2026/2026-04-06-one.md"
TWO = "stories/2026/2026-04-07-two.md"
WEEK = "issues/2026-w15.md"
ISSUE = """\
---
number: 2
title: The second
date: 2026-04-10
lead: 2026-04-06-one
sections:
  - title: More
    stories: [two]
status: draft  # until Friday
---
Hello.
"""


UNMAILED = """\
BRIEFING["email"] |= {"reply_to": "", "postal_address": "", "unsubscribe_address": ""}
"""


@pytest.fixture
def desk(publication: MakePublication, story: WriteStory) -> Path:
    """Two draft stories, one of them hard to edit, and a draft issue of both."""
    hard = story("2026-04-07", title="Two", status="DRAFT").replace(
        "status: DRAFT", "\"status\" :  'draft'   # not yet"
    )
    root = publication({ONE: story("2026-04-06", title="One", status="draft"), WEEK: ISSUE}, settings=MAILED)
    (root / "content" / TWO).write_bytes(b"\xef\xbb\xbf" + hard.replace("\n", "\r\n").encode())
    return root


def test_a_draft_story_is_published_and_only_its_line_changes(desk: Path, say: Say, snapshot: Snapshot) -> None:
    before = snapshot(desk)
    (desk / "content" / TWO).chmod(0o600)
    done = say(desk, "ready", "2026-04-06-one", "two")
    assert (done.code, done.err) == (0, "")
    assert done.out == f"content/{ONE}: published\ncontent/{TWO}: published\n"
    after = snapshot(desk)
    assert after[ONE] == before[ONE].replace(b"status: draft", b"status: published")
    assert after[TWO] == before[TWO].replace(b"'draft'   #", b"published   #")
    assert {name for name in after if before.get(name) != after[name]} == {ONE, TWO}
    assert (desk / "content" / TWO).stat().st_mode & 0o777 == 0o600


def test_an_issue_becomes_hidden_with_its_stories_and_then_published(desk: Path, say: Say, snapshot: Snapshot) -> None:
    before = snapshot(desk)
    done = say(desk, "ready", "2026-w15", "one", "two", "one", f"content/{ONE}")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"content/{WEEK}: hidden"
    assert len(done.out.splitlines()) == 3
    assert snapshot(desk)[WEEK] == before[WEEK].replace(b"status: draft  #", b"status: hidden  #")
    assert say(desk, "ready", "2026-w15").out == f"content/{WEEK}: already hidden\n"
    assert say(desk, "ready", "2026-w15", "--publish").out == f"content/{WEEK}: published\n"
    assert say(desk, "ready", "2026-w15").out == f"content/{WEEK}: already published\n"
    assert snapshot(desk)[WEEK] == before[WEEK].replace(b"status: draft  #", b"status: published  #")
    assert say(desk, "check").code == 0


def test_publish_takes_a_draft_issue_all_the_way(desk: Path, say: Say) -> None:
    done = say(desk, "ready", "--publish", "2026-w15", "one", "two")
    assert done.out.splitlines()[0] == f"content/{WEEK}: published"


def test_a_hidden_story_stays_hidden_unless_asked(publication: MakePublication, story: WriteStory, say: Say) -> None:
    root = publication({ONE: story("2026-04-06", status="hidden")})
    assert say(root, "ready", "one").out == f"content/{ONE}: already hidden\n"
    assert say(root, "ready", "one", "--publish").out == f"content/{ONE}: published\n"
    assert b"\nstatus: published\n" in (root / "content" / ONE).read_bytes()


def test_what_is_published_already_is_said(desk: Path, say: Say, snapshot: Snapshot) -> None:
    before = snapshot(desk)
    done = say(desk, "ready", "a-first-story", "2026-w14")
    assert (done.code, done.err) == (0, "")
    assert [line.split(": ")[1] for line in done.out.splitlines()] == ["already published"] * 2
    assert snapshot(desk) == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Text.", "TODO: write it", f"content/{ONE}:12: body: contains a TODO"),
        ("topic: Science", "topic: TODO", f"content/{ONE}:5: topic: contains a TODO"),
        ("topic: Science", "topic: Cooking", "`Cooking` is not a topic in the settings"),
        ("kind: brief", "kind: main\nsentiment: mixed", "sentiment_reason: is missing"),
        ("kind: brief", "kind: brief\nassisted: true", "reviewed_by: is missing"),
        ("kind: brief", "category: Science", "category: is an unknown key"),
        ("kind: brief", "thread: none", "there is no thread `none`"),
        ("status: draft", "status: draf", "`draf` is not"),
        ("title: One", "title: One: two", "contains a colon"),
        ("---\nText.", "Text.", "the front matter is not closed"),
    ],
)
def test_one_fault_and_nothing_is_changed(
    desk: Path, say: Say, snapshot: Snapshot, old: str, new: str, said: str
) -> None:
    path = desk / "content" / ONE
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    before = snapshot(desk)
    for names in (["one"], ["two", "one"], ["2026-w15", "two", "2026-04-06-one.md"]):
        done = say(desk, "ready", *names)
        assert done.code == 1
        assert said in done.err
        assert "nothing was written" in done.err
        assert snapshot(desk) == before


def test_every_problem_of_all_files_is_printed(desk: Path, say: Say) -> None:
    for name in (ONE, TWO):
        path = desk / "content" / name
        path.write_bytes(path.read_bytes().replace(b"Text.", b"TODO"))
    done = say(desk, "ready", "one", "two")
    assert [line.partition(":")[0] for line in done.err.splitlines()[:-1]] == [f"content/{ONE}", f"content/{TWO}"]


def test_an_issue_with_a_draft_story_is_refused(desk: Path, say: Say, snapshot: Snapshot) -> None:
    before = snapshot(desk)
    done = say(desk, "ready", "2026-w15", "one")
    assert done.code == 1
    assert (
        f"content/{WEEK}:8: sections.1.stories.1: `2026-04-07-two` is a draft; run `ready 2026-04-07-two`" in done.err
    )
    assert snapshot(desk) == before


def test_faults_elsewhere_are_not_this_storys(desk: Path, say: Say) -> None:
    (desk / "content/threads/broken.md").write_text("broken")
    (desk / "content/issues/2026-w20.md").write_text("---\nnumber: 3\n---\n")
    assert say(desk, "ready", "one").code == 0


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ome", "there is no story or issue `ome`; did you mean `one`?"),
        ("nothing-like-it", "there is no story or issue `nothing-like-it`; write its file name"),
        ("content/stories/2026/none.md", "there is no story or issue `content/stories/2026/none.md`"),
        ("../publication/pelicanconf.py", "there is no story or issue"),
        ("ada", "there is no story or issue `ada`"),
        ("", "there is no story or issue ``"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_with_all_others(
    desk: Path, say: Say, snapshot: Snapshot, name: str, said: str
) -> None:
    before = snapshot(desk)
    done = say(desk, "ready", "one", name, "zzz")
    assert done.code == 2
    assert said in done.err
    assert "`zzz`" in done.err
    assert snapshot(desk) == before


def test_a_slug_that_two_share_needs_the_date(desk: Path, story: WriteStory, say: Say) -> None:
    (desk / "content/stories/2026/2026-04-08-one.md").write_text(story("2026-04-08", title="Third", status="draft"))
    done = say(desk, "ready", "one")
    assert done.code == 2
    assert "`one` matches content/stories/2026/2026-04-0" in done.err
    assert say(desk, "ready", "2026-04-08-one").code == 0


def test_paths_count_from_here_from_the_publication_and_from_content(
    desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(desk)
    for name in (
        str(desk / "content" / ONE),
        f"content/{ONE}",
        ONE,
        "2026-04-06-one.md",
        "publication/content/" + ONE,
    ):
        (step,) = make_ready(settings, [name], here=tmp_path)
        assert step.path == f"content/{ONE}"
    monkeypatch.chdir(desk / "content/stories")
    (step,) = make_ready(settings, ["2026/2026-04-06-one.md"], here=desk / "content/stories")
    assert (step.before, step.after) == (Status.PUBLISHED, Status.PUBLISHED)


def test_a_name_typed_in_another_form_of_unicode_is_found(publication: MakePublication, story: WriteStory) -> None:
    name = "2026-04-06-й"
    root = publication({f"stories/2026/{name}.md": story("2026-04-06", status="draft")})
    (step,) = make_ready(load(root), [unicodedata.normalize("NFD", name).upper()], here=root)
    assert step.after is Status.PUBLISHED


def test_a_front_matter_that_cannot_be_edited_by_line_is_named(
    publication: MakePublication, snapshot: Snapshot
) -> None:
    source = 'sources: [{name: J, url: "https://j.example/"}]'
    text = f"---\n{{title: X, date: 2026-04-06, summary: S, topic: Law, {source}, status: draft}}\n---\nText.\n"
    root = publication({ONE: text})
    before = snapshot(root)
    with pytest.raises(BriefingError, match=f"content/{ONE}: the front matter is not written as `key: value` lines"):
        make_ready(load(root), ["one"], here=root)
    assert snapshot(root) == before


def test_nothing_is_written_through_a_link_that_leaves_content(desk: Path, say: Say, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_bytes((desk / "content" / ONE).read_bytes())
    (desk / "content" / ONE).unlink()
    (desk / "content" / ONE).symlink_to(outside)
    done = say(desk, "ready", "one")
    assert done.code != 0
    assert b"status: draft" in outside.read_bytes()


def unmailed(desk: Path, more: str = "") -> None:
    """Take away what mailing an issue needs."""
    file = desk / "pelicanconf.py"
    file.write_text(file.read_text(encoding="utf-8") + UNMAILED + more, encoding="utf-8")


def test_what_mailing_an_issue_needs_is_warned_of_before_and_refused_when_it_is_ready(desk: Path, say: Say) -> None:
    assert say(desk, "ready", "one", "two").code == 0
    assert "pelicanconf.py" not in say(desk, "check").err
    unmailed(desk)
    warned = [line for line in say(desk, "check").err.splitlines() if line.startswith("pelicanconf.py:")]
    assert [line.split(": ")[1] for line in warned] == [
        f"BRIEFING.email.{name}" for name in ("postal_address", "reply_to", "unsubscribe_address")
    ]
    done = say(desk, "ready", "2026-w15")
    assert (done.code, done.out) == (1, "")
    refused = done.err.splitlines()
    assert refused == [*(line.removesuffix(" (warning)") for line in warned), "3 errors; nothing was written"]
    with pytest.raises(ProblemsFoundError) as found:
        require_settings(load(desk), readers=0)
    assert [str(problem) for problem in found.value.problems] == refused[:-1]


def test_a_hidden_issue_is_warned_of_until_it_is_sent_or_published(desk: Path, say: Say) -> None:
    assert say(desk, "ready", "one", "two", "2026-w15").code == 0
    unmailed(desk)
    done = say(desk, "check")
    assert (done.code, done.err.count("pelicanconf.py:")) == (0, 3)
    assert say(desk, "ready", "--publish", "2026-w15").code == 0
    assert "pelicanconf.py" not in say(desk, "check").err


@pytest.mark.parametrize(
    "more",
    [
        'BRIEFING["delivery"] = {"transport": "buttondown://"}\n',
        'BRIEFING["delivery"] = {"transport": "listmonk://lists.example.org?list=1"}\n',
        'BRIEFING["delivery"] = {"subscribe_form": "https://provider.example/subscribe"}\n',
    ],
)
def test_a_provider_that_keeps_the_list_needs_none_of_it(desk: Path, say: Say, more: str) -> None:
    unmailed(desk, more)
    assert say(desk, "ready", "one", "two", "2026-w15").code == 0
    assert "pelicanconf.py" not in say(desk, "check").err


def test_a_site_that_publishes_its_issues_at_once_needs_none_of_it(desk: Path, say: Say) -> None:
    unmailed(desk)
    assert say(desk, "ready", "--publish", "one", "two", "2026-w15").code == 0
    assert "pelicanconf.py" not in say(desk, "check").err


def test_a_story_needs_none_of_it(desk: Path, say: Say) -> None:
    unmailed(desk)
    assert say(desk, "ready", "one").code == 0


@pytest.mark.parametrize(
    ("dkim", "field", "what"),
    [
        ({"ed25519_selector": "b"}, "selector", "is missing, but an Ed25519 key requires an RSA key too"),
        (
            {"selector": "a", "domain": "other.example"},
            "domain",
            "is not aligned with the sender's domain `example.org` (DMARC)",
        ),
    ],
)
def test_keys_that_cannot_sign_are_known_before(
    desk: Path, say: Say, dkim: dict[str, str], field: str, what: str
) -> None:
    unmailed(desk, f'{MAILED}BRIEFING["email"] |= {{"postal_address": "1 Street", "dkim": {dkim}}}\n')
    assert say(desk, "ready", "one", "two").code == 0
    done = say(desk, "ready", "2026-w15")
    assert done.code == 1
    assert f"BRIEFING.email.dkim.{field}: " in done.err
    assert what in done.err
    assert done.err.endswith("1 error; nothing was written\n")
