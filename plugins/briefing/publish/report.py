"""What a publish changed, or would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between what is served and what was built: file names, sorted, with forward slashes."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        """`3 new, 2 changed, 1 removed, 120 unchanged`."""
        return (
            f"{len(self.added)} new, {len(self.changed)} changed, "
            f"{len(self.removed)} removed, {self.unchanged} unchanged"
        )


def compare(served: Mapping[str, str], built: Mapping[str, str]) -> Changes:
    """Return the changes between two sets of files, given as a hash by name."""
    both = served.keys() & built.keys()
    changed = tuple(sorted(name for name in both if served[name] != built[name]))
    return Changes(
        added=tuple(sorted(built.keys() - served.keys())),
        changed=changed,
        removed=tuple(sorted(served.keys() - built.keys())),
        unchanged=len(both) - len(changed),
    )


@dataclass(frozen=True, slots=True)
class Published:
    """What a publish did, or with `dry_run` would have done.

    target: for messages, without credentials. build_id: of the site that is served now. rolled_back: whether that is
    the previous release.
    """

    target: str
    build_id: str
    changes: Changes
    dry_run: bool = False
    rolled_back: bool = False

    def lines(self) -> Iterator[str]:
        """Yield the lines to print: one, and for a dry run one more for each file that differs."""
        if not self.changes:
            yield f"nothing to publish: {self.target} already contains build {self.build_id}"
            return
        yield f"{self._verb} build {self.build_id} {'at' if self.rolled_back else 'to'} {self.target}: {self.changes}"
        if self.dry_run:
            yield from (f"  new      {name}" for name in self.changes.added)
            yield from (f"  changed  {name}" for name in self.changes.changed)
            yield from (f"  removed  {name}" for name in self.changes.removed)

    @property
    def _verb(self) -> str:
        if self.rolled_back:
            return "would roll back to" if self.dry_run else "rolled back to"
        return "would publish" if self.dry_run else "published"
