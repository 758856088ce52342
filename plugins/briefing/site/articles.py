"""The library as Pelican's Articles and Pages, for other plugins. Our own pages are rendered from views."""

from __future__ import annotations

from functools import partial
from types import MethodType
from typing import TYPE_CHECKING, Any

from pelican.contents import Article, Author, Category, Page, Tag
from pelican.plugins import signals

from briefing import urls
from briefing.content.markdown import on_site

if TYPE_CHECKING:
    from pelican.generators import ArticlesGenerator, PagesGenerator

    from briefing.content.model import Page as PageModel
    from briefing.content.model import Story
    from briefing.site.edition import Edition


def replace_articles(generator: ArticlesGenerator, edition: Edition) -> None:
    """Let the generator use the library's stories, and write nothing."""
    generator.generate_context = MethodType(partial(_fill_articles, edition=edition), generator)
    generator.generate_output = MethodType(_write_nothing, generator)


def replace_pages(generator: PagesGenerator, edition: Edition) -> None:
    """Let the generator use the library's pages, and write nothing."""
    generator.generate_context = MethodType(partial(_fill_pages, edition=edition), generator)
    generator.generate_output = MethodType(_write_nothing, generator)


def _write_nothing(generator: object, writer: object) -> None:
    del generator, writer


def _fill_articles(generator: ArticlesGenerator, edition: Edition) -> None:
    publication = edition.publication
    factory = _ArticleFactory(generator, edition)
    by_id = {story.id: factory.article(story) for story in publication.addressed_stories}
    generator.drafts = [article for article in by_id.values() if article.status == "draft"]
    listed = [by_id[story.id] for story in publication.stories]
    generator.articles = [article for article in listed if article.status != "draft"]
    unlisted = [article for story_id, article in by_id.items() if story_id not in publication.place]
    generator.hidden_articles = [article for article in unlisted if article.status != "draft"]
    signals.article_generator_pretaxonomy.send(generator)
    generator.dates = sorted(generator.articles, key=lambda article: article.date)
    generator.categories = _grouped(factory.categories, publication.by_topic, by_id)
    generator.tags = dict(_grouped(factory.tags, publication.by_tag, by_id))
    generator.authors = _grouped(factory.authors, publication.by_curator, by_id)
    shared = "articles drafts hidden_articles dates tags categories authors related_posts"
    generator._update_context(shared.split())  # noqa: SLF001 - as each of Pelican's own generators does
    signals.article_generator_finalized.send(generator)


def _fill_pages(generator: PagesGenerator, edition: Edition) -> None:
    pages = {page.id: _page(page, generator, edition) for page in edition.publication.library.pages}
    generator.pages = [page for page in pages.values() if page.status == "published"]
    generator.hidden_pages = [page for page in pages.values() if page.status == "hidden"]
    generator.draft_pages = [page for page in pages.values() if page.status == "draft"]
    generator._update_context(["pages", "hidden_pages", "draft_pages"])  # noqa: SLF001 - see above
    signals.page_generator_finalized.send(generator)


class _ArticleFactory:
    """Creates Articles that share one Category, Tag and Author object for each name."""

    def __init__(self, generator: ArticlesGenerator, edition: Edition) -> None:
        self._generator, self._edition = generator, edition
        self.categories: dict[str, Category] = {}
        self.tags: dict[str, Tag] = {}
        self.authors: dict[str, Author] = {}

    def article(self, story: Story) -> Article:
        settings = self._generator.settings
        url = urls.story(story.id)
        names = self._edition.publication.library.curator_by_id
        metadata: dict[str, Any] = {
            "title": story.title,
            "date": story.date,
            "slug": story.id,
            "summary": story.summary,
            "status": story.status.value,
            "category": _shared(self.categories, story.topic, story.topic, Category, settings),
            "tags": [_shared(self.tags, tag, tag, Tag, settings) for tag in story.tags],
            "authors": [_shared(self.authors, c, names[c].name, Author, settings) for c in story.authors],
            "url": url,
            "save_as": urls.file_of(url),
            "kind": story.kind.value,
            **({"lang": story.lang} if story.lang else {}),
            **({"modified": story.updated} if story.updated > story.date else {}),
        }
        if not metadata["authors"]:
            del metadata["authors"]
        html = on_site(story.body.html, self._edition.settings.base)
        path = str(self._edition.settings.root / story.path)
        return Article(html, metadata, settings, path, self._generator.context)


def _page(page: PageModel, generator: PagesGenerator, edition: Edition) -> Page:
    url = urls.page(page.id)
    metadata = {
        "title": page.title,
        "slug": page.id,
        "summary": page.summary,
        "status": page.status.value,
        "url": url,
        "save_as": urls.file_of(url),
    }
    html = on_site(page.body.html, edition.settings.base)
    return Page(html, metadata, generator.settings, str(edition.settings.root / page.path), generator.context)


def _shared(known: dict[str, Any], key: str, name: str, kind: type[Any], settings: Any) -> Any:  # noqa: ANN401 - Pelican is untyped
    if key not in known:
        known[key] = kind(name, settings)
    return known[key]


def _grouped(known: dict[str, Any], stories: Any, by_id: dict[str, Article]) -> list[tuple[Any, list[Article]]]:  # noqa: ANN401
    return [(known[name], [by_id[story.id] for story in found]) for name, found in stories.items() if found]
