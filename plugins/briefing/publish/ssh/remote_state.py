"""What is at a target folder on a host: asked for by one script, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import normpath
from pathlib import PurePosixPath
from typing import Final

from briefing.publish.built_output import id_in
from briefing.publish.history import History, build_of, is_release_name
from briefing.publish.releases import CURRENT, RELEASES

TOOLS: Final = ("rsync", "flock", "sha256sum", "find", "mv", "readlink", "stat")
# One line for each finding. Releases come newest first, each with what its build.json says.
SCRIPT: Final = f"""\
for tool in {" ".join(TOOLS)}; do command -v "$tool" >/dev/null 2>&1 || echo "missing $tool"; done
printf 'top %s\\n' "$top"
if [ ! -d "$top" ]; then
    if [ -e "$top" ] || [ -L "$top" ]; then echo 'solid top'; fi
    exit 0
fi
cd "$top"
for name in * .[!.]* ..?*; do
    if [ -e "$name" ] || [ -L "$name" ]; then printf 'has %s\\n' "$name"; fi
done
if [ -L {CURRENT} ]; then printf 'link %s\\n' "$(readlink {CURRENT})"
elif [ -e {CURRENT} ]; then echo 'solid {CURRENT}'; fi
if [ ! -d {RELEASES} ]; then
    if [ -e {RELEASES} ] || [ -L {RELEASES} ]; then echo 'solid {RELEASES}'; fi
    exit 0
fi
cd {RELEASES}
ls -1t | while IFS= read -r name; do
    case $name in
        *[!0-9a-f.]*) ;;
        *) if [ -f "$name/build.json" ]; then
            printf 'release %s ' "$name"; head -c 1000 "$name/build.json" | tr '\\n' ' '; echo
        fi ;;
    esac
done
"""


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What is there.

    top: the folder's absolute path. missing: needed commands that the host has not. solid: which of `top`, `current`
    and `releases` are there and not what they should be (folder, link, folder). names: what the folder holds. link:
    what `current` leads to, as written; "" where it is no link. releases: names of the whole ones, newest first.
    """

    top: str
    missing: tuple[str, ...]
    solid: frozenset[str]
    names: frozenset[str]
    link: str
    releases: tuple[str, ...]

    @property
    def led_to(self) -> str:
        """The name of the release that `current` leads to; "" where it is no link to a whole one."""
        if not self.link:
            return ""
        # Lexically, since the host's folders are not here to be looked at.
        target = PurePosixPath(normpath(PurePosixPath(self.top, self.link)))
        is_ours = target.parent == PurePosixPath(normpath(self.top), RELEASES) and target.name in self.releases
        return target.name if is_ours else ""

    @property
    def history(self) -> History:
        """The same, as names."""
        return History(self.led_to, self.releases)


def read_state(answer: str) -> RemoteState:
    """Read what SCRIPT wrote."""
    said: dict[str, list[str]] = {}
    for line in answer.split("\n"):
        word, _, rest = line.partition(" ")
        said.setdefault(word, []).append(rest)
    return RemoteState(
        top=said["top"][0],
        missing=tuple(said.get("missing", ())),
        solid=frozenset(said.get("solid", ())),
        names=frozenset(said.get("has", ())),
        link=said.get("link", [""])[0],
        releases=tuple(filter(None, map(_release, said.get("release", ())))),
    )


def _release(line: str) -> str:
    """The name of a release where its build.json says so too; "" where not."""
    name, _, stated = line.partition(" ")
    is_whole = is_release_name(name) and id_in(stated.encode(errors="surrogateescape")) == build_of(name)
    return name if is_whole else ""
