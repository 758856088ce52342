"""The order of uploads to a target that serves each file at once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from briefing import urls
from briefing.errors import BriefingError
from briefing.publish.http_headers import is_page

if TYPE_CHECKING:
    from briefing.publish.built_site import BuiltSite
    from briefing.publish.report import Changes


def upload_steps(changes: Changes) -> tuple[tuple[str, ...], ...]:
    """Return the files to upload, step by step, so that no page ever links to a file that is not there yet.

    First images, style sheets and other assets; then new pages; then changed pages and feeds, which link to them; then
    `build.json`, which says that the upload is complete. `removal_steps` come after the last step.
    """
    assets = (*(name for name in (*changes.added, *changes.changed) if not is_page(name)),)
    new = (*(name for name in changes.added if is_page(name) and name != urls.BUILD_ID),)
    changed = (*(name for name in changes.changed if is_page(name) and name != urls.BUILD_ID),)
    build_id = (urls.BUILD_ID,) if urls.BUILD_ID in {*changes.added, *changes.changed} else ()
    return tuple(step for step in (assets, new, changed, build_id) if step)


def removal_steps(changes: Changes) -> tuple[tuple[str, ...], ...]:
    """Return the files to remove, step by step: pages before the files that they link to."""
    pages = (*(name for name in changes.removed if is_page(name)),)
    assets = (*(name for name in changes.removed if not is_page(name)),)
    return tuple(step for step in (pages, assets) if step)


def read_unchanged(site: BuiltSite, name: str, content_hash: str) -> bytes:
    """Return a file of the site. Raises BriefingError if its SHA-256 is no longer `content_hash`."""
    try:
        content = (site.folder / name).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != content_hash:
        msg = f"{site.folder} was rebuilt during the publish ({name} changed): run publish again"
        raise BriefingError(msg)
    return content
