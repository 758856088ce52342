"""`new story`: create a draft that passes every check after its TODOs are filled in."""

from __future__ import annotations

import difflib
import unicodedata
from typing import TYPE_CHECKING

from briefing.authoring import file_names, files
from briefing.authoring.yaml_scalars import quoted, to_yaml
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
  - name: TODO  # the publisher
    url: null  # "https://...", or null with a note
    title: TODO
    note: TODO  # where you read it; remove this line if there is a url
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
    """Write a draft to content/stories/YYYY/ and return its path. If the name is taken, it gets -2, -3, ...

    Raises WrongUseError if the title is empty or contains a line break or a control character, or if the topic or thread
    does not exist.
    """
    title = " ".join(_require_printable(title).split())
    if not title:
        msg = "the title is empty; write the headline"
        raise WrongUseError(msg)
    threads = sorted(path.stem for path in (settings.content / "threads").glob("*.md"))
    curators = sorted(path.stem for path in (settings.content / "curators").glob("*.md"))
    _refuse_unknown("topic", topic, settings.options.topics)
    _refuse_unknown("thread", thread, threads)
    text = draft_text(title, date, topic, settings.options.topics, thread, curators)
    stories = settings.content / "stories"
    existing = file_names.existing_ids(stories)
    for name in file_names.numbered(f"{date.isoformat()}-{file_names.slug_for(title, settings.language)}"):
        if file_names.normalize(name) in existing:
            continue
        path = stories / f"{date.year:04}" / f"{name}.md"
        try:
            files.create(path, text.encode(), settings.content)
        except FileExistsError:
            continue
        return path
    raise AssertionError  # pragma: no cover - the names never end


def draft_text(
    title: str, date: dt.date, topic: str, topics: Collection[str], thread: str, curators: Collection[str]
) -> str:
    """Return the draft. It contains the most common optional keys, some commented out.

    topic, thread: may be empty. If the publication has one curator, that is the author.
    """
    choices = f"  # {', '.join(curators)}" if curators else ""
    return _DRAFT.format(
        title=quoted(title),
        date=date.isoformat(),
        topic=to_yaml(topic) if topic else f"TODO  # {', '.join(topics)}",
        authors=to_yaml(list(curators)) if len(curators) == 1 else f"[]{choices}",
        thread=f"thread: {to_yaml(thread)}" if thread else "# thread: the name of a file in threads/, without .md",
    )


def _require_printable(title: str) -> str:
    for column, char in enumerate(title, start=1):
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} or char in "\ufffe\uffff":
            name = "a line break" if char in "\n\r\u2028\u2029" else f"the control character U+{ord(char):04X}"
            msg = f"the title contains {name} at column {column}; remove it"
            raise WrongUseError(msg)
    return title


def _refuse_unknown(what: str, name: str, known: Collection[str]) -> None:
    if not name or name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        hint = f"did you mean `{near[0]}`?"
    elif what == "thread":
        hint = "create its file in content/threads/ first"
    else:
        hint = f"write one of {', '.join(known)}"
    msg = f"there is no {what} `{name}`; {hint}"
    raise WrongUseError(msg)
