"""Which kind of target a URL names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from briefing.errors import WrongUseError
from briefing.publish import folder, pages
from briefing.publish.built import Built, read_built

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from briefing.publish.report import Published


class Target(Protocol):
    """One kind of target."""

    def __call__(self, address: str, built: Built, root: Path, *, dry_run: bool) -> Published:
        """Make `address`, the URL without its scheme, hold the built site; with `dry_run` only say what differs."""


TARGETS: Mapping[str, Target] = {"file": folder.publish, "pages": pages.publish}


def publish(target: str, output: Path, root: Path, *, dry_run: bool) -> Published:
    """Put the site in `output` at the URL `target`; relative addresses count from `root`.

    Raises WrongUseError where the URL makes no sense, BriefingError where the site is incomplete or the
    target refuses. With `dry_run` nothing changes at the target.
    """
    scheme = scheme_of(target)
    address = target.removeprefix(f"{scheme}:")
    return TARGETS[scheme](address, read_built(output), root, dry_run=dry_run)


def scheme_of(target: str) -> str:
    """The scheme of a target's URL. Raises WrongUseError where there is none, or none that is known."""
    scheme, colon, _ = target.partition(":")
    if not colon or "/" in scheme:
        msg = f"{target} is a path, not a URL: for a folder write file:{target}"
        raise WrongUseError(msg)
    if scheme not in TARGETS:
        # Only the scheme is repeated: the rest of a target may hold a password.
        msg = f"{scheme}: is no target this program knows: write file:///folder, pages: or pages:REMOTE/BRANCH"
        raise WrongUseError(msg)
    return scheme
