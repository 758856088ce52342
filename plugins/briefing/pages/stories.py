"""A story as views: on its page, in lists, in issues."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from briefing import urls
from briefing.content.markdown import beside_another
from briefing.pages.views import (
    AccountView,
    CardFields,
    CorrectionView,
    CuratorView,
    DisagreementView,
    HeadingView,
    ImageView,
    ItemFields,
    ItemView,
    Moment,
    Outward,
    Ref,
    SourceView,
    StoryCard,
    StoryFields,
    StoryView,
    TimelineView,
)

if TYPE_CHECKING:
    from briefing.content.model import Correction, Curator, Image, Story
    from briefing.pages.publication import Publication
    from briefing.settings import Settings

_TIMELINE: Final = 7
_STORY_ADDRESS: Final = re.compile(urls.story("[^/]+"))
_SHARES: Final = (
    ("Email", "mailto:?subject={title}&body={url}"),
    ("Mastodon", "https://share.joinmastodon.org/#text={title}%20{url}"),
    ("Bluesky", "https://bsky.app/intent/compose?text={title}%20{url}"),
    ("LinkedIn", "https://www.linkedin.com/sharing/share-offsite/?url={url}"),
    ("Hacker News", "https://news.ycombinator.com/submitlink?u={url}&t={title}"),
)


def story_card(story: Story, publication: Publication) -> StoryCard:
    """The story in a list."""
    slug = publication.settings.slug
    return StoryCard(
        **by_name(CardFields, story),
        url=urls.story(story.id),
        topic=publication.ref(story.topic, urls.topic(slug(story.topic))),
        kind=story.kind.value,
        sentiment=story.sentiment.value if story.sentiment else "",
        lead_source=story.sources[0].name,
        image=image_view(story.image),
        status=story.status.value,
    )


def story_item(story: Story, publication: Publication) -> ItemView:
    """The story in an issue."""
    return ItemView(
        **by_name(ItemFields, story),
        card=story_card(story, publication),
        sources=_sources(story, publication),
        corrections=_corrections(story, publication),
    )


def story_view(story: Story, publication: Publication) -> StoryView:
    """The story's page."""
    settings = publication.settings
    curators = publication.library.curator_by_id
    issue = publication.issue_of.get(story.id)
    newer, older = _neighbours(story, publication)
    reviewer = curators.get(story.reviewed_by)
    return StoryView(
        **by_name(StoryFields, story),
        card=story_card(story, publication),
        html=publication.html(story.body),
        original=_original(story, publication),
        headings=tuple(HeadingView(h.level, h.text, h.anchor) for h in story.body.headings),
        sources=_sources(story, publication),
        disagreements=tuple(
            DisagreementView(
                point.claim,
                tuple(AccountView(a.source, story.sources[a.source - 1].name, a.says) for a in point.accounts),
            )
            for point in story.disagreements
        ),
        corrections=_corrections(story, publication),
        modified=story.updated if story.modified or story.updated > story.date else None,
        timeline=_timeline(story, publication),
        tags=tuple(publication.ref(tag, urls.tag(settings.slug(tag))) for tag in story.tags),
        curators=tuple(curator_view(curators[curator], publication) for curator in story.authors),
        issue=Ref(issue.title, urls.issue(issue.id)) if issue else None,
        share=_shares(story, settings),
        newer=newer,
        older=older,
        reviewed_by=reviewer.name if reviewer else "",
        feed_id=_feed_id(story),
    )


def by_name(shape: type[CardFields | ItemFields], story: Story) -> dict[str, Any]:
    """The values of a story's attributes that have the names of the fields in a shape."""
    return {field.name: getattr(story, field.name) for field in fields(shape)}


def _feed_id(story: Story) -> str:
    """The first alias that is a story's address, or the current one: renaming the file adds no entry to readers' feeds."""
    former = (alias for alias in map(urls.of_alias, story.aliases) if _STORY_ADDRESS.fullmatch(alias))
    return next(former, urls.story(story.id))


def curator_view(curator: Curator, publication: Publication) -> CuratorView:
    """A curator below a story."""
    return CuratorView(
        name=curator.name,
        url=urls.curator(curator.id),
        role=curator.role,
        html=beside_another(publication.html(curator.body), urls.curator(curator.id)),
        image=image_view(curator.image),
        links=tuple(Outward(link.title, link.url) for link in curator.links),
    )


def correction_view(correction: Correction, story: Story, publication: Publication) -> CorrectionView:
    """A correction with the story that it corrects."""
    return CorrectionView(correction.date, correction.text, publication.ref(story.title, urls.story(story.id)))


def _corrections(story: Story, publication: Publication) -> tuple[CorrectionView, ...]:
    """The corrections that are not minor, newest first."""
    shown = [correction for correction in reversed(story.corrections) if not correction.minor]
    return tuple(correction_view(correction, story, publication) for correction in shown)


def image_view(image: Image | None) -> ImageView | None:
    """A picture with its address on this site."""
    if image is None:
        return None
    url = urls.of_file(image.file) or image.file
    return ImageView(url, image.alt, image.width, image.height, image.caption, image.credit, image.license)


def _original(story: Story, publication: Publication) -> Ref | None:
    library = publication.library
    original = library.story_by_id.get(library.resolve(story.translation_of)) if story.translation_of else None
    return publication.ref(original.title, urls.story(original.id)) if original else None


def _sources(story: Story, publication: Publication) -> tuple[SourceView, ...]:
    slug = publication.settings.slug
    return tuple(
        SourceView(
            number=number,
            publisher=publication.ref(source.name, urls.source(slug(source.name))),
            href=source.url or "",
            title=source.title,
            author=source.author,
            date=source.date,
            via=source.via,
            note=source.note,
        )
        for number, source in enumerate(story.sources, start=1)
    )


def _neighbours(story: Story, publication: Publication) -> tuple[Ref | None, Ref | None]:
    place = publication.place.get(story.id)
    if place is None:
        return None, None
    stories = publication.stories
    newer = stories[place - 1] if place else None
    older = stories[place + 1] if place + 1 < len(stories) else None
    return (
        Ref(newer.title, urls.story(newer.id)) if newer else None,
        Ref(older.title, urls.story(older.id)) if older else None,
    )


def _timeline(story: Story, publication: Publication) -> TimelineView | None:
    """The thread around the story: only a window, since every story of a long thread shows one."""
    thread = publication.library.thread_by_id.get(story.thread)
    if thread is None:
        return None
    stories = publication.by_thread[thread.id]
    place = publication.place_in_thread.get(story.id)
    if place is None:
        return None
    first = max(0, min(place - _TIMELINE // 2, len(stories) - _TIMELINE))
    window = stories[first : first + _TIMELINE]
    return TimelineView(
        thread=Ref(thread.title, urls.thread(thread.id)),
        moments=tuple(
            Moment(urls.story(other.id), other.title, other.date, other.id == story.id) for other in reversed(window)
        ),
        earlier=len(stories) - first - len(window),
        later=first,
    )


def _shares(story: Story, settings: Settings) -> tuple[Outward, ...]:
    """Plain links that contain the story's title and address, and load nothing until a reader follows them."""
    if not settings.url:
        return ()
    url = quote(f"{settings.url}/{urls.encoded(urls.story(story.id))}", safe="")
    title = quote(story.title, safe="")
    return tuple(Outward(name, href.format(title=title, url=url)) for name, href in _SHARES)
