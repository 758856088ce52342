"""The pages of the digests: a list, one page for each, and its variants at addresses of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from briefing.checks.email.inbox_lines import PHONES, cut
from briefing.preview.digest_records import beside, read_record, read_records
from briefing.preview.inbox_rows import opened
from briefing.preview.render_modes import at_preview, in_scheme, without_pictures
from briefing.preview.static_files import content_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.preview.digest_records import DigestRecord

PREFIX: Final = "/_briefing/digests/"
TEMPLATES: Final = Path(__file__).with_name("templates")
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAIL_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {pictures}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox {sandbox}"
)
SANDBOX: Final = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""No scripts, forms or leading the page elsewhere. Its origin stays this server's, or its pictures would not load."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to look at the HTML, at `name`.html. `width`: in pixels, or 0 for what room there is."""

    name: str
    title: str
    change: Callable[[str], str]
    width: int = 0
    pictures: bool = True


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """What to send. `live`: whether it is a page of the preview itself, to be kept up to date."""

    kind: str
    content: bytes
    policy: str
    live: bool = False


VARIANTS: Final = (
    Variant("light", "Light", lambda html: in_scheme(html, "light")),
    Variant("dark", "Dark", lambda html: in_scheme(html, "dark")),
    Variant("images-off", "Pictures off", lambda html: without_pictures(in_scheme(html, "light")), pictures=False),
    Variant("320", "320 pixels wide", lambda html: in_scheme(html, "light"), width=320),
)
_TEXT: Final = "text.txt"
FRAMED: Final = "framed.html"
"""The variant of 320 pixels in a frame of that width, for windows that cannot be so narrow."""


def address(issue: str) -> str:
    """Where an issue's digest is shown."""
    return f"{PREFIX}{quote(issue, safe='')}/"


def issue_of(site: Path, file: Path) -> str:
    """The issue whose page on the site this file is, and which has a digest; "" for none."""
    above = file.parent
    is_page = file.name == "index.html" and above.parent == site / "issues"
    return above.name if is_page and read_record(beside(site), above.name) else ""


def answer(target: str, site: Path) -> PreviewPage | None:
    """The page, variant or text that a request's target below `PREFIX` means; None for none."""
    rest = target.partition("?")[0].removeprefix(PREFIX)
    if not rest:
        return _page("digests.html", site, records=list(read_records(beside(site)).values()), address=address)
    name, slash, part = rest.partition("/")
    record = read_record(beside(site), unquote(name)) if slash else None
    if record is None:
        return None
    if not part:
        return _overview(record, site)
    if part == FRAMED:
        return _page(FRAMED, site, live=False, sandbox=SANDBOX)
    if part == _TEXT:
        text = opened(record.message.encode()).text
        return PreviewPage(content_type(part), text.encode(), "default-src 'none'; frame-ancestors 'self'; sandbox")
    return next((_variant(record, one) for one in VARIANTS if part == f"{one.name}.html"), None)


def _overview(record: DigestRecord, site: Path) -> PreviewPage:
    mail = opened(record.message.encode())
    # Below the subject an iPhone shows two lines of the beginning, unless told otherwise; others mostly one.
    lines = [
        (phone, cut(mail.subject, room), cut(mail.begins, room * (2 if "iPhone" in phone else 1)))
        for phone, room in PHONES.items()
    ]
    return _page(
        "digest.html",
        site,
        record=record,
        mail=mail,
        lines=lines,
        variants=VARIANTS,
        text=_TEXT,
        sandbox=SANDBOX,
        list=PREFIX,
    )


def _variant(record: DigestRecord, variant: Variant) -> PreviewPage:
    html = at_preview(variant.change(opened(record.message.encode()).html), record.site)
    hosts = "'self' data:" + (" https:" if record.remote_pictures else "")
    policy = _MAIL_POLICY.format(pictures=hosts if variant.pictures else "'none'", sandbox=SANDBOX)
    return PreviewPage(content_type(".html"), html.encode(), policy)


def _page(template: str, site: Path, *, live: bool = True, **view: object) -> PreviewPage:
    sheets = sorted(sheet.name for sheet in (site / "theme").glob("style.*.css"))
    page = _environment().get_template(template).render(sheets=sheets, **view)
    return PreviewPage(content_type(".html"), page.encode(), PAGE_POLICY, live=live)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
