"""What an issue published, as the ledger and the records write it."""

from __future__ import annotations

import json

from briefing.content.frontmatter.keys import adapter_of
from briefing.content.model.record import Contents


def contents_to_json(contents: Contents) -> str:
    """The contents as JSON, without what a record adds to them."""
    return json.dumps(adapter_of(Contents).dump_python(Contents(**contents.fields), mode="json"))


def contents_from_json(text: str) -> Contents:
    """The contents in such JSON. Raises ValueError if it is invalid, or lacks a key."""
    contents = adapter_of(Contents).validate_json(text)
    if missing := contents.fields.keys() - json.loads(text).keys():
        msg = f"is missing: {', '.join(sorted(missing))}"
        raise ValueError(msg)
    return contents


def story_without_hash(contents: Contents) -> str:
    """A story without a content hash, an edit of which would never be found; "" if there is none."""
    named = (*contents.stories, *(correction.story for correction in contents.corrections))
    return next((story for story in named if story not in contents.content_hashes), "")
