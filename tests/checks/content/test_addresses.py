"""What the rules say will stand at each address is what a build puts there."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

import pytest

from briefing import settings as publication_settings
from briefing.checks.content import find_problems, output_paths
from briefing.content.library import read_library
from briefing.site.edition import BuildOptions, open_edition
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

FURTHER = re.compile(r"(?:.*/)?page/\d+/index\.html")


@pytest.mark.parametrize("own", [True, False], ids=["the sample", "a small one"])
def test_the_rules_know_every_file_of_the_site(own: bool, sample: Path, publication: MakePublication) -> None:  # noqa: FBT001
    root = (
        sample
        if own
        else publication({"static/.well-known/x": "x", "pages/more.md": "---\ntitle: M\naliases: [/old]\n---\n"})
    )
    settings = publication_settings.load(root)
    known = set(output_paths.files(read_library(settings)))
    edition = open_edition(settings, BuildOptions(drafts=True, as_of=dt.date(2030, 1, 1)))
    render_all(edition)
    made = {name for name in edition.site.files if not FURTHER.fullmatch(name)}
    assert made - known == {edition.templates.stylesheet}
    assert known - made - {"build.json"} == set()


def test_every_file_has_an_owner_in_words(publication: MakePublication) -> None:
    known = output_paths.files(read_library(publication_settings.load(publication())))
    assert known["index.html"] == "the home page"
    assert known["about/index.html"] == "content/pages/about.md"
    assert known["topics/law/index.html"] == "the topic Law"
    assert known["stories/2026-03-30-a-first-story/index.html"] == "content/stories/2026/2026-03-30-a-first-story.md"


def test_the_sample_has_no_errors(sample: Path) -> None:
    found = find_problems(read_library(publication_settings.load(sample)), dt.date(2030, 1, 1))
    assert [str(problem) for problem in found if problem.weight == "error"] == []
