"""`file:`: a folder of releases, served through its link `current`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from briefing.errors import BriefingError, WrongUseError
from briefing.publish.contract import TargetKind
from briefing.publish.local_releases import LocalReleases
from briefing.publish.releases import go_back, put

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.publish.built_output import Built
    from briefing.publish.contract import TargetOptions
    from briefing.publish.report import Published

_FORM: Final = "file:///srv/www, or file:www for a folder beside pelicanconf.py"


def read(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - a kind of target
    """See `targets.Read`."""
    _outside(_folder(address, root), output)


def publish(address: str, built: Built, root: Path, options: TargetOptions) -> Published:
    """Make `FOLDER/current` lead to the built site; `releases` says what holds at every moment."""
    folder = _outside(_folder(address, root), built.folder)
    with _translated(folder):
        return put(LocalReleases(folder), built, options)


def rollback(address: str, root: Path, options: TargetOptions) -> Published:
    """Make `FOLDER/current` lead to the release that it led to before. Raises BriefingError where there is none."""
    folder = _folder(address, root)
    with _translated(folder):
        return go_back(LocalReleases(folder), options)


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """Say in one sentence what the file system refused."""
    try:
        yield
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        msg = f"publishing to {folder} failed: {error.strerror or error}{where}; mend that and run publish again"
        raise BriefingError(msg) from error


def _outside(folder: Path, output: Path) -> Path:
    if folder.is_relative_to(output.resolve()):
        msg = f"{folder} lies in the built site itself: publish to a folder outside of {output}"
        raise WrongUseError(msg)
    return folder


def _folder(address: str, root: Path) -> Path:
    """The folder of a `file:` URL (RFC 8089), or one relative to the publication's root."""
    if address.startswith("//"):
        host, slash, path = address[2:].partition("/")
        if host not in {"", "localhost"}:
            msg = f"file:{address} names a host, {host}: for a folder of this machine write file:///{host}{slash}{path}"
            raise WrongUseError(msg)
        address = slash + path
    if not address.strip("/"):
        msg = f"file: names no folder: write {_FORM}"
        raise WrongUseError(msg)
    try:
        return (root / Path(unquote(address)).expanduser()).resolve()
    except (ValueError, RuntimeError) as error:
        msg = f"file:{address} names no folder: {error}; write {_FORM}"
        raise WrongUseError(msg) from error


KIND = TargetKind(read, publish, rollback)
