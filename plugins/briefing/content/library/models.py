"""Front matter and text of a file -> its model."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from briefing.content import markdown
from briefing.content.frontmatter.keys import keys_of
from briefing.content.library.content_hash import content_hash
from briefing.content.model import Body, Curator, Image, Issue, Page, Sponsor, Story, Thread
from briefing.errors import InvalidValueError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.content.frontmatter import Document
    from briefing.content.frontmatter.keys import FrontMatter
    from briefing.content.library.collection import Library
    from briefing.content.library.images import Pictures
    from briefing.content.model import (
        CuratorFrontMatter,
        ImageFrontMatter,
        IssueFrontMatter,
        PageFrontMatter,
        SponsorFrontMatter,
        StoryFrontMatter,
        ThreadFrontMatter,
    )
    from briefing.settings import Settings

_DATED: Final = len("2026-03-30-")


@dataclass(frozen=True, slots=True)
class File:
    """A file to make a model from. path: relative to content/. id: its name without `.md`."""

    id: str
    path: str
    document: Document


@dataclass(frozen=True, slots=True)
class Models:
    """Makes models. Keys that are not resolved are taken over by name; `problems` collects what is wrong."""

    settings: Settings
    pictures: Pictures
    problems: list[Problem] = field(default_factory=list)

    def story(self, front_matter: StoryFrontMatter, file: File) -> Story:
        """The story in a file."""
        current = self.settings.current
        body = self._body(file, front_matter.lang)
        questions = " ".join(front_matter.key_questions)
        resolved: dict[str, Any] = {
            "date": self._moment(front_matter.date),
            "modified": self._moment(front_matter.modified) if front_matter.modified else None,
            "topic": current("topics", front_matter.topic),
            "sources": tuple(replace(one, name=current("sources", one.name)) for one in front_matter.sources),
            "authors": tuple(current("curators", one) for one in front_matter.authors),
            "reviewed_by": current("curators", front_matter.reviewed_by),
            "tags": tuple(current("tags", one) for one in front_matter.tags),
            "thread": current("threads", front_matter.thread),
            "image": self._image(front_matter.image, file, "image"),
            "corrections": tuple(sorted(front_matter.corrections, key=lambda one: one.date)),
        }
        return Story(
            **{**_values(front_matter), **resolved},
            id=file.id,
            slug=file.id[_DATED:] or file.id,
            path=file.document.path,
            body=body,
            words=body.words + (markdown.count_words(questions) if questions else 0),
            content_hash=content_hash(front_matter, file.document.markdown),
        )

    def thread(self, front_matter: ThreadFrontMatter, file: File) -> Thread:
        """The thread in a file."""
        return Thread(**_values(front_matter), id=file.id, path=file.document.path, body=self._body(file))

    def curator(self, front_matter: CuratorFrontMatter, file: File) -> Curator:
        """The curator in a file."""
        image = self._image(front_matter.image, file, "image")
        values = {**_values(front_matter), "image": image}
        return Curator(**values, id=file.id, path=file.document.path, body=self._body(file))

    def page(self, front_matter: PageFrontMatter, file: File) -> Page:
        """The page in a file."""
        return Page(**_values(front_matter), id=file.id, path=file.document.path, body=self._body(file))

    def issue(self, front_matter: IssueFrontMatter, file: File, library: Library) -> Issue:
        """The issue in a file; `library` contains its stories."""
        sections = (
            replace(one, stories=tuple(library.resolve(story) for story in one.stories))
            for one in front_matter.sections
        )
        links = (replace(one, source=self.settings.current("sources", one.source)) for one in front_matter.links)
        resolved: dict[str, Any] = {
            "date": self._moment(front_matter.date),
            "lead": library.resolve(front_matter.lead),
            "sections": tuple(sections),
            "links": tuple(links),
            "sponsor": self._sponsor(front_matter.sponsor, file),
        }
        values = {**_values(front_matter), **resolved}
        return Issue(**values, id=file.id, path=file.document.path, body=self._body(file))

    def _sponsor(self, front_matter: SponsorFrontMatter | None, file: File) -> Sponsor | None:
        if front_matter is None:
            return None
        image = self._image(front_matter.image, file, "sponsor.image")
        return Sponsor(**{**_values(front_matter), "image": image})

    def _moment(self, written: dt.date) -> dt.datetime:
        if not isinstance(written, dt.datetime):
            return dt.datetime.combine(written, dt.time(), self.settings.zone)
        if written.tzinfo is None:
            return written.replace(tzinfo=self.settings.zone)
        return written.astimezone(self.settings.zone)

    def _image(self, front_matter: ImageFrontMatter | None, file: File, field_: str) -> Image | None:
        if front_matter is None or not front_matter.file:
            return None
        try:
            width, height = self.pictures.size(front_matter.file)
        except InvalidValueError as error:
            line = file.document.line((*field_.split("."), "file"))
            self.problems.append(Problem(file.document.path, error.what, error.hint, f"{field_}.file", line))
            return None
        return Image(**_values(front_matter), width=width, height=height)

    def _body(self, file: File, language: str = "") -> Body:
        options, document = self.settings.options, file.document
        text = markdown.Text(
            document.markdown,
            document.path,
            file.path,
            document.markdown_line,
            allow_remote_images=options.allow_remote_images,
            allow_svg=options.allow_svg,
            language=language or self.settings.language,
        )
        body, problems = markdown.render(text)
        self.problems.extend(problems)
        sizes = self._sizes(body, file, problems)
        return replace(body, html=markdown.with_sizes(body.html, sizes)) if sizes else body

    def _sizes(self, body: Body, file: File, reported: list[Problem]) -> Mapping[str, tuple[int, int]]:
        """The sizes of a text's pictures on this site, by their addresses as written and percent-encoded."""
        sizes: dict[str, tuple[int, int]] = {}
        for reference in body.references:
            if not reference.is_image:
                continue
            try:
                kind, picture = markdown.destination(reference.target, file.path)
                if kind == "file":
                    sizes[quote(picture)] = sizes[picture] = self.pictures.size(picture)
            except InvalidValueError as error:
                if not any(one.line == reference.line and one.what == error.what for one in reported):
                    problem = Problem(file.document.path, error.what, error.hint, "body", reference.line)
                    self.problems.append(problem)
        return sizes


def _values(front_matter: FrontMatter) -> dict[str, Any]:
    """The keys of a front matter by name."""
    return {name: getattr(front_matter, name) for name in keys_of(type(front_matter))}
