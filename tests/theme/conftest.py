"""Views made by hand, as awkward as the front matter allows, and the theme that renders them."""

from __future__ import annotations

import datetime as dt
import runpy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from briefing import settings
from briefing.pages.templating import Templates
from briefing.pages.views import (
    AccountView,
    CorrectionView,
    CuratorView,
    DisagreementView,
    FeedView,
    HeadingView,
    ImageView,
    IssueCard,
    IssueFeedView,
    IssuePage,
    IssueView,
    ItemView,
    Moment,
    OneLinerView,
    Outward,
    Ref,
    SectionView,
    SourceView,
    SponsorView,
    StoryCard,
    StoryView,
    TimelineView,
)

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "tests" / "sample"
EVIL = "</script><script>alert(1)</script> \"quotes\" & 'more' {{ view }} %s"
LONG = f"https://example.com/{'a' * 990}?q={'b' * 990}"
DAY = dt.datetime(2026, 3, 30, tzinfo=dt.timezone(dt.timedelta(hours=1)))
SITE_MARK = "\x1e"
TEXT = f"""<p>See <a href="{LONG}">{LONG}</a>, <code>{"x" * 200}</code> and <a href="{SITE_MARK}stories/b/">b</a>.</p>
<h2 id="one">{"long" * 40}</h2><ul><li><span class="task" role="img" aria-label="done">\u2611</span> It is done</li></ul>
<h3 id="two">Two</h3><table><thead><tr>{"<th>A long column</th>" * 6}</tr></thead>
<tbody><tr>{f"<td>{'w' * 40}</td>" * 6}</tr></tbody></table>
<pre><code>{"y" * 200}</code></pre><h2 id="three">Three</h2><blockquote><p>Quoted.</p></blockquote>"""


def templates_with(**changes: Any) -> Templates:
    values = {**runpy.run_path(str(SAMPLE / "pelicanconf.py")), "THEME": str(REPOSITORY / "theme"), **changes}
    return Templates(settings.resolve(SAMPLE, values))


@pytest.fixture(scope="session")
def templates() -> Templates:
    """The theme under the sample's settings."""
    return templates_with()


@pytest.fixture(scope="session")
def render(templates: Templates) -> Callable[[str, object], str]:
    """`render("story.html", view)`: one page."""
    return templates.render


@pytest.fixture(scope="session")
def render_without_address() -> Callable[[str, object], str]:
    """The same for a publication that has set no SITEURL."""
    return templates_with(SITEURL="").render


@pytest.fixture
def story() -> StoryView:
    """A story with everything, and each of its texts hostile or long."""
    own = Ref(EVIL, "stories/a/")
    image = ImageView("images/film.png", EVIL, 1200, 675, EVIL, "Us", "CC BY 4.0")
    card = StoryCard(
        id="a",
        url="stories/a/",
        title=EVIL,
        summary=EVIL,
        date=DAY,
        topic=Ref("Law & <policy>", "topics/law-and-policy/"),
        kind="main",
        sentiment="mixed",
        words=1,
        minutes=1,
        lead_source=EVIL,
        image=image,
        lang="",
        status="published",
    )
    return StoryView(
        card=card,
        html=TEXT,
        original=Ref(EVIL, "stories/2026-03-29-original/"),
        headings=(HeadingView(2, "One", "one"), HeadingView(3, "Two", "two"), HeadingView(2, "Three", "three")),
        sentiment_reason=EVIL,
        why_it_matters=EVIL,
        key_questions=(EVIL,),
        sources=(
            SourceView(1, Ref("P" * 90, "sources/p/"), LONG, EVIL, EVIL, DAY.date(), EVIL, EVIL),
            SourceView(2, Ref("Second", "sources/second/"), "", "", "", None, "", "Read on paper."),
            SourceView(3, Ref("Third", "sources/third/"), "https://example.com/3", "", "", None, "", ""),
        ),
        disagreements=(DisagreementView(EVIL, (AccountView(1, EVIL, EVIL), AccountView(2, "Second", "Later."))),),
        corrections=(CorrectionView(dt.date(2026, 4, 2), EVIL, own),),
        modified=DAY,
        timeline=TimelineView(
            Ref(EVIL, "threads/t/"),
            (Moment("stories/b/", "b", DAY, current=False), Moment("stories/a/", EVIL, DAY, current=True)),
            1,
            2,
        ),
        tags=(Ref(EVIL, "tags/x/"),),
        curators=(CuratorView(EVIL, "curators/x/", EVIL, "<p>Bio.</p>", image, (Outward("Site", LONG),)),),
        issue=Ref(EVIL, "issues/4/"),
        share=(Outward("Email", "mailto:?subject=a&body=b"),),
        newer=own,
        older=Ref("older " * 40, "stories/b/"),
        assisted=True,
        reviewed_by=EVIL,
        feed_id="stories/a/",
    )


