"""The theme's reference shows every view, template, filter and macro as they are. To renew it, run

RENEW_CASES=1 python3 tasks.py test tests/theme/test_reference.py
"""

from __future__ import annotations

import datetime as dt
import os
import runpy
from typing import TYPE_CHECKING, Any

import pytest
from jinja2.filters import FILTERS as STANDARD_FILTERS
from tests.conftest import REPOSITORY, SAMPLE
from tests.theme import examples, reference

from briefing import settings
from briefing.digest.text_part import TextView
from briefing.pages.digest_view import digest_view
from briefing.site.edition import BuildOptions, Edition, open_edition
from briefing.site.plan import plan

if TYPE_CHECKING:
    from pathlib import Path

PAGE = REPOSITORY / "docs" / "reference" / "theme.md"
THEME = REPOSITORY / "theme" / "templates"


@pytest.fixture(scope="module")
def edition() -> Edition:
    """The sample publication, read on a fixed day."""
    values = {**runpy.run_path(str(SAMPLE / "pelicanconf.py")), "THEME": str(REPOSITORY / "theme")}
    return open_edition(settings.resolve(SAMPLE, values), BuildOptions(as_of=dt.date(2026, 4, 20)))


@pytest.fixture(scope="module")
def received(edition: Edition) -> dict[str, Any]:
    """Each template that gets a view, and the view with the most in it."""
    views: dict[str, list[object]] = {}
    for artifact in plan(edition.publication):
        views.setdefault(artifact.template, []).append(artifact.view)
    known = reference.shapes("briefing.pages.views")
    views["sitemap-index.xml"] = [known["SitemapIndexView"](("sitemap-1.xml",))]
    digests = [digest_view(issue, edition.publication) for issue in edition.issues_with_digest]
    views["email/digest.html"] = [*digests]
    views["email/digest.txt"] = [
        TextView(one.issue, one.unsubscribe, one.preferences, "Good morning.") for one in digests
    ]
    return {template: reference.instances(found)[type(found[0]).__name__] for template, found in views.items()}


def test_the_reference_is_up_to_date(edition: Edition, received: dict[str, Any]) -> None:
    text = reference.page(THEME, edition.templates, received)
    if os.environ.get("RENEW_CASES"):
        PAGE.write_text(text, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == text, "see the docstring of this module on how to renew it"


def test_every_view_filter_and_macro_has_an_example(edition: Edition, received: dict[str, Any]) -> None:
    assert {type(view).__name__ for view in received.values()} == set(examples.VIEWS)
    assert edition.templates._environment.filters.keys() - STANDARD_FILTERS.keys() == examples.FILTERS.keys()
    found = {
        file.relative_to(THEME).as_posix(): {macro for _, macro, _ in reference.MACRO.findall(reference.text_of(file))}
        for file in THEME.rglob("*")
        if reference.MACRO.search(reference.text_of(file))
    }
    assert {name: set(macros) for name, (_, macros) in examples.MACROS.items()} == found


def test_every_view_is_in_it() -> None:
    text = PAGE.read_text(encoding="utf-8")
    shared = {"CardFields", "ItemFields", "StoryFields"}  # what several views extend; no template gets one
    names = [name for name in reference.shapes("briefing.pages.views") if name not in shared]
    assert [name for name in names if f"\n### {name}\n" not in text] == []


def test_a_field_s_note_is_told_from_the_rest() -> None:
    docstring = "A list.\n\n    kind: one of two.\n    page, pages: numbers, `total` counts. Not a field: this.\n    "
    assert reference.described(docstring, ["kind", "page", "pages"]) == (
        "A list.",
        {
            "kind": "one of two",
            "page": "numbers, `total` counts. Not a field: this",
            "pages": "numbers, `total` counts. Not a field: this",
        },
    )


def test_the_page_says_what_is_new(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("{# Says so. #}\n{% macro new(a, b='') %}{% endmacro %}", encoding="utf-8")
    assert reference.MACRO.findall(reference.text_of(tmp_path / "x.html")) == [("Says so.", "new", "(a, b='')")]
