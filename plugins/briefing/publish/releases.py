"""Targets that keep releases: `releases/ID` holds one whole site each, the link `current` leads to one of them.

A release is made under a temporary name, made durable, and only then given its own; the link is replaced
by a rename (POSIX: atomic). So `current` leads to a whole release at every moment, and what a killed
publish leaves behind has a temporary name by which the next one knows it. What holds for a folder of this
machine holds for one of another: `ReleaseFolder` is what differs.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final, Protocol

from briefing.errors import BriefingError
from briefing.publish.built_output import hashes, still_the_same
from briefing.publish.history import build_of
from briefing.publish.report import Published, compare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from contextlib import AbstractContextManager

    from briefing.publish.built_output import Built
    from briefing.publish.contract import TargetOptions
    from briefing.publish.history import History

CURRENT: Final = "current"
KEPT_ASIDE: Final = "current.before-briefing"
RELEASES: Final = "releases"
MARK: Final = ".briefing-releases"
MARK_TEXT: Final = "The releases of a briefing, made by its publish command. A web server's folder is `current`.\n"
NEW: Final = ".briefing-new-"
OLD: Final = ".briefing-old-"
NOT_STRANGE: Final = frozenset({"lost+found"})  # in every new file system


class ReleaseFolder(Protocol):
    """A folder of releases, here or elsewhere, which may not exist yet. Every failure is a BriefingError."""

    @property
    def served_at(self) -> str:
        """The link that a web server follows, as a person calls it."""

    def refuse_strangers(self, *, adopt: bool) -> None:
        """Raise BriefingError where the folder is none, or holds what publish did not make.

        With `adopt` that may stay beside the releases, and `current` may be another's link; it may be nothing else.
        """

    def locked(self) -> AbstractContextManager[None]:
        """Own the folder, made and marked as ours if need be, free of what an interrupted publish left.

        Raises BriefingError while another publish owns it.
        """

    def history(self) -> History:
        """The releases that are there now."""

    def contents(self, release: str) -> Mapping[str, str]:
        """What a release holds: name to SHA-256."""

    def make(self, built: Built, wanted: Mapping[str, str], served: str, same: Collection[str]) -> str:
        """Make a whole, durable release of the built site, and return its name; readers do not see it yet.

        wanted: its files' hashes. same: the names of those that the release `served` has too; they are hard-linked
        from there, where the file system can.
        """

    def renew(self, release: str) -> None:
        """Make a release the newest."""

    def lead_to(self, release: str) -> None:
        """Give readers this release from now on. Another's link is kept under another name."""

    def remove(self, releases: Iterable[str]) -> None:
        """Remove releases; at no moment does half of one bear a release's name."""


def put(place: ReleaseFolder, built: Built, options: TargetOptions) -> Published:
    """Give readers the built site, and keep the last five releases; with `dry_run` only tell what would change."""
    place.refuse_strangers(adopt=options.adopt)
    with nullcontext() if options.dry_run else place.locked():
        history = place.history()
        wanted = hashes(built.folder, built.names)
        changes = compare(_contents(place, history.served), wanted)
        if changes and not options.dry_run:
            release = built.id
            if release not in history.releases or place.contents(release) != wanted:
                release = place.make(built, wanted, history.served, {*built.names} - {*changes.added, *changes.changed})
            still_the_same(built)
            # Going back from the new release must lead to the one served now, past those it was taken back from.
            place.remove(name for name in history.taken_back if name != release)
            place.renew(release)
            place.lead_to(release)
        if not options.dry_run:
            place.remove(place.history().surplus)
    return Published(place.served_at, built.id, changes, options.dry_run)


def go_back(place: ReleaseFolder, options: TargetOptions) -> Published:
    """Give readers the release before; the one they had stays until the next publish.

    Raises BriefingError where none is left.
    """
    place.refuse_strangers(adopt=False)
    _before(place)
    with nullcontext() if options.dry_run else place.locked():
        served, before = place.history().served, _before(place)
        changes = compare(_contents(place, served), place.contents(before))
        if not options.dry_run:
            place.lead_to(before)
    return Published(place.served_at, build_of(before), changes, options.dry_run, rolled_back=True)


def strangers(place: object, names: Collection[str], *, adopt: bool) -> None:
    """Raise BriefingError where a folder's names are not those of releases and `adopt` is not set."""
    foreign = sorted({*names} - NOT_STRANGE)
    if foreign and MARK not in names and not adopt:
        msg = (
            f"{place} holds files that publish did not make ({', '.join(foreign[:3])}): name an empty folder or a new "
            f"one, or put the site beside them with `publish --adopt`"
        )
        raise BriefingError(msg)


def in_the_way(entry: str, *, is_link: bool, adopt: bool) -> BriefingError | None:
    """What is wrong with a `current` that leads to no release; None where it may be replaced."""
    if not is_link:
        return BriefingError(f"{entry} is not a link to a release: move it away and run publish again")
    if not adopt:
        return BriefingError(
            f"{entry} is not a link to a release: move it away and run publish again, "
            f"or have it kept as {KEPT_ASIDE} by `publish --adopt`"
        )
    return None


def under_way(place: object) -> BriefingError:
    """What to say while another publish owns a place."""
    return BriefingError(f"another publish to {place} is under way: wait for its end and run publish again")


def _contents(place: ReleaseFolder, release: str) -> Mapping[str, str]:
    return place.contents(release) if release else {}


def _before(place: ReleaseFolder) -> str:
    before = place.history().before
    if not before:
        msg = (
            f"{place.served_at} has no release before the one that is served: take the change in content/ back and "
            f"publish again"
        )
        raise BriefingError(msg)
    return before