@pytest.fixture
def bare(story: StoryView) -> StoryView:
    """A story with nothing that may be left out."""
    return replace(
        story,
        card=replace(
            story.card, id="b", url="stories/b/", title="Bare", summary="Short.", image=None, sentiment="", kind="brief"
        ),
        html="<p>One.</p>",
        headings=(),
        sentiment_reason="",
        why_it_matters="",
        key_questions=(),
        sources=story.sources[1:2],
        disagreements=(),
        corrections=(),
        modified=None,
        timeline=None,
        tags=(),
        curators=(),
        issue=None,
        share=(),
        newer=None,
        older=None,
        assisted=False,
        reviewed_by="",
        feed_id="stories/b/",
    )


@pytest.fixture
def arabic(story: StoryView) -> StoryView:
    """A story in another language than the site's, written from right to left."""
    text = "\u0642\u0627\u0646\u0648\u0646 \u062c\u062f\u064a\u062f"
    card = replace(story.card, id="ar", url="stories/ar/", title=text, summary=text, lang="ar")
    return replace(
        story,
        card=card,
        html=f"<p>{text}</p>",
        headings=(),
        why_it_matters=text,
        key_questions=(text,),
        feed_id=card.url,
    )


@pytest.fixture
def issue(story: StoryView, bare: StoryView, arabic: StoryView) -> IssueView:
    """An issue with everything."""
    lead, second, third = (
        ItemView(
            card=view.card,
            why_it_matters=view.why_it_matters,
            key_questions=view.key_questions,
            sources=view.sources,
            corrections=view.corrections,
        )
        for view in (story, bare, arabic)
    )
    return IssueView(
        id="4",
        url="issues/4/",
        number=4,
        title=EVIL,
        date=DAY,
        subject=EVIL,
        preheader=EVIL,
        html=f'<p>Good <a href="{SITE_MARK}stories/a/">morning</a>.</p>',
        lead=lead,
        sections=(SectionView(EVIL, (second, third)),),
        links=(OneLinerView(EVIL, LONG, EVIL, EVIL),),
        sponsor=SponsorView(EVIL, "https://example.com/?a=1&b=2", EVIL, "Sponsor", story.card.image),
        corrections=story.corrections,
        words=1,
        minutes=1,
        updated=DAY,
    )


@pytest.fixture
def issue_page(issue: IssueView) -> IssuePage:
    """The issue's page as a draft."""
    return IssuePage(issue, "draft", None, Ref("Older", "issues/3/"))


@pytest.fixture
def issue_card() -> IssueCard:
    """The issue in a list."""
    return IssueCard("issues/4/", 4, EVIL, DAY, EVIL, 1, 1)


@pytest.fixture
def feed(story: StoryView, bare: StoryView, arabic: StoryView) -> FeedView:
    """A feed of the three stories."""
    return FeedView(EVIL, "feeds/all.atom.xml", "", DAY, (story, bare, arabic))


@pytest.fixture
def issue_feed(issue: IssueView) -> IssueFeedView:
    """A feed of one issue."""
    return IssueFeedView(EVIL, "feeds/issues.atom.xml", "issues/", DAY, (issue,))
