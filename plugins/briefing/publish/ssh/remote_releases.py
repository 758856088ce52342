"""A folder of releases on another machine: what `local` does here, by a shell and rsync there."""

from __future__ import annotations

import re
import secrets
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.publish.built_output import still_the_same
from briefing.publish.history import list_of
from briefing.publish.releases import (
    CURRENT,
    KEPT_ASIDE,
    MARK,
    MARK_TEXT,
    NEW,
    OLD,
    RELEASES,
    in_the_way,
    strangers,
    under_way,
)
from briefing.publish.ssh.remote_state import SCRIPT, read_state
from briefing.publish.ssh.rsync import upload

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from briefing.publish.built_output import Built
    from briefing.publish.history import History
    from briefing.publish.ssh.remote_state import RemoteState
    from briefing.publish.ssh.shell import Shell
    from briefing.publish.ssh.url import SshAddress

_LINK: Final = f"{NEW}{CURRENT}"
_LISTED: Final = re.compile(r"(\\?)([0-9a-f]{64}) [ *]\./(.+)")
_ESCAPED: Final = re.compile(r"\\(.)")
_SETTLE: Final = "sync -f . 2>/dev/null || sync"
# The lock is a file held open, as `file:` holds it: it ends with the session, however that ends. One that just ended
# may still be closing its files.
_LOCK: Final = f"""\
mkdir -p "$top" && ( : >>"$top/{MARK}" ) && exec 9>>"$top/{MARK}" && {{
    if flock -n 9 || {{ sleep 1; flock -n 9; }} || {{ sleep 2; flock -n 9; }}; then echo ours; else echo taken; fi
}}
"""
_PREPARE: Final = f"""\
cd "$top"
# Written by cat, which says what the system refused; of a full disk dash's own printf says "I/O error".
[ -s {MARK} ] || printf '%s' {shlex.quote(MARK_TEXT)} | cat >>{MARK}
mkdir -p {RELEASES}
"""
# A list without its release is what a publish was killed between.
_CLEAR: Final = f"""\
cd "$top"
rm -f {_LINK}
cd {RELEASES}
for name in .briefing-*; do
    case $name in
        {NEW}*|{OLD}*) rm -rf "$name" || {{ sleep 1; rm -rf "$name"; }} ;;
        {list_of("*")}) of=${{name#.briefing-}}; [ -e "${{of%.sha256}}" ] || rm -f "$name" ;;
    esac
done
"""


