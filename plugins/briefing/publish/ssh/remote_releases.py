"""A folder of releases on another machine: what `local_releases` does here, done with a shell and rsync there."""

from __future__ import annotations

import re
import secrets
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.publish.built_site import require_unchanged
from briefing.publish.history import checksum_file
from briefing.publish.lock import already_running
from briefing.publish.releases import (
    CURRENT,
    FORMER_LINK,
    MARKER,
    MARKER_TEXT,
    NEW_PREFIX,
    OLD_PREFIX,
    RELEASES,
    refuse_foreign_link,
    refuse_foreign_names,
)
from briefing.publish.ssh.remote_state import SCRIPT, parse_state
from briefing.publish.ssh.rsync import upload

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.history import ReleaseHistory
    from briefing.publish.ssh.remote_state import RemoteState
    from briefing.publish.ssh.shell import Shell
    from briefing.publish.ssh.url import SshTarget

_NEW_LINK: Final = f"{NEW_PREFIX}{CURRENT}"
_CHECKSUM: Final = re.compile(r"(\\?)([0-9a-f]{64}) [ *]\./(.+)")
_ESCAPED: Final = re.compile(r"\\(.)")
_SYNC: Final = "sync -f . 2>/dev/null || sync"
# The lock is an open file, as for `file:`, and ends with the session however that ends. A session that has just ended may
# still be closing its files, so try three times.
_LOCK: Final = f"""\
mkdir -p "$top" && ( : >>"$top/{MARKER}" ) && exec 9>>"$top/{MARKER}" && {{
    if flock -n 9 || {{ sleep 1; flock -n 9; }} || {{ sleep 2; flock -n 9; }}; then echo ours; else echo taken; fi
}}
"""
_PREPARE: Final = f"""\
cd "$top"
# cat reports a full disk as such, dash's own printf as "I/O error".
[ -s {MARKER} ] || printf '%s' {shlex.quote(MARKER_TEXT)} | cat >>{MARKER}
mkdir -p {RELEASES}
"""
# A killed publish may leave a checksum file without its release.
_REMOVE_LEFTOVERS: Final = f"""\
cd "$top"
rm -f {_NEW_LINK}
cd {RELEASES}
for name in .briefing-*; do
    case $name in
        {NEW_PREFIX}*|{OLD_PREFIX}*) rm -rf "$name" || {{ sleep 1; rm -rf "$name"; }} ;;
        {checksum_file("*")}) of=${{name#.briefing-}}; [ -e "${{of%.sha256}}" ] || rm -f "$name" ;;
    esac
done
"""


@dataclass(frozen=True, slots=True)
class RemoteReleases:
    """A `ReleaseFolder` on a host, through a shell there."""

    shell: Shell

    @property
    def current_link(self) -> str:
        """See `ReleaseFolder`."""
        return f"{self._target}/{CURRENT}"

    def refuse_foreign_files(self, *, adopt: bool) -> None:
        """See `ReleaseFolder`. Also refuses a host that lacks a required command."""
        state = self._state()
        if state.missing:
            msg = f"{self._target.host} lacks {' and '.join(state.missing)}: install what is missing there"
            raise BriefingError(msg)
        if "top" in state.invalid:
            msg = f"{self._target} is a file: publish to a folder"
            raise BriefingError(msg)
        refuse_foreign_names(self._target, state.names, adopt=adopt)
        if RELEASES in state.invalid:
            msg = f"{self._target}/{RELEASES} is not a folder: move it away and run publish again"
            raise BriefingError(msg)
        if CURRENT in state.names and not state.current_release:
            refuse_foreign_link(self.current_link, is_link=CURRENT not in state.invalid, adopt=adopt)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `ReleaseFolder`."""
        if self.shell.run_in_session(_LOCK).strip() != "ours":
            raise already_running(self._target)
        self.shell.run(_PREPARE + _REMOVE_LEFTOVERS)
        try:
            yield
        finally:
            if self.shell.is_open:  # if the connection is lost, the next publish cleans up
                self.shell.run(_REMOVE_LEFTOVERS)

    def history(self) -> ReleaseHistory:
        """See `ReleaseFolder`."""
        return self._state().history

    def hashes(self, release: str) -> Mapping[str, str]:
        """See `ReleaseFolder`.

        Reads the checksum file, unless a file is newer than that or the number of files differs: then the host hashes
        them all.
        """
        sums = f"../{checksum_file(release)}"
        return _parse_checksums(
            self.shell.run(f"""\
