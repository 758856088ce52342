"""`new story`: a draft that passes every check once its TODOs are filled."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING

from briefing.authoring import file_names, files
from briefing.authoring.yaml_scalars import quoted, written
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection
    from pathlib import Path

    from briefing.settings import Settings

_DRAFT = """\
---
title: {title}
date: {date}
summary: TODO  # one or two sentences of plain text
topic: {topic}
sources:  # the first is the lead source
  - name: TODO  # who published it
    url: null  # "https://...", or null with a note
    title: TODO
    note: TODO  # where you read it; with a url, remove this line
kind: brief  # main or brief
# sentiment: neutral  # positive, neutral, negative or mixed
# sentiment_reason: Why, in a sentence.  # required with sentiment on a main story
# why_it_matters: One sentence.
authors: {authors}
tags: []
{thread}
status: draft
---
TODO
"""


def new_story(settings: Settings, title: str, *, date: dt.date, topic: str = "", thread: str = "") -> Path:
    """Write a draft into content/stories/YYYY/ and return its path. An identity that is taken gets -2, -3, ...

    Raises WrongUseError for a title of nothing, with a line break or a control character, and for a topic or
    thread that is not there.
    """
    title = " ".join(_printable(title).split())
    if not title:
        msg = "the title is empty; write what happened"
        raise WrongUseError(msg)
    threads = sorted(path.stem for path in (settings.content / "threads").glob("*.md"))
    curators = sorted(path.stem for path in (settings.content / "curators").glob("*.md"))
    _refuse_unknown("topic", topic, settings.options.topics)
    _refuse_unknown("thread", thread, threads)
    text = draft(title, date, topic, settings.options.topics, thread, curators)
    stories = settings.content / "stories"
    taken = file_names.taken(stories)
    for name in file_names.numbered(f"{date.isoformat()}-{file_names.slug_of(title, settings.language)}"):
        if file_names.same(name) in taken:
            continue
        path = stories / f"{date.year:04}" / f"{name}.md"
        try:
            files.create(path, text.encode(), settings.content)
        except FileExistsError:
            continue
        return path
    raise AssertionError  # pragma: no cover - the numbers have no end


def draft(
    title: str, date: dt.date, topic: str, topics: Collection[str], thread: str, curators: Collection[str]
) -> str:
    """The draft's text. Of the keys that may be left out, those most used are there, or behind a `#`.

    `topic` and `thread` may be empty. The only curator of a publication is taken to be the author.
    """
    known = f"  # {', '.join(curators)}" if curators else ""
    return _DRAFT.format(
        title=quoted(title),
        date=date.isoformat(),
        topic=written(topic) if topic else f"TODO  # {', '.join(topics)}",
        authors=written(list(curators)) if len(curators) == 1 else f"[]{known}",
        thread=f"thread: {written(thread)}" if thread else "# thread: the name of a file in threads/, without .md",
    )


def _printable(title: str) -> str:
    for place, char in enumerate(title, start=1):
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in "\ufffe\uffff":
            name = "a line break" if char in "\n\r\u2028\u2029" else f"the control character U+{ord(char):04X}"
            msg = f"the title holds {name} at column {place}; write it on one line, without"
            raise WrongUseError(msg)
    return title


def _refuse_unknown(what: str, name: str, known: Collection[str]) -> None:
    if not name or name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        hint = f"did you mean `{near[0]}`?"
    elif what == "thread":
        hint = "write its file in content/threads/ first"
    else:
        hint = f"write one of {', '.join(known)}"
    msg = f"there is no {what} `{name}`; {hint}"
    raise WrongUseError(msg)
