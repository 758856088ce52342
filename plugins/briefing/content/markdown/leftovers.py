"""Markdown that readers would see as written: markers that were not understood, or are where Markdown is not read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from briefing.content.markdown.emphasis import is_east_asian

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST: Final = 60
_TAGS: Final = {"*": ("em",), "_": ("em",), "~~": ("del",), "***": ("em", "strong"), "___": ("em", "strong")}
_UNREAD: Final = re.compile(r"!?\[[^\[\]\n]*\](?:\([^()\n]*\)|\[[^\[\]\n]+\])|\[\^[^\[\]\s]+\]")
_MATHS: Final = re.compile(
    r"\$\$.{0,500}?\$\$|\$(?!\s)[^$\n]*?(?<!\s)\$(?!\d)|\\\(.{0,500}?\\\)|\\\[.{0,500}?\\\]", re.DOTALL
)
_RUN: Final = re.compile(r"(?<!\*)\*{2,3}(?!\*)|(?<!_)_{2,3}(?!_)|(?<!~)~~(?!~)")
_LONE: Final = re.compile(
    r"(?<![\w*])\*(?=[^\s*])[^*\n]{1,200}?(?<=[^\s*])\*(?!\*)"
    r"|(?<!\w)_(?=[^\w\s])[^_\n]{1,200}?(?<=\S)_(?!_)|(?<!\w)_(?=[^\s_])[^_\n]{1,200}?(?<=[^\w\s])_(?!_)"
)
_OPERAND_BEFORE: Final = re.compile(r"(?:^|[^\w.,])(?:[\d.,]*\d|[A-Za-z])\s*$|[)\]]\s*$")
_OPERAND_AFTER: Final = re.compile(r"\s*(?:\d|[A-Za-z](?!\w)|[(\[])")
_WHOLE: Final = re.compile(
    r"(?<![\w*])(\*{1,3})(?=[^\s*])[^*\n]+(?<=[^\s*])\1(?![\w*])"
    r"|(?<!\w)__(?=[^\s_])[^_\n]{0,200}?[^\w\n][^_\n]{0,200}(?<=[^\s_])__(?!\w)"
    r"|(?<!~)~~(?=[^\s~])[^~\n]+(?<=[^\s~])~~(?!~)"
    r"|!?\[[^\[\]\n]+\]\((?:https?:|mailto:|\{|/|#)[^()\s]*\)"
)
_IN_EAST_ASIAN: Final = re.compile(r"(\*\*|~~)(?=[^\s*~])[^*~\n]+(?<=[^\s*~])\1")


class Leftover(NamedTuple):
    """Markdown that is shown as written: its place in the text, itself, and what to write instead."""

    place: int
    written: str
    hint: str


def left_over(text: str, quoted: Callable[[int, int], str]) -> Iterator[Leftover]:
    """The markers that Markdown left in a block of text, in which escaped characters, code and entities are NUL.

    quoted: what the author wrote between two places of the text.
    """
    unread = _UNREAD.search(text)
    if unread:
        hint = "put an address with spaces in <>, or define the reference or footnote"
        yield Leftover(unread.start(), quoted(*unread.span()), hint)
    if not any(sign in text for sign in "*_~"):
        return
    text = _MATHS.sub(lambda maths: "\0" * len(maths[0]), text)
    after = 0
    for run in _RUN.finditer(text):
        if run.start() >= after and not _is_meant(text, run):
            after, shown = _of_run(text, run, quoted)
            yield shown
    for pair in _LONE.finditer(text):
        if "\0" not in pair[0]:
            begin, end = pair.span()
            whole = quoted(begin, end)
            yield Leftover(begin, _shortened(whole), _hint(text, begin, end, whole[0], whole[1:-1]))


def in_plain_text(text: str) -> Iterator[Leftover]:
    """The complete pieces of Markdown in a plain text."""
    for found in _whole(text):
        yield Leftover(found.start(), _shortened(found[0]), "remove the markers: this is plain text")


def in_html(text: str) -> Iterator[Leftover]:
    """The complete pieces of Markdown in the text of a block of HTML."""
    for found in _whole(text):
        hint = "use HTML tags, or add a blank line before it: Markdown does not work inside an HTML block"
        yield Leftover(found.start(), _shortened(found[0]), hint)


def _whole(text: str) -> Iterator[re.Match[str]]:
    if any(sign in text for sign in "*_~["):
        yield from _WHOLE.finditer(text)
        if not text.isascii():
            yield from (found for found in _IN_EAST_ASIAN.finditer(text) if not _WHOLE.match(text, found.start()))


def _of_run(text: str, run: re.Match[str], quoted: Callable[[int, int], str]) -> tuple[int, Leftover]:
    """The text that is shown with a run of markers, and where it ends."""
    begin, sign = run.start(), run[0]
    line = text[run.end() : run.end() + 200].partition("\n")[0]
    inner, closing, _ = line.partition(sign)
    if not closing or not inner:
        end = run.end() + len(line)
        return end, Leftover(begin, _shortened(quoted(begin, end)), f"close it with {sign}, or {_escaped(sign)}")
    end = run.end() + len(inner) + len(sign)
    whole = quoted(begin, end)
    content = whole[len(sign) : -len(sign)]
    if inner != inner.strip():
        hint = (
            f"write {sign}{_shortened(content.strip())}{sign}, without spaces inside the markers, or {_escaped(sign)}"
        )
    else:
        hint = _hint(text, begin, end, sign, content)
    return end, Leftover(begin, whole, hint)


def _hint(text: str, begin: int, end: int, sign: str, inner: str) -> str:
    """What to do with a pair of markers that is not emphasis because it has punctuation within and a letter outside."""
    size = len(sign)
    ends = (text[begin - 1 : begin], text[begin + size]), (text[end : end + 1], text[end - size - 1])
    is_whole = inner.count("[") == inner.count("]")
    if is_whole and any(_is_kept(sign, outer, within) for outer, within in ends):
        tags = _TAGS.get(sign, ("strong",))
        opened, closed = "".join(f"<{tag}>" for tag in tags), "".join(f"</{tag}>" for tag in reversed(tags))
        shown = f"{opened}{_shortened(inner)}{closed}"
        return f"write {shown}, or add a space outside each {sign}, or {_escaped(sign)}"
    return f"put both markers within the same link or emphasis, or {_escaped(sign)}"


def _is_kept(sign: str, outer: str, within: str) -> bool:
    """Whether Markdown does not read a marker between two characters as the end of emphasis."""
    is_read_anew = sign[0] != "_" and (is_east_asian(outer) or is_east_asian(within))
    return outer.isalnum() and not within.isalnum() and not is_read_anew


def _escaped(sign: str) -> str:
    return "to show the markers write " + "".join("\\" + char for char in sign)


def _is_meant(text: str, run: re.Match[str]) -> bool:
    """Whether a marker is part of a name (`a__b`), a blank to fill in, or maths (`2 ** 3`)."""
    before, after = text[max(0, run.start() - 20) : run.start()], text[run.end() : run.end() + 20]
    if run[0][0] == "_":
        is_name = bool(re.search(r"\w$", before) and re.match(r"\w", after))
        is_blank = len(run[0]) > 2 and not before[-1:].strip() and not after[:1].strip()  # noqa: PLR2004 - `__ a __`
        return is_name or is_blank
    is_even = bool(before[-1:].strip()) == bool(after[:1].strip())
    return run[0] == "**" and is_even and bool(_OPERAND_BEFORE.search(before) and _OPERAND_AFTER.match(after))


def _shortened(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."
