"""Markdown that readers would see as it is written: signs that were not understood, or stand where no Markdown is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST: Final = 60
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


class Shown(NamedTuple):
    """What is shown as it is written: its place in the text, itself, and what to write instead."""

    place: int
    written: str
    hint: str


def left_over(text: str) -> Iterator[Shown]:
    """What Markdown left in a block of text. Escaped characters, code and entities stand in it as NUL."""
    unread = _UNREAD.search(text)
    if unread:
        hint = "mend it: an address with spaces goes in <>, a reference or footnote needs its definition"
        yield Shown(unread.start(), unread[0], hint)
    if not any(sign in text for sign in "*_~"):
        return
    text = _MATHS.sub(lambda maths: "\0" * len(maths[0]), text)
    after = 0
    for run in _RUN.finditer(text):
        if run.start() >= after and not _is_meant(text, run):
            shown = _of_run(text, run)
            after = shown.place + len(shown.written)
            yield shown
    for pair in _LONE.finditer(text):
        if "\0" not in pair[0]:
            yield Shown(pair.start(), _shortened(pair[0]), _beside_punctuation(pair[0][0], pair[0][1:-1]))


def in_plain_text(text: str) -> Iterator[Shown]:
    """The whole pieces of Markdown in a text that is read as plain."""
    for found in _whole(text):
        yield Shown(found.start(), _shortened(found[0]), "leave the markers out: it is plain text")


def in_html(text: str) -> Iterator[Shown]:
    """The whole pieces of Markdown in the text of a block of HTML."""
    for found in _whole(text):
        hint = "leave a blank line before it, since Markdown is not read within a block of HTML, or write tags"
        yield Shown(found.start(), _shortened(found[0]), hint)


def _whole(text: str) -> Iterator[re.Match[str]]:
    if any(sign in text for sign in "*_~["):
        yield from _WHOLE.finditer(text)
        if not text.isascii():
            yield from (found for found in _IN_EAST_ASIAN.finditer(text) if not _WHOLE.match(text, found.start()))


def _of_run(text: str, run: re.Match[str]) -> Shown:
    sign = run[0]
    line = text[run.end() : run.end() + 200].partition("\n")[0]
    inner, closing, _ = line.partition(sign)
    if not closing or not inner:
        return Shown(run.start(), _shortened(sign + line), f"close it with {sign}, or {_escaped(sign)}")
    whole = sign + inner + sign
    if inner != inner.strip():
        hint = f"write {sign}{_shortened(inner.strip())}{sign}, without spaces inside the markers, or {_escaped(sign)}"
        return Shown(run.start(), whole, hint)
    return Shown(run.start(), whole, _beside_punctuation(sign, inner))


def _beside_punctuation(sign: str, inner: str) -> str:
    tag = {"*": "em", "_": "em", "~~": "del"}.get(sign, "strong")
    return f"write <{tag}>{_shortened(inner)}</{tag}>, or a space on the outer side of each {sign}, or {_escaped(sign)}"


def _escaped(sign: str) -> str:
    return "for the markers themselves " + "".join("\\" + char for char in sign)


def _is_meant(text: str, run: re.Match[str]) -> bool:
    """Whether a sign is part of a name (`a__b`), a blank to fill in, or maths (`2 ** 3`)."""
    before, after = text[max(0, run.start() - 20) : run.start()], text[run.end() : run.end() + 20]
    if run[0][0] == "_":
        is_name = bool(re.search(r"\w$", before) and re.match(r"\w", after))
        is_blank = len(run[0]) > 2 and not before[-1:].strip() and not after[:1].strip()  # noqa: PLR2004 - `__ a __`
        return is_name or is_blank
    is_even = bool(before[-1:].strip()) == bool(after[:1].strip())
    return run[0] == "**" and is_even and bool(_OPERAND_BEFORE.search(before) and _OPERAND_AFTER.match(after))


def _shortened(text: str) -> str:
    plain = " ".join(text.replace("\0", "\ufffd").split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 3]}..."
