"""`folder:`: a plain folder with the site and nothing else, for hosts whose own tools upload a folder.

A manifest beside the folder, `FOLDER.briefing.json`, says which files publish wrote. It is not uploaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from briefing.errors import BriefingError, WrongUseError
from briefing.publish.built_site import hash_files, require_unchanged
from briefing.publish.contract import TargetKind
from briefing.publish.file_store import FileStore, sha256
from briefing.publish.http_headers import headers_file
from briefing.publish.manifest import ManifestEntry, plan_changes, refuse_foreign_files
from briefing.publish.report import Published
from briefing.publish.upload_order import read_unchanged, removal_steps, upload_steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.contract import TargetOptions
    from briefing.publish.manifest import Manifest, PublishPlan

_HEADERS: Final = "_headers"
_EXAMPLE: Final = "folder:///srv/site, or folder:public for a folder beside pelicanconf.py"


def validate(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - see `ValidateTarget`
    """See `contract.ValidateTarget`."""
    _folder(address, output, root)


def publish(address: str, site: BuiltSite, root: Path, options: TargetOptions) -> Published:
    """Make the folder contain the site, and a file `_headers` if the site has none.

    Only files that differ are written, each one whole, and only files that publish wrote are removed. The site does not
    change in one moment: that is up to the host that uploads the folder.
    """
    store = FileStore(_folder(address, site.folder, root))
    try:
        wanted = hash_files(site.folder, site.names) | {name: sha256(own) for name, own in _extra_files(site).items()}
        if options.dry_run:
            return Published(str(store.folder), site.id, _plan(store, wanted, options).changes, dry_run=True)
        with store.locked():
            stored, plan = store.read_manifest(), _plan(store, wanted, options)
            # Files that were only adopted change nothing but the manifest.
            if plan.changes or _final_manifest(plan, wanted) != stored:
                _apply(store, site, plan, wanted)
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        msg = f"publishing to {store.folder} failed: {error.strerror or error}{where}; fix that and run publish again"
        raise BriefingError(msg) from error
    return Published(str(store.folder), site.id, plan.changes)


def _plan(store: FileStore, wanted: Mapping[str, str], options: TargetOptions) -> PublishPlan:
    hashes = store.hash_all()
    plan, foreign = plan_changes(store.read_manifest(), hashes, hashes, wanted, adopt=options.adopt)
    refuse_foreign_files(str(store.folder), foreign, str(store.manifest_path))
    return plan


def _apply(store: FileStore, site: BuiltSite, plan: PublishPlan, wanted: Mapping[str, str]) -> None:
    extra = _extra_files(site)
    require_unchanged(site)
    store.write_manifest(plan.manifest)
    for name in (name for step in upload_steps(plan.changes) for name in step):
        store.clear_path(name, plan.changes.removed)
        store.write(name, extra[name] if name in extra else read_unchanged(site, name, wanted[name]))
    for name in (name for step in removal_steps(plan.changes) for name in step):
        store.remove(name)
    store.fsync()
    store.write_manifest(_final_manifest(plan, wanted))


def _final_manifest(plan: PublishPlan, wanted: Mapping[str, str]) -> Manifest:
    """Return the manifest of a folder that contains the site."""
    entries = {name: ManifestEntry(content_hash, content_hash) for name, content_hash in wanted.items()}
    return plan.manifest.with_files(entries).limited_to(wanted)


def _extra_files(site: BuiltSite) -> dict[str, bytes]:
    """Return the files that the host reads beside the site, by name."""
    return {} if _HEADERS in site.names else {_HEADERS: headers_file(site.names).encode()}


def _folder(address: str, output: Path, root: Path) -> Path:
    if address.startswith("//") and not address.startswith("///"):
        msg = f"folder:{address} names a host, but the folder must be on this machine: write {_EXAMPLE}"
        raise WrongUseError(msg)
    try:
        folder = (root / Path(unquote(address).replace("///", "/", 1)).expanduser()).resolve()
    except (ValueError, RuntimeError) as error:
        msg = f"folder:{address} is not a valid folder: {error}; write {_EXAMPLE}"
        raise WrongUseError(msg) from error
    if not address.strip("/.") or root.resolve().is_relative_to(folder):
        msg = f"folder: needs a folder only for the site: write {_EXAMPLE}"
        raise WrongUseError(msg)
    if folder.is_relative_to(output.resolve()):
        msg = f"{folder} is inside the built site: publish to a folder outside {output}"
        raise WrongUseError(msg)
    return folder


KIND = TargetKind(validate, publish)
