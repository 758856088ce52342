"""Which releases there are at a target, told by name and age alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

KEPT: Final = 5
_NAME: Final = re.compile(r"[0-9a-f]+(\.[0-9]+)?")
_LIST: Final = re.compile(rf"\.briefing-({_NAME.pattern})\.sha256")


@dataclass(frozen=True, slots=True)
class History:
    """The releases at a target.

    served: the name of the one that readers are given, "" where they are given none. releases: the names of all that
    are whole, the one that was last made the served one first.
    """

    served: str
    releases: tuple[str, ...]

    @property
    def before(self) -> str:
        """The release that readers were given before the one they are given now; "" where none is left.

        Where they are given none it is the newest.
        """
        older = self._from_served[1:] if self.served else self.releases
        return older[0] if older else ""

    @property
    def taken_back(self) -> tuple[str, ...]:
        """Those that readers were given later than the one they are given now: somebody went back from them."""
        return self.releases[: -len(self._from_served)] if self._from_served else ()

    @property
    def surplus(self) -> tuple[str, ...]:
        """All but the last five that readers were given; the one they are given now is never among them."""
        others = [name for name in self.releases if name != self.served]
        return tuple(others[KEPT - 1 :])

    @property
    def _from_served(self) -> tuple[str, ...]:
        return self.releases[self.releases.index(self.served) :] if self.served else ()


def is_release_name(name: str) -> bool:
    """Whether a release may be called so: its build's id, or that and a number."""
    return bool(_NAME.fullmatch(name))


def build_of(release: str) -> str:
    """The id of the build that a release holds, told by its name."""
    return release.partition(".")[0]


def list_of(release: str) -> str:
    """The name, among the releases, of the list of a release's files and their hashes, as `sha256sum -c` reads it."""
    return f".briefing-{release}.sha256"


def release_of_list(name: str) -> str:
    """The release whose list is called so; "" where the name is not one of a list."""
    found = _LIST.fullmatch(name)
    return found[1] if found else ""
