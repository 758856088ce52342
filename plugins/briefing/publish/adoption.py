"""Files in a branch that publish did not commit: refused, or with `--adopt` kept there from then on.

The branch itself stores their names, because the next publish may run on another machine.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import BriefingError
from briefing.publish.branch import CNAME, NO_JEKYLL
from briefing.publish.built_site import parse_build_id

if TYPE_CHECKING:
    from briefing.publish.branch import Branch
    from briefing.publish.built_site import BuiltSite

_ADOPTED: Final = ".briefing-adopted.json"
_INDEX: Final = "briefing-publish.index"
_MAX_NAMED: Final = 3


def find_adopted_files(branch: Branch, commit: str, site: BuiltSite, *, adopt: bool) -> frozenset[str]:
    """Return the names of foreign files in a commit that were adopted, earlier or now, and are not in the site.

    Raises BriefingError if there are foreign files that were not adopted: the commit contains no site of ours, or the
    site now contains a file of the same name.
    """
    names = branch.contents(commit).keys() - {CNAME, NO_JEKYLL, _ADOPTED}
    known = frozenset(_read_list(branch, commit)) & names
    others = names - known
    build_json = branch.read(commit, urls.BUILD_ID).encode() if urls.BUILD_ID in others else b""
    foreign = known & {*site.names} if not others or parse_build_id(build_json) else names
    if foreign and not adopt:
        some = ", ".join(sorted(foreign)[:_MAX_NAMED]) + (", ..." if len(foreign) > _MAX_NAMED else "")
        msg = (
            f"{branch} contains files that publish did not commit ({some}): choose another branch, or run "
            "`publish --adopt`, which keeps them and replaces only those that are also in the site"
        )
        raise BriefingError(msg)
    return frozenset(known | foreign) - {*site.names}


def commit_with_adopted_files(branch: Branch, commit: str, parent: str, adopted: frozenset[str]) -> str:
    """Return a commit like this one, after `parent`, that also contains these files of `parent` and the list of them."""
    git = branch.git
    path = git.run("rev-parse", "--git-path", _INDEX).strip()
    index = {"GIT_INDEX_FILE": path}
    rows = [row for row in git.run("ls-tree", "-r", "-z", parent).split("\0") if row]
    kept = [row for row in rows if row.split("\t", 1)[1] in adopted]
    blob = git.run_with_input(list_file(adopted)[_ADOPTED].decode(), "hash-object", "-w", "--stdin").strip()
    kept.append(f"100644 blob {blob}\t{_ADOPTED}")
    try:
        git.run("read-tree", commit, **index)
        git.run_with_input("".join(f"{row}\0" for row in kept), "update-index", "-z", "--index-info", **index)
        tree = git.run("write-tree", **index).strip()
    finally:
        (git.folder / path).unlink(missing_ok=True)
    message = git.run("show", "--no-patch", "--format=%B", commit).strip()
    committer = branch.committer_variables()
    author = {name.replace("COMMITTER", "AUTHOR"): value for name, value in committer.items()}
    return git.run("commit-tree", tree, "-p", parent, "-m", message, **author, **committer).strip()


def list_file(adopted: frozenset[str]) -> dict[str, bytes]:
    """Return the file that lists the adopted files, by its name; none if there are none."""
    return {_ADOPTED: (json.dumps(sorted(adopted), indent=0) + "\n").encode()} if adopted else {}


def _read_list(branch: Branch, commit: str) -> list[str]:
    if _ADOPTED not in branch.contents(commit):
        return []
    try:
        names = json.loads(branch.read(commit, _ADOPTED))
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        msg = f"{_ADOPTED} in {branch} is not a list of names: delete it there, then run publish with --adopt"
        raise BriefingError(msg)
    return names
