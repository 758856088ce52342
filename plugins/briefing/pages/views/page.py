"""Pages outside the stream of stories."""

from __future__ import annotations

from dataclasses import dataclass

from briefing.pages.views.story import StoryCard  # noqa: TC001 - dataclasses' types are read at run time by callers


@dataclass(frozen=True, slots=True)
class PageView:
    """A page outside the stream of stories. `status` as for a story."""

    title: str
    url: str
    summary: str
    html: str
    status: str


@dataclass(frozen=True, slots=True)
class NotFoundView:
    """The 404 page: the newest stories."""

    newest: tuple[StoryCard, ...]


@dataclass(frozen=True, slots=True)
class RedirectView:
    """A page that redirects from a former address to a page's current one."""

    title: str
    to: str
