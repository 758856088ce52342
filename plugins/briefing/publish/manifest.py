"""What publish keeps in mind of a place that knows no releases: which of its files are the site's, and which are not.

Names are kept as hashes: a record that strangers can read tells no address that the site lists nowhere.
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

_FORM: Final = "briefing-record-1"
_UNKNOWN: Final = "?"
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file of ours. version: of what it was put with. mark: by which the place shows that it is still that file.

    Both are "" for a file that was being put when the record was written.
    """

    version: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """ours: by `key_of` their names. theirs: keys of files that were adopted. finished: whether the last publish was."""

    ours: Mapping[str, ManifestEntry]
    theirs: frozenset[str] = frozenset()
    finished: bool = True

    def versions(self, marks: Mapping[str, str]) -> dict[str, str]:
        """The version of each file that is there, as name to mark; one that no other can have where it is not known."""
        known = ((name, mark, self.ours.get(key_of(name), ManifestEntry())) for name, mark in marks.items())
        return {name: entry.version if entry.mark == mark else _UNKNOWN for name, mark, entry in known}

    def holds(self, name: str, mark: str) -> bool:
        """Whether publish put this file there, and nobody has replaced it since."""
        entry = self.ours.get(key_of(name))
        return entry is not None and entry.mark in {"", mark}

    def with_put(self, put: Mapping[str, ManifestEntry]) -> Manifest:
        """The record once these files, by name, are there."""
        return replace(self, ours={**self.ours, **{key_of(name): entry for name, entry in put.items()}})

    def done(self, names: Iterable[str]) -> Manifest:
        """The record once the place holds these files of ours and no other of ours."""
        keys = {key_of(name) for name in names}
        ours = {key: entry for key, entry in self.ours.items() if key in keys}
        return replace(self, ours=ours, finished=True)

    def text(self) -> str:
        """As it is kept; `read_record` reads it."""
        ours = {key: [entry.version, entry.mark] for key, entry in sorted(self.ours.items())}
        stated = {"finished": self.finished, "theirs": sorted(self.theirs), "ours": ours}
        return json.dumps({_FORM: stated}, indent=0) + "\n"


@dataclass(frozen=True, slots=True)
class Work:
    """What is to do: the changes, and the record as it has to stand before the first of them is made."""

    changes: Changes
    record: Manifest


def key_of(name: str) -> str:
    """The name under which a record keeps a file."""
    return hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32]


def read_record(text: bytes, where: str) -> Manifest:
    """The record in a text. Raises BriefingError where it is none; `where` says what was read."""
    try:
        stated = json.loads(text)[_FORM]
        ours = {str(key): ManifestEntry(str(version), str(mark)) for key, (version, mark) in stated["ours"].items()}
        return Manifest(ours, frozenset(map(str, stated["theirs"])), finished=stated["finished"] is True)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{where} is not a record that this publish wrote: remove it, and run publish again with --adopt"
        raise BriefingError(msg) from error


def without_other_sites(
    marks: Mapping[str, str], record: Manifest, wanted: Collection[str], own: Collection[str]
) -> dict[str, str]:
    """The files that are there, as name to mark, but for those of other sites that are published further down.

    own: the names by which a site's folder is known, such as its record's. What this site wants too, or put there
    itself, is left in.
    """
    others = {name.removesuffix(end) for name in marks for end in own if name.endswith(f"/{end}")}

    def is_others(name: str) -> bool:
        return any(name[: at + 1] in others for at, letter in enumerate(name) if letter == "/")

    kept = (name for name in marks if name in wanted or record.holds(name, marks[name]) or not is_others(name))
    return {name: marks[name] for name in kept}


def settle(
    record: Manifest, marks: Mapping[str, str], versions: Mapping[str, str], wanted: Mapping[str, str], *, adopt: bool
) -> tuple[Work, tuple[str, ...]]:
    """What is to do so that a place holds the site, and the names of strangers' files that stand against it.

    marks, versions: of the files that are there. wanted: the versions of the site's files. Where there are strangers
    nothing must be done. With `adopt` there are none: their files become the site's where it has files of these names,
    and are left alone otherwise.
    """
    ours = {name for name, mark in marks.items() if record.holds(name, mark)}
    # A file of ours that somebody replaced is mended where the site has it, and is theirs where it has not.
    named = {name for name in marks if name in wanted and key_of(name) in record.ours}
    theirs = marks.keys() - ours - named
    strangers = () if adopt else tuple(sorted(n for n in theirs if n in wanted or key_of(n) not in record.theirs))
    changes = compare({name: versions[name] for name in (marks.keys() & wanted.keys()) | ours}, wanted)
    before = {key_of(name): record.ours[key_of(name)] for name in ours | named}
    begun = {key_of(name): ManifestEntry() for name in (*changes.added, *changes.changed)}
    left = frozenset(key_of(name) for name in theirs if name not in wanted)
    return Work(changes, Manifest({**before, **begun}, left, finished=False)), strangers


def refuse_strangers(place: str, strangers: Collection[str], remembered: str) -> None:
    """Raise BriefingError where there are any. `remembered`: where the record is looked for."""
    if strangers:
        some = ", ".join(sorted(strangers)[:_SHOWN]) + (", ..." if len(strangers) > _SHOWN else "")
        msg = (
            f"{place} holds files that publish did not put there, going by {remembered} ({some}): name another place, or "
            "run `publish --adopt`, which leaves them there and replaces only those that the site has too"
        )
        raise BriefingError(msg)
