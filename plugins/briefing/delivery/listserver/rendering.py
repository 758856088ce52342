"""Views -> finished pages, by the theme's templates and the publication's own laid over them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from briefing.delivery.listserver.views import ButtonView, JoinView, NoticeView, OwnView
from briefing.delivery.store.list_urls import SUBSCRIBE, path
from briefing.delivery.store.tokens import Purpose
from briefing.digest.identifiers import ascii_url
from briefing.pages.site_view import Join

if TYPE_CHECKING:
    import datetime as dt

    from briefing.delivery.store.membership import Subscriber
    from briefing.pages.templating import Templates
    from briefing.settings import Settings


class Pages:
    """Every page of the list server. Raises TemplateFailedError where a template fails."""

    def __init__(self, settings: Settings, templates: Templates) -> None:
        """Addresses are made for `delivery.listserver`, whose path stands before each of them."""
        server = settings.options.delivery.listserver
        self.base = urlsplit(ascii_url(server)).path if server else ""
        self.style = templates.style
        self.style_path = f"/{templates.stylesheet}"
        self._templates = templates
        self._zone = settings.zone

    def join(self, address: str = "", fault: str = "") -> str:
        """The form, once more with what was typed and why that is no address."""
        form = Join(f"{self.base}{SUBSCRIBE}", "", "email", is_own=True)
        return self._templates.render("listserver/join.html", JoinView(self.base, form, address, fault))

    def button(self, name: str) -> str:
        """A question, and the button that answers it."""
        return self._templates.render("listserver/button.html", ButtonView(self.base, name))

    def notice(self, name: str, own: str = "", paused: dt.date | None = None) -> str:
        """What was done or refused; `own`: the token of the reader's own page, to which it then leads.

        `paused`: as `paused_until` gives it.
        """
        link = f"{self.base}{path(Purpose.PAGE, own)}" if own else f"{self.base}{SUBSCRIBE}"
        return self._templates.render("listserver/notice.html", NoticeView(self.base, name, link, paused))

    def paused_until(self, known: Subscriber, now: dt.datetime) -> dt.date | None:
        """The day on which a reader's pause ends; None where they are not paused."""
        until = now.fromtimestamp(known.paused_until, self._zone)
        return until.date() if until > now else None

    def own(
        self, known: Subscriber, masked: str, now: dt.datetime, *, done: str = "", fault: tuple[str, str] = ("", "")
    ) -> str:
        """A reader's own page; `fault`: the address that was typed, and why it is none."""
        view = OwnView(self.base, masked, known.state, self.paused_until(known, now), done, *fault)
        return self._templates.render("listserver/own.html", view)
