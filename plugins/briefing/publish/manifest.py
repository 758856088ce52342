"""The manifest of a target without releases: which of its files belong to the site, and which do not.

File names are stored as hashes, so that a public manifest reveals no address that the site does not list.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.publish.report import compare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from briefing.publish.report import Changes

_FORMAT: Final = "briefing-manifest-1"
_UNKNOWN: Final = "?"
_MAX_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file of the site.

    version: a hash of what was uploaded. etag: how the target identifies the file; it changes when anyone replaces it.
    Both are "" for a file whose upload had not finished when the manifest was written.
    """

    version: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """files: the site's, by `name_hash`. adopted: name hashes of other files that stay at the target."""

    files: Mapping[str, ManifestEntry]
    adopted: frozenset[str] = frozenset()

    def versions(self, etags: Mapping[str, str]) -> dict[str, str]:
        """Return the version of each file at the target, by name; "?" if it is not known, which equals no version."""
        known = ((name, etag, self.files.get(name_hash(name), ManifestEntry())) for name, etag in etags.items())
        return {name: entry.version if entry.etag == etag else _UNKNOWN for name, etag, entry in known}

    def owns(self, name: str, etag: str) -> bool:
        """Return whether publish uploaded this file and nobody has replaced it since."""
        entry = self.files.get(name_hash(name))
        return entry is not None and entry.etag in {"", etag}

    def with_files(self, entries: Mapping[str, ManifestEntry]) -> Manifest:
        """Return the manifest with these files added or replaced, given by name."""
        return replace(self, files={**self.files, **{name_hash(name): entry for name, entry in entries.items()}})

    def limited_to(self, names: Iterable[str]) -> Manifest:
        """Return the manifest with only these files."""
        keys = {name_hash(name) for name in names}
        return replace(self, files={key: entry for key, entry in self.files.items() if key in keys})

    def merged_with(self, other: Manifest) -> Manifest:
        """Return a manifest with the files of both. Entries that differ become unknown, so the files are replaced."""
        files = {**self.files, **other.files}
        known = {key: entry for key, entry in files.items() if self.files.get(key, entry) == entry}
        return Manifest(
            {**dict.fromkeys(files, ManifestEntry()), **known}, (self.adopted | other.adopted) - files.keys()
        )

    def to_json(self) -> str:
        """Return the text that `parse_manifest` reads."""
        files = {key: [entry.version, entry.etag] for key, entry in sorted(self.files.items())}
        return json.dumps({_FORMAT: {"adopted": sorted(self.adopted), "files": files}}, indent=0) + "\n"


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """What to change, and the manifest to write before the first change."""

    changes: Changes
    manifest: Manifest


def name_hash(name: str) -> str:
    """Return the key of a file in a manifest."""
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]


def parse_manifest(text: bytes, where: str) -> Manifest:
    """Read a manifest. Raises BriefingError, naming `where`, if it is not valid."""
    try:
        stored = json.loads(text)[_FORMAT]
        files = {str(key): ManifestEntry(str(version), str(etag)) for key, (version, etag) in stored["files"].items()}
        return Manifest(files, frozenset(map(str, stored["adopted"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{where} is not a valid manifest: delete it, then run publish with --adopt"
        raise BriefingError(msg) from error


def exclude_nested_sites(
    etags: Mapping[str, str], manifest: Manifest, site_names: Collection[str], manifest_name: str
) -> dict[str, str]:
    """Return the files at the target, by name, without those of other sites that are published to its subfolders.

    A subfolder that contains `manifest_name` is another site's. Files that this site contains or uploaded are included.
    """
    others = {name.removesuffix(manifest_name) for name in etags if name.endswith(f"/{manifest_name}")}

    def is_nested(name: str) -> bool:
        return any(name[: at + 1] in others for at, letter in enumerate(name) if letter == "/")

    included = (name for name in etags if name in site_names or manifest.owns(name, etags[name]) or not is_nested(name))
    return {name: etags[name] for name in included}


def plan_changes(
    manifest: Manifest, etags: Mapping[str, str], versions: Mapping[str, str], wanted: Mapping[str, str], *, adopt: bool
) -> tuple[PublishPlan, tuple[str, ...]]:
    """Return the plan that makes a target contain the site, and the names of foreign files that forbid it.

    etags, versions: of the files at the target. wanted: the versions of the site's files. With `adopt` nothing forbids
    the plan: foreign files that have the name of a file of the site are replaced, all others stay.
    """
    owned = {name for name, etag in etags.items() if manifest.owns(name, etag)}
    # If anyone replaced a file of ours, it is uploaded again if the site still contains it, and foreign if not.
    reclaimed = {name for name in etags if name in wanted and name_hash(name) in manifest.files}
    others = etags.keys() - owned - reclaimed
    is_foreign = (name for name in others if name in wanted or name_hash(name) not in manifest.adopted)
    foreign = () if adopt else tuple(sorted(is_foreign))
    changes = compare({name: versions[name] for name in (etags.keys() & wanted.keys()) | owned}, wanted)
    before = {name_hash(name): manifest.files[name_hash(name)] for name in owned | reclaimed}
    uploading = {name_hash(name): ManifestEntry() for name in (*changes.added, *changes.changed)}
    adopted = frozenset(name_hash(name) for name in others if name not in wanted)
    return PublishPlan(changes, Manifest({**before, **uploading}, adopted)), foreign


def refuse_foreign_files(target: str, foreign: Collection[str], manifest_name: str) -> None:
    """Raise BriefingError if there are any foreign files."""
    if foreign:
        some = ", ".join(sorted(foreign)[:_MAX_NAMED]) + (", ..." if len(foreign) > _MAX_NAMED else "")
        msg = (
            f"{target} contains files that publish did not upload, according to {manifest_name} ({some}): choose another "
            "target, or run `publish --adopt`, which keeps them and replaces only those that are also in the site"
        )
        raise BriefingError(msg)
