"""Whether an issue is live: what its readers will ask the site for, asked for from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from briefing import urls
from briefing.checks.email.html_tree import read_page
from briefing.errors import BriefingError
from briefing.publish.expectations import page_fault, picture_fault
from briefing.publish.http_probe import ask_all

if TYPE_CHECKING:
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True)
class Dead:
    """An address that does not show what it should, and why."""

    url: str
    why: str

    def __str__(self) -> str:
        """`https://example.org/images/x.png answers 404`."""
        return f"{self.url} {self.why}"


def require_live(settings: Settings, digest_html: str, issue_url: str) -> None:
    """Raise BriefingError, naming every dead address, unless `look_live` finds none.

    `issue_url`: the page's whole address, or as the views have it, a path on the site.
    """
    whole = issue_url if "://" in issue_url else f"{settings.url}/{urls.encoded(issue_url)}"
    dead = look_live(settings, digest_html, whole)
    if dead:
        listed = "".join(f"\n  {one}" for one in dead)
        msg = f"the issue is not live:{listed}\nput it on its host first (publish), or leave this out: --no-site-check"
        raise BriefingError(msg)


def look_live(settings: Settings, digest_html: str, issue_url: str) -> tuple[Dead, ...]:
    """What the digest's readers would not find: the issue's page as it was built last, and each picture.

    A page must call itself by its own address and read like that in the output folder, where there is one; hosts may
    change its markup. Pictures must be pictures. See `ask_all` for how they are asked for.
    """
    pictures = pictures_in(digest_html)
    answers = ask_all([issue_url, *pictures])
    page = page_fault(answers[issue_url], issue_url, built_page(settings, issue_url))
    judged = [Dead(issue_url, page), *(Dead(url, picture_fault(answers[url])) for url in pictures)]
    return tuple(one for one in judged if one.why)


def pictures_in(html: str) -> tuple[str, ...]:
    """The web addresses of a digest's pictures, each once."""
    sources = (picture.get("src") for picture in read_page(html).all("img"))
    return tuple(dict.fromkeys(source for source in sources if source.startswith(("https://", "http://"))))


def built_page(settings: Settings, url: str) -> bytes | None:
    """What the last build made for an address of this site; None where there is nothing."""
    if not settings.url or not url.startswith(f"{settings.url}/"):
        return None
    file = settings.output / urls.file_of(unquote(urlsplit(url).path).removeprefix(f"{settings.base}/"))
    return file.read_bytes() if file.is_file() else None
