"""What a publication's files can get wrong, and the line that each mistake gets: one row, one mistake.

A row says which files are changed, and what must then be found: nothing else may be, since a mistake that brings
others with it hides where it was made. The last tables are of what is fine as it is.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import struct
import time
import zlib
from typing import TYPE_CHECKING, NamedTuple

import pytest

from briefing import settings as publication_settings
from briefing.checks.content import checked_settings, find_problems
from briefing.content.library import read_library
from briefing.errors import ProblemsFoundError, errors_of
from briefing.site.edition import BuildOptions, open_edition
from briefing.site.validation import rehearse

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.conftest import MakePublication

    from briefing.errors import Problem

    Briefing = Callable[..., subprocess.CompletedProcess[str]]

TODAY = BuildOptions(as_of=dt.date(2026, 5, 1))
FIRST = "stories/2026/2026-03-30-first.md"
SECOND = "stories/2026/2026-03-31-second.md"
ISSUE = "issues/2026-w14.md"
THREAD = "threads/the-thread.md"
CURATOR = "curators/ada.md"
PAGE = "pages/about.md"
PICTURE = "images/dot.png"


def png(width: int = 2, height: int = 1, rows: int | None = None) -> bytes:
    """A black picture; `rows` are those that are there."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress((b"\0" + b"\0\0\0" * width) * (rows or height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


FILES: dict[str, str | bytes] = {
    FIRST: """\
---
title: A first story
date: 2026-03-30
summary: What happened.
topic: Science
sources:
  - name: The Journal
    url: "https://journal.example/first"
    title: The report
    date: 2026-03-29
kind: main
sentiment: mixed
sentiment_reason: It helps some.
disagreements:
  - claim: How much it costs.
    accounts:
      - {source: 1, says: little}
      - {source: 1, says: much }
authors: [ada]
tags: [physics]
thread: the-thread
image:
  file: images/dot.png
  alt: A dot
corrections:
  - date: 2026-04-02
    text: It was a dot.
acknowledged:
  - check: bare-address
    reason: It is meant.
---
The text.

More text: www.journal.example.
""",
    SECOND: """\
---
title: A second story
date: 2026-03-31
summary: What came after.
topic: Law
sources:
  - name: The Gazette
    url: null
    note: Read on paper.
---
The text.
""",
    ISSUE: """\
---
number: 1
title: The first issue
date: 2026-04-03
lead: 2026-03-30-first
sections:
  - title: Law
    stories: [second]
links:
  - title: A link
    url: https://link.example/
sponsor:
  name: A sponsor
  url: https://sponsor.example/
  text: Buy a dot.
  image: {file: images/dot.png, alt: A dot}
preheader: What the week brought.
---
Good morning.
""",
    THREAD: "---\ntitle: The thread\nsummary: One subject.\n---\nWhat it is about.\n",
    CURATOR: """\
---
name: Ada
image: {file: images/dot.png, alt: Ada}
links:
  - title: Her page
    url: mailto:ada@example.org
---
Writes.
""",
    PAGE: "---\ntitle: About\nmenu: true\n---\nAbout this briefing.\n",
    PICTURE: png(),
}


SENT = "issues/2026-w14.sent.json"
TOLD = {
    "2026-03-30-first": "51d2f4dcb3feac9809f4c06e3e8455d16ae90c1a27ceec1014ad2581f9bf0102",
    "2026-03-31-second": "0aaab9854fd34d2e52f802c8d3cc504d0e2d1ceaf5897e64b7d036c605cc9593",
}
RECORD: dict[str, object] = {
    "issue": "2026-w14",
    "subject": "The first issue",
    "fingerprint": "0" * 64,
    "transport": "file:x",
    "keeps": "bytes",
    "opened": "2026-04-03T08:00:00Z",
    "finished": "2026-04-03T08:00:00Z",
    "recipients": 1,
    "counts": {"sent": 1, "dead": 0, "suppressed": 0, "unknown": 0},
    "stories": list(TOLD),
    "corrections": [],
    "content_hashes": TOLD,
}


class Said(NamedTuple):
    """A finding: where, and words of what is wrong and of what to do."""

    line: int
    field: str
    what: str
    hint: str
    path: str = f"content/{FIRST}"


class Row(NamedTuple):
    """A mistake. `files`: changed ones, None for one that is left out. `links`: symbolic links and their targets."""

    phrase: str
    files: Mapping[str, str | bytes | None]
    said: tuple[Said, ...]
    settings: str = ""
    links: Mapping[str, str] = {}


def edit(phrase: str, old: str, new: str, *said: Said, file: str = FIRST, settings: str = "") -> Row:
    """A row in which one place of one file is changed."""
    text = str(FILES[file])
    assert text.count(old) == 1, f"`{old}` is not once in {file}"
    located = tuple(one._replace(path=f"content/{file}") for one in said)
    return Row(f"{phrase}: {new.strip()[:40]!r}", {file: text.replace(old, new)}, located, settings)


def body(phrase: str, markdown: str, what: str, hint: str, line: int = 32, settings: str = "") -> Row:
    """A row in which the first story's text is other Markdown."""
    return edit(phrase, "The text.\n", f"{markdown}\n", Said(line, "body", what, hint), settings=settings)


def whole(phrase: str, text: str | bytes, *said: Said) -> Row:
    """A row in which the first story is other bytes."""
    return Row(phrase, {FIRST: text}, said)


def extra(phrase: str, files: Mapping[str, str | bytes], *said: Said) -> Row:
    """A row with further files."""
    return Row(phrase, files, said)


def sent(phrase: str, files: Mapping[str, str | None], *said: Said) -> Row:
    """A row in which the issue has been sent as it was before the change."""
    return Row(phrase, {SENT: json.dumps(RECORD), **files}, said)


def option(phrase: str, source: str, line: int, field: str, what: str, hint: str) -> Row:
    """A row with lines behind the settings, which begin on line 15."""
    return Row(f"{phrase}: {source}", {}, (Said(line, field, what, hint, "pelicanconf.py"),), f"{source}\n")


def made(publication: MakePublication, row: Row) -> Path:
    root = publication(dict.fromkeys(UNUSED), settings=row.settings)
    for name, content in {**FILES, **row.files}.items():
        if content is not None:
            file = root / "content" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    for name, target in row.links.items():
        link = root / "content" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(target)
    return root


UNUSED = ("stories/2026/2026-03-30-a-first-story.md", "stories/2026/2026-03-31-a-second-story.md")


def found_in(root: Path) -> tuple[Problem, ...]:
    try:
        return find_problems(read_library(checked_settings(root)))
    except ProblemsFoundError as found:  # the settings
        return found.problems


