"""The built site in the output folder, validated before any of it leaves the machine."""

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
class BuiltSite:
    """A complete site: its folder, its build id, and its file names, sorted, with forward slashes.

    require_fresh: raises BriefingError if the content is newer than the site.
    """

    folder: Path
    id: str
    names: tuple[str, ...]
    require_fresh: Callable[[], None] = lambda: None


def read_built_site(output: Path, require_fresh: Callable[[], None] = lambda: None) -> BuiltSite:
    """Return the site in a folder.

    Raises BriefingError if it is missing or incomplete, or contains anything that must not be published: a symbolic
    link, a special file, a repository, or a name that is not readable text.
    """
    build_id = read_build_id(output)
    if not build_id:
        msg = f"{output} does not contain a complete site (no valid {urls.BUILD_ID}): run build first"
        raise BriefingError(msg)
    require_fresh()
    return BuiltSite(output, build_id, tuple(sorted(list_files(output))), require_fresh)


def read_build_id(folder: Path) -> str:
    """Return the id in a folder's `build.json`; "" if there is no valid one."""
    try:
        return parse_build_id((folder / urls.BUILD_ID).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return ""


def parse_build_id(text: bytes) -> str:
    """Return the id in the bytes of a `build.json`; "" if they are not valid."""
    try:
        stated = json.loads(text)
    except ValueError:
        return ""
    build_id = stated.get("id") if isinstance(stated, dict) else None
    return build_id if isinstance(build_id, str) and _ID.fullmatch(build_id) else ""


def require_unchanged(site: BuiltSite) -> None:
    """Raise BriefingError if another build has replaced the site since it was read, or the content is newer.

    Call it when everything is ready, before the first change that readers can see.
    """
    if read_build_id(site.folder) != site.id:
        msg = f"{site.folder} was rebuilt during the publish: run publish again"
        raise BriefingError(msg)
    site.require_fresh()


def hash_files(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of each file, by name."""
    hashes = {}
    for name in names:
        with (folder / name).open("rb") as file:
            hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def list_files(folder: Path, below: str = "") -> Iterator[str]:
    """Yield the names of all files in a folder, with forward slashes.

    Raises BriefingError for anything that must not be published.
    """
    with os.scandir(folder / below) as entries:
        for entry in entries:
            name = below + entry.name
            if name in urls.UNPUBLISHED:  # left behind by a build that was killed after its site was complete
                continue
            mode = entry.stat(follow_symlinks=False).st_mode
            if entry.name == ".git" or not _is_text(entry.name) or not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                msg = f"{folder} contains {name!r}, {_reason(entry.name, mode)}: remove it and run publish again"
                raise BriefingError(msg)
            if stat.S_ISDIR(mode):
                yield from list_files(folder, name + "/")
            else:
                yield name


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return not _CONTROL.search(name)


def _reason(name: str, mode: int) -> str:
    if name == ".git":
        return "a repository, which must not be published"
    if stat.S_ISLNK(mode):
        return "a symbolic link, which cannot be published"
    return "which is not a regular file" if _is_text(name) else "whose name is not readable text"
