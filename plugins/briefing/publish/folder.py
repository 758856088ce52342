"""`folder:`: a plain folder that holds the site and nothing else, for hosts whose own tools upload a folder.

What is ours in it is told by a record beside it, `FOLDER.briefing.json`, which is not uploaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from briefing.errors import BriefingError, WrongUseError
from briefing.publish.built_output import hashes, still_the_same
from briefing.publish.contract import TargetKind
from briefing.publish.file_store import Files, digest
from briefing.publish.http_headers import headers_file
from briefing.publish.manifest import ManifestEntry, refuse_strangers, settle
from briefing.publish.report import Published
from briefing.publish.upload_order import read_same, removals, steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.publish.built_output import Built
    from briefing.publish.contract import TargetOptions
    from briefing.publish.manifest import Manifest, Work

_HEADERS: Final = "_headers"
_FORM: Final = "folder:///srv/site, or folder:public for a folder beside pelicanconf.py"


def read(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - a kind of target
    """See `targets.Read`."""
    _folder(address, output, root)


def publish(address: str, built: Built, root: Path, options: TargetOptions) -> Published:
    """Make the folder hold the built site, and a file `_headers` where the site has none of its own.

    Only what differs is written, each file replaced whole; removed is only what publish put there. The site as a whole
    is not replaced in one moment: that is done by the host that takes the folder.
    """
    files = Files(_folder(address, built.folder, root))
    try:
        wanted = hashes(built.folder, built.names) | {name: digest(own) for name, own in _added(built).items()}
        if options.dry_run:
            return Published(str(files.folder), built.id, _work(files, wanted, options).changes, dry_run=True)
        with files.locked():
            before, work = files.record(), _work(files, wanted, options)
            # Files that only were adopted change nothing but the record.
            if work.changes or _settled(work, wanted) != before:
                _put(files, built, work, wanted)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        msg = f"publishing to {files.folder} failed: {error.strerror or error}{where}; mend that and run publish again"
        raise BriefingError(msg) from error
    return Published(str(files.folder), built.id, work.changes)


def _work(files: Files, wanted: Mapping[str, str], options: TargetOptions) -> Work:
    there = files.contents()
    work, strangers = settle(files.record(), there, there, wanted, adopt=options.adopt)
    refuse_strangers(str(files.folder), strangers, str(files.record_file))
    return work


def _put(files: Files, built: Built, work: Work, wanted: Mapping[str, str]) -> None:
    added = _added(built)
    still_the_same(built)
    files.save(work.record)
    for name in (name for step in steps(work.changes) for name in step):
        files.make_room(name, work.changes.removed)
        files.write(name, added[name] if name in added else read_same(built, name, wanted[name]))
    for name in (name for step in removals(work.changes) for name in step):
        files.remove(name)
    files.settle()
    files.save(_settled(work, wanted))


def _settled(work: Work, wanted: Mapping[str, str]) -> Manifest:
    """The record once the folder holds the site."""
    return work.record.with_put({name: ManifestEntry(seen, seen) for name, seen in wanted.items()}).done(wanted)


def _added(built: Built) -> dict[str, bytes]:
    """What the host is told beside the site, by name."""
    return {} if _HEADERS in built.names else {_HEADERS: headers_file(built.names).encode()}


def _folder(address: str, output: Path, root: Path) -> Path:
    if address.startswith("//") and not address.startswith("///"):
        msg = f"folder:{address} names a host, and the folder is on this machine: write {_FORM}"
        raise WrongUseError(msg)
    try:
        folder = (root / Path(unquote(address).replace("///", "/", 1)).expanduser()).resolve()
    except (ValueError, RuntimeError) as error:
        msg = f"folder:{address} names no folder: {error}; write {_FORM}"
        raise WrongUseError(msg) from error
    if not address.strip("/.") or root.resolve().is_relative_to(folder):
        msg = f"folder: names no folder of its own: write {_FORM}"
        raise WrongUseError(msg)
    if folder.is_relative_to(output.resolve()):
        msg = f"{folder} lies in the built site itself: publish to a folder outside of {output}"
        raise WrongUseError(msg)
    return folder


KIND = TargetKind(read, publish)
