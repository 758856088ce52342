"""A rendered digest with one of everything, and its inspection after a change."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from briefing.checks.email import Around, Inspection, ReportRow, inspect
from briefing.settings import Settings, load
from briefing.site.edition import BuildOptions, Edition, open_edition
from briefing.site.rendering import render_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.content.model import Digest
    from briefing.errors import Problem
    from briefing.pages.views import DigestView

REPOSITORY = Path(__file__).resolve().parents[3]
STORY = "content/stories/2026/2026-03-30-a-lead.md"
FILES = {
    "pelicanconf.py": """\
SITENAME = "The Example"
SITEURL = "https://example.org/news"
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["briefing"]
PATH = "content"
THEME = "theme"
BRIEFING = {
    "tagline": "One line",
    "topics": ["Science", "Law"],
    "email": {"sender": "The Example <desk@example.org>", "postal_address": "1 Example Street"},
}
""",
    STORY: """\
---
title: A lead story
date: 2026-03-30
summary: What happened, in a sentence.
topic: Science
sources:
  - name: The Journal
    url: "https://journal.example/first?page=1"
    title: The first report
  - name: The Gazette
    url: "https://gazette.example/second"
kind: main
sentiment: mixed
sentiment_reason: It helps some and harms others.
why_it_matters: Because it counts.
key_questions: [What now?]
image: {file: images/film.png, alt: Five frames of a film, caption: A caption}
---
Text.
""",
    "content/stories/2026/2026-03-31-another.md": """\
---
title: Another story
date: 2026-03-31
summary: What came after it.
topic: Law
sources:
  - name: The Courier
    url: "https://courier.example/third"
---
Text.
""",
    "content/issues/2026-w14.md": """\
---
number: 1
title: The first issue
date: 2026-04-03
subject: "What happened, and what came after"
preheader: Two stories and a short thing.
lead: 2026-03-30-a-lead
sections:
  - title: Rules
    stories: [2026-03-31-another]
links:
  - title: A short thing
    url: "https://lines.example/1"
sponsor:
  name: Acme
  url: "https://acme.example/?utm_source=briefing"
  text: makes paperclips.
---
Good morning, says [a friend](https://friend.example/). See [the lead]({filename}/stories/2026/2026-03-30-a-lead.md).

    a line of code
""",
}


@dataclass(frozen=True)
class Found:
    """An inspection, by the names of its rows."""

    inspection: Inspection

    def row(self, check: str) -> ReportRow:
        return next(row for row in self.inspection.rows if row.check == check)

    def problems(self, check: str) -> list[Problem]:
        return [problem for problem in self.inspection.problems if problem.field == f"digest.{check}"]


@dataclass(frozen=True)
class RenderedDigest:
    """A rendered publication; `inspected` changes its digest or its view, and inspects it."""

    edition: Edition

    @property
    def settings(self) -> Settings:
        return self.edition.mail_settings

    @property
    def view(self) -> DigestView:
        return self.edition.digests[0][0]

    @property
    def digest(self) -> Digest:
        return self.edition.digests[0][1]

    @property
    def around(self) -> Around:
        stories = {story.id: story.path for story in self.edition.publication.library.stories}
        page = self.edition.site.files["issues/2026-w14/index.html"]
        assert isinstance(page, bytes)
        return Around(page=page.decode(), files=frozenset(self.edition.site.files), stories=stories)

    def inspected(
        self,
        html: tuple[str, str] = ("", ""),
        text: tuple[str, str] = ("", ""),
        message: tuple[bytes, bytes] = (b"", b""),
        issue: dict[str, Any] | None = None,
        **around: Any,
    ) -> Found:
        """`html` and the others are (old, new): what to replace everywhere in the rendered digest."""
        digest = self.digest
        for old, whole in ((html[0], digest.html), (text[0], digest.text), (message[0], digest.message)):
            assert old in whole  # type: ignore[operator]  # each pair is of one type
        digest = dataclasses.replace(
            digest,
            html=digest.html.replace(*html) if html[0] else digest.html,
            text=digest.text.replace(*text) if text[0] else digest.text,
            message=digest.message.replace(*message) if message[0] else digest.message,
        )
        view = dataclasses.replace(self.view, issue=dataclasses.replace(self.view.issue, **(issue or {})))
        return Found(inspect(view, digest, self.settings, dataclasses.replace(self.around, **around)))


@pytest.fixture(scope="session")
def render(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., RenderedDigest]:
    """`render({file: text})`: the publication with files replaced or added, rendered."""

    def make(files: dict[str, str] | None = None) -> RenderedDigest:
        root = tmp_path_factory.mktemp("desk")
        (root / "theme").symlink_to(REPOSITORY / "theme")
        for name, text in {**FILES, **(files or {})}.items():
            file = root / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        pictures = root / "content" / "images"
        pictures.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / "tests" / "sample" / "content" / "images" / "film.png", pictures)
        edition = open_edition(load(root), BuildOptions())
        render_all(edition)
        return RenderedDigest(edition)

    return make


@pytest.fixture(scope="session")
def rendered(render: Callable[..., RenderedDigest]) -> RenderedDigest:
    """One of everything, and nothing wrong with it."""
    return render()
