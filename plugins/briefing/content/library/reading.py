"""content/ -> Library: a recipe."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from briefing.content import frontmatter
from briefing.content.frontmatter.keys import FrontMatter
from briefing.content.library.collection import Library
from briefing.content.library.images import Pictures
from briefing.content.library.models import File, Models
from briefing.content.library.notifications import read_notifications
from briefing.content.library.plain_text import shown_markdown
from briefing.content.library.records import read_all
from briefing.content.library.tree import walk
from briefing.content.model import (
    CuratorFrontMatter,
    IssueFrontMatter,
    PageFrontMatter,
    StoryFrontMatter,
    ThreadFrontMatter,
)
from briefing.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from briefing.content.frontmatter import Document
    from briefing.content.model import Issue, Story
    from briefing.settings import Settings

_S = TypeVar("_S", bound=FrontMatter)
_T = TypeVar("_T")


def read_library(settings: Settings) -> Library:
    """Read content/ once. Never raises because of what is written there: the Library contains every problem."""
    tree = walk(settings.content, settings.root)
    models = Models(settings, Pictures(settings.content, frozenset(tree.copied), settings.options.allow_svg))

    def read(folder: str, shape: type[_S], make: Callable[[_S, File], _T]) -> list[_T]:
        files = [file for file in tree.texts if file.startswith(f"{folder}/")]
        return [_model(file, shape, make, models) for file in files]

    stories = read("stories", StoryFrontMatter, models.story)
    threads = read("threads", ThreadFrontMatter, models.thread)
    curators = read("curators", CuratorFrontMatter, models.curator)
    pages = read("pages", PageFrontMatter, models.page)
    stories.sort(key=_newest_first)
    library = Library(settings, tuple(stories), (), tuple(threads), tuple(curators), tuple(pages), tree.copied, ())
    issues = read("issues", IssueFrontMatter, lambda front_matter, file: models.issue(front_matter, file, library))
    issues.sort(key=_newest_first)
    sent, drafts, faults = read_all(settings, tree.records, {issue.id for issue in issues})
    return Library(
        settings,
        library.stories,
        tuple(issues),
        library.threads,
        library.curators,
        library.pages,
        tree.copied,
        (*tree.problems, *models.problems, *read_notifications(settings)[1], *faults),
        sent,
        drafts,
    )


def _newest_first(dated: Story | Issue) -> tuple[float, str]:
    return -dated.date.timestamp(), dated.id


def _model(file: str, shape: type[_S], make: Callable[[_S, File], _T], models: Models) -> _T:
    """A file as a model; an empty one if the file cannot be read."""
    settings = models.settings
    path = f"{os.path.relpath(settings.content, settings.root)}/{file}".replace(os.sep, "/")
    document, problems = _read(settings, file, path)
    document = document or frontmatter.Document(path, {}, whole=False)
    front_matter, invalid = frontmatter.validate(shape, document)
    models.problems.extend([*problems, *_unreported(invalid, problems)])
    models.problems.extend(shown_markdown(front_matter, document))
    return make(front_matter, File(file.rpartition("/")[2].removesuffix(".md"), file, document))


def _unreported(invalid: Iterable[Problem], problems: Iterable[Problem]) -> Iterable[Problem]:
    """The problems of keys in which YAML itself found nothing wrong."""
    reported = {problem.field for problem in problems}
    return (problem for problem in invalid if problem.field not in reported)


def _read(settings: Settings, file: str, path: str) -> tuple[Document | None, list[Problem]]:
    try:
        # At most a little more than is allowed: `frontmatter.read` refuses it, and memory does not fill up.
        with open(settings.content / file, "rb") as stream:  # noqa: PTH123 - half the cost of Path.open, for each file
            data = stream.read(frontmatter.MAX_BYTES + 1)
    except OSError as error:
        return None, [Problem(path, f"cannot be read: {error.strerror}", "check its permissions", line=1)]
    return frontmatter.read(data, path)
