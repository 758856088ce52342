"""Files -> models: a recipe, and one function for each kind of file."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from briefing.content import frontmatter, markdown
from briefing.content.library.collection import Library
from briefing.content.library.content_hash import content_hash
from briefing.content.library.images import Pictures
from briefing.content.library.notifications import read_letters
from briefing.content.library.plain_text import shown_markdown
from briefing.content.library.records import read_all
from briefing.content.library.tree import walk
from briefing.content.model import (
    Account,
    Acknowledgement,
    Body,
    Correction,
    Curator,
    Disagreement,
    Image,
    Issue,
    Kind,
    Link,
    OneLiner,
    Page,
    Section,
    Sentiment,
    Source,
    Sponsor,
    Status,
    Story,
    Thread,
)
from briefing.errors import InvalidValueError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.content.frontmatter import (
        CuratorMatter,
        Document,
        ImageMatter,
        IssueMatter,
        PageMatter,
        SponsorMatter,
        StoryMatter,
        ThreadMatter,
    )
    from briefing.settings import Settings

_T = TypeVar("_T")
_DATED = len("2026-03-30-")


def read_library(settings: Settings) -> Library:
    """Read content/ once. Never raises for what is written there: the problems say it."""
    tree = walk(settings.content, settings.root)
    reader = _FileReader(settings, Pictures(settings.content, frozenset(tree.copied), settings.options.allow_svg))
    stories = reader.all(tree.texts, "stories", frontmatter.StoryMatter, reader.story)
    threads = reader.all(tree.texts, "threads", frontmatter.ThreadMatter, reader.thread)
    curators = reader.all(tree.texts, "curators", frontmatter.CuratorMatter, reader.curator)
    pages = reader.all(tree.texts, "pages", frontmatter.PageMatter, reader.page)
    stories.sort(key=_newest_first)
    library = Library(settings, tuple(stories), (), tuple(threads), tuple(curators), tuple(pages), tree.copied, ())
    issues = reader.all(
        tree.texts, "issues", frontmatter.IssueMatter, lambda matter, text: reader.issue(matter, text, library)
    )
    issues.sort(key=_newest_first)
    sent, handed, faults = read_all(settings, tree.records, {issue.id for issue in issues})
    return Library(
        settings,
        library.stories,
        tuple(issues),
        library.threads,
        library.curators,
        library.pages,
        tree.copied,
        (*tree.problems, *reader.problems, *read_letters(settings)[1], *faults),
        sent,
        handed,
    )


def _newest_first(dated: Story | Issue) -> tuple[float, str]:
    return -dated.date.timestamp(), dated.id


@dataclass(frozen=True, slots=True)
class _File:
    """A document being turned into a model."""

    id: str
    document: Document
    body: Body


@dataclass(frozen=True, slots=True)
class _FileReader:
    settings: Settings
    pictures: Pictures
    problems: list[Problem] = field(default_factory=list)

    def all(self, files: tuple[str, ...], folder: str, shape: type[Any], make: Callable[[Any, _File], _T]) -> list[_T]:
        """Every file of a folder as a model; one that could not even be taken apart is there and says nothing."""
        found = []
        for file in files:
            if not file.startswith(f"{folder}/"):
                continue
            path = f"{os.path.relpath(self.settings.content, self.settings.root)}/{file}".replace(os.sep, "/")
            document, problems = self._document(file, path)
            document = document or frontmatter.Document(path, {}, whole=False)
            matter, faults = frontmatter.validate(shape, document)
            said = {problem.field for problem in problems}
            self.problems.extend([*problems, *(fault for fault in faults if fault.field not in said)])
            self.problems.extend(shown_markdown(matter, document))
            name = file.rpartition("/")[2].removesuffix(".md")
            found.append(make(matter, _File(name, document, self._body(document, file, getattr(matter, "lang", "")))))
        return found

    def _document(self, file: str, path: str) -> tuple[Document | None, list[Problem]]:
        try:
            data = _bytes(self.settings.content / file)
        except OSError as error:
            return None, [Problem(path, f"cannot be read: {error.strerror}", "fix its permissions", line=1)]
        return frontmatter.read(data, path)

    def story(self, matter: StoryMatter, file: _File) -> Story:
        questions, current = " ".join(matter.key_questions), self.settings.current
        return Story(
            id=file.id,
            slug=file.id[_DATED:] or file.id,
            path=file.document.path,
            title=matter.title,
            date=self._moment(matter.date),
            summary=matter.summary,
            topic=current("topics", matter.topic),
            sources=tuple(
                Source(current("sources", s.name), s.url, s.title, s.author, s.date, s.via, s.note)
                for s in matter.sources
            ),
            body=file.body,
            kind=Kind(matter.kind),
            sentiment=Sentiment(matter.sentiment) if matter.sentiment else None,
            sentiment_reason=matter.sentiment_reason,
            why_it_matters=matter.why_it_matters,
            key_questions=tuple(matter.key_questions),
            disagreements=tuple(
                Disagreement(d.claim, tuple(Account(a.source, a.says) for a in d.accounts))
                for d in matter.disagreements
            ),
            curators=tuple(current("curators", curator) for curator in matter.authors),
            tags=tuple(current("tags", tag) for tag in matter.tags),
            thread=current("threads", matter.thread),
            image=self._image(matter.image, file.document, "image"),
            corrections=tuple(
                sorted((Correction(c.date, c.text, c.minor) for c in matter.corrections), key=lambda c: c.date)
            ),
            modified=self._moment(matter.modified) if matter.modified else None,
            lang=matter.lang,
            translation_of=matter.translation_of,
            aliases=tuple(matter.aliases),
            status=Status(matter.status),
            assisted=matter.assisted,
            reviewed_by=current("curators", matter.reviewed_by),
            acknowledged=tuple(Acknowledgement(a.check, a.reason) for a in matter.acknowledged),
            extra=matter.extra,
            words=file.body.words + (markdown.count_words(questions) if questions else 0),
            content_hash=content_hash(matter, file.document.markdown),
        )

    def thread(self, matter: ThreadMatter, file: _File) -> Thread:
        return Thread(id=file.id, path=file.document.path, title=matter.title, summary=matter.summary, body=file.body)

    def curator(self, matter: CuratorMatter, file: _File) -> Curator:
        return Curator(
            id=file.id,
            path=file.document.path,
            name=matter.name,
            role=matter.role,
            body=file.body,
            image=self._image(matter.image, file.document, "image"),
            links=tuple(Link(link.title, link.url) for link in matter.links),
        )

    def page(self, matter: PageMatter, file: _File) -> Page:
        return Page(
            id=file.id,
            path=file.document.path,
            title=matter.title,
            summary=matter.summary,
            body=file.body,
            in_menu=matter.menu,
            status=Status(matter.status),
            aliases=tuple(matter.aliases),
        )

    def issue(self, matter: IssueMatter, file: _File, library: Library) -> Issue:
        return Issue(
            id=file.id,
            path=file.document.path,
            number=matter.number,
            title=matter.title,
            date=self._moment(matter.date),
            subject=matter.subject,
            preheader=matter.preheader,
            body=file.body,
            lead=library.resolve(matter.lead),
            sections=tuple(Section(s.title, tuple(library.resolve(ref) for ref in s.stories)) for s in matter.sections),
            links=tuple(
                OneLiner(link.title, link.url, self.settings.current("sources", link.source), link.note)
                for link in matter.links
            ),
            sponsor=self._sponsor(matter.sponsor, file.document),
            status=Status(matter.status),
            acknowledged=tuple(Acknowledgement(a.check, a.reason) for a in matter.acknowledged),
        )

    def _sponsor(self, matter: SponsorMatter | None, document: Document) -> Sponsor | None:
        if matter is None:
            return None
        image = self._image(matter.image, document, "sponsor.image")
        return Sponsor(matter.name, matter.url, matter.text, matter.label, image)

    def _moment(self, written: dt.date) -> dt.datetime:
        if not isinstance(written, dt.datetime):
            return dt.datetime.combine(written, dt.time(), self.settings.zone)
        if written.tzinfo is None:
            return written.replace(tzinfo=self.settings.zone)
        return written.astimezone(self.settings.zone)

    def _image(self, matter: ImageMatter | None, document: Document, field_: str) -> Image | None:
        if matter is None or not matter.file:
            return None
        try:
            width, height = self.pictures.size(matter.file)
        except InvalidValueError as error:
            steps = (*field_.split("."), "file")
            self.problems.append(Problem(document.path, error.what, error.hint, f"{field_}.file", document.line(steps)))
            return None
        return Image(matter.file, matter.alt, width, height, matter.caption, matter.credit, matter.license)

    def _body(self, document: Document, file: str, language: str) -> Body:
        options = self.settings.options
        body, problems = markdown.render(
            markdown.Text(
                document.markdown,
                document.path,
                file,
                document.markdown_line,
                allow_remote_images=options.allow_remote_images,
                allow_svg=options.allow_svg,
                language=language or self.settings.language,
            )
        )
        self.problems.extend(problems)
        sizes = {}
        for reference in body.references:
            if not reference.is_image:
                continue
            try:
                kind, picture = markdown.destination(reference.target, file)
                if kind == "file":
                    sizes[quote(picture)] = sizes[picture] = self.pictures.size(picture)
            except InvalidValueError as error:
                if not any(p.line == reference.line and p.what == error.what for p in problems):
                    self.problems.append(Problem(document.path, error.what, error.hint, "body", reference.line))
        if not sizes:
            return body
        return replace(body, html=markdown.with_sizes(body.html, sizes))


def _bytes(path: os.PathLike[str]) -> bytes:
    """At most a little more than is allowed: the reader says so, and nobody's memory is filled."""
    with open(path, "rb") as stream:  # noqa: PTH123 - half the cost of Path.open, for each file
        return stream.read(frontmatter.MAX_BYTES + 1)
