"""What an issue told its readers, as the records beside it have it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from briefing.content.model import SentCorrection

if TYPE_CHECKING:
    from briefing.content.library.record_schema import ContentsShape
    from briefing.content.model import Contents


def values_of(contents: Contents) -> dict[str, Any]:
    """The contents as JSON has them: `stories`, `told` and `corrections`."""
    corrections = [{**asdict(one), "date": one.date.isoformat()} for one in contents.corrections]
    return {
        "stories": list(contents.stories),
        "content_hashes": dict(contents.content_hashes),
        "corrections": corrections,
    }


def fields_of(shape: ContentsShape) -> dict[str, Any]:
    """The same as the model has them, to make a `Contents` or a record with."""
    corrections = tuple(SentCorrection(**dict(correction)) for correction in shape.corrections)
    return {"stories": tuple(shape.stories), "content_hashes": dict(shape.content_hashes), "corrections": corrections}


def forgotten(contents: Contents) -> str:
    """A story without a fingerprint, so that an edit of it would never be found; "" where there is none."""
    named = (*contents.stories, *(correction.story for correction in contents.corrections))
    return next((story for story in named if story not in contents.content_hashes), "")
