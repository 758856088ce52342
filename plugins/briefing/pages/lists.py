"""Lists of stories, page by page, and lists of lists."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, TypeVar

from briefing import urls
from briefing.pages.issues import issue_card
from briefing.pages.page_urls import number_of_pages
from briefing.pages.stories import correction_view, image_view, story_card
from briefing.pages.views import CorrectionsView, Count, HomeView, IndexView, IssueIndex, ListView, Outward, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from briefing.content.model import Story
    from briefing.pages.publication import Publication
    from briefing.pages.views import ImageView, StoryCard

_T = TypeVar("_T")


def topic_lists(publication: Publication) -> Iterator[ListView]:
    """Every page of every topic; a topic without stories has one."""
    settings = publication.settings
    for name, stories in publication.by_topic.items():
        slug = settings.slug(name)
        head = _Head(kind="topic", title=name, url=urls.topic(slug), feed=urls.atom_topic(slug))
        yield from _lists(head, stories, publication)


def tag_lists(publication: Publication) -> Iterator[ListView]:
    """Every page of every tag."""
    for name, stories in publication.by_tag.items():
        yield from _lists(
            _Head(kind="tag", title=name, url=urls.tag(publication.settings.slug(name))), stories, publication
        )


def source_lists(publication: Publication) -> Iterator[ListView]:
    """Every page of every publisher: all stories that cite it."""
    for name, stories in publication.by_source.items():
        yield from _lists(
            _Head(kind="source", title=name, url=urls.source(publication.settings.slug(name))), stories, publication
        )


def thread_lists(publication: Publication) -> Iterator[ListView]:
    """Every page of every thread."""
    for thread in publication.library.threads:
        head = _Head(
            kind="thread",
            title=thread.title,
            url=urls.thread(thread.id),
            summary=thread.summary,
            html=publication.html(thread.body),
        )
        yield from _lists(head, publication.by_thread[thread.id], publication)


def curator_lists(publication: Publication) -> Iterator[ListView]:
    """Every page of every curator."""
    for curator in publication.library.curators:
        head = _Head(
            kind="curator",
            title=curator.name,
            url=urls.curator(curator.id),
            html=publication.html(curator.body),
            role=curator.role,
            image=image_view(curator.image),
            links=tuple(Outward(link.title, link.url) for link in curator.links),
        )
        yield from _lists(head, publication.by_curator[curator.id], publication)


def week_lists(publication: Publication) -> Iterator[ListView]:
    """One page for each ISO week that has stories; its neighbours are the weeks before and after."""
    weeks = list(publication.by_week)
    for place, week in enumerate(weeks):
        stories = publication.by_week[week]
        head = _Head(
            kind="week",
            title=week,
            url=urls.week(week),
            issues=tuple(Ref(i.title, urls.issue(i.id)) for i in publication.issues_of_week.get(week, ())),
        )
        newer = urls.week(weeks[place - 1]) if place else None
        older = urls.week(weeks[place + 1]) if place + 1 < len(weeks) else None
        cards = tuple(story_card(story, publication) for story in stories)
        yield head.view(cards, len(stories), _ListPosition(1, 1, newer, older))


def home_pages(publication: Publication) -> Iterator[HomeView]:
    """The home page with the newest issue and its lead, then the stories, page by page."""
    settings = publication.settings
    issue = next((issue for issue in publication.issues if not issue.is_notice), None)
    lead = publication.library.story_by_id.get(issue.lead) if issue else None
    for number, pages, stories in _paged(publication.stories, settings.options.page_size):
        first = number == 1
        newer, older = _beside(urls.HOME, number, pages)
        yield HomeView(
            issue=issue_card(issue, publication) if issue and first else None,
            lead=story_card(lead, publication) if lead and first else None,
            cards=tuple(story_card(story, publication) for story in stories),
            page=number,
            pages=pages,
            newer=newer,
            older=older,
        )


def issue_indexes(publication: Publication) -> Iterator[IssueIndex]:
    """The archive of issues, page by page."""
    for number, pages, issues in _paged(publication.issues, publication.settings.options.page_size):
        newer, older = _beside(urls.ISSUES, number, pages)
        yield IssueIndex(tuple(issue_card(issue, publication) for issue in issues), number, pages, newer, older)


def correction_pages(publication: Publication) -> Iterator[CorrectionsView]:
    """Every correction, newest first, page by page."""
    newest_first = publication.corrections[::-1]
    for number, pages, found in _paged(newest_first, publication.settings.options.page_size):
        newer, older = _beside(urls.CORRECTIONS, number, pages)
        yield CorrectionsView(tuple(correction_view(*pair, publication) for pair in found), number, pages, newer, older)


def indexes(publication: Publication) -> Iterator[IndexView]:
    """The lists of topics, tags, threads, sources, curators and weeks."""
    slug, library = publication.settings.slug, publication.library
    yield _index("topics", urls.TOPICS, (_count(n, urls.topic(slug(n)), s) for n, s in publication.by_topic.items()))
    yield _index("tags", urls.TAGS, (_count(n, urls.tag(slug(n)), s) for n, s in publication.by_tag.items()))
    yield _index(
        "sources", urls.SOURCES, (_count(n, urls.source(slug(n)), s) for n, s in publication.by_source.items())
    )
    threads = ((thread, publication.by_thread[thread.id]) for thread in library.threads)
    yield _index("threads", urls.THREADS, (_count(t.title, urls.thread(t.id), s, t.summary) for t, s in threads))
    curators = ((curator, publication.by_curator[curator.id]) for curator in library.curators)
    yield _index("curators", urls.CURATORS, (_count(c.name, urls.curator(c.id), s, c.role) for c, s in curators))
    yield _index("weeks", urls.WEEKS, (_count(week, urls.week(week), s) for week, s in publication.by_week.items()))


def _index(kind: str, url: str, items: Iterable[Count]) -> IndexView:
    return IndexView(kind, kind.capitalize(), url, tuple(items))


def _count(name: str, url: str, stories: Sequence[Story], summary: str = "") -> Count:
    return Count(name, url, len(stories), summary)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The introduction of a list, the same on each of its pages."""

    kind: str
    title: str
    url: str
    summary: str = ""
    html: str = ""
    role: str = ""
    image: ImageView | None = None
    links: tuple[Outward, ...] = ()
    issues: tuple[Ref, ...] = ()
    feed: str = ""

    def view(self, cards: tuple[StoryCard, ...], total: int, place: _ListPosition) -> ListView:
        """One page of the list."""
        head = {field.name: getattr(self, field.name) for field in fields(self)}
        return ListView(cards=cards, total=total, **head, **asdict(place))


@dataclass(frozen=True, slots=True)
class _ListPosition:
    page: int
    pages: int
    newer: str | None
    older: str | None


def _lists(head: _Head, stories: Sequence[Story], publication: Publication) -> Iterator[ListView]:
    settings = publication.settings
    for number, pages, shown in _paged(stories, settings.options.page_size):
        cards = tuple(story_card(story, publication) for story in shown)
        yield head.view(cards, len(stories), _ListPosition(number, pages, *_beside(head.url, number, pages)))


def _paged(items: Sequence[_T], size: int) -> Iterator[tuple[int, int, Sequence[_T]]]:
    """(number, number of pages, items) of each page; one empty page if there are no items."""
    pages = number_of_pages(len(items), size)
    for number in range(1, pages + 1):
        yield number, pages, items[(number - 1) * size : number * size]


def _beside(url: str, number: int, pages: int) -> tuple[str | None, str | None]:
    """The addresses of the newer and older page of a list, or None."""
    newer = urls.numbered(url, number - 1) if number > 1 else None
    older = urls.numbered(url, number + 1) if number < pages else None
    return newer, older
