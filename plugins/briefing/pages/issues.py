"""An issue as views: on its page, in its digest, in the archive."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import TYPE_CHECKING

from briefing import urls
from briefing.content.markdown import count_words
from briefing.content.model import reading_minutes
from briefing.pages.stories import correction_view, image_view, story_item
from briefing.pages.views import (
    IssueCard,
    IssuePage,
    IssueView,
    ItemFields,
    OneLinerView,
    Ref,
    SectionView,
    SponsorView,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.content.model import Issue, Sponsor
    from briefing.pages.publication import Publication
    from briefing.pages.views import CorrectionView, ItemView


def issue_view(issue: Issue, publication: Publication) -> IssueView:
    """What the issue contains, the same for page and digest, whatever its status."""
    stories = publication.library.story_by_id
    lead = story_item(stories[issue.lead], publication) if issue.lead else None
    sections = tuple(
        SectionView(section.title, tuple(story_item(stories[story], publication) for story in section.stories))
        for section in issue.sections
    )
    published = publication.corrections_of.get(issue.id, ()) if issue.id in publication.issue_before else ()
    corrections = tuple(
        correction_view(correction, story, publication) for correction, story in published if not correction.minor
    )
    links = tuple(OneLinerView(link.title, link.url, link.source, link.note) for link in issue.links)
    words = issue.body.words + sum(map(count_words, _texts(lead, sections, links, corrections)))
    return IssueView(
        id=issue.id,
        url=urls.issue(issue.id),
        number=issue.number,
        title=issue.title,
        date=issue.date,
        subject=issue.subject or issue.title,
        preheader=issue.preheader,
        html=publication.html(issue.body),
        lead=lead,
        sections=sections,
        links=links,
        sponsor=_sponsor_view(issue.sponsor),
        corrections=corrections,
        words=words,
        minutes=reading_minutes(words),
        updated=_updated(issue, publication),
    )


def _updated(issue: Issue, publication: Publication) -> dt.datetime:
    """When the issue's page last changed: its date, or the last correction of one of its stories."""
    stories = (publication.library.story_by_id[story] for story in issue.story_ids)
    days = (correction.date for story in stories for correction in story.corrections if not correction.minor)
    return max([issue.date, *(dt.datetime.combine(day, dt.time(), issue.date.tzinfo) for day in days)])


def _sponsor_view(sponsor: Sponsor | None) -> SponsorView | None:
    if sponsor is None:
        return None
    return SponsorView(sponsor.name, sponsor.url, sponsor.text, sponsor.label, image_view(sponsor.image))


def _texts(
    lead: ItemView | None,
    sections: tuple[SectionView, ...],
    links: tuple[OneLinerView, ...],
    corrections: tuple[CorrectionView, ...],
) -> Iterator[str]:
    """Every text of the digest except its introduction, to count its words."""
    for item in (*filter(None, [lead]), *(item for section in sections for item in section.items)):
        yield from (item.card.title, item.card.summary)
        for name in (field.name for field in fields(ItemFields)):
            value = getattr(item, name)
            yield from [value] if isinstance(value, str) else value if isinstance(value, tuple) else ()
    for section in sections:
        yield section.title
    for link in links:
        yield from (link.title, link.note)
    for correction in corrections:
        yield correction.text


def issue_page(issue: Issue, publication: Publication, newer: Issue | None, older: Issue | None) -> IssuePage:
    """The issue's page; the caller knows its neighbours."""
    return IssuePage(
        issue=issue_view(issue, publication),
        status=issue.status.value,
        newer=Ref(newer.title, urls.issue(newer.id)) if newer else None,
        older=Ref(older.title, urls.issue(older.id)) if older else None,
    )


def issue_card(issue: Issue, publication: Publication) -> IssueCard:
    """The issue in a list."""
    view = issue_view(issue, publication)
    return IssueCard(view.url, view.number, view.title, view.date, view.preheader, len(issue.story_ids), view.minutes)
