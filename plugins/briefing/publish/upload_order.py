"""In which order files are put where each is served as soon as it is there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from briefing import urls
from briefing.errors import BriefingError
from briefing.publish.http_headers import is_page

if TYPE_CHECKING:
    from briefing.publish.built_output import Built
    from briefing.publish.report import Changes


def steps(changes: Changes) -> tuple[tuple[str, ...], ...]:
    """What is to be written, one step after the other, so that a reader never meets a link to what is not there yet.

    Pictures, stylesheets and the like; new pages; pages and feeds that were there, which name them; the build's id,
    which says that all is there. What is removed, by `removals`, comes after the last step. Empty steps are left out.
    """
    assets = (*(name for name in (*changes.added, *changes.changed) if not is_page(name)),)
    new = (*(name for name in changes.added if is_page(name) and name != urls.BUILD_ID),)
    known = (*(name for name in changes.changed if is_page(name) and name != urls.BUILD_ID),)
    mark = (urls.BUILD_ID,) if urls.BUILD_ID in {*changes.added, *changes.changed} else ()
    return tuple(step for step in (assets, new, known, mark) if step)


def removals(changes: Changes) -> tuple[tuple[str, ...], ...]:
    """What is to be removed, one step after the other: pages before what they name."""
    pages = (*(name for name in changes.removed if is_page(name)),)
    assets = (*(name for name in changes.removed if not is_page(name)),)
    return tuple(step for step in (pages, assets) if step)


def read_same(built: Built, name: str, seen: str) -> bytes:
    """A file of the site. Raises BriefingError where it is not that of this SHA-256 any more."""
    try:
        content = (built.folder / name).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != seen:
        msg = f"{built.folder} was built anew while it was being published ({name}): run publish again"
        raise BriefingError(msg)
    return content
