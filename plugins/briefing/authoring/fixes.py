"""`check --fix`: keys of other generators in stories get the names they have here, and addresses are mended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from briefing.authoring import edits, files, url_fixes
from briefing.authoring.file_names import same
from briefing.content import frontmatter, markdown
from briefing.content.frontmatter.values import Unquoted
from briefing.content.library import read_library
from briefing.content.library.tree import walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from briefing.settings import Settings

_LISTS = {"authors", "aliases"}


class Fix(NamedTuple):
    """What was done to a file; its path is relative to the publication's root."""

    path: str
    done: str


def fix(settings: Settings) -> tuple[Fix, ...]:
    """Rename other generators' keys in all stories, mend addresses in all texts, and say what was done.

    A key is left for `check` to speak of if its new name is taken or its value means nothing here; all of a file is
    left if it cannot be read or edited line by line. What readers have keeps its addresses: a change of it needs a
    correction. A second run does nothing. Raises WriteRefusedError.
    """
    tree = walk(settings.content, settings.root)
    curators = _curators(settings, tree.texts)
    library = read_library(settings)
    sent = {*library.sent_by_issue, *library.sent_with}
    changes, fixes = [], []
    for name in tree.texts:
        path = settings.content / name
        old = path.read_bytes()
        new, done = fixed(old, curators) if name.startswith("stories/") else (old, [])
        if name.rpartition("/")[2].removesuffix(".md") not in sent:
            new, more = readdressed(new, name, frozenset(tree.copied))
            done += more
        if done:
            changes.append(files.FileChange(path, old, new))
            said = path.relative_to(settings.root).as_posix()
            fixes += [Fix(said, what) for what in done]
    files.replace(changes, settings.content)
    return tuple(fixes)


def readdressed(data: bytes, file: str, there: Collection[str]) -> tuple[bytes, list[str]]:
    """A file's bytes with its addresses mended, and what was done. `there`: the files that texts may show or link to.

    What the file acknowledges stays as it is.
    """
    document, problems = frontmatter.read(data, "")
    if document is None or problems:
        return data, []
    listed = document.values.get("acknowledged")
    kept = {str(one.get("check")) for one in listed if isinstance(one, dict)} if isinstance(listed, list) else set()
    whole, done = url_fixes.mend_front_matter(data.decode(), kept, file, there.__contains__)
    body = document.markdown
    ending = "\r\n" if "\r\n" in whole else "\n"
    written = body.replace("\n", ending)
    head, tail = whole.rstrip()[: -len(written)], whole[len(whole.rstrip()) :]
    if not body or f"{head}{written}{tail}" != whole:
        return whole.encode(), done
    new, more = url_fixes.mend_markdown(markdown.Text(body, "", file), kept=kept, is_file=there.__contains__)
    return f"{head}{new.replace(chr(10), ending)}{tail}".encode(), [*done, *more]


def fixed(data: bytes, curators: Mapping[str, str]) -> tuple[bytes, list[str]]:
    """A story's bytes with the keys renamed, and what was done. `curators`: ids by name and id, as `names.same` has them."""
    document, problems = frontmatter.read(data, "")
    if document is None or problems:
        return data, []
    text, done, present = data.decode(), [], set(document.values)
    for old, new in frontmatter.FOREIGN_KEYS.items():
        if old not in document.values or new in present:
            continue
        try:
            text, what = _renamed(text, old, document.values[old], curators)
        except edits.EditRefusedError:
            continue
        if what:
            present.add(new)
            done.append(what)
    return text.encode(), done


def _renamed(text: str, old: str, value: Any, curators: Mapping[str, str]) -> tuple[str, str]:  # noqa: ANN401
    """The text with one key renamed, and what was done; "" where its value cannot be taken over."""
    if old == "draft":
        return _undrafted(text, value)
    new = frontmatter.FOREIGN_KEYS[old]
    text = edits.rename_key(text, old, new)
    if new in _LISTS and not isinstance(value, list | dict):
        items = [] if value is None else [_said(value)]
        text = edits.set_key(
            text, new, [curators.get(same(item), item) for item in items] if old == "author" else items
        )
    elif old == "author" and isinstance(value, list):
        for place, item in enumerate(value):
            curator = curators.get(same(_said(item))) if isinstance(item, str | Unquoted) else None
            if curator and curator != item:
                text = edits.set_item(text, new, place, curator)
    return text, f"{old} is now {new}"


def _undrafted(text: str, value: object) -> tuple[str, str]:
    is_draft = {"true": True, "false": False}.get(_said(value).lower(), getattr(value, "value", None))
    if is_draft is True:
        return edits.set_key(
            edits.rename_key(text, "draft", "status"), "status", "draft"
        ), "draft: true is now status: draft"
    if is_draft is False:
        return edits.remove_key(text, "draft"), "draft: false is removed"
    return text, ""


def _said(value: object) -> str:
    """A text as a reader reads it."""
    return " ".join((value.written if isinstance(value, Unquoted) else str(value)).split())


def _curators(settings: Settings, texts: Iterable[str]) -> dict[str, str]:
    """The id of each curator by name and by id; a name that two have leads to none."""
    ids, named = {}, {}
    for file in texts:
        if not file.startswith("curators/"):
            continue
        identity = file.removeprefix("curators/").removesuffix(".md")
        ids[same(identity)] = identity
        document, _ = frontmatter.read((settings.content / file).read_bytes(), "")
        name = document.values.get("name") if document else None
        if isinstance(name, str):
            key = same(_said(name))
            named[key] = "" if key in named else identity
    return {name: identity for name, identity in (named | ids).items() if identity}
