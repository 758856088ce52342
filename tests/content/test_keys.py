"""A key of front matter is declared once: where it is named in the package, and what follows from its declaration."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from briefing.content.frontmatter.keys import hashed_keys, keys_of, shown_texts
from briefing.content.model import Sponsor, Story, StoryFrontMatter
from briefing.content.schemas import schemas
from briefing.pages.views import CardFields, ItemFields, StoryFields

PACKAGE = Path(__file__).resolve().parents[2] / "plugins" / "briefing"
DRAFT = "authoring/new_story.py"
CHECKS = "checks/content/stories.py"


def naming(key: str) -> set[str]:
    """The modules that name a key."""
    word = re.compile(rf"\b{key}\b")
    files = PACKAGE.rglob("*.py")
    return {path.relative_to(PACKAGE).as_posix() for path in files if word.search(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("key", ["why_it_matters", "sentiment_reason"])
def test_a_key_is_named_in_its_declaration_and_its_view(key: str) -> None:
    assert naming(key) - {DRAFT, CHECKS} == {"content/model/story.py", "pages/views/story.py"}


@pytest.mark.parametrize("shape", [CardFields, ItemFields, StoryFields])
def test_views_take_fields_that_a_story_has(shape: type[object]) -> None:
    assert all(hasattr(Story, field.name) for field in fields(shape))  # type: ignore[arg-type]


def test_a_declaration_says_everything() -> None:
    key = keys_of(StoryFrontMatter)["why_it_matters"]
    assert (key.is_required, key.default) == (False, "")
    assert "why_it_matters" in hashed_keys(StoryFrontMatter)
    known = schemas()["story"]["properties"]["why_it_matters"]
    assert known == {"default": "", "description": key.description, "type": "string"}


def test_a_model_keeps_what_its_shape_declares() -> None:
    assert hashed_keys(Story) == hashed_keys(StoryFrontMatter)
    sponsor = Sponsor(name="TODO", url="https://a.example/", text="One.")
    assert list(shown_texts(sponsor)) == [(("name",), "TODO"), (("text",), "One."), (("label",), "Sponsor")]
