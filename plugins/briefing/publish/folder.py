"""`file:`: a folder of releases, served through its link `current`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from briefing.errors import BriefingError, WrongUseError
from briefing.publish.built import hashes, names_in
from briefing.publish.releases import CURRENT, Releases
from briefing.publish.report import Published, compare

if TYPE_CHECKING:
    from briefing.publish.built import Built
    from briefing.publish.targets import Options


def publish(address: str, built: Built, root: Path, options: Options) -> Published:
    """Make `FOLDER/current` lead to the built site; `Releases` says what holds at every moment."""
    releases = Releases(_folder(address, built, root))
    try:
        releases.refuse_strangers()
        if options.dry_run:
            return _put(releases, built, dry_run=True)
        with releases.locked():
            published = _put(releases, built, dry_run=False)
            releases.prune()
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        msg = (
            f"publishing to {releases.folder} failed: {error.strerror or error}{where}; mend that and run publish again"
        )
        raise BriefingError(msg) from error
    return published


def _put(releases: Releases, built: Built, *, dry_run: bool) -> Published:
    served = releases.current()
    wanted = hashes(built.folder, built.names)
    changes = compare(_contents(served), wanted)
    if changes and not dry_run:
        made = releases.named(built.id)
        if made is None or _contents(made) != wanted:
            made = releases.make(built, served, {*built.names} - {*changes.added, *changes.changed})
        releases.switch(made)
    return Published(str(releases.folder / CURRENT), built.id, changes, dry_run)


def _contents(release: Path | None) -> dict[str, str]:
    return {} if release is None else hashes(release, names_in(release))


def _folder(address: str, built: Built, root: Path) -> Path:
    """The folder of a `file:` URL (RFC 8089), or one relative to the publication's root."""
    if address.startswith("//"):
        host, slash, path = address[2:].partition("/")
        if host not in {"", "localhost"}:
            msg = f"file:{address} names a host, {host}: for a folder of this machine write file:///{host}{slash}{path}"
            raise WrongUseError(msg)
        address = slash + path
    if not address.strip("/"):
        msg = "file: names no folder: write file:///srv/www, or file:www for a folder beside pelicanconf.py"
        raise WrongUseError(msg)
    try:
        folder = (root / Path(unquote(address)).expanduser()).resolve()
    except (ValueError, RuntimeError) as error:
        msg = f"file:{address} names no folder: {error}"
        raise WrongUseError(msg) from error
    if folder.is_relative_to(built.folder.resolve()):
        msg = f"{folder} lies in the built site itself: publish to a folder outside of {built.folder}"
        raise WrongUseError(msg)
    return folder
