"""`check --fix`: other generators' keys are renamed, on their own lines, once, and never over another key."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import settings as pace
from hypothesis import strategies as st

from briefing.authoring.fixes import fix, fix_keys, fix_urls
from briefing.authoring.yaml_scalars import quoted
from briefing.content import frontmatter, markdown
from briefing.content.library.records import sent_text
from briefing.content.model import Counts, SentRecord
from briefing.errors import BriefingError
from briefing.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.authoring.conftest import Said
    from tests.conftest import MakePublication

    Say = Callable[..., Said]
    Snapshot = Callable[[Path], dict[str, bytes]]

CURATORS = {"ada": "ada", "ada lovelace": "ada", "the ai desk": "ai-desk", "ai-desk": "ai-desk"}
FOREIGN = """\
---
title: "Moved from elsewhere"   # its title
date: 2026-04-06
description: >-
  What happened,
  in two lines.
excerpt: Another.
category: Law  # as it was
# who wrote it
author: Ada  # the editor
draft: true
lastmod: 2026-04-07
redirect_from: /old/address/
sources:
  - name: The Journal
    url: "https://journal.example/"
    description: not this one
---
category: Text.
"""
MENDED = """\
---
title: "Moved from elsewhere"   # its title
date: 2026-04-06
summary: >-
  What happened,
  in two lines.
excerpt: Another.
topic: Law  # as it was
# who wrote it
authors: [ada]  # the editor
status: draft
modified: 2026-04-07
aliases: [/old/address/]
sources:
  - name: The Journal
    url: "https://journal.example/"
    description: not this one
