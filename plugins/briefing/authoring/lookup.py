"""Find the stories and issues that a command line names. Pure, except for resolving links."""

from __future__ import annotations

import difflib
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing.authoring.file_names import normalize
from briefing.errors import ProblemsFoundError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from briefing.content.library import Library
    from briefing.content.model import Issue, Story
    from briefing.errors import Problem

_DATE_LENGTH = len("2026-03-30-")


def find_items(library: Library, names: Iterable[str], here: Path) -> tuple[Story | Issue, ...]:
    """Return the items with these ids, slugs or paths, each once.

    Paths are relative to `here`, the publication's folder or content/. Raises WrongUseError with every name that matches
    nothing or several items, and ProblemsFoundError if one matches a file that could not be read.
    """
    found: dict[str, Story | Issue] = {}
    errors: list[str] = []
    unreadable: list[Problem] = []
    for name in names:
        items = _matches(library, name, here)
        if len(items) == 1:
            found[items[0].path] = items[0]
        elif items:
            errors.append(f"`{name}` matches {' and '.join(item.path for item in items)}; write the path")
        elif problems := [problem for problem in library.problems if _matches_file(problem.path, name, library, here)]:
            unreadable += problems
        else:
            errors.append(f"there is no story or issue `{name}`{_suggestion(library, name)}")
    if errors:
        raise WrongUseError("\n".join(errors))
    if unreadable:
        raise ProblemsFoundError(unreadable)
    return tuple(found.values())


def _matches(library: Library, name: str, here: Path) -> list[Story | Issue]:
    everything: list[Story | Issue] = [*library.stories, *library.issues]
    by_path = [item for item in everything if _is_path(item.path, name, library, here)]
    wanted = normalize(name.removesuffix(".md"))
    by_id = [item for item in everything if normalize(item.id) == wanted]
    by_slug: list[Story | Issue] = [story for story in library.stories if normalize(story.slug) == wanted]
    return by_path or by_id or by_slug


def _is_path(path: str, name: str, library: Library, here: Path) -> bool:
    if not name.endswith(".md"):
        return False
    real = os.path.realpath(library.settings.root / path)
    folders = (here, library.settings.root, library.settings.content)
    return real in {os.path.realpath(folder / name) for folder in folders}


def _matches_file(path: str, name: str, library: Library, here: Path) -> bool:
    item_id, wanted = normalize(PurePosixPath(path).stem), normalize(name.removesuffix(".md"))
    is_named = wanted in {item_id, item_id[_DATE_LENGTH:]}
    return path.endswith(".md") and (is_named or _is_path(path, name, library, here))


def _suggestion(library: Library, name: str) -> str:
    known = [*library.story_by_id, *library.ids_by_slug, *(issue.id for issue in library.issues)]
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean `{near[0]}`?" if near else "; write its file name"
