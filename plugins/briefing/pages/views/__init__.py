"""The shapes of all views. Addresses (`url`) are paths on this site unless they are called `href`."""

from __future__ import annotations

from briefing.pages.views.feed_views import (
    FeedView,
    IssueFeedView,
    RobotsView,
    SitemapEntry,
    SitemapIndexView,
    SitemapView,
)
from briefing.pages.views.issue_views import (
    DigestView,
    IssueCard,
    IssueIndex,
    IssuePage,
    IssueView,
    ItemView,
    OneLinerView,
    SectionView,
    SponsorView,
)
from briefing.pages.views.list_views import (
    CorrectionsView,
    HomeView,
    IndexView,
    ListView,
    NotFoundView,
    PageView,
    RedirectView,
)
from briefing.pages.views.parts import Count, HeadingView, ImageView, Moment, Outward, Ref
from briefing.pages.views.story_views import (
    AccountView,
    CorrectionView,
    CuratorView,
    DisagreementView,
    SourceView,
    StoryCard,
    StoryView,
    TimelineView,
)

__all__ = [
    "AccountView",
    "CorrectionView",
    "CorrectionsView",
    "Count",
    "CuratorView",
    "DigestView",
    "DisagreementView",
    "FeedView",
    "HeadingView",
    "HomeView",
    "ImageView",
    "IndexView",
    "IssueCard",
    "IssueFeedView",
    "IssueIndex",
    "IssuePage",
    "IssueView",
    "ItemView",
    "ListView",
    "Moment",
    "NotFoundView",
    "OneLinerView",
    "Outward",
    "PageView",
    "RedirectView",
    "Ref",
    "RobotsView",
    "SectionView",
    "SitemapEntry",
    "SitemapIndexView",
    "SitemapView",
    "SourceView",
    "SponsorView",
    "StoryCard",
    "StoryView",
    "TimelineView",
]
