"""`check --fix`: rename the keys of other generators in stories, and correct URLs in all texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from briefing.authoring import edits, files, url_fixes
from briefing.authoring.file_names import normalize
from briefing.content import frontmatter, markdown
from briefing.content.frontmatter.values import Unquoted
from briefing.content.library import read_library
from briefing.content.library.tree import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from briefing.settings import Settings

_LISTS = {"authors", "aliases"}


class Fix(NamedTuple):
    """A change of a file. path: relative to the publication's root."""

    path: str
    description: str


def fix(settings: Settings) -> tuple[Fix, ...]:
    """Rename other generators' keys in all stories, correct URLs in all texts, and return what was changed.

    A key stays, and `check` reports it, if its new name is taken or its value cannot be converted. A file stays if it
    cannot be read or edited line by line. URLs in what was sent stay, because a change there needs a correction. A second
    run changes nothing. Raises WriteRefusedError.
    """
    tree = walk(settings.content, settings.root)
    curators = _curators(settings, tree.texts)
    library = read_library(settings)
    sent = {*library.sent_by_issue, *library.sent_with}
    changes, fixes = [], []
    for name in tree.texts:
        path = settings.content / name
        old = path.read_bytes()
        new, descriptions = fix_keys(old, curators) if name.startswith("stories/") else (old, [])
        if name.rpartition("/")[2].removesuffix(".md") not in sent:
            new, more = fix_urls(new, name, frozenset(tree.copied))
            descriptions += more
        if descriptions:
            changes.append(files.FileChange(path, old, new))
            relative = path.relative_to(settings.root).as_posix()
            fixes += [Fix(relative, description) for description in descriptions]
    files.replace(changes, settings.content)
    return tuple(fixes)


def fix_urls(data: bytes, file: str, existing: Collection[str]) -> tuple[bytes, list[str]]:
    """Correct the URLs in a file, and return its bytes and what was changed.

    existing: the files that texts may show or link to. Warnings that the file acknowledges are not corrected.
    """
    document, problems = frontmatter.read(data, "")
    if document is None or problems:
        return data, []
    listed = document.values.get("acknowledged")
    acknowledged = (
        {str(one.get("check")) for one in listed if isinstance(one, dict)} if isinstance(listed, list) else set()
    )
    text, descriptions = url_fixes.fix_front_matter(data.decode(), acknowledged, file, existing.__contains__)
    body = document.markdown
    ending = "\r\n" if "\r\n" in text else "\n"
    raw_body = body.replace("\n", ending)
    head, tail = text.rstrip()[: -len(raw_body)], text[len(text.rstrip()) :]
    if not body or f"{head}{raw_body}{tail}" != text:
        return text.encode(), descriptions
    new, more = url_fixes.fix_markdown(
        markdown.Text(body, "", file), acknowledged=acknowledged, is_file=existing.__contains__
    )
    return f"{head}{new.replace(chr(10), ending)}{tail}".encode(), [*descriptions, *more]


def fix_keys(data: bytes, curators: Mapping[str, str]) -> tuple[bytes, list[str]]:
    """Rename the keys of a story, and return its bytes and what was changed.

    curators: ids by normalized name and id.
    """
    document, problems = frontmatter.read(data, "")
    if document is None or problems:
        return data, []
    text, descriptions, present = data.decode(), [], set(document.values)
    for old, new in frontmatter.FOREIGN_KEYS.items():
        if old not in document.values or new in present:
            continue
        try:
            text, description = _convert_key(text, old, document.values[old], curators)
        except edits.EditRefusedError:
            continue
        if description:
            present.add(new)
            descriptions.append(description)
    return text.encode(), descriptions


def _convert_key(text: str, old: str, value: Any, curators: Mapping[str, str]) -> tuple[str, str]:  # noqa: ANN401
    """Rename one key. Returns the text and what was changed; "" if the value cannot be converted."""
    if old == "draft":
        return _convert_draft(text, value)
    new = frontmatter.FOREIGN_KEYS[old]
    text = edits.rename_key(text, old, new)
    if new in _LISTS and not isinstance(value, list | dict):
        items = [] if value is None else [_plain_text(value)]
        text = edits.set_key(
            text, new, [curators.get(normalize(item), item) for item in items] if old == "author" else items
        )
    elif old == "author" and isinstance(value, list):
        for index, item in enumerate(value):
            curator = curators.get(normalize(_plain_text(item))) if isinstance(item, str | Unquoted) else None
            if curator and curator != item:
                text = edits.set_item(text, new, index, curator)
    return text, f"{old} is now {new}"


def _convert_draft(text: str, value: object) -> tuple[str, str]:
    is_draft = {"true": True, "false": False}.get(_plain_text(value).lower(), getattr(value, "value", None))
    if is_draft is True:
        renamed = edits.rename_key(text, "draft", "status")
        return edits.set_key(renamed, "status", "draft"), "draft: true is now status: draft"
    if is_draft is False:
        return edits.remove_key(text, "draft"), "draft: false is removed"
    return text, ""


def _plain_text(value: object) -> str:
    return " ".join((value.written if isinstance(value, Unquoted) else str(value)).split())


def _curators(settings: Settings, texts: Iterable[str]) -> dict[str, str]:
    """Return the id of each curator by name and id, without names that two curators have."""
    ids, names = {}, {}
    for file in texts:
        if not file.startswith("curators/"):
            continue
        curator_id = file.removeprefix("curators/").removesuffix(".md")
        ids[normalize(curator_id)] = curator_id
        document, _ = frontmatter.read((settings.content / file).read_bytes(), "")
        name = document.values.get("name") if document else None
        if isinstance(name, str):
            key = normalize(_plain_text(name))
            names[key] = "" if key in names else curator_id
    return {name: curator_id for name, curator_id in (names | ids).items() if curator_id}
