"""The state of a target folder on a host: one script that reads it, and its output parsed."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import normpath
from pathlib import PurePosixPath
from typing import Final

from briefing.publish.built_site import parse_build_id
from briefing.publish.history import ReleaseHistory, build_id_of, is_release_name
from briefing.publish.releases import CURRENT, RELEASES

_TOOLS: Final = ("rsync", "flock", "sha256sum", "find", "mv", "readlink", "stat")
# One line for each fact. Releases are listed newest first, each with its build.json.
SCRIPT: Final = f"""\
for tool in {" ".join(_TOOLS)}; do command -v "$tool" >/dev/null 2>&1 || echo "missing $tool"; done
printf 'top %s\\n' "$top"
if [ ! -d "$top" ]; then
    if [ -e "$top" ] || [ -L "$top" ]; then echo 'invalid top'; fi
    exit 0
fi
cd "$top"
for name in * .[!.]* ..?*; do
    if [ -e "$name" ] || [ -L "$name" ]; then printf 'name %s\\n' "$name"; fi
done
if [ -L {CURRENT} ]; then printf 'link %s\\n' "$(readlink {CURRENT})"
elif [ -e {CURRENT} ]; then echo 'invalid {CURRENT}'; fi
if [ ! -d {RELEASES} ]; then
    if [ -e {RELEASES} ] || [ -L {RELEASES} ]; then echo 'invalid {RELEASES}'; fi
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
    """A target folder.

    top: its absolute path. missing: required commands that the host lacks. invalid: those of `top`, `current` and
    `releases` that exist but are not a folder, a link and a folder. names: of everything in it. link: the target of
    `current`, as written; "" if it is not a link. releases: the names of the whole releases, newest first.
    """

    top: str
    missing: tuple[str, ...]
    invalid: frozenset[str]
    names: frozenset[str]
    link: str
    releases: tuple[str, ...]

    @property
    def current_release(self) -> str:
        """The name of the release that `current` points to; "" if it is not a link to a whole release."""
        if not self.link:
            return ""
        # By names alone: the folders are on the host.
        target = PurePosixPath(normpath(PurePosixPath(self.top, self.link)))
        is_ours = target.parent == PurePosixPath(normpath(self.top), RELEASES) and target.name in self.releases
        return target.name if is_ours else ""

    @property
    def history(self) -> ReleaseHistory:
        """The releases and the current one."""
        return ReleaseHistory(self.current_release, self.releases)


def parse_state(output: str) -> RemoteState:
    """Parse the output of SCRIPT."""
    facts: dict[str, list[str]] = {}
    for line in output.split("\n"):
        word, _, rest = line.partition(" ")
        facts.setdefault(word, []).append(rest)
    return RemoteState(
        top=facts["top"][0],
        missing=tuple(facts.get("missing", ())),
        invalid=frozenset(facts.get("invalid", ())),
        names=frozenset(facts.get("name", ())),
        link=facts.get("link", [""])[0],
        releases=tuple(filter(None, map(_release_name, facts.get("release", ())))),
    )


def _release_name(line: str) -> str:
    """Return a release's name if its build.json has the same id; "" if not."""
    name, _, build_json = line.partition(" ")
    is_whole = is_release_name(name) and parse_build_id(build_json.encode(errors="surrogateescape")) == build_id_of(
        name
    )
    return name if is_whole else ""