cd "$top/{RELEASES}/{release}"
if [ -r {sums} ] && [ -z "$(find . -type f -newer {sums} | head -n 1)" ] &&
    [ "$(find . -type f | wc -l)" -eq "$(wc -l <{sums})" ]; then cat {sums}
else find . -type f -exec sha256sum {{}} +; fi
""")
        )

    def create(self, site: BuiltSite, hashes: Mapping[str, str], current: str, unchanged: Collection[str]) -> str:
        """See `ReleaseFolder`. The release gets its name only after the host has hashed what arrived."""
        # A folder of this run: an rsync whose publish was killed may still be writing to another for a moment.
        new = f"{NEW_PREFIX}{site.id}-{secrets.token_hex(4)}"
        self.shell.run(f'mkdir "$top/{RELEASES}/{new}"')
        to = f"{self._target.rsync_path}/{RELEASES}/{new}"
        try:
            upload(self.shell.connection, site.folder, hashes, to, f"../{current}" if unchanged else "")
        except BriefingError:
            require_unchanged(site)  # if this raises, it is the reason: files vanished during rsync
            raise
        arrived = self.shell.run(f"""\
cd "$top/{RELEASES}/{new}"
umask 077  # the checksum file names hidden pages, and a web server might serve this folder
find . -type f -exec sha256sum {{}} + >../{new}.sha256
cat ../{new}.sha256
""")
        require_unchanged(site)
        if _parse_checksums(arrived) != hashes:
            msg = f"the files that arrived at {self._target} differ from the built site: run publish again"
            raise BriefingError(msg)
        return self.shell.run(f"""\
cd "$top/{RELEASES}"
{_SYNC}
name={site.id} number=0
while [ -e "$name" ] || [ -L "$name" ]; do number=$((number + 1)); name={site.id}.$number; done
mv -f {new}.sha256 .briefing-$name.sha256
mv -T {new} "$name"
echo "$name"
""").strip()

    def mark_newest(self, release: str) -> None:
        """See `ReleaseFolder`. Works even if the host's clock went backwards."""
        other = next((name for name in self.history().releases if name != release), release)
        self.shell.run(f"""\
cd "$top/{RELEASES}"
touch {release}
[ {release} -nt {other} ] || touch -d "@$(($(stat -c %Y {other}) + 1))" {release}
""")

    def activate(self, release: str) -> None:
        """See `ReleaseFolder`."""
        keep_foreign_link = "" if self._state().current_release else _KEEP_FOREIGN_LINK
        self.shell.run(f"""\
cd "$top"
{keep_foreign_link}
ln -s {RELEASES}/{release} {_NEW_LINK}
mv -fT {_NEW_LINK} {CURRENT}
{_SYNC}
""")

    def remove(self, releases: Iterable[str]) -> None:
        """See `ReleaseFolder`."""
        # Without its checksum file a release would be hashed again, so that is removed second.
        scripts = [
            f"mv -T {name} {OLD_PREFIX}{name}\nrm -f {checksum_file(name)}\nrm -rf {OLD_PREFIX}{name}\n"
            for name in releases
        ]
        if scripts:
            self.shell.run(f'cd "$top/{RELEASES}"\n{"".join(scripts)}')

    @property
    def _target(self) -> SshTarget:
        return self.shell.connection.target

    def _state(self) -> RemoteState:
        return parse_state(self.shell.run(SCRIPT))


_KEEP_FOREIGN_LINK: Final = f"""\
if [ -L {CURRENT} ]; then
    kept={FORMER_LINK} number=1
    while [ -e "$kept" ] || [ -L "$kept" ]; do
        if [ "$(readlink "$kept")" = "$(readlink {CURRENT})" ]; then break; fi
        number=$((number + 1)); kept={FORMER_LINK}.$number
    done
    [ -L "$kept" ] || ln -s "$(readlink {CURRENT})" "$kept"
fi
"""


def _parse_checksums(text: str) -> dict[str, str]:
    """Parse the output of `sha256sum` for files below `.`: hash by name. It escapes names with a backslash."""
    hashes = {}
    for line in filter(None, text.split("\n")):
        entry = _CHECKSUM.fullmatch(line)
        if entry is None:
            msg = f"the host answered {line!r} instead of a file's hash: run publish again"
            raise BriefingError(msg)
        escaped, content_hash, name = entry.groups()
        hashes[_ESCAPED.sub(_unescape, name) if escaped else name] = content_hash
    return hashes


def _unescape(escape: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r"}.get(escape[1], escape[1])
