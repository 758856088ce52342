"""What readers can reach on a day: what is listed, and which addresses exist."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from briefing import urls
from briefing.content.markdown import without_dead_links
from briefing.pages import page_urls
from briefing.pages.listing import Listing
from briefing.pages.views import Ref

if TYPE_CHECKING:
    from briefing.content.model import Body


@dataclass(frozen=True)
class Publication(Listing):
    """A Listing that knows the pages of its build."""

    def html(self, body: Body) -> str:
        """A text's HTML, in which a link to a page that does not exist yet is only its text."""
        return without_dead_links(body.html, self.has)

    def ref(self, name: str, address: str) -> Ref:
        """A name with its page, if this build makes it."""
        return Ref(name, address if self.has(address) else None)

    def has(self, address: str) -> bool:
        """Whether this build makes the page or file at an address on this site."""
        return urls.file_of(address) in self._files or address.startswith(urls.THEME)

    @cached_property
    def _files(self) -> frozenset[str]:
        return page_urls.files(self)
