"""The releases at a target, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

KEPT_RELEASES: Final = 5
_NAME: Final = re.compile(r"[0-9a-f]+(\.[0-9]+)?")
_CHECKSUM_FILE: Final = re.compile(rf"\.briefing-({_NAME.pattern})\.sha256")


@dataclass(frozen=True, slots=True)
class ReleaseHistory:
    """The complete releases at a target.

    current: the name of the release that is served; "" if there is none. releases: all names, the one that was made
    current most recently first.
    """

    current: str
    releases: tuple[str, ...]

    @property
    def previous(self) -> str:
        """The release that was served before the current one; "" if there is none. Without a current one: the newest."""
        older = self._from_current[1:] if self.current else self.releases
        return older[0] if older else ""

    @property
    def rolled_back(self) -> tuple[str, ...]:
        """The releases that were served after the current one, before a rollback."""
        return self.releases[: -len(self._from_current)] if self._from_current else ()

    @property
    def expired(self) -> tuple[str, ...]:
        """All but the last five releases. The current one is never among them."""
        others = [name for name in self.releases if name != self.current]
        return tuple(others[KEPT_RELEASES - 1 :])

    @property
    def _from_current(self) -> tuple[str, ...]:
        return self.releases[self.releases.index(self.current) :] if self.current else ()


def is_release_name(name: str) -> bool:
    """Return whether this is a release's name: a build id, or a build id and a number."""
    return bool(_NAME.fullmatch(name))


def build_id_of(release: str) -> str:
    """Return the build id in a release's name."""
    return release.partition(".")[0]


def checksum_file(release: str) -> str:
    """Return the name of the file, beside a release, with the hashes of its files, in the format of `sha256sum -c`."""
    return f".briefing-{release}.sha256"


def release_of_checksum_file(name: str) -> str:
    """Return the release that a checksum file belongs to; "" if this is not the name of one."""
    found = _CHECKSUM_FILE.fullmatch(name)
    return found[1] if found else ""
