"""Correct the URLs in a file, for `check --fix`. Pure: a text in, a text out.

It removes the punctuation of the sentence and tracking parameters, and adds angle brackets if Markdown needs them. Each edit
is parsed, and left out if the text would then have other links than intended.
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
    r"\]\(\s*(?P<inline><[^<>\n]*>|(?:[^\s()<>]|\((?:[^\s()<>]|\([^\s()<>]*\))*\))+)"
    r"|^[ ]{0,3}\[[^\]\n]+\]:[ \t]*\n?[ \t]*(?P<definition><[^<>\n]*>|\S+)"
    r"|(?P<autolink><https?:[^<>\s]*>)"
    r"|\b(?:href|src)\s*=\s*(?P<attribute>\"[^\"]*\"|'[^']*')",
    re.MULTILINE,
)
_PREFIXES: Final = ("{static}", "{filename}")
_WEB: Final = re.compile(r"https?://", re.IGNORECASE)
_MAX_SINGLE: Final = 40  # edits that are verified one by one
_URL_KEYS: Final = frozenset({"url", "file"})


class UrlEdit(NamedTuple):
    """A replacement in a text, and the link targets that it removes and adds."""

    begin: int
    end: int
    new: str
    before: str
    after: str


def fix_markdown(text: Text, *, acknowledged: Collection[str], is_file: Callable[[str], bool]) -> tuple[str, list[str]]:
    """Correct the URLs in a Markdown text, and return it and what was changed.

    acknowledged: the warnings that the curator acknowledges. is_file: whether a file exists below content/.
    """
    descriptions: list[str] = []
    for is_linked in (False, True):
        edits = list(_link_edits(text, acknowledged, is_file) if is_linked else _unlinked_edits(text, acknowledged))
        safe = _safe_edits(text, edits)
        descriptions += [_description(text.markdown[edit.begin : edit.end], edit) for edit in safe]
        text = replace(text, markdown=_apply(text.markdown, safe))
    return text.markdown, descriptions


def _description(old: str, edit: UrlEdit) -> str:
    if edit.before and edit.new.startswith("<") == old.startswith("<"):
        return f"`{weblinks.excerpt(edit.before)}` is now `{weblinks.excerpt(edit.after)}`"
    return f"`{weblinks.excerpt(old)}` is now `{weblinks.excerpt(edit.new)}`"


def fixed_url(address: str, acknowledged: Collection[str]) -> str:
    """Return a web address without tracking parameters and the punctuation of the sentence."""
    if not _WEB.match(address):
        return address
    if "tracking" not in acknowledged:
        address = weblinks.without_tracking(address)
    if "link-ending" not in acknowledged:
        address = address.removesuffix(weblinks.ending(address))
    return address


def fixed_path(path: str, file: str, is_file: Callable[[str], bool]) -> str:
    """Return a path without percent-encoding, if it leads to a file below content/. file: the file that contains it."""
    decoded = unquote(path)
    if decoded == path or re.search(r"[\x00-\x1f<>\"\\]", decoded):
        return path
    try:
        kind, to = destination(decoded, file)
    except ValueError:
        return path
    return decoded if kind == "file" and is_file(to.partition("#")[0]) else path


def _unlinked_edits(text: Text, acknowledged: Collection[str]) -> Iterator[UrlEdit]:
    """Yield edits for addresses and images that Markdown does not recognize."""
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
        elif "bare-address" not in acknowledged and one.is_certain:
            address = one.written if _WEB.match(one.written) else f"https://{one.written}"
            yield UrlEdit(begin, end, one.fixed, "", unescape(address))


def _link_edits(text: Text, acknowledged: Collection[str], is_file: Callable[[str], bool]) -> Iterator[UrlEdit]:
    """Yield edits for the addresses of links and images."""
    for found in _DESTINATION.finditer(text.markdown):
        form = str(found.lastgroup)
        whole = found[form]
        opening, inner, closing = (whole[0], whole[1:-1], whole[-1]) if whole[0] in "<\"'" else ("", whole, "")
        address = unescape(inner)
        new = fixed_url(inner, acknowledged)
        if new == inner and address.startswith(_PREFIXES):
            path = fixed_path(address, text.file, is_file)
            is_attribute = form == "attribute"
            new = inner if path == address else escape(path, quote=is_attribute) if "&" in path else path
            if not is_attribute and re.search(r"[\s()]", new):
                opening, closing = "<", ">"
        if new == inner:
            continue
        # An autolink shows its address, so the punctuation moves behind it.
        is_moved = form == "autolink" and "link-ending" not in acknowledged
        punctuation = weblinks.ending(inner) if is_moved else ""
        begin, end = found.span(form)
        yield UrlEdit(begin, end, f"{opening}{new}{closing}{punctuation}", address, unescape(new))


def _safe_edits(text: Text, edits: Sequence[UrlEdit]) -> list[UrlEdit]:
    """Return the edits that change only the intended links. An edit in code changes none, others may change more."""
    if len(edits) <= _MAX_SINGLE:
        single = [edit for edit in edits if _is_intended(text, [edit])]
        return single if _is_intended(text, single) else single[:1]
    if _is_intended(text, edits):
        return list(edits)
    half = len(edits) // 2
    both = [*_safe_edits(text, edits[:half]), *_safe_edits(text, edits[half:])]
    return both if _is_intended(text, both) else both[:1]


def _is_intended(text: Text, edits: Sequence[UrlEdit]) -> bool:
    """Return whether the edits change exactly the links that they are for, and no headings."""
    before = survey(text)
    after = survey(replace(text, markdown=_apply(text.markdown, edits)))
    if [heading.level for heading in before.headings] != [heading.level for heading in after.headings]:
        return False
    old, new = (Counter(reference.target for reference in found.references) for found in (before, after))
    removed, added = old - new, new - old
    edited = Counter(edit.before for edit in edits if edit.before)
    if any(removed[address] < count for address, count in edited.items()):
        return False
    replacements = {edit.before: edit.after for edit in edits if edit.before}
    expected = Counter(edit.after for edit in edits if not edit.before)
    for address, count in removed.items():  # several links may use one definition
        expected[replacements.get(address, "")] += count
    return expected == added


def _apply(markdown: str, edits: Sequence[UrlEdit]) -> str:
    pieces, end = [], 0
    for edit in sorted(edits):
        pieces += [markdown[end : edit.begin], edit.new]
        end = edit.end
    return "".join([*pieces, markdown[end:]])


def fix_front_matter(
    text: str, acknowledged: Collection[str], file: str, is_file: Callable[[str], bool]
) -> tuple[str, list[str]]:
    """Correct the URLs in a file's front matter, and return the file and what was changed. Comments and layout stay.

    file: relative to content/. A value that is not on one line stays as it is.
    """
    document, problems = frontmatter.read(text.encode(), "")
    if document is None or problems:
        return text, []
    descriptions = []
    for path, node in list(_scalars(text)):
        # A sponsor's link may track.
        allowed = {*acknowledged, "tracking"} if path[0] == "sponsor" else acknowledged
        if path[-1] == "url":
            new = fixed_url(node.value, allowed)
        else:
            new = fixed_path(f"{{static}}/{node.value}", file, is_file).removeprefix("{static}/")
        changed = _replace_value(text, path, new) if new != node.value else None
        if changed is not None:
            text = changed
            descriptions.append(f"`{weblinks.excerpt(node.value)}` is now `{weblinks.excerpt(new)}`")
    return text, descriptions


def _scalars(text: str) -> Iterator[tuple[tuple[str | int, ...], yaml.ScalarNode]]:
    """Yield the URLs and image files in the front matter, with their paths in it."""
    begin, end = _front_matter_span(text)
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
            waiting += [((*path, index), item) for index, item in enumerate(node.value)]
        elif isinstance(node, yaml.ScalarNode) and path and path[-1] in _URL_KEYS:
            yield path, node


def _front_matter_span(text: str) -> tuple[int, int]:
    """Return where a file's front matter begins and ends."""
    fences = re.finditer(r"^-{3,}[ \t]*\r?$\n?", text.removeprefix("\ufeff"), re.MULTILINE)
    offset = text.startswith("\ufeff")
    first, second = next(fences), next(fences)
    return first.end() + offset, second.start() + offset


def _replace_value(text: str, path: tuple[str | int, ...], new: str) -> str | None:
    """Return the file with one value replaced and nothing else changed; None if the value is not written literally."""
    begin, _ = _front_matter_span(text)
    node = next(node for node_path, node in _scalars(text) if node_path == path)
    first, last = begin + node.start_mark.index, begin + node.end_mark.index
    scalar = text[first:last]
    if node.value not in scalar:
        return None
    changed = text[:first] + scalar.replace(node.value, new, 1) + text[last:]
    before, after = _values(text), _values(changed)
    parent = before
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = new
    return changed if before == after else None


def _values(text: str) -> Any:  # noqa: ANN401 - nested mappings and lists
    document, _ = frontmatter.read(text.encode(), "")
    return document.values if document else {}
