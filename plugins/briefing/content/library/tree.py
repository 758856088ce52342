"""The files under content/, in a fixed order, and those from which nothing would be made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.content.library.notifications import FOLDER, NOTIFICATIONS
from briefing.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXTS: Final = ("stories", "issues", "threads", "curators", "pages")
COPIED: Final = ("images", "static")
_IGNORED: Final = ("overrides",)
_NOTIFICATIONS: Final = tuple(f"{FOLDER}/{name}.md" for name in NOTIFICATIONS)
_RECORD: Final = re.compile(r"issues/[^/]+\.(?:proof|sent|draft)\.json")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NEVER_IN_NAME: Final = re.compile(r"[?#%\\]")
_SYSTEM_FILES: Final = frozenset({".DS_Store", ".git", ".gitignore", ".gitkeep", "Thumbs.db"})
_BACKUPS: Final = ("~", ".swp", ".swo", ".tmp", ".bak", ".orig")


@dataclass(frozen=True, slots=True)
class Tree:
    """Paths relative to content/, with forward slashes, sorted."""

    texts: tuple[str, ...]
    copied: tuple[str, ...]
    records: tuple[str, ...]
    problems: tuple[Problem, ...]


def walk(content: Path, root: Path) -> Tree:
    """The files of a publication. A file that would be ignored without notice is a problem."""
    problems: list[Problem] = []
    prefix = os.path.relpath(content, root).replace(os.sep, "/")
    if not content.is_dir():
        return Tree((), (), (), (Problem(prefix, "is not a folder", "create it, or set PATH in pelicanconf.py"),))
    texts: list[str] = []
    copied: list[str] = []
    records: list[str] = []
    real = os.path.realpath(content)
    for path in _files(str(content), "", real, prefix, problems):
        folder, _, rest = path.partition("/")
        if folder in _IGNORED and rest:
            continue
        if folder in COPIED and rest:
            copied.append(path)
        elif folder in TEXTS and path.endswith(".md"):
            texts.append(path)
        elif folder == FOLDER and path not in _NOTIFICATIONS:
            hint = (
                f"rename it to one of {', '.join(f'{name}.md' for name in NOTIFICATIONS)}, or move it out of content/"
            )
            problems.append(Problem(f"{prefix}/{path}", "is not one of the list server's notifications", hint, line=1))
        elif _RECORD.fullmatch(path):
            records.append(path)
        elif path not in _NOTIFICATIONS:
            known = ", ".join(f"{name}/" for name in (*TEXTS, *COPIED))
            hint = f"move it to one of {known}; the names of texts must end in .md"
            problems.append(Problem(f"{prefix}/{path}", "is not in a folder that the program reads", hint, line=1))
    return Tree(tuple(texts), tuple(copied), tuple(records), tuple(problems))


def _files(folder: str, below: str, real: str, prefix: str, problems: list[Problem]) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        named = f"{prefix}/{below}".rstrip("/")
        problems.append(Problem(named, f"cannot be read: {error.strerror}", "check its permissions", line=1))
        return
    for entry in entries:
        path = f"{below}{entry.name}"
        if is_ignored(entry.name, below):
            continue
        what, hint = _fault(entry, real)
        if what:
            problems.append(Problem(f"{prefix}/{_printable(path)}", what, hint, line=1))
        elif entry.is_dir():
            yield from _files(entry.path, f"{path}/", real, prefix, problems)
        else:
            yield path


def is_ignored(name: str, below: str) -> bool:
    """Whether a file belongs to an editor or the system. A hidden file that a host needs (`.htaccess`) goes into static/."""
    if name.endswith(_BACKUPS) or name in _SYSTEM_FILES:
        return True
    return name.startswith(".") and not below.startswith("static/")


def _fault(entry: os.DirEntry[str], real: str) -> tuple[str, str]:
    """What is wrong with an entry, and what to do; ("", "") if nothing is."""
    if _UNPRINTABLE.search(entry.name):
        return "has a name that contains a control character or is not UTF-8", "rename it"
    if _NEVER_IN_NAME.search(entry.name):
        return "has a name that contains ? # % or \\, which have another meaning in addresses", "rename it"
    try:
        if entry.is_symlink() and not os.path.realpath(entry.path).startswith(real + os.sep):
            return "is a symbolic link to a place outside content/", "replace it with a copy of the file"
        if entry.is_symlink() and entry.is_dir():
            return "is a symbolic link to a folder", "replace it with the folder itself"
        is_usable = entry.is_dir() or entry.is_file()
    except OSError as error:
        return f"cannot be read: {error.strerror}", "delete it"
    return ("", "") if is_usable else ("is not a regular file", "delete it")


def _printable(path: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", path)
