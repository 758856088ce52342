"""The preview pages of the digests: a list, a page for each digest, and a page for each of its render modes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from briefing.checks.email.inbox_lines import PHONES, cut
from briefing.preview.digest_records import read_record, read_records, records_folder
from briefing.preview.parsed_message import parse_message
from briefing.preview.render_modes import with_color_scheme, with_preview_urls, without_images
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
    "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox {sandbox}"
)
SANDBOX: Final = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""No scripts, forms or navigation of the page around it. It keeps this server's origin, or its images would not load."""


@dataclass(frozen=True, slots=True)
class RenderMode:
    """One way in which mail programs show the HTML, at `name`.html. width: in pixels; 0 for all available space."""

    name: str
    title: str
    transform: Callable[[str], str]
    width: int = 0
    images: bool = True


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """A page to send. reloads: whether the live script reloads it after a build."""

    content_type: str
    content: bytes
    policy: str
    reloads: bool = False


RENDER_MODES: Final = (
    RenderMode("light", "Light", lambda html: with_color_scheme(html, "light")),
    RenderMode("dark", "Dark", lambda html: with_color_scheme(html, "dark")),
    RenderMode("images-off", "Images off", lambda html: without_images(with_color_scheme(html, "light")), images=False),
    RenderMode("320", "320 pixels wide", lambda html: with_color_scheme(html, "light"), width=320),
)
_TEXT: Final = "text.txt"
NARROW_PAGE: Final = "narrow.html"
"""The mode of 320 pixels in a frame of that width, for a browser whose windows cannot be that narrow."""


def digest_path(issue: str) -> str:
    """Return the path of an issue's digest in the preview."""
    return f"{PREFIX}{quote(issue, safe='')}/"


def issue_of_page(site: Path, file: Path) -> str:
    """Return the issue whose page this file is, if it has a digest; "" if not."""
    folder = file.parent
    is_page = file.name == "index.html" and folder.parent == site / "issues"
    return folder.name if is_page and read_record(records_folder(site), folder.name) else ""


def find_page(target: str, site: Path) -> PreviewPage | None:
    """Return the page for a request target below `PREFIX`; None if there is none."""
    rest = target.partition("?")[0].removeprefix(PREFIX)
    if not rest:
        records = list(read_records(records_folder(site)).values())
        return _render("digests.html", site, records=records, digest_path=digest_path)
    name, slash, part = rest.partition("/")
    record = read_record(records_folder(site), unquote(name)) if slash else None
    if record is None:
        return None
    if not part:
        return _digest_page(record, site)
    if part == NARROW_PAGE:
        return _render(NARROW_PAGE, site, reloads=False, sandbox=SANDBOX)
    if part == _TEXT:
        text = parse_message(record.message.encode()).text
        return PreviewPage(content_type(part), text.encode(), "default-src 'none'; frame-ancestors 'self'; sandbox")
    return next((_mode_page(record, mode) for mode in RENDER_MODES if part == f"{mode.name}.html"), None)


def _digest_page(record: DigestRecord, site: Path) -> PreviewPage:
    mail = parse_message(record.message.encode())
    # An iPhone shows two lines of the text below the subject by default, most other phones one.
    inbox_rows = [
        (phone, cut(mail.subject, room), cut(mail.snippet, room * (2 if "iPhone" in phone else 1)))
        for phone, room in PHONES.items()
    ]
    return _render(
        "digest.html",
        site,
        record=record,
        mail=mail,
        inbox_rows=inbox_rows,
        modes=RENDER_MODES,
        text=_TEXT,
        sandbox=SANDBOX,
        list=PREFIX,
    )


def _mode_page(record: DigestRecord, mode: RenderMode) -> PreviewPage:
    html = with_preview_urls(mode.transform(parse_message(record.message.encode()).html), record.site)
    hosts = "'self' data:" + (" https:" if record.remote_images else "")
    policy = _MAIL_POLICY.format(images=hosts if mode.images else "'none'", sandbox=SANDBOX)
    return PreviewPage(content_type(".html"), html.encode(), policy)


def _render(template: str, site: Path, *, reloads: bool = True, **view: object) -> PreviewPage:
    sheets = sorted(sheet.name for sheet in (site / "theme").glob("style.*.css"))
    page = _environment().get_template(template).render(sheets=sheets, **view)
    return PreviewPage(content_type(".html"), page.encode(), PAGE_POLICY, reloads=reloads)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