REQUIRED = {
    "title": (FIRST, "title: A first story", 1, 2),
    "date": (FIRST, "\ndate: 2026-03-30", 1, 3),
    "summary": (FIRST, "summary: What happened.", 1, 4),
    "topic": (FIRST, "topic: Science", 1, 5),
    "sources.1.name": (FIRST, "- name: The Journal", 7, 7),
    "disagreements.1.claim": (FIRST, "- claim: How much it costs.", 15, 15),
    "disagreements.1.accounts.2.says": (FIRST, ", says: much ", 18, 18),
    "image.file": (FIRST, "file: images/dot.png", 22, 23),
    "corrections.1.date": (FIRST, "- date: 2026-04-02", 26, 26),
    "corrections.1.text": (FIRST, "text: It was a dot.", 26, 27),
    "acknowledged.1.check": (FIRST, "- check: bare-address", 29, 29),
    "acknowledged.1.reason": (FIRST, "reason: It is meant.", 29, 30),
    "number": (ISSUE, "number: 1", 1, 2),
    "title ": (ISSUE, "title: The first issue", 1, 3),
    "date ": (ISSUE, "date: 2026-04-03", 1, 4),
    "lead": (ISSUE, "lead: 2026-03-30-first", 1, 5),
    "sections.1.title": (ISSUE, "- title: Law", 7, 7),
    "sections.1.stories": (ISSUE, "stories: [second]", 7, 8),
    "links.1.title": (ISSUE, "- title: A link", 10, 10),
    "links.1.url": (ISSUE, "url: https://link.example/", 10, 11),
    "sponsor.name": (ISSUE, "name: A sponsor", 12, 13),
    "sponsor.url": (ISSUE, "url: https://sponsor.example/", 12, 14),
    "sponsor.text": (ISSUE, "text: Buy a dot.", 12, 15),
    "title  ": (THREAD, "title: The thread", 1, 2),
    "summary ": (THREAD, "summary: One subject.", 1, 3),
    "name": (CURATOR, "name: Ada", 1, 2),
    "links.1.title ": (CURATOR, "- title: Her page", 5, 5),
    "links.1.url ": (CURATOR, "url: mailto:ada@example.org", 5, 6),
    "title   ": (PAGE, "title: About", 1, 2),
}


def required() -> list[Row]:
    """Each required key left out, and left empty. Spaces behind a key only make it another row."""
    rows = []
    for named, (file, written, above, line) in REQUIRED.items():
        field, key = named.strip(), named.strip().rpartition(".")[2]
        lead, dash, _ = written.rpartition("- ")
        gone = f"{lead}{dash}x: 1" if dash else "" if written.startswith((",", "\n")) else "# gone"
        unknown = (Said(line, f"{field.rpartition('.')[0]}.x", "unknown key", "known keys are"),) if dash else ()
        start = re.match(r"[\s,]*(?:- )?", written)
        empty = f"{start[0] if start else ''}{key}: "
        rows.append(edit(f"no {field}", written, gone, Said(above, field, "is missing", ""), *unknown, file=file))
        rows.append(edit(f"empty {field}", written, empty, Said(line, field, "is empty", ""), file=file))
    return rows