@dataclass(frozen=True, slots=True)
class RemoteReleases:
    """A `Place` by a shell on its host."""

    shell: Shell

    @property
    def served_at(self) -> str:
        """See `Place`."""
        return f"{self._address}/{CURRENT}"

    def refuse_strangers(self, *, adopt: bool) -> None:
        """See `Place`. Refuses a host that lacks a command, too."""
        state = self._state()
        if state.missing:
            msg = f"{self._address.host} has no {' and no '.join(state.missing)}: install what is missing there"
            raise BriefingError(msg)
        if "top" in state.solid:
            msg = f"{self._address} is a file: publish to a folder"
            raise BriefingError(msg)
        strangers(self._address, state.names, adopt=adopt)
        if RELEASES in state.solid:
            msg = f"{self._address}/{RELEASES} is not a folder: move it away and run publish again"
            raise BriefingError(msg)
        if CURRENT in state.names and not state.led_to:
            fault = in_the_way(self.served_at, is_link=CURRENT not in state.solid, adopt=adopt)
            if fault:
                raise fault

    @contextmanager
    def locked(self) -> Iterator[None]:
        """See `Place`."""
        if self.shell.keep(_LOCK).strip() != "ours":
            raise under_way(self._address)
        self.shell.run(_PREPARE + _CLEAR)
        try:
            yield
        finally:
            if self.shell.is_open:  # where the connection is gone the next publish clears up
                self.shell.run(_CLEAR)

    def history(self) -> History:
        """See `Place`."""
        return self._state().history

    def contents(self, release: str) -> Mapping[str, str]:
        """See `Place`.

        The list kept beside the release says it, unless a file is younger than the list or their number differs:
        then the host reads them all.
        """
        kept = f"../{list_of(release)}"
        return _hashes(
            self.shell.run(f"""\
cd "$top/{RELEASES}/{release}"
if [ -r {kept} ] && [ -z "$(find . -type f -newer {kept} | head -n 1)" ] &&
    [ "$(find . -type f | wc -l)" -eq "$(wc -l <{kept})" ]; then cat {kept}
else find . -type f -exec sha256sum {{}} +; fi
""")
        )

    def make(self, built: Built, wanted: Mapping[str, str], served: str, same: Collection[str]) -> str:
        """See `Place`. What arrived is read by the host before it gets its name, and must be what was built."""
        # Of this run only: an rsync whose publish was killed may write to its own for a moment longer.
        new = f"{NEW}{built.id}-{secrets.token_hex(4)}"
        self.shell.run(f'mkdir "$top/{RELEASES}/{new}"')
        to = f"{self._address.from_home}/{RELEASES}/{new}"
        try:
            upload(self.shell.connection, built.folder, wanted, to, f"../{served}" if same else "")
        except BriefingError:
            still_the_same(built)  # else that is why: files vanished under rsync
            raise
        arrived = self.shell.run(f"""\
cd "$top/{RELEASES}/{new}"
umask 077  # it names hidden pages, should a web server ever serve this folder
find . -type f -exec sha256sum {{}} + >../{new}.sha256
cat ../{new}.sha256
""")
        still_the_same(built)
        if _hashes(arrived) != wanted:
            msg = f"what arrived at {self._address} is not what was built: run publish again"
            raise BriefingError(msg)
        return self.shell.run(f"""\
cd "$top/{RELEASES}"
{_SETTLE}
name={built.id} number=0
while [ -e "$name" ] || [ -L "$name" ]; do number=$((number + 1)); name={built.id}.$number; done
mv -f {new}.sha256 .briefing-$name.sha256
mv -T {new} "$name"
echo "$name"
""").strip()

    def renew(self, release: str) -> None:
        """See `Place`. It is the newest even where the host's clock went backwards."""
        other = next((name for name in self.history().releases if name != release), release)
        self.shell.run(f"""\
cd "$top/{RELEASES}"
touch {release}
[ {release} -nt {other} ] || touch -d "@$(($(stat -c %Y {other}) + 1))" {release}
""")

    def lead_to(self, release: str) -> None:
        """See `Place`."""
        aside = "" if self._state().led_to else _KEEP_ASIDE
        self.shell.run(f"""\
cd "$top"
{aside}
ln -s {RELEASES}/{release} {_LINK}
mv -fT {_LINK} {CURRENT}
{_SETTLE}
""")

    def remove(self, releases: Iterable[str]) -> None:
        """See `Place`."""
        scripts = [
            f"mv -T {name} {OLD}{name}\nrm -f {list_of(name)}\nrm -rf {OLD}{name}\n"  # its list first would cost a read
            for name in releases
        ]
        if scripts:
            self.shell.run(f'cd "$top/{RELEASES}"\n{"".join(scripts)}')

    @property
    def _address(self) -> SshAddress:
        return self.shell.connection.address

    def _state(self) -> RemoteState:
        return read_state(self.shell.run(SCRIPT))


_KEEP_ASIDE: Final = f"""\
if [ -L {CURRENT} ]; then
    aside={KEPT_ASIDE} number=1
    while [ -e "$aside" ] || [ -L "$aside" ]; do
        if [ "$(readlink "$aside")" = "$(readlink {CURRENT})" ]; then break; fi
        number=$((number + 1)); aside={KEPT_ASIDE}.$number
    done
    [ -L "$aside" ] || ln -s "$(readlink {CURRENT})" "$aside"
fi
"""


def _hashes(listed: str) -> dict[str, str]:
    """Read what `sha256sum` wrote of files below `.`: name to hash. Names with a backslash are escaped there."""
    found = {}
    for line in filter(None, listed.split("\n")):
        entry = _LISTED.fullmatch(line)
        if entry is None:
            msg = f"the host answered {line!r} where a file's hash was expected: run publish again"
            raise BriefingError(msg)
        escaped, known, name = entry.groups()
        found[_ESCAPED.sub(_plain, name) if escaped else name] = known
    return found


def _plain(escape: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r"}.get(escape[1], escape[1])
