"""`check --fix`: addresses in a file are written as they are meant, each at its place. Pure: a text in, a text out.

Out of a sentence's way, without what follows readers, in angle brackets where Markdown wants them. Every edit is read
back: one after which the text has other links than those that were meant is not made.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import escape, unescape
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

import yaml

from briefing import weblinks
from briefing.content import frontmatter
from briefing.content.markdown import destination, survey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from briefing.content.markdown import Text

_DESTINATION: Final = re.compile(
    r"(?P<inline>\]\(\s*)(?P<a><[^<>\n]*>|(?:[^\s()<>]|\((?:[^\s()<>]|\([^\s()<>]*\))*\))+)"
    r"|(?P<definition>^[ ]{0,3}\[[^\]\n]+\]:[ \t]*\n?[ \t]*)(?P<b><[^<>\n]*>|\S+)"
    r"|(?P<autolink>)(?P<c><https?:[^<>\s]*>)"
    r"|(?P<attribute>\b(?:href|src)\s*=\s*)(?P<d>\"[^\"]*\"|'[^']*')",
    re.MULTILINE,
)
_MARKS: Final = ("{static}", "{filename}")
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_EACH: Final = 40  # edits that are tried one by one
_WORDS: Final = frozenset({"url", "file"})


class UrlEdit(NamedTuple):
    """What stands at a place of a text, what is to stand there, and the addresses that this takes away and brings."""

    begin: int
    end: int
    new: str
    before: str
    after: str


def mend_markdown(text: Text, *, kept: Collection[str], is_file: Callable[[str], bool]) -> tuple[str, list[str]]:
    """A Markdown text with its addresses mended, and what was done.

    kept: the names of warnings that the curator acknowledges. is_file: whether there is such a file under content/.
    """
    done: list[str] = []
    for is_linked in (False, True):
        edits = list(_written(text, kept, is_file) if is_linked else _unlinked(text, kept))
        taken = _accepted(text, edits)
        done += [_said(text.markdown[one.begin : one.end], one) for one in taken]
        text = replace(text, markdown=_edited(text.markdown, taken))
    return text.markdown, done


def _said(written: str, edit: UrlEdit) -> str:
    if edit.before and edit.new.startswith("<") == written.startswith("<"):
        return f"`{weblinks.excerpt(edit.before)}` is now `{weblinks.excerpt(edit.after)}`"
    return f"`{weblinks.excerpt(written)}` is now `{weblinks.excerpt(edit.new)}`"


def mended(address: str, kept: Collection[str]) -> str:
    """An address of the web as it is meant."""
    if not _WEB.match(address):
        return address
    if "tracking" not in kept:
        address = weblinks.without_tracking(address)
    if "link-ending" not in kept:
        address = address.removesuffix(weblinks.ending(address))
    return address


def mended_path(path: str, file: str, is_file: Callable[[str], bool]) -> str:
    """A path to a file under content/ without percent signs, if there is that file; `file` is where it is written."""
    decoded = unquote(path)
    if decoded == path or re.search(r"[\x00-\x1f<>\"\\]", decoded):
        return path
    try:
        kind, to = destination(decoded, file)
    except ValueError:
        return path
    return decoded if kind == "file" and is_file(to.partition("#")[0]) else path


def _unlinked(text: Text, kept: Collection[str]) -> Iterator[UrlEdit]:
    """Addresses and pictures that Markdown does not see."""
    source = text.markdown.encode()
    for one in survey(text).missed_links:
        begin, end = len(source[: one.begin].decode()), len(source[: one.end].decode())
        if one.is_image:
            try:
                kind, _ = destination(one.written, text.file)
            except ValueError:
                continue
            if kind == "file":
                yield UrlEdit(begin, end, one.fixed, "", one.written)
        elif "bare-address" not in kept and one.is_certain:
            address = one.written if _WEB.match(one.written) else f"https://{one.written}"
            yield UrlEdit(begin, end, one.fixed, "", unescape(address))


def _written(text: Text, kept: Collection[str], is_file: Callable[[str], bool]) -> Iterator[UrlEdit]:
    """The addresses of links and pictures that are to be written otherwise."""
    for found in _DESTINATION.finditer(text.markdown):
        kind = "abcd"[next(place for place, name in enumerate("abcd") if found[name] is not None)]
        whole = found[kind]
        opened, inner, closed = (whole[0], whole[1:-1], whole[-1]) if whole[0] in "<\"'" else ("", whole, "")
        written = unescape(inner)
        new = mended(inner, kept)
        if new == inner and written.startswith(_MARKS):
            decoded = mended_path(written, text.file, is_file)
            new = inner if decoded == written else escape(decoded, quote=kind == "d") if "&" in decoded else decoded
            if kind != "d" and re.search(r"[\s()]", new):
                opened, closed = "<", ">"
        if new == inner:
            continue
        # What an autolink shows stays: the sentence's punctuation goes behind it.
        end = weblinks.ending(inner) if kind == "c" and "link-ending" not in kept else ""
        begin, last = found.span(kind)
        yield UrlEdit(begin, last, f"{opened}{new}{closed}{end}", written, unescape(new))


def _accepted(text: Text, edits: Sequence[UrlEdit]) -> list[UrlEdit]:
    """The edits that change just the links that were meant: in code they change none, and elsewhere perhaps others."""
    if len(edits) <= _EACH:
        single = [one for one in edits if _is_as_meant(text, [one])]
        return single if _is_as_meant(text, single) else single[:1]
    if _is_as_meant(text, edits):
        return list(edits)
    half = len(edits) // 2
    both = [*_accepted(text, edits[:half]), *_accepted(text, edits[half:])]
    return both if _is_as_meant(text, both) else both[:1]


def _is_as_meant(text: Text, edits: Sequence[UrlEdit]) -> bool:
    before = survey(text)
    after = survey(replace(text, markdown=_edited(text.markdown, edits)))
    if [heading.level for heading in before.headings] != [heading.level for heading in after.headings]:
        return False
    had, has = (Counter(reference.target for reference in found.references) for found in (before, after))
    gone, new = had - has, has - had
    written = Counter(one.before for one in edits if one.before)
    if any(gone[address] < count for address, count in written.items()):
        return False
    meant = {one.before: one.after for one in edits if one.before}
    wanted = Counter(one.after for one in edits if not one.before)
    for address, count in gone.items():  # a definition is followed by every link that names it
        wanted[meant.get(address, "")] += count
    return wanted == new


def _edited(markdown: str, edits: Sequence[UrlEdit]) -> str:
    pieces, place = [], 0
    for one in sorted(edits):
        pieces += [markdown[place : one.begin], one.new]
        place = one.end
    return "".join([*pieces, markdown[place:]])


def mend_front_matter(
    text: str, kept: Collection[str], file: str, is_file: Callable[[str], bool]
) -> tuple[str, list[str]]:
    """A whole file with the addresses of its front matter mended, and what was done; comments and layout stay.

    `file` is the file relative to content/. A text that cannot be edited line by line stays as it is.
    """
    document, problems = frontmatter.read(text.encode(), "")
    if document is None or problems:
        return text, []
    done = []
    for path, node in list(_scalars(text)):
        key, is_sponsors = path[-1], path[0] == "sponsor"
        spared = {*kept, "tracking"} if is_sponsors else kept
        if key == "url":
            new = mended(node.value, spared)
        else:
            new = mended_path(f"{{static}}/{node.value}", file, is_file).removeprefix("{static}/")
        changed = _rewritten(text, path, new) if new != node.value else None
        if changed is not None:
            text = changed
            done.append(f"`{weblinks.excerpt(node.value)}` is now `{weblinks.excerpt(new)}`")
    return text, done


def _scalars(text: str) -> Iterator[tuple[tuple[str | int, ...], yaml.ScalarNode]]:
    """The addresses and pictures' files of a front matter, with their places in it."""
    begin, end = _matter(text)
    try:
        root = yaml.compose(text[begin:end], Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return
    waiting: list[tuple[tuple[str | int, ...], yaml.Node]] = [((), root)] if root else []
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            pairs = [((*path, key.value), value) for key, value in node.value if isinstance(key, yaml.ScalarNode)]
            waiting += [pair for pair in pairs if pair[0][0] != "extra"]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [((*path, place), item) for place, item in enumerate(node.value)]
        elif isinstance(node, yaml.ScalarNode) and path and path[-1] in _WORDS:
            yield path, node


def _matter(text: str) -> tuple[int, int]:
    """Where in a file its front matter begins and ends."""
    fences = re.finditer(r"^-{3,}[ \t]*\r?$\n?", text.removeprefix("\ufeff"), re.MULTILINE)
    offset = text.startswith("\ufeff")
    first, second = next(fences), next(fences)
    return first.end() + offset, second.start() + offset


def _rewritten(text: str, path: tuple[str | int, ...], new: str) -> str | None:
    """The file in which one value is another and nothing else has changed; None if it is not on one line as it is read."""
    begin, _ = _matter(text)
    node = next(node for place, node in _scalars(text) if place == path)
    first, last = begin + node.start_mark.index, begin + node.end_mark.index
    written = text[first:last]
    if node.value not in written:
        return None
    changed = text[:first] + written.replace(node.value, new, 1) + text[last:]
    before, after = _values(text), _values(changed)
    holder = before
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = new
    return changed if before == after else None


def _values(text: str) -> Any:  # noqa: ANN401 - a front matter, as a person wrote it
    document, _ = frontmatter.read(text.encode(), "")
    return document.values if document else {}
