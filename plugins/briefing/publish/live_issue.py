"""Whether an issue is live: request the page and the images that its readers will request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from briefing import urls
from briefing.checks.email.html_tree import read_page
from briefing.errors import BriefingError
from briefing.publish.expectations import image_mismatch, page_mismatch
from briefing.publish.http_probe import probe_all

if TYPE_CHECKING:
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True)
class BrokenUrl:
    """An address that does not show what it should, and why."""

    url: str
    reason: str

    def __str__(self) -> str:
        """`https://example.org/images/x.png answers 404`."""
        return f"{self.url} {self.reason}"


def require_live(settings: Settings, digest_html: str, issue_url: str) -> None:
    """Raise BriefingError with every broken address of an issue.

    issue_url: the page's address, absolute or as a path on the site.
    """
    absolute = issue_url if "://" in issue_url else f"{settings.url}/{urls.encoded(issue_url)}"
    broken = find_broken_urls(settings, digest_html, absolute)
    if broken:
        listed = "".join(f"\n  {one}" for one in broken)
        msg = f"the issue is not live:{listed}\npublish the site first, or skip this check with --no-site-check"
        raise BriefingError(msg)


def find_broken_urls(settings: Settings, digest_html: str, issue_url: str) -> tuple[BrokenUrl, ...]:
    """Request the issue's page and each image in its digest, and return those that are not as they should be.

    The page must have its own canonical address and the text in the output folder, if it is there. Hosts may change its
    markup. Images must be images. See `probe_all` for timeouts and redirects.
    """
    images = image_urls(digest_html)
    responses = probe_all([issue_url, *images])
    mismatch = page_mismatch(responses[issue_url], issue_url, built_page(settings, issue_url))
    checked = [
        BrokenUrl(issue_url, mismatch),
        *(BrokenUrl(url, image_mismatch(responses[url])) for url in images),
    ]
    return tuple(one for one in checked if one.reason)


def image_urls(html: str) -> tuple[str, ...]:
    """Return the absolute addresses of the images in a digest, each once."""
    sources = (image.get("src") for image in read_page(html).all("img"))
    return tuple(dict.fromkeys(source for source in sources if source.startswith(("https://", "http://"))))


def built_page(settings: Settings, url: str) -> bytes | None:
    """Return the file of the last build for an address of this site; None if there is none."""
    if not settings.url or not url.startswith(f"{settings.url}/"):
        return None
    file = settings.output / urls.file_of(unquote(urlsplit(url).path).removeprefix(f"{settings.base}/"))
    return file.read_bytes() if file.is_file() else None
