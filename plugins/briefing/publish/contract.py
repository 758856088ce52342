"""What every kind of target is asked to do, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from briefing.publish.built_output import Built
    from briefing.publish.report import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """How a site is put to its target.

    dry_run: only tell what would change. adopt: share the target with files that publish did not make; only those that
    the site has too are replaced. rollback: give readers the release before, in place of a built site.
    cloudfront_distribution: what is told of changes where the target is a bucket behind CloudFront; "" is nothing.
    require_fresh: raises BriefingError where the content is newer than the built site; asked before anything changes and
    once more before readers are given it.
    environment: where credentials are read from.
    """

    dry_run: bool = False
    adopt: bool = False
    rollback: bool = False
    cloudfront_distribution: str = ""
    require_fresh: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class ReadTarget(Protocol):
    """Reads the address of one kind of target, and changes nothing."""

    def __call__(self, address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:
        """Raise WrongUseError where `address` makes no sense for the site in `output`; no other machine is asked.

        Raises BriefingError where this machine lacks what the kind of target needs, such as a git repository.
        """


class PublishSite(Protocol):
    """Puts a site to one kind of target."""

    def __call__(self, address: str, built: Built, root: Path, options: TargetOptions) -> Published:
        """Make `address`, the URL without its scheme, hold the built site; with `dry_run` only say what differs.

        Relative addresses count from `root`. Raises WrongUseError where the address makes no sense, BriefingError
        where the target holds a stranger's files and `adopt` is not set, or refuses.
        """


class RollBack(Protocol):
    """Goes back to the release before, at one kind of target that keeps releases."""

    def __call__(self, address: str, root: Path, options: TargetOptions) -> Published:
        """Give readers the release before the one they are given now; nothing is built or copied.

        Raises BriefingError where there is none.
        """


@dataclass(frozen=True, slots=True)
class TargetKind:
    """One kind of target. rollback: None if it keeps no releases."""

    read: ReadTarget
    publish: PublishSite
    rollback: RollBack | None = None
