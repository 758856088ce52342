"""`file:`: a folder of releases on this machine, served through its link `current`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from briefing.errors import BriefingError, WrongUseError
from briefing.publish.contract import TargetKind
from briefing.publish.local_releases import LocalReleases
from briefing.publish.releases import publish_release, roll_back

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.contract import TargetOptions
    from briefing.publish.report import Published

_EXAMPLE: Final = "file:///srv/www, or file:www for a folder beside pelicanconf.py"


def validate(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - see `ValidateTarget`
    """See `contract.ValidateTarget`."""
    _require_outside(_folder(address, root), output)


def publish(address: str, site: BuiltSite, root: Path, options: TargetOptions) -> Published:
    """Point `FOLDER/current` to a release that contains the site; see `releases`."""
    folder = _folder(address, root)
    _require_outside(folder, site.folder)
    with _translate_errors(folder):
        return publish_release(LocalReleases(folder), site, options)


def rollback(address: str, root: Path, options: TargetOptions) -> Published:
    """Point `FOLDER/current` to the previous release. Raises BriefingError if there is none."""
    folder = _folder(address, root)
    with _translate_errors(folder):
        return roll_back(LocalReleases(folder), options)


@contextmanager
def _translate_errors(folder: Path) -> Iterator[None]:
    """Raise an OSError as a BriefingError of one sentence."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        msg = f"publishing to {folder} failed: {error.strerror or error}{where}; fix that and run publish again"
        raise BriefingError(msg) from error


def _require_outside(folder: Path, output: Path) -> None:
    if folder.is_relative_to(output.resolve()):
        msg = f"{folder} is inside the built site: publish to a folder outside {output}"
        raise WrongUseError(msg)


def _folder(address: str, root: Path) -> Path:
    """Return the folder of a `file:` URL (RFC 8089), or one relative to the publication's root."""
    if address.startswith("//"):
        host, slash, path = address[2:].partition("/")
        if host not in {"", "localhost"}:
            msg = f"file:{address} names a host, {host}: for a folder on this machine write file:///{host}{slash}{path}"
            raise WrongUseError(msg)
        address = slash + path
    if not address.strip("/"):
        msg = f"file: names no folder: write {_EXAMPLE}"
        raise WrongUseError(msg)
    try:
        return (root / Path(unquote(address)).expanduser()).resolve()
    except (ValueError, RuntimeError) as error:
        msg = f"file:{address} is not a valid folder: {error}; write {_EXAMPLE}"
        raise WrongUseError(msg) from error


KIND = TargetKind(validate, publish, rollback)