NO_DATE = "write a date such as 2026-03-30"
DATES = [
    ("soon", "`soon` is not a valid date"),
    ("2026-02-31", "`2026-02-31` is not a valid calendar date"),
    ("2026-13-01", "`2026-13-01` is not a valid calendar date"),
    ("2026-03-30T25:00", "`2026-03-30T25:00` does not have a valid time of day"),
    ("2026-03-30T09:30:00+99:00", "does not have a valid time of day"),
    ("30/03/2026", "`30/03/2026` is not a valid date"),
    ("2026-3-30", "`2026-3-30` is not a valid date"),
    ("20260330", "`20260330` is not a valid date"),
    ("2026", "`2026` is not a valid date"),
    ("12:30", "`12:30` is not a valid date"),
    ("March 30, 2026", "`March 30, 2026` is not a valid date"),
    ("[2026-03-30]", "is not a valid date"),
    ("0001-01-01", "`0001-01-01` is not between the years 1000 and 8999"),
]
NO_WEB = "write the complete address: https://..."
NO_LINK = "write https://..."
ADDRESSES = [
    "ftp://journal.example/",
    "javascript:alert(1)",
    "www.journal.example",
    "//journal.example/",
    "https://",
    "https:journal.example",
    "https://journal example/",
    "https://journal.example:99999/",
    "https://[::1/",
    "https://journal.example\\\\@other.example/",
    "mailto:a@b.example",
]
BODY_ADDRESSES = {
    "[a](ftp://x.example/)": "`ftp://x.example/`",
    "[a](javascript:alert(1))": "`javascript:alert(1)`",
    "[a](java&#115;cript:alert(1))": "`javascript:alert(1)`",
    "[a][b]\n\n[b]: JavaScript:alert(1)": "`JavaScript:alert(1)`",
    "<ftp://x.example/>": "`ftp://x.example/`",
    "[a](//x.example/)": "`//x.example/`",
    "[a](https:x.example)": "`https:x.example`",
    "[a](mailto:)": "`mailto:`",
    "[a](https://x\\y.example/)": "`https://x\\y.example/`",
    "<a href='javascript:alert(1)'>a</a>": "`javascript:alert(1)`",
    "<a href='java&Tab;script:alert(1)'>a</a>": "`java script:alert(1)`",
    "<a\nhref='&#106;avascript:alert(1)'>a</a>": "`javascript:alert(1)`",
    "<p\n>\n<a\nhref=vbscript:x>a</a></p>": "`vbscript:x`",
    "![a](data:image/png;base64,AAAA)": "`data:image/png;base64,AAAA`",
}
IMAGES = [
    ("images/none.png", "there is no file content/images/none.png", "add the picture"),
    ("images/DOT.png", "there is no file content/images/DOT.png", "did you mean `images/dot.png`?"),
    ("../dot.png", "`../dot.png` is not a valid path under content/", "write it as images/name.jpg"),
    ("images/../../dot.png", "is not a valid path under content/", "write it as images/name.jpg"),
    ("/etc/dot.png", "`/etc/dot.png` is not a valid path under content/", "write it as images/name.jpg"),
    ("https://x.example/dot.png", "is not a valid path under content/", "write it as images/name.jpg"),
    ("pages/about.md", "`pages/about.md` is not under images/", "move the picture to content/images/"),
    ("images/text.png", "`images/text.png` is not a picture", "use PNG, JPEG, WebP, GIF or AVIF"),
    ("images/empty.png", "`images/empty.png` is empty", "replace it"),
    ("images/cut.png", "`images/cut.png` is damaged", "save it again"),
    ("images/huge.png", "`images/huge.png` has too many pixels", "scale it down"),
    ("images/large.png", "`images/large.png` has too many pixels", "scale it down"),
    ("images/drawn.svg", "`images/drawn.svg` is an SVG file", "set `allow_svg`"),
]
BAD_PICTURES: dict[str, str | bytes] = {
    "images/text.png": "not a picture",
    "images/empty.png": b"",
    "images/cut.png": png()[:-20],
    "images/huge.png": png(60000, 60000, rows=1),
    "images/large.png": png(10000, 10000, rows=1),
    "images/drawn.svg": "<svg viewBox='0 0 2 1'></svg>",
}
YAML = [
    ("title: OpenAI: the end", "contains a colon that YAML reads as a key", 'quote it: title: "OpenAI: the end"'),
    ('title: Say "no": now', "contains a colon that YAML reads as a key", "quote it: title: 'Say \"no\": now'"),
    ("title: 'It's over'", "continues after its closing quote", 'quote it: title: "It\'s over"'),
    ('title: "So" they said', "continues after its closing quote", "quote it: title: "),
    ('title: "So they said', "a quoted text is not closed", "close the quote"),
    ("title: @home", "starts with a character that has a meaning in YAML", 'quote it: title: "@home"'),
    ("title: `code`", "starts with a character that has a meaning in YAML", 'quote it: title: "`code`"'),
    ("title: %s", "starts with a character that has a meaning in YAML", 'quote it: title: "%s"'),
    ("title: [Video] of it", "starts with a character that has a meaning in YAML", 'quote it: title: "[Video] of it"'),
    ("title: - so", "starts with a character that has a meaning in YAML", 'quote it: title: "- so"'),
    ("title: [Video", "begins a list or mapping that is not closed", "close it, or quote the text"),
    ("title: {{ braces }}", "a key is itself a list or mapping", "quote braces"),
    (r'title: "C:\dir"', "contains a backslash that YAML reads as an escape", "single quotes"),
    (r'title: "\ud83d\ude00"', "contains a backslash that YAML reads as an escape", "single quotes"),
    ("title: *anchor", "`*anchor` is a YAML alias", "write the value itself, or quote the text"),
    ("title: !important", "`!important` is a YAML tag", "quote the text"),
    ("title: !!python/object/apply:os.system [x]", "python/object/apply:os` is a YAML tag", "write a plain value"),
    ("title: !!python/name:os.system", "python/name:os.system` is a YAML tag", "write a plain value"),
    ("\ttitle: x", "is indented with a tab", "indent with spaces"),
    ("title: {a: b}", "contains a colon that YAML reads as a key", 'quote it: "a: b"'),
    ("title: [a]", "is a list, not text", "the headline"),
    ("title: |\n  one\n  two", "contains a line break", "write it on one line"),
    *(
        (f"title: {word}", f"`{word}` is the truth value {means} in YAML", f'quote it: "{word}"')
        for word, means in (("No", "false"), ("yes", "true"), ("on", "true"), ("Off", "false"), ("True", "true"))
    ),
    *(
        (f"title: {number}", f"`{number}` is a number in YAML", f'quote it: "{number}"')
        for number in ("2026", "12:30", "1_000", "0x1F", "1.5", ".inf", "0777")
    ),
    (r'title: "a\x00b"', "contains the control character U+0000", "remove it"),
    (r'title: "a\eb"', "contains the control character U+001B", "remove it"),
    (r'title: "a\u2028b"', "contains the control character U+2028", "remove it"),
]
# Texts by their size: each is as long again when it is doubled.
NESTED: dict[str, Callable[[int], str]] = {
    "lists": lambda size: "extra: {a: " + "[" * size,
    "lists and spaces": lambda size: "extra: {a: " + "[ " * size,
    "mappings": lambda size: "extra: " + "{a: " * size,
    "blocks": lambda size: "extra:\n" + "\n".join(" " * depth + " a:" for depth in range(size // 500)),
}
DEEP: dict[str, Callable[[int], str]] = {
    "quotations": lambda size: ">" * size * 3,
    "quotations and spaces": lambda size: "> " * size,
    "lists": lambda size: "\n".join(" " * (depth * 2) + "- a" for depth in range(size // 500)),
    "numbered lists": lambda size: "1. " * size,
    "emphasis": lambda size: "*a **b " * (size // 150) + "c** d*" * (size // 150),
    "raw HTML": lambda size: "<b>" * size,
    "raw HTML in a block": lambda size: "<div>\n" * size,
    "raw HTML on lines of its own": lambda size: "\n\n".join(["<div>"] * (size // 500)),
}
DEEPEST = 30_000
STORY = str(FILES[FIRST])
TWIN = STORY.replace("A first story", "Another").replace("thread: the-thread\n", "")
ROWS = [
    *required(),
    *(edit("a date", "\ndate: 2026-03-30", f"\ndate: {date}", Said(3, "date", what, NO_DATE)) for date, what in DATES),
    edit(
        "a source's date",
        "date: 2026-03-29",
        "date: 2026-02-30",
        Said(10, "sources.1.date", "not a valid calendar date", NO_DATE),
    ),
    edit(
        "an issue's date",
        "date: 2026-04-03",
        "date: 2026-04-31",
        Said(4, "date", "not a valid calendar date", NO_DATE),
        file=ISSUE,
    ),
    edit("unknown key", "title: A first", "titel: x\ntitle: A first", Said(2, "titel", "unknown key", "mean `title`?")),
    edit("unknown key", "title: A first", "x: 1\ntitle: A first", Said(2, "x", "unknown key", "under `extra`")),
    edit(
        "another generator's key",
        "title: A first",
        "category: x\ntitle: A first",
        Said(2, "category", "unknown key", "it is called `topic`"),
    ),
    edit("unknown key", "    title: The", "    tile: The", Said(9, "sources.1.tile", "unknown key", "mean `title`?")),
    edit(
        "unknown key", "  alt: A dot", "  alt: A dot\n  cption: x", Said(25, "image.cption", "unknown key", "caption")
    ),
    edit(
        "unknown topic", "topic: Science", "topic: Sciense", Said(5, "topic", "`Sciense` is not a topic", "`Science`?")
    ),
    edit(
        "unknown topic",
        "topic: Science",
        "topic: Sport",
        Said(5, "topic", "`Sport` is not a topic", "one of Science, Law"),
    ),
    edit(
        "unknown thread", "thread: the-", "thread: a-", Said(21, "thread", "no thread `a-thread`", "mean `the-thread`?")
    ),
    edit(
        "unknown thread",
        "thread: the-thread",
        "thread: x",
        Said(21, "thread", "no thread `x`", "write content/threads/x.md"),
    ),
    edit("unknown curator", "[ada]", "[ada, adda]", Said(19, "authors.2", "no curator `adda`", "mean `ada`?")),
    edit(
        "unknown curator",
        "tags:",
        "reviewed_by: bob\ntags:",
        Said(20, "reviewed_by", "no curator `bob`", "curators/bob.md"),
    ),
    edit(
        "unknown story",
        "lead: 2026-03-30-first",
        "lead: frist",
        Said(5, "lead", "no story `frist`", "`first`?"),
        file=ISSUE,
    ),
    edit(
        "unknown story",
        "[second]",
        "[second, x]",
        Said(8, "sections.1.stories.2", "no story `x`", "file's name"),
        file=ISSUE,
    ),
    edit(
        "unknown story", "tags:", "translation_of: x\ntags:", Said(20, "translation_of", "no story `x`", "file's name")
    ),
    edit(
        "unknown source",
        "source: 1, says: much ",
        "source: 2, says: much ",
        Said(18, "disagreements.1.accounts.2.source", "no source 2", "from 1"),
    ),
    edit(
        "no source",
        "sources:\n  - name: The Gazette\n    url: null\n    note: Read on paper.\n",
        "",
        Said(1, "sources", "is missing", "one or more sources"),
        file=SECOND,
    ),
    edit(
        "no source",
        "sources:\n  - name: The Gazette\n    url: null\n    note: Read on paper.\n",
        "sources: []\n",
        Said(6, "sources", "is empty", "one or more sources"),
        file=SECOND,
    ),
    edit(
        "no source",
        "sources:\n  - name: The Gazette\n    url: null\n    note: Read on paper.\n",
        "sources: The Gazette\n",
        Said(6, "sources", "is text, not a list", "after `- `"),
        file=SECOND,
    ),
    edit(
        "a source without url",
        '    url: "https://journal.example/first"\n',
        "",
        Said(7, "sources.1.url", "is missing", "or null with a `note`"),
    ),
    edit(
        "a source with neither",
        "    note: Read on paper.\n",
        "",
        Said(8, "sources.1.url", "neither address nor note", "say in `note`"),
        file=SECOND,
    ),
    *(
        edit(
            "a source's address",
            '"https://journal.example/first"',
            f'"{url}"',
            Said(8, "sources.1.url", "is not a valid http(s) address", NO_WEB),
        )
        for url in ADDRESSES
    ),
    *(
        edit(
            "a link's address",
            "url: https://link.example/",
            f'url: "{url}"',
            Said(11, "links.1.url", "is not a valid http(s) or mailto address", NO_WEB),
            file=ISSUE,
        )
        for url in [*ADDRESSES[:-1], "mailto:"]
    ),
    *(
        body("a link in a text", markdown, what, NO_LINK, line)
        for (markdown, what), line in zip(BODY_ADDRESSES.items(), [*[32] * 12, 34, 32], strict=True)
    ),
    body("a link in a text", "[a](www.x.example)", "`www.x.example` is not a valid address", "https://..."),
    body("a link in a text", "[a](about.md)", "`about.md` is not a valid address", "write {filename}/stories/..."),
    body("a link in a text", "[a]({filename}none.md)", "there is no content/stories/2026/none.md", "mend the link"),
    body("a link in a text", "[a](/none/)", "no page will be at /none/", "mend the link"),
    body("a link in a text", "[a](#none)", "there is no heading `#none`", "mend the link"),
    edit(
        "a correction that is half minor",
        "    text: It was a dot.",
        "    text: It was a dot.\n    minor: perhaps",
        Said(28, "corrections.1.minor", "`perhaps` is neither true nor false", "write true or false"),
    ),
    sent(
        "an edit of a story that was sent",
        {FIRST: STORY.replace("The text.", "Another text.")},
        Said(25, "corrections", "has changed since 2026-w14 went out", "dated 2026-04-03 or later, with `minor: true`"),
    ),
    sent(
        "a story that was sent is gone",
        {FIRST: None},
        Said(5, "lead", "readers have `2026-03-30-first`", "restore its file from git", f"content/{ISSUE}"),
    ),
    sent(
        "a story that was sent has another name",
        {SECOND: None, SECOND.replace("second", "other"): str(FILES[SECOND])},
        Said(1, "", "as `2026-03-31-second`", "name the file", f"content/{SECOND.replace('second', 'other')}"),
    ),
    sent(
        "a story that was sent is a draft",
        {FIRST: STORY.replace("kind: main", "kind: main\nstatus: draft")},
        Said(12, "status", "is a draft, and readers have it with 2026-w14", "write `hidden`"),
    ),
    sent(
        "a story that was sent left its issue",
        {ISSUE: re.sub(r"sections:.*?links", "links", str(FILES[ISSUE]), flags=re.DOTALL)},
        Said(5, "lead", "`2026-03-31-second` went out with it", "name it again", f"content/{ISSUE}"),
    ),
    sent(
        "a story that was sent went to another issue",
        {
            ISSUE: re.sub(r"sections:.*?links", "links", str(FILES[ISSUE]), flags=re.DOTALL),
            "issues/2026-w15.md": "---\nnumber: 2\ntitle: T\ndate: 2026-04-10\nlead: second\n---\nText.\n",
        },
        Said(5, "lead", "`2026-03-31-second` was sent with 2026-w14", "move it back", "content/issues/2026-w15.md"),
    ),
    sent(
        "an issue that was sent is a draft",
        {ISSUE: str(FILES[ISSUE]).replace("number: 1", "number: 1\nstatus: draft")},
        Said(3, "status", "is a draft, and readers have it", "write `published`", f"content/{ISSUE}"),
    ),
    edit(
        "sentiment without reason",
        "sentiment_reason: It helps some.\n",
        "",
        Said(1, "sentiment_reason", "gives the reason", "say in a sentence why it is mixed"),
    ),
    edit(
        "reason without sentiment",
        "sentiment: mixed\n",
        "",
        Said(1, "sentiment", "there is a `sentiment_reason`", "write the sentiment"),
    ),
    edit(
        "no such sentiment",
        "sentiment: mixed",
        "sentiment: nuetral",
        Said(12, "sentiment", "`nuetral` is not `positive`", "mean `neutral`?"),
    ),
    edit(
        "no such kind", "kind: main", "kind: Mian", Said(11, "kind", "`Mian` is not `main` or `brief`", "mean `main`?")
    ),
    edit("an empty choice", "kind: main", "kind:", Said(11, "kind", "is empty", "or remove the key")),
    Row(
        "a story in two issues",
        {"issues/2026-w15.md": str(FILES[ISSUE]).replace("number: 1", "number: 2").replace("04-03", "04-10")},
        (
            Said(
                5, "lead", f"in content/{ISSUE} already", "a story belongs to one issue", "content/issues/2026-w15.md"
            ),
            Said(8, "sections.1.stories.1", f"in content/{ISSUE} already", "remove it", "content/issues/2026-w15.md"),
        ),
    ),
    edit(
        "a story twice in an issue",
        "[second]",
        "[second, first]",
        Said(8, "sections.1.stories.2", "`2026-03-30-first` is twice in this issue", "remove it"),
        file=ISSUE,
    ),
    Row(
        "a number twice",
        {
            "issues/2026-w15.md": "---\nnumber: 1\ntitle: X\ndate: 2026-04-10\nlead: 2026-04-07-x\n---\n",
            "stories/2026/2026-04-07-x.md": TWIN.replace("-03-30", "-04-07").replace("04-02", "04-08"),
        },
        (Said(2, "number", f"1 is the number of content/{ISSUE} already", "write 2", "content/issues/2026-w15.md"),),
    ),
    extra(
        "one identity",
        {"stories/2026-03-30-first.md": TWIN},
        Said(1, "", "has the same name as content/stories/2026-03-30-first.md", "rename one of them"),
    ),
    extra(
        "one address",
        {"pages/issues.md": FILES[PAGE]},
        Said(
            1,
            "",
            "the address /issues/ is taken by the archive of issues",
            "rename the file",
            "content/pages/issues.md",
        ),
    ),
    extra(
        "one address",
        {"static/about/index.html": "x"},
        Said(
            1,
            "",
            f"the address /about/ is taken by content/{PAGE}",
            "rename the file",
            "content/static/about/index.html",
        ),
    ),
    extra(
        "one address",
        {"static/index.html": "x"},
        Said(1, "", "the address / is taken by the home page", "rename the file", "content/static/index.html"),
    ),
    extra(
        "one address",
        {"static/stories": "x"},
        Said(
            1, "", "the address /stories is taken by a folder of the site", "rename the file", "content/static/stories"
        ),
    ),
    *(
        edit("an image", "file: images/dot.png", f"file: {file}", Said(23, "image.file", what, hint))._replace(
            files={**BAD_PICTURES, FIRST: STORY.replace("file: images/dot.png", f"file: {file}")}
        )
        for file, what, hint in IMAGES
    ),
    edit(
        "an image without alt",
        "  alt: A dot\n",
        "",
        Said(22, "image.alt", "is missing", 'what it shows, for readers who do not see it; "" if'),
    ),
    edit(
        "a sponsor's image",
        "images/dot.png",
        "images/none.png",
        Said(16, "sponsor.image.file", "there is no file content/images/none.png", "add the picture"),
        file=ISSUE,
    ),
    edit(
        "a curator's image",
        "images/dot.png",
        "images/none.png",
        Said(3, "image.file", "there is no file content/images/none.png", "add the picture"),
        file=CURATOR,
    ),
    body("an image in a text", "![]({static}/images/dot.png)", "a picture has no alternative text", "describe it"),
    body(
        "an image in a text",
        "![ ]({static}/images/dot.png)",
        "a picture has no alternative text",
        "describe it",
    ),
    body(
        "an image in a text",
        '<img src="{static}/images/dot.png">',
        "a picture has no alternative text",
        'write alt="..."',
    ),
    body("an image in a text", '<img alt="a">', "a picture has no address", "write src="),
    body(
        "an image in a text",
        "![a]({static}/images/none.png)",
        "there is no file content/images/none.png",
        "add the picture",
    ),
    body(
        "an image in a text",
        "![a]({static}/../dot.png)",
        "`/../dot.png` leads out of content/",
        "link to a file under content/",
    ),
    body(
        "an image in a text",
        "![a]({static}../../../../etc/dot.png)",
        "leads out of content/",
        "link to a file under content/",
    ),
    body(
        "a remote picture",
        "![a](https://x.example/a.png)",
        "the picture `https://x.example/a.png` is not under content/",
        "put the picture into content/images/",
    ),
    body(
        "a remote picture",
        "<img src=https://x.example/a.png alt=a>",
        "the picture `https://x.example/a.png` is not under content/",
        "put the picture",
    ),
    Row(
        "an SVG in a text",
        {
            FIRST: STORY.replace("The text.", "![a]({static}/images/drawn.svg)"),
            "images/drawn.svg": BAD_PICTURES["images/drawn.svg"],
        },
        (Said(32, "body", "`images/drawn.svg` is an SVG file", "set `allow_svg`"),),
    ),
    *(edit("YAML", "title: A first story", line, Said(2, "title", what, hint)) for line, what, hint in YAML),
    edit(
        "YAML",
        "topic: Science",
        "topic: No",
        Said(5, "topic", "`No` is the truth value false in YAML", 'quote it: "No"'),
    ),
    edit(
        "YAML before what a rule asks for",
        "sentiment_reason: It helps some.",
        "why_it_matters: It\n  does: so\nsentiment_reason: It helps some.",
        Said(14, "does", "continues the text above it, and contains a colon", "align this key with the others"),
    ),
    edit(
        "YAML within what a rule asks for",
        "sentiment_reason: It helps some.",
        " sentiment_reason: It helps some.",
        Said(
            13,
            "sentiment_reason",
            "continues the text above it, and contains a colon",
            "align this key with the others",
        ),
    ),
    edit(
        "YAML",
        "[physics]",
        "[physics, no]",
        Said(20, "tags.2", "`no` is the truth value false in YAML", 'quote it: "no"'),
    ),
    edit(
        "YAML",
        "summary: What happened.",
        "   summary: x",
        Said(4, "summary", "continues the text above it, and contains a colon", "align this key with the others"),
    ),
    edit(
        "YAML",
        "title: A first story",
        " title: A first story",
        Said(3, "date", "is not aligned with the keys above it", "align it"),
    ),
    edit("YAML", "[physics]", "[physics", Said(20, "tags", "begins a list or mapping that is not closed", "close it")),
    edit(
        "duplicate keys",
        "title: A first story",
        "title: x\ntitle: y",
        Said(3, "title", "`title` appears twice (first on line 2)", "remove one"),
    ),
    edit(
        "duplicate keys",
        "    title: The",
        "    name: x\n    title: The",
        Said(9, "sources.1.name", "`name` appears twice (first on line 7)", "remove one"),
    ),
    edit(
        "a control character in a key",
        "title: A first",
        '"a\\x1b": x\ntitle: A first',
        Said(2, "a\ufffd", "contains the control character U+001B", "remove it"),
    ),
    whole("no mapping", "---\n- a\n- b\n---\n", Said(2, "", "the front matter is a list", "write `key: value` lines")),
    whole(
        "no mapping",
        "---\njust text\n---\n",
        Said(2, "", "the front matter is not a mapping: `just text`", "write `key: value` lines"),
    ),
    whole("no front matter", "Just text.\n", Said(1, "", "has no front matter", "start the file with")),
    whole("a blank line first", "\n" + STORY, Said(1, "", "begins with a blank line", "start the file with")),
    whole(
        "an unclosed fence",
        STORY.replace("\n---\n", "\n"),
        Said(1, "", "the front matter is not closed", "add a line ---"),
    ),
    whole("an empty file", "", Said(1, "", "is empty", "write it, or delete the file")),
    whole("an empty file", "\ufeff \r\n\t\n", Said(1, "", "is empty", "write it, or delete the file")),
    whole("over 1 MiB", STORY + "a" * 1024 * 1024, Said(1, "", "is larger than 1 MiB", "split the file")),
    whole(
        "not UTF-8",
        STORY.encode() + b"caf\xe9\n",
        Said(35, "", "is not UTF-8: byte 0xE9 at column 4", "save the file as UTF-8"),
    ),
    whole(
        "not UTF-8",
        STORY.encode("utf-16"),
        Said(1, "", "is not UTF-8: byte 0xFF at column 1", "save the file as UTF-8"),
    ),
    *(
        whole(
            "a control character",
            STORY + f"ab{sign}c\n",
            Said(35, "", f"contains the control character U+{ord(sign):04X} at column 3", "remove it"),
        )
        for sign in "\0\x08\x0b\x0c\x1b\x7f\x85\x9f\u2028\ufffe"
    ),
    whole(
        "a control character",
        STORY.replace("A first", "é\x08"),
        Said(2, "", "contains the control character U+0008 at column 9", "remove it"),
    ),
    *(
        body("a control character", entity, f"an entity stands for the control character U+{number}", "remove it")
        for entity, number in (
            ("a &#1; b", "0001"),
            ("&#x1E;", "001E"),
            ("a&#x2028;", "2028"),
            ("<b title='&#30;'>a</b>", "001E"),
            ("[a](/about/ '&#30;')", "001E"),
        )
    ),
    edit(
        "an alias bomb",
        "tags:",
        "extra:\n  a: &a [x, x]\n  b: &b [*a, *a]\ntags:",
        *(Said(22, f"extra.b.{n}", "`*a` is a YAML alias", "write the value itself") for n in (1, 2)),
    ),
    *(
        whole(
            f"deep YAML: {name}",
            f"---\n{text_of(DEEPEST)}\n---\n",
            Said(
                34 if name == "blocks" else 2,
                "extra" + (".a" + (".1" * 30) if name.startswith("lists") else ".a" * 31),
                "nests deeper than 32 levels",
                "flatten it",
            ),
        )
        for name, text_of in NESTED.items()
    ),
    Row(
        "a link out of content/",
        {},
        (Said(1, "", "is a symbolic link that leads out of content/", "copy the file here", "content/stories/x.md"),),
        links={"stories/x.md": "/etc/hostname"},
    ),
    Row(
        "a link out of content/",
        {},
        (Said(1, "", "is a symbolic link that leads out of content/", "copy the file here", "content/stories/2025"),),
        links={"stories/2025": "/etc"},
    ),
    Row(
        "a link out of content/",
        {},
        (Said(1, "", "is a symbolic link that leads out of content/", "copy the file here", "content/images/x.png"),),
        links={"images/x.png": "../../pelicanconf.py"},
    ),
    Row(
        "a link to nowhere",
        {},
        (Said(1, "", "is not a regular file", "delete it", "content/stories/x.md"),),
        links={"stories/x.md": "none.md"},
    ),
    Row(
        "a link to itself",
        {},
        (Said(1, "", "cannot be read", "delete it", "content/stories/x.md"),),
        links={"stories/x.md": "x.md"},
    ),
    Row(
        "a link to a folder",
        {},
        (Said(1, "", "is a symbolic link to a folder", "move the files here", "content/stories/x"),),
        links={"stories/x": "2026"},
    ),
    extra(
        "no slug",
        {"stories/2026/2026-03-30-a..b.md": TWIN},
        Said(
            1,
            "",
            "`a..b` is not a valid slug",
            "rename it 2026-03-30-a-b.md",
            "content/stories/2026/2026-03-30-a..b.md",
        ),
    ),
    extra(
        "no slug",
        {"stories/2026/2026-02-30-x.md": TWIN},
        Said(1, "", "named YYYY-MM-DD-slug.md", "rename it 2026-03-30-", "content/stories/2026/2026-02-30-x.md"),
    ),
    extra(
        "no slug",
        {"stories/x.md": TWIN},
        Said(1, "", "named YYYY-MM-DD-slug.md", "rename it 2026-03-30-x.md", "content/stories/x.md"),
    ),
    extra(
        "no slug",
        {"pages/a b.md": FILES[PAGE]},
        Said(1, "", "`a b` cannot stand in an address", "rename it a-b.md", "content/pages/a b.md"),
    ),
    extra(
        "a control character in a name",
        {"pages/a\nb.md": FILES[PAGE]},
        Said(1, "", "has a name that contains a control character", "rename it", "content/pages/a\ufffdb.md"),
    ),
    extra(
        "a stray",
        {"stories/x.txt": "x"},
        Said(1, "", "is not in a folder from which pages are made", "move it to one of", "content/stories/x.txt"),
    ),
    extra(
        "apart by case",
        {"stories/2026/2026-03-30-First.md": TWIN},
        Said(
            1,
            "",
            "`First` is not a valid slug",
            "rename it 2026-03-30-first.md",
            "content/stories/2026/2026-03-30-First.md",
        ),
        Said(1, "", "only by case or Unicode form", "rename one"),
    ),
    extra(
        "apart by case",
        {"images/Dot.png": png()},
        Said(
            1,
            "",
            "the address /images/dot.png is taken by content/images/Dot.png",
            "rename the file",
            f"content/{PICTURE}",
        ),
    ),
    extra(
        "apart by Unicode form",
        {"static/caf\u00e9.txt": "x", "static/cafe\u0301.txt": "x"},
        Said(1, "", "is taken by content/static/cafe\u0301.txt", "rename the file", "content/static/caf\u00e9.txt"),
    ),
    *(
        edit(
            "a path",
            "[physics]",
            f"[physics]\naliases: ['{alias}']",
            Said(21, "aliases.1", what, hint),
        )
        for alias, what, hint in (
            *(
                (alias, "is not a valid address on this site", "write it as /old/address/")
                for alias in (
                    "old",
                    "//x.example/",
                    "/../old",
                    "/a/../b",
                    "/%2e%2e/old",
                    "/a//b",
                    "/a?b=c",
                    "/a#b",
                    "/a b",
                    "/a\\b",
                    "/./a",
                    "https://x.example/",
                )
            ),
            ("/%00", "contains U+0000, a control character", "remove it"),
            ("/a%E2%80%AEb", "contains U+202E, a character that changes", "remove it"),
        )
    ),
    *(
        edit(
            "an alias that meets",
            "[physics]",
            f"[physics]\naliases: ['{alias}']",
            Said(21, "aliases.1", f"is taken by {taken}", "choose another address"),
        )
        for alias, taken in (
            ("/about/", f"content/{PAGE}"),
            ("/about/index.html", f"content/{PAGE}"),
            ("/ABOUT/", f"content/{PAGE}"),
            ("/", "the home page"),
            ("/index.html", "the home page"),
            ("/stories/2026-03-31-second/", f"content/{SECOND}"),
            ("/issues/2026-w14/", f"content/{ISSUE}"),
            ("/threads/the-thread", f"content/{THREAD}"),
            ("/curators/ada/", f"content/{CURATOR}"),
            ("/topics/law/", "the topic Law"),
            ("/tags/physics/", "the tag physics"),
            ("/sources/the-journal/", "the source The Journal"),
            ("/weeks/2026-w14/", "the week 2026-w14"),
            ("/page/2/", "the further pages of the home page"),
            ("/topics/law/page/12/", "the further pages of the topic Law"),
            ("/topics/", "the list of topics"),
            ("/feeds/all.atom.xml", "a feed"),
            ("/sitemap.xml", "the sitemap"),
            ("/404.html", "the 404 page"),
            ("/images/dot.png", f"content/{PICTURE}"),
        )
    ),
    edit(
        "an alias that meets",
        "[physics]",
        "[physics]\naliases: [/a/, /a, /A/]",
        *(Said(21, f"aliases.{n}", f"is taken by an alias of content/{FIRST}", "choose another") for n in (2, 3)),
    ),
    edit(
        "one slug",
        "[physics]",
        "[C, C++, 'C#']",
        *(
            Said(20, f"tags.{n}", f"the tags `{name}` and `C` share the address `/tags/c/`", "in BRIEFING's `slugs`")
            for n, name in ((2, "C++"), (3, "C#"))
        ),
    ),
    edit(
        "one slug",
        "[physics]",
        "[physics, Physics]",
        Said(20, "tags.2", "`Physics` and `physics` share the address", "write one name everywhere"),
    ),
    edit("no slug", "[physics]", "['+++']", Said(20, "tags.1", "the tag `+++` makes an empty address", "in `slugs`")),
    edit(
        "one slug",
        "The Gazette",
        "the journal",
        Said(
            7,
            "sources.1.name",
            "`the journal` and `The Journal` share the address `/sources/the-journal/`",
            "write one name",
        ),
        file=SECOND,
    ),
    edit(
        "no slug",
        "The Gazette",
        "'???'",
        Said(7, "sources.1.name", "the source `???` makes an empty address", "name it with letters"),
        file=SECOND,
    ),
    Row(
        "one slug",
        {},
        (
            Said(7, "BRIEFING.topics.4", "`C++` and `C` share the address `c`", "in `slugs`", "pelicanconf.py"),
            Said(7, "BRIEFING.topics.5", "`C#` and `C` share the address `c`", "in `slugs`", "pelicanconf.py"),
            Said(7, "BRIEFING.topics.6", "`+++` makes an empty address", "in `slugs`", "pelicanconf.py"),
        ),
        'BRIEFING["topics"] = ["Science", "Law", "C", "C++", "C#", "+++"]\n',
    ),
]

SETTINGS = [
    option(
        "unknown", 'BRIEFING["toppics"] = []', 5, "BRIEFING.toppics", "is an unknown setting", "did you mean `topics`?"
    ),
    option(
        "unknown",
        'BRIEFING["email"]["sendr"] = ""',
        8,
        "BRIEFING.email.sendr",
        "is an unknown setting",
        "mean `sender`?",
    ),
    option(
        "unknown", 'BRIEFING["x"] = 1', 5, "BRIEFING.x", "is an unknown setting", "the known settings are tagline, "
    ),
    option(
        "wrong type", 'BRIEFING["topics"] = "Law"', 7, "BRIEFING.topics", "'Law': input should be a valid list", "names"
    ),
    option("wrong type", 'BRIEFING["topics"] = ["Law", 3]', 7, "BRIEFING.topics.2", "3: input should be", "settings"),
    option(
        "wrong type",
        'BRIEFING["page_size"] = "20"',
        5,
        "BRIEFING.page_size",
        "'20': input should be",
        "how many stories",
    ),
    option(
        "wrong type",
        'BRIEFING["page_size"] = True',
        5,
        "BRIEFING.page_size",
        "True: input should be",
        "how many stories",
    ),
    option("wrong type", 'BRIEFING["allow_svg"] = 1', 5, "BRIEFING.allow_svg", "1: input should be", "SVG"),
    option("wrong type", "BRIEFING = 3", 15, "BRIEFING", "3: input should be", "settings"),
    option("wrong type", "SITENAME = None", 15, "SITENAME", "None: input should be", "settings"),
    option("wrong type", "OUTPUT_RETENTION = 'x'", 15, "OUTPUT_RETENTION", "'x': input should be", "settings"),
    option(
        "out of range", 'BRIEFING["page_size"] = 0', 5, "BRIEFING.page_size", "0: input should be", "how many stories"
    ),
    option("no colour", 'BRIEFING["brand"] = {"ink": "red"}', 5, "BRIEFING.brand.ink", "'red'", "hexadecimal digits"),
    option("no topic", 'BRIEFING["topics"] = []', 7, "BRIEFING.topics", "at least 1 item", "names that a story's"),
    option("no topics", "del BRIEFING", 7, "BRIEFING.topics", "is missing", "names that a story's"),
    option("no name", "SITENAME = ''", 15, "SITENAME", "at least 1 character", "settings"),
    option(
        "no address", "SITEURL = 'ftp://x.example'", 15, "SITEURL", "is not a valid site address", "https://host/path"
    ),
    option(
        "no address",
        "SITEURL = 'https://x.example/?a'",
        15,
        "SITEURL",
        "is not a valid site address",
        "https://host/path",
    ),
    option(
        "no address",
        "SITEURL = 'https://x.example/../a'",
        15,
        "SITEURL",
        "is not a valid site address",
        "https://host/path",
    ),
    option("no zone", "TIMEZONE = 'Mars'", 15, "TIMEZONE", "`Mars` is not a valid time zone", "such as Europe/London"),
    option(
        "no zone",
        "TIMEZONE = 'localtime'",
        15,
        "TIMEZONE",
        "`localtime` is not a valid time zone",
        "such as Europe/London",
    ),
    option(
        "no zone", "TIMEZONE = '../../etc/passwd'", 15, "TIMEZONE", "is not a valid time zone", "such as Europe/London"
    ),
    option("no language", "DEFAULT_LANG = 'English, UK'", 15, "DEFAULT_LANG", "should match", "such as en or pt-BR"),
    option("a line break", "SITENAME = 'a\\nb'", 15, "SITENAME", "contains a control character", "settings"),
    option(
        "a path",
        'BRIEFING["slugs"] = {"C": "../c"}',
        5,
        "BRIEFING.slugs.C",
        "`../c` is not a valid address part",
        "write `c`",
    ),
    option(
        "no slug",
        'BRIEFING["slugs"] = {"C": ""}',
        5,
        "BRIEFING.slugs.C",
        "`` is not a valid address part",
        "letters, digits",
    ),
    option(
        "no link",
        'BRIEFING["menu"] = {"x": "javascript:x"}',
        5,
        "BRIEFING.menu.x",
        "is not a valid address",
        "https://",
    ),
    option(
        "no link", 'BRIEFING["menu"] = {"x": "//x.example"}', 5, "BRIEFING.menu.x", "is not a valid address", "https://"
    ),
    option(
        "no mailbox",
        'BRIEFING["email"]["sender"] = "me"',
        8,
        "BRIEFING.email.sender",
        "`me` is not a valid address",
        "Name <",
    ),
    option("no such folder", "PATH = 'none'", 15, "PATH", "there is no folder `none`", "create it"),
    option(
        "no such theme",
        "THEME = 'none'",
        15,
        "THEME",
        "there is no folder `none` that contains `templates`",
        "create it",
    ),
    option(
        "over the sources",
        "OUTPUT_PATH = 'content'",
        15,
        "OUTPUT_PATH",
        "is a folder with another purpose",
        "such as output",
    ),
    option(
        "over the sources",
        "OUTPUT_PATH = '.'",
        15,
        "OUTPUT_PATH",
        "is a folder with another purpose",
        "such as output",
    ),
    option("no plugin", "PLUGINS = []", 15, "PLUGINS", "does not contain `briefing`", 'PLUGINS = ["briefing"]'),
    option("no Python", "x = (", 15, "", "is not valid Python", "correct the line"),
    option("it fails", "1 / 0", 15, "", "fails with ZeroDivisionError: division by zero", "correct the line"),
    option("it stops", "raise SystemExit(0)", 15, "", "fails with SystemExit", "correct the line"),
]


def name_of(row: Row) -> str:
    return re.sub(r"[^\x21-\x7e]+", " ", row.phrase)


@pytest.mark.parametrize("row", [*ROWS, *SETTINGS], ids=name_of)
def test_each_mistake_gets_its_line_and_no_other(publication: MakePublication, row: Row) -> None:
    found = errors_of(found_in(made(publication, row)))
    places = [(problem.path, problem.line, problem.field) for problem in found]
    assert sorted(places) == sorted((one.path, one.line, one.field) for one in row.said), found
    for problem in found:
        said = [
            one for one in row.said if (one.path, one.line, one.field) == (problem.path, problem.line, problem.field)
        ]
        assert any(one.what in problem.what and one.hint in problem.hint for one in said), str(problem)
        assert re.fullmatch(r"[^:]+:\d+: [^\x00-\x1f]+; [^\x00-\x1f]+", str(problem)), repr(str(problem))


@pytest.mark.parametrize("row", ROWS[::9], ids=name_of)
def test_a_mistake_stops_the_build_before_anything_is_rendered(publication: MakePublication, row: Row) -> None:
    settings = publication_settings.load(made(publication, row))
    with pytest.raises(ProblemsFoundError):
        open_edition(settings, TODAY)


def test_the_files_of_the_table_are_fine(publication: MakePublication) -> None:
    assert found_in(made(publication, Row("", {}, ()))) == ()


def cost_grows_with_length(root: Path, text_of: Callable[[int], str], size: int) -> list[Problem]:
    """The problems of the longer of two texts, after looking that four times the length costs less than ten times.

    What grows with the square of the length costs sixteen times as much; how fast the machine is plays no part.
    """
    costs: dict[int, float] = {}
    found: list[Problem] = []
    for length in (size // 4, size, size // 4, size):
        (root / "content" / FIRST).write_text(text_of(length), encoding="utf-8")
        begun = time.process_time()
        found = [*errors_of(found_in(root))]
        costs[length] = min(costs.get(length, math.inf), time.process_time() - begun)
    assert costs[size] < 10 * costs[size // 4], costs
    return found


@pytest.mark.parametrize("name", [*(f"YAML {name}" for name in NESTED), *(f"Markdown {name}" for name in DEEP)])
def test_deep_nesting_is_refused_at_once(publication: MakePublication, name: str) -> None:
    kind, _, which = name.partition(" ")

    def text_of(size: int) -> str:
        return f"---\n{NESTED[which](size)}\n---\n" if kind == "YAML" else STORY.replace("The text.", DEEP[which](size))

    found = cost_grows_with_length(made(publication, Row("", {}, ())), text_of, DEEPEST)
    assert any("nests deeper than 32 levels" in problem.what for problem in found), found


FLAT: dict[str, Callable[[int], str]] = {
    "brackets": lambda size: "[" * size,
    "pictures begun": lambda size: "![" * size,
    "brackets within brackets": lambda size: "[[" * size + "]]" * size,
    "emphasis begun": lambda size: "*a _b " * size,
    "code begun": lambda size: " ".join("`" * length for length in range(math.isqrt(12 * size))),
    "signs": lambda size: "<" * size * 3,
    "tags begun": lambda size: "<a " * size,
    "headings": lambda size: "## a\n\n" * (size // 3),
    "headings with numbers": lambda size: "".join(f"## a {number % 50}\n\n" for number in range(size // 6)),
    "footnotes": lambda size: "".join(f"[^{number}]: x [^{number + 1}]\n\n" for number in range(size // 15)),
    "entities": lambda size: "&amp;" * size,
    "closing tags": lambda size: "</b>" * size,
    "crossed tags": lambda size: "<b></i>" * size,
    "attributes": lambda size: "<b " + "a=1 " * size + ">",
    "comments": lambda size: "<!--" * size,
    "links": lambda size: "[a](https://x.example/) " * (size // 3),
}


@pytest.mark.parametrize("name", FLAT)
def test_no_text_takes_longer_than_its_length_explains(publication: MakePublication, name: str) -> None:
    cost_grows_with_length(
        made(publication, Row("", {}, ())), lambda size: STORY.replace("The text.", FLAT[name](size)), 20_000
    )


FINE_TITLES = {
    "emoji": "🎉 A party 👩‍👩‍👧",
    "right to left": "قصة أولى",
    "Hebrew": "סיפור ראשון",
    "Chinese": "第一个故事",
    "Japanese": "最初の話",
    "script": '"<script>alert(1)</script>"',
    "quotes": "'She said \"no\" & it''s over'",
    "braces": "'{{ 7 * 7 }} {% raw %} ${x}'",
    "per cent": "100 % of %s and %(x)d",
    "hash": "C# and F#",
    "colon without space": "Re:view 12:30 today",
    "an em dash": "One \u2014 two",
}
FINE_DATES = ["2026-03-30", "'2026-03-30'", "2026-03-30 09:30", "2026-03-30T09:30:00", "2026-03-30T09:30Z",
              "2026-03-30T09:30:00+02:00", "2026-03-30 09:30:00 +02:00", "2026-03-30T09:30:00.123456-05:00"]  # fmt: skip
FINE_TEXTS: dict[str, bytes] = {
    "BOM": b"\xef\xbb\xbf" + STORY.encode(),
    "CRLF": STORY.replace("\n", "\r\n").encode(),
    "CR": STORY.replace("\n", "\r").encode(),
    "BOM and CRLF": b"\xef\xbb\xbf" + STORY.replace("\n", "\r\n").encode(),
    "no line end": STORY.rstrip().encode(),
    "spaces behind fences": STORY.replace("---\n", "--- \n").encode(),
    "no text": STORY.partition("\nThe text.")[0].partition("acknowledged:")[0].encode() + b"---\n",
    "rules in the text": (STORY + "\n---\n\nMore.\n\n---\n").encode(),
    "comments": STORY.replace("kind: main", "# a comment\nkind: main  # and one").encode(),
    "a megabyte": STORY.encode() + b"a " * ((1024 * 1024 - len(STORY.encode())) // 2),
    "templates": (STORY + "\n{{ 7 * 7 }} {% raw %} %s {filename} <script\\>\n").encode(),
    "HTML": (STORY + '\n<p lang="en">H<sub>2</sub>O<br>x <!-- y --></p>\n\n<ul><li>a<li>b</ul>\n').encode(),
    "HTML told of": (STORY + '\n`<a href="x">` and href="y" src="z"\n\n    <img src="q">\n').encode(),
}


@pytest.mark.parametrize("title", FINE_TITLES.values(), ids=FINE_TITLES)
def test_any_writing_makes_a_title(publication: MakePublication, title: str) -> None:
    root = made(publication, Row("", {FIRST: STORY.replace("A first story", title)}, ()))
    settings = publication_settings.load(root)
    assert rehearse(settings) == ()
    assert "<script>" not in "".join(story.body.html for story in read_library(settings).stories)


@pytest.mark.parametrize("date", FINE_DATES)
def test_dates_may_have_a_time_and_a_zone(publication: MakePublication, date: str) -> None:
    root = made(publication, Row("", {FIRST: STORY.replace("\ndate: 2026-03-30", f"\ndate: {date}")}, ()))
    assert found_in(root) == ()
    story = read_library(publication_settings.load(root)).story_by_id["2026-03-30-first"]
    assert story.date.utcoffset() == dt.timedelta(hours=1), "summer time in London"
    assert story.date.date() == dt.date(2026, 3, 30)


@pytest.mark.parametrize("text", FINE_TEXTS.values(), ids=FINE_TEXTS)
def test_any_form_of_text_is_read(publication: MakePublication, text: bytes) -> None:
    root = made(publication, Row("", {FIRST: text}, ()))
    settings = publication_settings.load(root)
    assert rehearse(settings) == ()
    assert read_library(settings).story_by_id["2026-03-30-first"].title == "A first story"


@pytest.mark.parametrize("slug", ["第一个故事", "最初の話", "قصة-أولى", "größe", "a-1"])
def test_a_slug_may_be_of_any_script(publication: MakePublication, slug: str) -> None:
    name = f"stories/2026/2026-03-30-{slug.replace('ö', 'o').replace('ß', 'ss')}.md"
    assert found_in(made(publication, Row("", {name: TWIN}, ()))) == ()


def test_settings_allow_remote_pictures_and_svg(publication: MakePublication) -> None:
    pictures = "![a](https://x.example/a.png)\n\n![b]({static}/images/drawn.svg)\n"
    row = Row(
        "",
        {FIRST: STORY.replace("The text.\n", pictures), "images/drawn.svg": BAD_PICTURES["images/drawn.svg"]},
        (),
        'BRIEFING["allow_remote_images"] = BRIEFING["allow_svg"] = True\n',
    )
    assert found_in(made(publication, row)) == ()


def test_slugs_of_the_settings_part_names(publication: MakePublication) -> None:
    text = STORY.replace("[physics]", "[C, C++, 'C#', '+++']")
    slugs = 'BRIEFING["slugs"] = {"C++": "cpp", "C#": "c-sharp", "+++": "plus"}\n'
    assert found_in(made(publication, Row("", {FIRST: text}, (), slugs))) == ()


def test_one_run_tells_of_every_file_and_touches_nothing(publication: MakePublication, briefing: Briefing) -> None:
    root = made(publication, Row("", {}, ()))
    assert briefing(root, "build").returncode == 0
    before = snapshot(root / "output"), snapshot(root / "outbox")
    alone = [row for row in ROWS if [*row.files] == [FIRST] and {one.path for one in row.said} == {f"content/{FIRST}"}]
    chosen = alone[::4]
    expected = set()
    for number, row in enumerate(chosen):
        path = f"content/stories/2026/2026-03-30-fault-{number}.md"
        text = row.files[FIRST] or ""
        (root / path).write_bytes(text.encode() if isinstance(text, str) else text)
        expected |= {f"{path}:{one.line}: {one.field}{': ' if one.field else ''}" for one in row.said}
    assert len(expected) >= 25
    for command in ("build", "check"):
        done = briefing(root, command)
        lines = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (1, "")
        assert all(any(line.startswith(start) for line in lines) for start in expected)
        assert re.fullmatch(r"\d+ errors(, \d+ warnings?)?(; nothing was written)?", lines.pop())
        assert all(re.fullmatch(r"[^:]+\.md:\d+: [^\x00-\x1f]+; [^\x00-\x1f]+", line) for line in lines)
        assert (snapshot(root / "output"), snapshot(root / "outbox")) == before


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Every file's bytes, time and inode."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {str(file): (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino) for file in files}
