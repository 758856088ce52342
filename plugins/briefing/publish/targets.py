"""The target of a URL. Each kind is the module or folder named after its scheme, imported only when a URL has it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from briefing.errors import WrongUseError
from briefing.publish.built_site import read_built_site

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
"""How to write a target's URL, by its scheme."""


def publish(target: str, output: Path, root: Path, options: TargetOptions) -> Published:
    """Publish the site in `output` to the URL `target`, or with `rollback` serve the previous release there.

    Raises WrongUseError if the URL is not valid, and BriefingError if the site is incomplete or the target refuses it.
    With `dry_run` nothing changes at the target.
    """
    scheme, address = _split(target)
    kind = _import_kind(scheme)
    if not options.rollback:
        return kind.publish(address, read_built_site(output, options.require_fresh), root, options)
    if kind.rollback is None:
        msg = f"{scheme}: keeps no releases to roll back to: revert the change in content/ and publish again"
        raise WrongUseError(msg)
    return kind.rollback(address, root, options)


def require_target(target: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:
    """Raise WrongUseError if the URL is not valid, so that no work is done for it."""
    scheme, address = _split(target)
    _import_kind(scheme).validate(address, output, root, environment)


def _import_kind(scheme: str) -> TargetKind:
    kind: TargetKind = import_module(f"briefing.publish.{scheme}").KIND
    return kind


def _split(target: str) -> tuple[str, str]:
    """Return the scheme in lower case (RFC 3986, section 3.1) and the rest. Raises WrongUseError if it is unknown."""
    scheme, colon, address = target.partition(":")
    scheme = scheme.lower()
    if target and (not colon or "/" in scheme):
        msg = f"{target} is a path, not a URL: for a folder write file:{target}"
        raise WrongUseError(msg)
    if scheme not in EXAMPLES:
        # Repeat only the scheme: the rest of a target may contain a password.
        msg = f"{scheme}: is not a known target scheme: write {', '.join(EXAMPLES.values())}"
        raise WrongUseError(msg)
    return scheme, address