---
category: Text.
"""


def mended(matter: str) -> str:
    """What becomes of these lines of front matter."""
    text, _ = fix_keys(f"---\n{matter}\n---\nText\n".encode(), CURATORS)
    assert text.startswith(b"---\n")
    assert text.endswith(b"\n---\nText\n")
    return text.decode().removeprefix("---\n").removesuffix("\n---\nText\n")


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_all_keys_are_renamed_and_the_rest_is_as_it_was(ends: str, bom: str) -> None:
    text, done = fix_keys((bom + FOREIGN.replace("\n", ends)).encode(), CURATORS)
    assert text.decode() == bom + MENDED.replace("\n", ends)
    assert done == [
        "category is now topic",
        "author is now authors",
        "description is now summary",
        "draft: true is now status: draft",
        "lastmod is now modified",
        "redirect_from is now aliases",
    ]
    assert fix_keys(text, CURATORS) == (text, [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("author: Ada Lovelace", "authors: [ada]"),
        ("author: ADA", "authors: [ada]"),
        ("author: 'Somebody: else'", 'authors: ["Somebody: else"]'),
        ("author: 2026", 'authors: ["2026"]'),
        ("author:", "authors: []"),
        ("author: >\n  The AI\n  desk", "authors: [ai-desk]"),
        ("author: [Ada, Bob]  # both", "authors: [ada, Bob]  # both"),
        (
            "author:\n  - Ada  # one\n  # two\n  - Bob\n  - The AI desk",
            "authors:\n  - ada  # one\n  # two\n  - Bob\n  - ai-desk",
        ),
        ("author: {name: Ada}", "authors: {name: Ada}"),
        ("author: [{name: Ada}, Ada]", "authors: [{name: Ada}, ada]"),
        ("redirect_from: [/a/, /b/]", "aliases: [/a/, /b/]"),
        ("redirect_from:\n- /a/\n- /b/", "aliases:\n- /a/\n- /b/"),
        ("redirect_from: /größe?x", 'aliases: ["/größe?x"]'),
        ("draft: false  # gone\nx: y", "x: y"),
        ("draft: no\nx: y", "x: y"),
        ('draft: "true"', "status: draft"),
        ("draft: yes", "status: draft"),
        ("draft: maybe", "draft: maybe"),
        ("draft: [true]", "draft: [true]"),
        ("draft: 1", "draft: 1"),
        ("excerpt: |\n  a\n\n  b\ncategory: x", "summary: |\n  a\n\n  b\ntopic: x"),
        ("'category': x", "topic: x"),
        ("category: [a, b]", "topic: [a, b]"),
        ("Category: x", "Category: x"),
        # The name is taken: `check` speaks of both.
        ("category: x\ntopic: y", "category: x\ntopic: y"),
        ("draft: true\nstatus: hidden", "draft: true\nstatus: hidden"),
        ("draft: false\nstatus: draft", "draft: false\nstatus: draft"),
        ("author: Ada\nauthors: []", "author: Ada\nauthors: []"),
        # It cannot be read, or not be edited line by line.
        ("category: x\ncategory: y", "category: x\ncategory: y"),
        ("category: a: b", "category: a: b"),
        ("{category: x}", "{category: x}"),
        ("? category\n: x\nauthor: Ada", "? category\n: x\nauthor: Ada"),
    ],
)
def test_what_becomes_of_a_key(before: str, after: str) -> None:
    assert mended(before) == after
    assert mended(after) == after


LINES = st.sampled_from(
    [
        *("category: A", "category: [A]", "topic: B", "author: Ada", "author:\n  - Ada\n  - Bob", "authors: [ada]"),
        *("description: >\n  x\n  y", "excerpt: x", "summary: y", "draft: true", "draft: false", "status: draft"),
        *("lastmod: 2026-04-07", "modified: 2026-04-07", "redirect_from: /a/", "redirect_from: [/a/]", "aliases: []"),
        *("# category: no", "", "other: |+\n  kept\n\n", "title: x"),
    ]
)
NEW = {
    "category": "topic",
    "author": "authors",
    "description": "summary",
    "excerpt": "summary",
    "draft": "status",
    "lastmod": "modified",
    "redirect_from": "aliases",
}


@given(
    st.lists(LINES, unique_by=lambda line: line.partition(":")[0]), st.text(st.characters(categories=("L", "P", "S")))
)
@pace(deadline=None)
def test_no_value_is_lost_and_a_second_run_does_nothing(lines: list[str], name: str) -> None:
    text = "\n".join(["---", "first: 1", *lines, f"last: {quoted(name)}", "---", "category: in the text", ""])
    once, done = fix_keys(text.encode(), CURATORS)
    assert fix_keys(once, CURATORS) == (once, [])
    before, after = values(text), values(once.decode())
    assert once.decode().endswith("---\ncategory: in the text\n")
    assert len(after) == len(before) - done.count("draft: false is removed")
    for key, value in after.items():
        if key in before:
            assert value == before[key]
        else:
            old = next(old for old, new in NEW.items() if new == key and old in before and old not in after)
            assert value in (before[old], [before[old]], "draft", ["ada"], ["ada", "Bob"])
    untouched = [line for line in lines if line.partition(":")[0] not in NEW]
    assert all(line in once.decode() for line in untouched)


def values(text: str) -> dict[str, Any]:
    document, problems = frontmatter.read(text.encode(), "x.md")
    assert document is not None
    assert not problems
    return dict(document.values)


def test_stories_of_a_publication_are_mended_and_said(
    publication: MakePublication, say: Say, snapshot: Snapshot
) -> None:
    foreign = FOREIGN.replace("excerpt: Another.\n", "").replace("    description: not this one\n", "")
    root = publication(
        {
            "stories/2026/2026-04-06-moved.md": foreign,
            "stories/2026/2026-04-06-broken.md": "---\ncategory: a: b\n",
            "pages/other.md": "---\ntitle: Other\ncategory: x\n---\n",
            "curators/bob.md": "broken",
        }
    )
    before = snapshot(root)
    found = fix(load(root))
    assert [str(path) for path, _ in found] == ["content/stories/2026/2026-04-06-moved.md"] * 6
    changed = {name for name, data in snapshot(root).items() if data != before.get(name)}
    assert changed == {"stories/2026/2026-04-06-moved.md"}
    assert fix(load(root)) == ()
    for name in ("stories/2026/2026-04-06-broken.md", "pages/other.md", "curators/bob.md"):
        (root / "content" / name).unlink()
    done = say(root, "check", "--fix")
    assert (done.code, done.err) == (0, "")


def test_a_name_that_two_curators_have_is_kept(publication: MakePublication) -> None:
    root = publication(
        {
            "curators/ada-2.md": "---\nname: Ada\n---\n",
            "curators/bob.md": "---\nname: Bob  Builder\n---\n",
            "stories/2026/2026-04-06-x.md": "---\nauthor: [ADA, Bob Builder, bob, Ada-2]\n---\n",
            "stories/2026/2026-04-06-y.md": "---\nauthor: Ada L.\n---\n",
        }
    )
    (root / "content/curators/ada.md").rename(root / "content/curators/ada-1.md")
    fix(load(root))
    stories = root / "content/stories/2026"
    assert "authors: [ADA, bob, bob, ada-2]" in (stories / "2026-04-06-x.md").read_text()
    assert "authors: [Ada L.]" in (stories / "2026-04-06-y.md").read_text()


def test_a_link_that_leaves_content_is_not_followed(publication: MakePublication, tmp_path: Path) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(FOREIGN)
    root = publication()
    (root / "content/stories/2026/2026-04-06-moved.md").symlink_to(outside)
    assert fix(load(root)) == ()
    assert outside.read_text() == FOREIGN


def test_a_file_changed_meanwhile_is_left_as_it_is(
    publication: MakePublication, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = publication({"stories/2026/2026-04-06-moved.md": FOREIGN})
    path = root / "content/stories/2026/2026-04-06-moved.md"

    def typed(data: bytes, curators: object) -> tuple[bytes, list[str]]:
        assert curators
        if data == FOREIGN.encode():
            path.write_text("typed meanwhile")
        return data, ["x"]

    monkeypatch.setattr("briefing.authoring.fixes.fix_keys", typed)
    with pytest.raises(BriefingError, match="another program just changed"):
        fix(load(root))
    assert path.read_text() == "typed meanwhile"


PICTURES = frozenset({"images/a b.png", "images/c.png"})
MENDED_TEXTS = {
    "See [it](https://a.example/b.). Then": "See [it](https://a.example/b). Then",
    "See <https://a.example/b.> then": "See <https://a.example/b>. then",
    "See https://a.example/b. Then (https://a.example/c_d*e).": "See <https://a.example/b>. Then (<https://a.example/c_d*e>).",
    "See **https://a.example/b**": "See **<https://a.example/b>**",
    "See www.a.example.": "See [www.a.example](https://www.a.example).",
    "\u898bhttps://a.example/b\u3002\u6b21": "\u898b<https://a.example/b>\u3002\u6b21",
    "[a](https://a.example/?b=1&amp;utm_source=x&c=2 'T')": "[a](https://a.example/?b=1&c=2 'T')",
    "[a] [b][a]\n\n[a]: https://a.example/?fbclid=1 'T'": "[a] [b][a]\n\n[a]: https://a.example/ 'T'",
    '<a href="https://a.example/?utm_a=1">a</a>': '<a href="https://a.example/">a</a>',
    "https://a.example/?utm_source=x, and": "<https://a.example/>, and",
    "![A]({static}/images/a%20b.png 'T')": "![A](<{static}/images/a b.png> 'T')",
    '![A]({static}/images/a b.png "T")': '![A](<{static}/images/a b.png> "T")',
    "![A]({static}/images/a b.png 'T')": "![A](<{static}/images/a b.png> 'T')",
    "![A]({static}/images/none such.png)": "![A](<{static}/images/none such.png>)",
    "See https://a.example/\u00e9 next": "See <https://a.example/\u00e9> next",
    "https://\u4f8b\u3048.jp/a\u3002": "<https://\u4f8b\u3048.jp/a>\u3002",
    '<img alt="" src="{static}/images/a%20b.png">': '<img alt="" src="{static}/images/a b.png">',
}
LEFT_TEXTS = [
    "`https://a.example/b.` and `[a](https://a.example/b.)`",
    "T\n\n    [a](https://a.example/?fbclid=1)\n\n```\nhttps://a.example/\n```",
    "[a](https://a.example/b_(c)) <https://a.example/Apple_Inc.>",
    "![A]({static}/images/none%20such.png)",
    "See https://a.example/\u65e5\u672c\u3067\u3059",
    "See https://a.example\u3092 read",
    "![A](/images/a b.png)",
    "<p>\nSee https://a.example/b\n</p>",
    "[https://a.example/](https://a.example/) <a href='https://a.example/'>https://a.example/</a>",
]


def readdressed_text(text: str, matter: str = "") -> str:
    new, _ = fix_urls(f"---\ntitle: T\n{matter}---\n{text}\n".encode(), "stories/2026/x.md", PICTURES)
    return new.decode().removeprefix(f"---\ntitle: T\n{matter}---\n").removesuffix("\n")


@pytest.mark.parametrize(("text", "new"), MENDED_TEXTS.items())
def test_addresses_of_a_text_are_mended_once(text: str, new: str) -> None:
    assert readdressed_text(text) == new
    assert readdressed_text(new) == new


@pytest.mark.parametrize("text", [*MENDED_TEXTS, *LEFT_TEXTS])
def test_check_promises_to_mend_just_what_is_mended(text: str) -> None:
    _, problems = markdown.render(markdown.Text(text, "x.md", "stories/2026/x.md"))
    found = [one.hint for one in problems if "space in its name" in one.what or one.check == "bare-address"]
    if found:
        assert all("`check --fix` does" in hint for hint in found) == (text in MENDED_TEXTS)


def test_it_is_told_as_it_is_written() -> None:
    text = "---\ntitle: T\n---\n![A]({static}/images/a%20b.png)\n\n<https://a.example/b.>\n"
    _, done = fix_urls(text.encode(), "stories/2026/x.md", PICTURES)
    assert done == [
        "`{static}/images/a%20b.png` is now `<{static}/images/a b.png>`",
        "`https://a.example/b.` is now `https://a.example/b`",
    ]


@pytest.mark.parametrize("text", LEFT_TEXTS)
def test_what_is_meant_or_uncertain_is_left(text: str) -> None:
    assert readdressed_text(text) == text


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("link-ending", "[a](https://a.example/b.)"),
        ("tracking", "[a](https://a.example/?fbclid=1)"),
        ("bare-address", "See https://a.example/"),
    ],
)
def test_what_is_acknowledged_is_left(check: str, text: str) -> None:
    assert readdressed_text(text) != text
    assert readdressed_text(text, f"acknowledged: [{{check: {check}, reason: Meant.}}]\n") == text


def test_addresses_of_front_matter_are_mended_on_their_lines() -> None:
    old = (
        "\ufeff---\r\ntitle: T  # a title\r\nsources:\r\n  - {name: A, url: 'https://a.example/b.'}  # one\r\n"
        '  - name: B\r\n    url: "https://a.example/?utm_source=x&c=1" # two\r\n'
        "links:\r\n  - url: https://a.example/?c=1&gclid=2\r\n"
        "sponsor: {url: 'https://s.example/?utm_source=x'}\r\nimage:\r\n  file: images/a%20b.png\r\n"
        "extra: {url: 'https://a.example/b.'}\r\n---\r\nT\r\n"
    )
    new = (
        old.replace("example/b.'}  # one", "example/b'}  # one")
        .replace("?utm_source=x&c=1", "?c=1")
        .replace("?c=1&gclid=2", "?c=1")
        .replace("a%20b", "a b")
    )
    made, done = fix_urls(old.encode(), "stories/2026/x.md", PICTURES)
    assert made.decode() == new
    assert len(done) == 4
    assert fix_urls(made, "stories/2026/x.md", PICTURES) == (made, [])


@pace(max_examples=40)
@given(st.lists(st.sampled_from([*MENDED_TEXTS, *LEFT_TEXTS, "word", "&amp;", "[", "`", "**", "\n"]), max_size=8))
def test_mending_twice_changes_no_more(pieces: list[str]) -> None:
    once = readdressed_text("\n\n".join(pieces) + "\n\nEnd.")
    assert readdressed_text(once) == once


def test_many_addresses_are_mended_and_code_is_left() -> None:
    links = "".join(f"[a](https://a.example/{number}.)\n" for number in range(100))
    text = f"{links}\n```\n[a](https://a.example/7.)\n```"
    assert readdressed_text(text) == text.replace(".)\n", ")\n", 100)


def test_what_readers_have_keeps_its_addresses(publication: MakePublication) -> None:
    root = publication()
    story = root / "content/stories/2026/2026-03-30-a-first-story.md"
    issue = root / "content/issues/2026-w14.md"
    for file in (story, issue):
        file.write_text(file.read_text(encoding="utf-8") + "\nSee https://a.example/.\n", encoding="utf-8")
    record = SentRecord(
        issue="2026-w14",
        subject="S",
        fingerprint="0" * 64,
        transport="file:x",
        keeps="bytes",
        opened=dt.datetime(2026, 4, 3, tzinfo=dt.UTC),
        finished=dt.datetime(2026, 4, 3, tzinfo=dt.UTC),
        recipients=0,
        counts=Counts(sent=0, dead=0, suppressed=0, unknown=0),
        stories=(story.stem,),
        content_hashes={story.stem: "0" * 64},
    )
    sent = root / "content/issues/2026-w14.sent.json"
    sent.write_text(sent_text(record), encoding="utf-8")
    before = story.read_bytes(), issue.read_bytes()
    assert fix(load(root)) == ()
    assert (story.read_bytes(), issue.read_bytes()) == before
    sent.unlink()
    assert len(fix(load(root))) == 2
    assert b"<https://a.example/>." in story.read_bytes()
