"""Stories and issues as a person names them on the command line. Pure but for looking where links lead."""

from __future__ import annotations

import difflib
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing.authoring.file_names import same
from briefing.errors import ProblemsFoundError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from briefing.content.library import Library
    from briefing.content.model import Issue, Story
    from briefing.errors import Problem

_DATED = len("2026-03-30-")


def find(library: Library, names: Iterable[str], here: Path) -> tuple[Story | Issue, ...]:
    """What is named by id, by slug or by path (from `here`, the publication's folder or content/), each once.

    Raises WrongUseError with every name that leads nowhere or to several, ProblemsFoundError where one leads to a
    file that could not be read.
    """
    found: dict[str, Story | Issue] = {}
    refused: list[str] = []
    unread: list[Problem] = []
    for name in names:
        items = _matches(library, name, here)
        if len(items) == 1:
            found[items[0].path] = items[0]
        elif items:
            refused.append(f"`{name}` may be {' or '.join(item.path for item in items)}; write the path")
        elif problems := [problem for problem in library.problems if _is_of(problem.path, name, library, here)]:
            unread += problems
        else:
            refused.append(f"there is no story or issue `{name}`{_suggested(library, name)}")
    if refused:
        raise WrongUseError("\n".join(refused))
    if unread:
        raise ProblemsFoundError(unread)
    return tuple(found.values())


def _matches(library: Library, name: str, here: Path) -> list[Story | Issue]:
    everything: list[Story | Issue] = [*library.stories, *library.issues]
    by_path = [item for item in everything if _is_path(item.path, name, library, here)]
    wanted = same(name.removesuffix(".md"))
    by_id = [item for item in everything if same(item.id) == wanted]
    by_slug: list[Story | Issue] = [story for story in library.stories if same(story.slug) == wanted]
    return by_path or by_id or by_slug


def _is_path(path: str, name: str, library: Library, here: Path) -> bool:
    if not name.endswith(".md"):
        return False
    real = os.path.realpath(library.settings.root / path)
    places = (here, library.settings.root, library.settings.content)
    return real in {os.path.realpath(place / name) for place in places}


def _is_of(path: str, name: str, library: Library, here: Path) -> bool:
    identity, wanted = same(PurePosixPath(path).stem), same(name.removesuffix(".md"))
    is_named = wanted in {identity, identity[_DATED:]}
    return path.endswith(".md") and (is_named or _is_path(path, name, library, here))


def _suggested(library: Library, name: str) -> str:
    known = [*library.story_by_id, *library.ids_by_slug, *(issue.id for issue in library.issues)]
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else "; write its file's name"
