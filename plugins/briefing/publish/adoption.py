"""Others' files in a branch: refused, or with `--adopt` kept in it from then on.

Their names are kept in the branch itself, for the next publish may be another machine's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from briefing import urls
from briefing.errors import BriefingError
from briefing.publish.branch import CNAME, NO_JEKYLL
from briefing.publish.built_output import id_in

if TYPE_CHECKING:
    from briefing.publish.branch import Branch
    from briefing.publish.built_output import Built

ADOPTED = ".briefing-adopted.json"
"""In a branch that holds others' files: their names."""
_INDEX = "briefing-publish.index"
_SHOWN = 3


def theirs_in(branch: Branch, commit: str, built: Built, *, adopt: bool) -> frozenset[str]:
    """The names in a commit of a branch that are others', adopted before or now, and not the site's.

    Raises BriefingError where it holds what was not adopted: something else than a site of ours, or a file of others
    that the site has now too.
    """
    held = branch.contents(commit).keys() - {CNAME, NO_JEKYLL, ADOPTED}
    known = frozenset(_adopted(branch, commit)) & held
    site = held - known
    is_ours = not site or (urls.BUILD_ID in site and bool(id_in(branch.read(commit, urls.BUILD_ID).encode())))
    foreign = known & {*built.names} if is_ours else held
    if foreign and not adopt:
        some = ", ".join(sorted(foreign)[:_SHOWN]) + (", ..." if len(foreign) > _SHOWN else "")
        msg = (
            f"{branch} holds files that publish did not make ({some}): name another branch, or run `publish --adopt`, which "
            "leaves them there and replaces only those that the site has too"
        )
        raise BriefingError(msg)
    return frozenset(known | foreign) - {*built.names}


def keep(branch: Branch, commit: str, parent: str, theirs: frozenset[str]) -> str:
    """A commit like this one, after `parent`, that holds these files of `parent` too, and their names."""
    git = branch.git
    path = git.run("rev-parse", "--git-path", _INDEX).strip()
    index = {"GIT_INDEX_FILE": path}
    rows = [row for row in git.run("ls-tree", "-r", "-z", parent).split("\0") if row]
    kept = [row for row in rows if row.split("\t", 1)[1] in theirs]
    stated = git.feed(listing_of(theirs)[ADOPTED].decode(), "hash-object", "-w", "--stdin").strip()
    kept.append(f"100644 blob {stated}\t{ADOPTED}")
    try:
        git.run("read-tree", commit, **index)
        git.feed("".join(f"{row}\0" for row in kept), "update-index", "-z", "--index-info", **index)
        tree = git.run("write-tree", **index).strip()
    finally:
        (git.folder / path).unlink(missing_ok=True)
    message = git.run("show", "--no-patch", "--format=%B", commit).strip()
    committer = branch.committer()
    author = {name.replace("COMMITTER", "AUTHOR"): value for name, value in committer.items()}
    return git.run("commit-tree", tree, "-p", parent, "-m", message, **author, **committer).strip()


def listing_of(theirs: frozenset[str]) -> dict[str, bytes]:
    """The file that names them, by its name; nothing if there are none."""
    return {ADOPTED: (json.dumps(sorted(theirs), indent=0) + "\n").encode()} if theirs else {}


def _adopted(branch: Branch, commit: str) -> list[str]:
    if ADOPTED not in branch.contents(commit):
        return []
    try:
        stated = json.loads(branch.read(commit, ADOPTED))
    except ValueError:
        stated = None
    if not isinstance(stated, list) or not all(isinstance(name, str) for name in stated):
        msg = f"{ADOPTED} in {branch} is not a list of names: remove it there, and run publish again with --adopt"
        raise BriefingError(msg)
    return stated
