"""HTML in a Markdown text: everything that the allow-list would drop is a problem."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from itertools import accumulate, chain, repeat
from typing import TYPE_CHECKING, Final

from briefing.content.markdown.bare_addresses import report_address
from briefing.content.markdown.leftovers import in_html
from briefing.content.markdown.link_targets import destination
from briefing.content.markdown.literal_text import SIGNS, located
from briefing.content.markdown.missed_links import addresses
from briefing.content.markdown.raw_html import RawTag, Stray, Words, tokens
from briefing.content.markdown.safe_html import RAW_ATTRIBUTES, RAW_TAGS
from briefing.errors import InvalidValueError

if TYPE_CHECKING:
    from briefing.content.markdown.findings import Findings

MAX_DEPTH: Final = 32
VERBATIM: Final = frozenset({"a", "code", "kbd", "pre", "samp", "var"})
"""The elements in which an address is meant to be plain text."""
_LINES: Final = re.compile(r"(?<=\n)")
_CODE: Final = VERBATIM - {"a"}
_MISSING: Final = {
    "src": ("address", 'write src="{static}/images/..."'),
    "alt": ("alternative text", 'write alt="...", or alt="" if it is decorative'),
}


def survey_html(findings: Findings, lines: list[tuple[str, int]], *, is_block: bool) -> None:
    """Read a piece of HTML, given in lines with their places. is_block: Markdown is not read in it."""
    ends = list(accumulate(len(line) for line, _ in lines))
    for token in tokens("".join(line for line, _ in lines)):
        line = bisect_right(ends, token.place)
        if isinstance(token, Words):
            _words(findings, token, [place for _, place in lines[line:]], is_block=is_block)
            continue
        findings.place = lines[line][1]
        if isinstance(token, Stray):
            findings.problem(
                "contains a `<` that does not start a tag", "write &lt; for the character, or correct the tag"
            )
        else:
            _tag(findings, token)
        if len(findings.open_tags.names) > MAX_DEPTH:
            return


def _words(findings: Findings, words: Words, places: list[int], *, is_block: bool) -> None:
    """A text within HTML; `places` are those of the line in which it begins and of the lines after it."""
    findings.words(words.text)
    names = {*findings.open_tags.names}
    if not VERBATIM & names:
        for bare in addresses(words.text):
            hint = 'write <a href="...">: Markdown does not work inside an HTML block'
            report_address(findings, bare, hint)
    if is_block and SIGNS.search(words.text) and not _CODE & names:
        # An entity can stand for a line break, so there can be more lines than places.
        pieces = list(zip(_LINES.split(words.text), chain(places, repeat(places[-1])), strict=False))
        findings.leftovers(located(in_html(words.text), pieces))


def _tag(findings: Findings, tag: RawTag) -> None:
    if tag.parts_words:
        findings.words("\n")
    if tag.name not in RAW_TAGS:
        remove = "remove it, or write &lt; for the character"
        hint = "write a Markdown heading: ##" if re.fullmatch("h[1-6]", tag.name) else remove
        findings.problem(f"`<{tag.name}>` is not allowed", hint)
        return
    fault = findings.open_tags.take(tag)
    if fault:
        findings.problem(fault, "close each element within the one that contains it")
    names = [name for name, _ in tag.attributes]
    for name in ("src", "alt") if tag.name == "img" and not tag.closes else ():
        if name not in names:
            missing, hint = _MISSING[name]
            findings.problem(f"a picture has no {missing}", hint)
    for name in (name for name, count in Counter(names).items() if count > 1):
        findings.problem(f"`{name}` appears twice on `<{tag.name}>`", "remove one")
    for name, value in tag.attributes:
        _attribute(findings, tag.name, name, value)


def _attribute(findings: Findings, tag: str, name: str, value: str) -> None:
    findings.refuse_control_characters(value)
    if name not in RAW_ATTRIBUTES["*"] | RAW_ATTRIBUTES.get(tag, frozenset()):
        findings.problem(f"`{name}` is not allowed on `<{tag}>`", "remove it")
    elif name in {"href", "src"}:
        findings.reference(value, is_image=tag == "img")
    elif name == "cite":
        _cite(findings, tag, value)


def _cite(findings: Findings, tag: str, value: str) -> None:
    try:
        kind, _ = destination(value, findings.text.file)
    except InvalidValueError as error:
        findings.problem(f"`cite` of `<{tag}>`: {error.what}", error.hint)
        return
    if kind != "out":
        findings.problem(f"`cite` of `<{tag}>` is not a valid web address", "write https://...")
