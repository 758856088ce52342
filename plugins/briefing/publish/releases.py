"""Targets that keep releases: each `releases/ID` contains one whole site, and the link `current` points to one of them.

A release is created under a temporary name and made durable before it gets its own name. The link is replaced by a rename,
which is atomic (POSIX). So `current` always points to a whole release, and the next publish recognizes what a killed one
left behind by its temporary name. `ReleaseFolder` is what differs between this machine and a remote one.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Protocol

from briefing.errors import BriefingError
from briefing.publish.built_site import hash_files, require_unchanged
from briefing.publish.history import build_id_of
from briefing.publish.report import Published, compare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from contextlib import AbstractContextManager

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.contract import TargetOptions
    from briefing.publish.history import ReleaseHistory

CURRENT: Final = "current"
FORMER_LINK: Final = "current.before-briefing"
RELEASES: Final = "releases"
MARKER: Final = ".briefing-releases"
MARKER_TEXT: Final = "Releases of a site, created by `publish`. Let the web server serve the link `current`.\n"
NEW_PREFIX: Final = ".briefing-new-"
OLD_PREFIX: Final = ".briefing-old-"
_IGNORED: Final = frozenset({"lost+found"})  # in every new file system


class ReleaseFolder(Protocol):
    """A folder of releases, local or remote, which may not exist yet. Every failure is a BriefingError."""

    @property
    def current_link(self) -> str:
        """The link that a web server follows, for messages."""

    def refuse_foreign_files(self, *, adopt: bool) -> None:
        """Raise BriefingError if the folder is not a folder, or contains files that publish did not create.

        With `adopt` such files may stay, and `current` may be a foreign link, but nothing else.
        """

    def locked(self) -> AbstractContextManager[None]:
        """Lock the folder, created and marked as ours if needed, and remove what an interrupted publish left.

        Raises BriefingError if another publish has locked it.
        """

    def history(self) -> ReleaseHistory:
        """Return the releases that exist now."""

    def hashes(self, release: str) -> Mapping[str, str]:
        """Return the SHA-256 of each file in a release, by name."""

    def create(self, site: BuiltSite, hashes: Mapping[str, str], current: str, unchanged: Collection[str]) -> str:
        """Create a whole, durable release of the site and return its name. Readers do not see it yet.

        hashes: of the site's files. unchanged: the names of files that are the same in the release `current`; they are
        hard-linked from there if the file system supports it.
        """

    def mark_newest(self, release: str) -> None:
        """Make a release the first in the history."""

    def activate(self, release: str) -> None:
        """Point `current` to this release. A foreign link is kept under another name."""

    def remove(self, releases: Iterable[str]) -> None:
        """Remove releases. A partly removed release never has a release's name."""


def publish_release(folder: ReleaseFolder, site: BuiltSite, options: TargetOptions) -> Published:
    """Serve the built site and keep the last five releases; with `dry_run` only report what would change."""
    folder.refuse_foreign_files(adopt=options.adopt)
    with nullcontext() if options.dry_run else folder.locked():
        history = folder.history()
        hashes = hash_files(site.folder, site.names)
        changes = compare(_hashes(folder, history.current), hashes)
        if changes and not options.dry_run:
            release = site.id
            if release not in history.releases or folder.hashes(release) != hashes:
                unchanged = {*site.names} - {*changes.added, *changes.changed}
                release = folder.create(site, hashes, history.current, unchanged)
            require_unchanged(site)
            # A rollback from the new release must lead to the current one, and not to one that was rolled back.
            folder.remove(name for name in history.rolled_back if name != release)
            folder.mark_newest(release)
            folder.activate(release)
        if not options.dry_run:
            folder.remove(folder.history().expired)
    return Published(folder.current_link, site.id, changes, options.dry_run)


def roll_back(folder: ReleaseFolder, options: TargetOptions) -> Published:
    """Serve the previous release. The current one stays until the next publish.

    Raises BriefingError if there is no previous release.
    """
    folder.refuse_foreign_files(adopt=False)
    _previous(folder)
    with nullcontext() if options.dry_run else folder.locked():
        current, previous = folder.history().current, _previous(folder)
        changes = compare(_hashes(folder, current), folder.hashes(previous))
        if not options.dry_run:
            folder.activate(previous)
    return Published(folder.current_link, build_id_of(previous), changes, options.dry_run, rolled_back=True)


def refuse_foreign_names(folder: object, names: Collection[str], *, adopt: bool) -> None:
    """Raise BriefingError if a folder has other files, is not marked as ours and `adopt` is not set."""
    foreign = sorted({*names} - _IGNORED)
    if foreign and MARKER not in names and not adopt:
        msg = (
            f"{folder} contains files that publish did not create ({', '.join(foreign[:3])}): choose an empty or a new "
            f"folder, or run `publish --adopt` to put the site beside them"
        )
        raise BriefingError(msg)


def refuse_foreign_link(link: str, *, is_link: bool, adopt: bool) -> None:
    """Raise BriefingError if a `current` that points to no release must not be replaced."""
    if not is_link:
        msg = f"{link} is not a link to a release: move it away and run publish again"
        raise BriefingError(msg)
    if not adopt:
        msg = (
            f"{link} is not a link to a release: move it away and run publish again, "
            f"or run `publish --adopt` to keep it as {FORMER_LINK}"
        )
        raise BriefingError(msg)


def _hashes(folder: ReleaseFolder, release: str) -> Mapping[str, str]:
    return folder.hashes(release) if release else {}


def _previous(folder: ReleaseFolder) -> str:
    previous = folder.history().previous
    if not previous:
        msg = f"{folder.current_link} has no previous release: revert the change in content/ and publish again"
        raise BriefingError(msg)
    return previous
