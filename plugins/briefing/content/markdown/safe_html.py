"""Markdown's HTML, cleaned by an allow-list and completed: anchors, footnotes, tasks, captions, addresses, citations."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import nh3
import pyromark

from briefing import urls
from briefing.content.markdown.finished_html import SITE_PLACEHOLDER
from briefing.content.markdown.link_targets import OUTWARD, destination

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from briefing.content.model import Heading

OPTIONS: Final = (
    pyromark.Options.ENABLE_TABLES
    | pyromark.Options.ENABLE_FOOTNOTES
    | pyromark.Options.ENABLE_STRIKETHROUGH
    | pyromark.Options.ENABLE_TASKLISTS
    | pyromark.Options.ENABLE_HEADING_ATTRIBUTES
)
_TAGS = (
    "a abbr b blockquote br cite code dd del details dfn div dl dt em figcaption figure hr i img ins kbd li mark ol p"
    " pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var"
)
RAW_TAGS: Final = frozenset(_TAGS.split())
"""The HTML tags that are allowed in Markdown."""

RAW_ATTRIBUTES: Final[Mapping[str, frozenset[str]]] = {
    "*": frozenset({"lang", "dir", "title"}),
    "a": frozenset({"href"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "blockquote": frozenset({"cite"}),
    "q": frozenset({"cite"}),
    "del": frozenset({"datetime", "cite"}),
    "ins": frozenset({"datetime", "cite"}),
    "ol": frozenset({"start"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan", "scope"}),
    "details": frozenset({"open"}),
}
"""The attributes that are allowed in it, by tag; those of "*" on every tag."""

_MADE = {
    "td": {"class"},
    "th": {"class"},
    "code": {"class"},
    "div": {"id", "class"},
    "sup": {"class"},
    "input": {"type", "checked"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
_CLEANER = nh3.Cleaner(
    tags={*RAW_TAGS, "h2", "h3", "h4", "h5", "h6", "input"},
    clean_content_tags={"script", "style"},
    attributes={tag: {*RAW_ATTRIBUTES.get(tag, ()), *_MADE.get(tag, ())} for tag in {*RAW_ATTRIBUTES, *_MADE}},
    url_schemes=set(OUTWARD),
    link_rel=None,
)
_ALIGNED = re.compile(r'<(t[dh]) style="text-align: (left|right|center)">')
_TEXT = re.compile(r">[^<]*")
_AND: Final = "\x1d"
"""Replaces `&amp;` in texts while they are cleaned, which takes time quadratic in their number; no text can contain it."""

_LEADING = re.compile(r"<(?:a|img) [^>]*>")  # the sanitiser writes no > within a tag
_ADDRESS = re.compile(r' (href|src)="([^"]*)"')
_HEADING = re.compile(r"<h([1-6])(?: id=\"[^\"]*\")?>")
_INPUT = re.compile(r"<input[^>]*>")
_NOTE_MARK = re.compile(r'<sup class="footnote-reference"><a href="#[^"]+">(\d+)</a></sup>')
_NOTE = re.compile(r'<div class="footnote-definition" id="[^"]+"><sup class="footnote-definition-label">(\d+)</sup>')
_FIGURE = re.compile(r"<p>(<img [^>]*?) ?title=\"([^\"]*)\"([^>]*>)</p>")
_CITATION = re.compile(rf'<a href="((?:{SITE_PLACEHOLDER}stories/[^"#]*)?#source-([0-9]+))">\[?\2\]?</a>')
_DONE = '<span class="task" role="img" aria-label="done">\u2611</span>'
_TO_DO = '<span class="task" role="img" aria-label="to do">\u2610</span>'


def safe_html(html: str, file: str, headings: Sequence[Heading]) -> str:
    """Clean and complete pyromark's HTML of a text without errors; `headings` are those that its survey found."""
    # An inline style would be refused by the site's content security policy, a class is not.
    html = _TEXT.sub(lambda text: text[0].replace("&amp;", _AND), _ALIGNED.sub(r'<\1 class="\2">', html))
    html = _CLEANER.clean(html).replace(_AND, "&amp;").strip()
    html = _anchored(_with_tasks(_with_notes(html)), headings)
    html = _LEADING.sub(lambda tag: _ADDRESS.sub(lambda match: _addressed(match, file), tag[0]), html)
    if "#source-" in html:
        html = _CITATION.sub(r'<sup class="citation"><a href="\1" aria-label="Source \2">\2</a></sup>', html)
    return _FIGURE.sub(r"<figure>\1\3<figcaption>\2</figcaption></figure>", html)


def _addressed(match: re.Match[str], file: str) -> str:
    """One href or src; an address on this site begins with SITE_PLACEHOLDER."""
    written = unescape(match[2])
    kind, rest = destination(unquote(written) if written.startswith("%7B") else written, file)
    if kind == "file":
        path, hash_, anchor = rest.partition("#")
        rest = (urls.of_file(path) or path) + hash_ + anchor
    elif kind != "site":
        return match[0]
    return f' {match[1]}="{SITE_PLACEHOLDER}{escape(urls.encoded(rest))}"'


def _anchored(html: str, headings: Sequence[Heading]) -> str:
    waiting = iter(headings)

    def opened(match: re.Match[str]) -> str:
        heading = next(waiting, None)
        return f'<h{match[1]} id="{escape(heading.anchor)}">' if heading else match[0]

    return _HEADING.sub(opened, html)


def _with_tasks(html: str) -> str:
    """Write a task's box as text, since an empty form control means nothing in email, feeds and screen readers."""
    if "<input" not in html:
        return html
    return _INPUT.sub(lambda match: _DONE if "checked" in match[0] else _TO_DO, html)


def _with_notes(html: str) -> str:
    """Give footnotes ids by number, and a link back to the text."""
    if "footnote-" not in html:
        return html
    marked: set[str] = set()

    def mark(match: re.Match[str]) -> str:
        number = match[1]
        own = "" if number in marked else f' id="fnref-{number}"'
        marked.add(number)
        link = f'<a href="#fn-{number}" aria-label="Footnote {number}">{number}</a>'
        return f'<sup class="footnote-reference"{own}>{link}</sup>'

    def note(match: re.Match[str]) -> str:
        number = label = match[1]
        if number in marked:
            label = f'<a href="#fnref-{number}" aria-label="Back to footnote {number} in the text">{number}</a>'
        return f'<div class="footnote-definition" id="fn-{number}"><sup class="footnote-definition-label">{label}</sup>'

    return _NOTE.sub(note, _NOTE_MARK.sub(mark, html))
