"""Which kind of target a URL names. A kind is the module or folder called like its scheme, loaded once it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from briefing.errors import WrongUseError
from briefing.publish.built_output import read_built

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from briefing.publish.contract import TargetKind, TargetOptions
    from briefing.publish.report import Published

EXAMPLES: Final[Mapping[str, str]] = {
    "file": "file:///folder",
    "folder": "folder:PATH",
    "pages": "pages: or pages:REMOTE/BRANCH",
    "s3": "s3://BUCKET/PREFIX",
    "ssh": "ssh://HOST/FOLDER",
}
"""How a target's URL is written, by its scheme."""


def publish(target: str, output: Path, root: Path, options: TargetOptions) -> Published:
    """Put the site in `output` at the URL `target`, or with `rollback` the release before there.

    Raises WrongUseError if the URL makes no sense, BriefingError if the site is incomplete or the target refuses. With
    `dry_run` nothing changes at the target.
    """
    scheme, address = _parts_of(target)
    kind = _kind_of(scheme)
    if not options.rollback:
        return kind.publish(address, read_built(output, options.require_fresh), root, options)
    if kind.rollback is None:
        msg = f"{scheme}: keeps no release to go back to: take back the change in content/ and publish again"
        raise WrongUseError(msg)
    return kind.rollback(address, root, options)


def require_target(target: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:
    """Raise WrongUseError if the URL makes no sense, before any work is done for it."""
    scheme, address = _parts_of(target)
    _kind_of(scheme).read(address, output, root, environment)


def _kind_of(scheme: str) -> TargetKind:
    kind: TargetKind = import_module(f"briefing.publish.{scheme}").KIND
    return kind


def _parts_of(target: str) -> tuple[str, str]:
    """A target's scheme in lower case (RFC 3986, section 3.1) and the rest. Raises WrongUseError if it is not a known one."""
    scheme, colon, address = target.partition(":")
    scheme = scheme.lower()
    if target and (not colon or "/" in scheme):
        msg = f"{target} is a path, not a URL: for a folder write file:{target}"
        raise WrongUseError(msg)
    if scheme not in EXAMPLES:
        # Only the scheme is repeated: the rest of a target may hold a password.
        msg = f"{scheme}: is not a known kind of target: write {', '.join(EXAMPLES.values())}"
        raise WrongUseError(msg)
    return scheme, address
