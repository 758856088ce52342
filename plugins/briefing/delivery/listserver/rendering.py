"""Views -> pages, by the theme's templates and the publication's overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from briefing.delivery.listserver.views import ButtonView, JoinView, NoticeView, SubscriptionView
from briefing.delivery.store.list_urls import SUBSCRIBE, token_path
from briefing.delivery.store.tokens import Purpose
from briefing.digest.identifiers import ascii_url
from briefing.pages.site_view import Join

if TYPE_CHECKING:
    import datetime as dt

    from briefing.delivery.store.membership import Subscriber
    from briefing.pages.templating import Templates
    from briefing.settings import Settings


class Pages:
    """Every page of the list server. Raises TemplateFailedError if a template fails."""

    def __init__(self, settings: Settings, templates: Templates) -> None:
        """URLs start with the path of `delivery.listserver`."""
        server = settings.options.delivery.listserver
        self.base = urlsplit(ascii_url(server)).path if server else ""
        self.style = templates.style
        self.style_path = f"/{templates.stylesheet}"
        self._templates = templates
        self._zone = settings.zone

    def join(self, address: str = "", error: str = "") -> str:
        """The form; after an error with the address that was entered."""
        form = Join(f"{self.base}{SUBSCRIBE}", "", "email", is_own=True)
        return self._templates.render("listserver/join.html", JoinView(self.base, form, address, error))

    def button(self, name: str) -> str:
        """A page with one button."""
        return self._templates.render("listserver/button.html", ButtonView(self.base, name))

    def notice(self, name: str, own: str = "", paused: dt.date | None = None) -> str:
        """What was done or refused. `own`: the token of the subscription page that it links to. `paused`: see `paused_until`."""
        link = f"{self.base}{token_path(Purpose.PAGE, own)}" if own else f"{self.base}{SUBSCRIBE}"
        return self._templates.render("listserver/notice.html", NoticeView(self.base, name, link, paused))

    def paused_until(self, known: Subscriber, now: dt.datetime) -> dt.date | None:
        """The day on which a reader's pause ends; None if they are not paused."""
        until = now.fromtimestamp(known.paused_until, self._zone)
        return until.date() if until > now else None

    def own(
        self,
        known: Subscriber,
        masked_address: str,
        now: dt.datetime,
        *,
        done: str = "",
        error: tuple[str, str] = ("", ""),
    ) -> str:
        """A reader's subscription page. `error`: the address that was entered, and why it is not valid."""
        view = SubscriptionView(self.base, masked_address, known.state, self.paused_until(known, now), done, *error)
        return self._templates.render("listserver/own.html", view)
