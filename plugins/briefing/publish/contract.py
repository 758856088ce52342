"""What every kind of target does.

To add a kind, such as `ftp:`, write one module or folder named after its URL scheme, `publish/ftp.py`, that defines
`KIND`, and add its example to `targets.EXAMPLES`. Nothing else changes: `targets` imports the module when a URL has its
scheme.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.report import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetOptions:
    """How to publish.

    dry_run: only report what would change. adopt: keep files at the target that publish did not upload, and replace
    only those that are also in the site. rollback: serve the previous release instead of publishing a site.
    require_fresh: raises BriefingError if the content is newer than the built site. It is called before anything
    changes, and again before readers see the new site.
    environment: where credentials are read from.
    """

    dry_run: bool = False
    adopt: bool = False
    rollback: bool = False
    require_fresh: Callable[[], None] = lambda: None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class ValidateTarget(Protocol):
    """Checks the address of a target."""

    def __call__(self, address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:
        """Raise WrongUseError if `address` is not valid for the site in `output`. Changes and connects to nothing.

        Raises BriefingError if this machine lacks what the target needs, such as a git repository.
        """


class PublishSite(Protocol):
    """Publishes a site to a target."""

    def __call__(self, address: str, site: BuiltSite, root: Path, options: TargetOptions) -> Published:
        """Make the target at `address`, the URL without its scheme, contain the site; with `dry_run` only compare.

        Relative addresses start from `root`. Raises WrongUseError if the address is not valid, and BriefingError if the
        target contains foreign files and `adopt` is not set, or refuses the upload.
        """


class RollBack(Protocol):
    """Serves the previous release, for targets that keep releases."""

    def __call__(self, address: str, root: Path, options: TargetOptions) -> Published:
        """Serve the release before the current one. Builds and copies nothing. Raises BriefingError if there is none."""


@dataclass(frozen=True, slots=True)
class TargetKind:
    """One kind of target. rollback: None if it keeps no releases."""

    validate: ValidateTarget
    publish: PublishSite
    rollback: RollBack | None = None
