"""What an issue publishes, to be recorded when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.content.model import Contents, RecordedCorrection

if TYPE_CHECKING:
    from briefing.content.model import Issue
    from briefing.pages.publication import Publication


def contents_of(issue: Issue, publication: Publication) -> Contents:
    """The issue's stories and the corrections that it contains, with the current content hashes of all these stories."""
    corrected = publication.corrections_of.get(issue.id, ())
    stories = publication.library.story_by_id
    named = dict.fromkeys((*issue.story_ids, *(story.id for _, story in corrected)))
    return Contents(
        stories=issue.story_ids,
        content_hashes={story: stories[story].content_hash for story in named},
        corrections=tuple(RecordedCorrection(story.id, c.date, c.text, c.minor) for c, story in corrected),
    )
