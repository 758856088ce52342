"""What the builder left in the output folder, looked at before any of it leaves the machine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing import urls
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

_ID = re.compile(r"[0-9a-f]{1,128}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Built:
    """A complete site: its folder, the build's id, and its files' names with forward slashes, sorted.

    require_fresh: raises BriefingError where it must not be published any more, since the content is newer.
    """

    folder: Path
    id: str
    names: tuple[str, ...]
    require_fresh: Callable[[], None] = lambda: None


def read_built(output: Path, require_fresh: Callable[[], None] = lambda: None) -> Built:
    """Look at a built site.

    Raises BriefingError where it is missing or incomplete, or holds what must not be published: symbolic
    links, special files, a repository, names that are not readable text.
    """
    build = build_id(output)
    if not build:
        msg = f"{output} holds no complete site (no valid {urls.BUILD_ID}): run build first"
        raise BriefingError(msg)
    require_fresh()
    return Built(output, build, tuple(sorted(names_in(output))), require_fresh)


def build_id(folder: Path) -> str:
    """The id that a folder's `build.json` states, or "" where there is none that is valid."""
    try:
        return id_in((folder / urls.BUILD_ID).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return ""


def id_in(text: bytes) -> str:
    """The id in the bytes of a `build.json`, or "" where they are not one."""
    try:
        stated = json.loads(text)
    except ValueError:
        return ""
    build = stated.get("id") if isinstance(stated, dict) else None
    return build if isinstance(build, str) and _ID.fullmatch(build) else ""


def still_the_same(built: Built) -> None:
    """Raise BriefingError if another build has replaced the site since it was looked at, or the content is newer.

    To be asked when all is ready, before the first thing that readers would see.
    """
    if build_id(built.folder) != built.id:
        msg = f"{built.folder} was built anew while it was being published: run publish again"
        raise BriefingError(msg)
    built.require_fresh()


def hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each file's bytes, by name."""
    found = {}
    for name in names:
        with (folder / name).open("rb") as file:
            found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def names_in(folder: Path, below: str = "") -> Iterator[str]:
    """The names of all files in a folder, with forward slashes. Raises BriefingError for what must not be published."""
    with os.scandir(folder / below) as entries:
        for entry in entries:
            name = below + entry.name
            if name in urls.UNPUBLISHED:  # left behind by a build that was killed when its site was whole
                continue
            kind = entry.stat(follow_symlinks=False).st_mode
            if entry.name == ".git" or not _is_plain(entry.name) or not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
                msg = f"{folder} holds {name!r}, {_fault(entry.name, kind)}: remove it and run publish again"
                raise BriefingError(msg)
            if stat.S_ISDIR(kind):
                yield from names_in(folder, name + "/")
            else:
                yield name


def _is_plain(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return not _CONTROL.search(name)


def _fault(name: str, kind: int) -> str:
    if name == ".git":
        return "a repository, which must not be published"
    if stat.S_ISLNK(kind):
        return "a symbolic link, which would not be one at the target"
    return "which is not a plain file" if _is_plain(name) else "whose name is not readable text"
