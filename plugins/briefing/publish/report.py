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
        """Whether anything differs at all."""
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        """`3 new, 2 changed, 1 removed, 120 unchanged`."""
        return (
            f"{len(self.added)} new, {len(self.changed)} changed, "
            f"{len(self.removed)} removed, {self.unchanged} unchanged"
        )


def compare(served: Mapping[str, str], built: Mapping[str, str]) -> Changes:
    """Tell apart two sets of files, each given as name to hash of its bytes."""
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
    """What one publish did, or with `dry_run` would have done.

    place: the target as a person calls it, free of credentials. build: the id of what is served now.
    rolled_back: what is served now is an older release that was there already.
    """

    place: str
    build: str
    changes: Changes
    dry_run: bool = False
    rolled_back: bool = False

    def lines(self) -> Iterator[str]:
        """What to print: one line, and for a dry run one more for each file that differs."""
        if not self.changes:
            yield f"nothing to publish: {self.place} already holds build {self.build}"
            return
        yield f"{self._done} build {self.build} {'at' if self.rolled_back else 'to'} {self.place}: {self.changes}"
        if self.dry_run:
            yield from (f"  new      {name}" for name in self.changes.added)
            yield from (f"  changed  {name}" for name in self.changes.changed)
            yield from (f"  removed  {name}" for name in self.changes.removed)

    @property
    def _done(self) -> str:
        if self.rolled_back:
            return "would go back to" if self.dry_run else "went back to"
        return "would publish" if self.dry_run else "published"
