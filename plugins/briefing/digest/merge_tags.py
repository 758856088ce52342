"""The digest for a newsletter provider: with the provider's merge tags for the reader's links, and no others.

Text that the provider would take for a tag is split by an invisible character (U+200C), so that it looks as written even
if the provider decodes character references first; in an address it is percent-encoded (RFC 3986, 2.1).
docs/how-to/send-by-a-provider.md links to each provider's documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Final

from briefing.digest.html_part import page
from briefing.pages.digest_view import BY_MAIL, PREFERENCES, UNSUBSCRIBE

if TYPE_CHECKING:
    from briefing.pages.templating import Templates
    from briefing.pages.views import DigestView

_PIECE = re.compile(
    r"""(?P<style><style\b[^>]*>)(?P<rules>.*?)(?P<end></style>)|(?P<tag><[a-zA-Z/!](?:"[^"]*"|'[^']*'|[^'">])*>)|(?P<text>[^<]+|<)""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""(?P<name>[\w:-]+)="(?P<value>[^"]*)\"""")
_ADDRESSES = frozenset({"href", "src", "cite"})
_BODY = re.compile(r"<body\b[^>]*>(.*)</body>", re.DOTALL)
_URL = re.compile(r"https?://\S+")
_INVISIBLE = "\u200c"


class Provider(StrEnum):
    """A newsletter service that sends the digest."""

    BUTTONDOWN = "buttondown"
    MAILCHIMP = "mailchimp"
    LISTMONK = "listmonk"
    GHOST = "ghost"


@dataclass(frozen=True, slots=True)
class _Dialect:
    """A provider's tags, and `opening`, the character after which other tags are split.

    A provider without tags adds these links itself, below HTML without a head.
    """

    opening: re.Pattern[str]
    unsubscribe: str = ""
    preferences: str = ""


_DIALECTS: Final = {
    # Django's templates: variables, tags, comments.
    Provider.BUTTONDOWN: _Dialect(re.compile(r"\{(?=[{%#])"), "{{ unsubscribe_url }}", "{{ manage_subscription_url }}"),
    Provider.MAILCHIMP: _Dialect(re.compile(r"\*(?=\|)"), "*|UNSUB|*", "*|UPDATE_PROFILE|*"),
    # Go's templates, and listmonk's suffix of an address.
    Provider.LISTMONK: _Dialect(
        re.compile(r"\{(?=\{)|@(?=TrackLink)"), "{{ UnsubscribeURL }}", "{{ UnsubscribeURL }}?manage=true"
    ),
    # {name} and {name, "otherwise"} in a card, %%{...}%% anywhere.
    Provider.GHOST: _Dialect(re.compile(r"""\{(?=\w*(?:,? *(?:"|&quot;)|\}))|(?<=%)%(?=\{)""", re.ASCII)),
}


def page_for(provider: Provider, view: DigestView, templates: Templates) -> str:
    """The digest's HTML with the provider's tags as the reader's links; the rest looks as in the digest.

    For Ghost it is the content of an HTML card, without head, preheader and the reader's links: Ghost's own header and
    footer have them.
    """
    dialect = _DIALECTS[provider]
    if not dialect.unsubscribe:
        bare = replace(view, unsubscribe="", preferences="", issue=replace(view.issue, preheader=""))
        body = _BODY.search(page(bare, templates))
        return _split_tags(body[1].strip() + "\n" if body else "", dialect.opening)
    both = replace(view, unsubscribe=UNSUBSCRIBE, preferences=PREFERENCES)
    html = _split_tags(page(both, templates), dialect.opening)
    for address, tag in ((UNSUBSCRIBE, dialect.unsubscribe), (PREFERENCES, dialect.preferences)):
        html = html.replace(f'href="{escape(address)}"', f'href="{tag}"')
    return html


def text_for(provider: Provider, text: str) -> str:
    """The digest's plain text, or a line such as the subject, with the same changes."""
    dialect = _DIALECTS[provider]
    whole = _URL.sub(lambda url: _encoded(url[0], dialect.opening), text)
    whole = dialect.opening.sub(rf"\g<0>{_INVISIBLE}", whole)
    for address in (UNSUBSCRIBE, BY_MAIL):
        whole = whole.replace(address, dialect.unsubscribe)
    return whole.replace(PREFERENCES, dialect.preferences)


def _encoded(address: str, opening: re.Pattern[str]) -> str:
    return opening.sub(lambda char: f"%{ord(char[0]):02X}", address)


def _split_tags(html: str, opening: re.Pattern[str]) -> str:
    def in_attribute(found: re.Match[str]) -> str:
        if found["name"] == "style":
            return found[0]
        if found["name"] in _ADDRESSES:
            value = _encoded(found["value"], opening)
        else:
            value = opening.sub(rf"\g<0>{_INVISIBLE}", found["value"])
        return f'{found["name"]}="{value}"'

    def in_piece(found: re.Match[str]) -> str:
        if found["style"]:
            return found["style"] + opening.sub(r"\g<0> ", found["rules"]) + found["end"]
        if found["tag"]:
            return _ATTRIBUTE.sub(in_attribute, found["tag"])
        return opening.sub(rf"\g<0>{_INVISIBLE}", found["text"])

    return _PIECE.sub(in_piece, html)
