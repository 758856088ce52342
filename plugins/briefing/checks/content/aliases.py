"""The setting `aliases`: each former name leads to one current name."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from briefing import urls
from briefing.errors import Problem
from briefing.settings import FILE, line_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from briefing.content.library import Library

_SINGULAR = {"topics": "topic", "tags": "tag", "sources": "source", "threads": "thread", "curators": "curator"}


def find(library: Library) -> Iterator[Problem]:
    """Unknown current names, and former names that are in use, lead to two names or make no address."""
    for kind, names in library.settings.options.aliases.kinds():
        yield from _of_kind(kind, names, library)


def _of_kind(kind: str, names: Mapping[str, Sequence[str]], library: Library) -> Iterator[Problem]:
    known, singular = _known(kind, library), _SINGULAR[kind]
    target_of: dict[str, str] = {}
    for name, former in names.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "write the current name, with its former names in the list"
            yield _problem(library, f"there is no {singular} `{name}`", hint, kind, name)
        for place, old in enumerate(former):
            other = target_of.setdefault(old, name)
            if old == name:
                yield _problem(library, f"`{old}` is its own alias", "remove it", kind, name, place)
            elif old in names:
                what = f"`{old}` is an alias and has aliases itself"
                yield _problem(library, what, f"list them all as aliases of one {singular}", kind, name, place)
            elif kind not in {"tags", "sources"} and old in known:
                yield _problem(
                    library, f"`{old}` is also the name of a {singular}", "remove one of them", kind, name, place
                )
            elif other != name or old in former[:place]:
                yield _problem(library, f"`{old}` is already an alias of `{other}`", "remove one", kind, name, place)
            elif kind in {"threads", "curators"} and urls.slugify(old) != old:
                yield _problem(
                    library,
                    f"`{old}` is not allowed in an address",
                    "write the former file name, without .md",
                    kind,
                    name,
                    place,
                )


def _known(kind: str, library: Library) -> Collection[str]:
    if kind == "topics":
        return library.settings.options.topics
    if kind == "tags":
        return {tag for story in library.stories for tag in story.tags}
    if kind == "sources":
        return {source.name for story in library.stories for source in story.sources}
    return library.thread_by_id if kind == "threads" else library.curator_by_id


def _problem(library: Library, what: str, hint: str, kind: str, name: str, place: int | None = None) -> Problem:
    keys = ("BRIEFING", "aliases", kind, name, *([] if place is None else [str(place)]))
    field = ".".join((*keys[:4], *([] if place is None else [str(place + 1)])))
    return Problem(FILE, what, hint, field, line_of(library.settings.root / FILE, keys))
