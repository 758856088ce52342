"""The shapes of all views. Addresses (`url`) are paths on this site unless they are called `href`."""

from briefing.pages.views.digest import DigestView
from briefing.pages.views.feed import FeedView, IssueFeedView, RobotsView, SitemapEntry, SitemapIndexView, SitemapView
from briefing.pages.views.image import ImageView
from briefing.pages.views.issue import IssueCard, IssuePage, IssueView, OneLinerView, SectionView, SponsorView
from briefing.pages.views.list import CorrectionsView, Count, HomeView, IndexView, IssueIndex, ListView
from briefing.pages.views.page import NotFoundView, PageView, RedirectView
from briefing.pages.views.ref import Outward, Ref
from briefing.pages.views.story import (
    AccountView,
    CardFields,
    CorrectionView,
    CuratorView,
    DisagreementView,
    HeadingView,
    ItemFields,
    ItemView,
    Moment,
    SourceView,
    StoryCard,
    StoryFields,
    StoryView,
    TimelineView,
)

__all__ = [
    "AccountView",
    "CardFields",
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
    "ItemFields",
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
    "StoryFields",
    "StoryView",
    "TimelineView",
]
