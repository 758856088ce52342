"""Which kind of target a URL names, and what every kind is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from briefing.errors import WrongUseError
from briefing.publish import folder, pages, plain, s3, ssh
from briefing.publish.built import Built, read_built

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from briefing.publish.report import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
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


class Read(Protocol):
    """Reads the address of one kind of target, and changes nothing."""

    def __call__(self, address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:
        """Raise WrongUseError where `address` makes no sense for the site in `output`; no other machine is asked.

        Raises BriefingError where this machine lacks what the kind of target needs, such as a git repository.
        """


class Publish(Protocol):
    """Puts a site to one kind of target."""

    def __call__(self, address: str, built: Built, root: Path, options: Options) -> Published:
        """Make `address`, the URL without its scheme, hold the built site; with `dry_run` only say what differs.

        Relative addresses count from `root`. Raises WrongUseError where the address makes no sense, BriefingError
        where the target holds a stranger's files and `adopt` is not set, or refuses.
        """


class Rollback(Protocol):
    """Goes back to the release before, at one kind of target that keeps releases."""

    def __call__(self, address: str, root: Path, options: Options) -> Published:
        """Give readers the release before the one they are given now; nothing is built or copied.

        Raises BriefingError where there is none.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of target. example: how its URL is written. rollback: None where it keeps no releases."""

    example: str
    read: Read
    publish: Publish
    rollback: Rollback | None = None


TARGETS: Final[Mapping[str, Kind]] = {
    "file": Kind("file:///folder", folder.read, folder.publish, folder.rollback),
    "folder": Kind("folder:PATH", plain.read, plain.publish),
    "pages": Kind("pages: or pages:REMOTE/BRANCH", pages.read, pages.publish),
    "s3": Kind("s3://BUCKET/PREFIX", s3.read, s3.publish),
    "ssh": Kind("ssh://HOST/FOLDER", ssh.read, ssh.publish, ssh.rollback),
}


def publish(target: str, output: Path, root: Path, options: Options) -> Published:
    """Put the site in `output` at the URL `target`, or with `rollback` the release before there.

    Raises WrongUseError where the URL makes no sense, BriefingError where the site is incomplete or the target
    refuses. With `dry_run` nothing changes at the target.
    """
    scheme = _scheme_of(target)
    address = target.partition(":")[2]
    kind = TARGETS[scheme]
    if not options.rollback:
        return kind.publish(address, read_built(output, options.require_fresh), root, options)
    if kind.rollback is None:
        msg = f"{scheme}: keeps no release to go back to: take back the change in content/ and publish again"
        raise WrongUseError(msg)
    return kind.rollback(address, root, options)


def require_target(target: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:
    """Raise WrongUseError where the URL makes no sense, before any work is done for it."""
    TARGETS[_scheme_of(target)].read(target.partition(":")[2], output, root, environment)


def _scheme_of(target: str) -> str:
    """The scheme of a target's URL, in lower case (RFC 3986, section 3.1). Raises WrongUseError where there is none, or none that is known."""
    scheme, colon, _ = target.partition(":")
    scheme = scheme.lower()
    if target and (not colon or "/" in scheme):
        msg = f"{target} is a path, not a URL: for a folder write file:{target}"
        raise WrongUseError(msg)
    if scheme not in TARGETS:
        # Only the scheme is repeated: the rest of a target may hold a password.
        examples = ", ".join(kind.example for kind in TARGETS.values())
        msg = f"{scheme}: is not a known kind of target: write {examples}"
        raise WrongUseError(msg)
    return scheme
