"""`pages:`: a branch of a git remote, as GitHub Pages and its kind serve it."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from briefing.errors import BriefingError, WrongUseError
from briefing.publish.adoption import keep, listing_of, theirs_in
from briefing.publish.branch import Branch
from briefing.publish.built_output import still_the_same
from briefing.publish.contract import TargetKind
from briefing.publish.git import Git, GitFailedError
from briefing.publish.report import Published, compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from briefing.publish.built_output import Built
    from briefing.publish.contract import TargetOptions

_REMOTE = "origin"
_BRANCH = "gh-pages"


def read(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - a kind of target
    """See `targets.Read`."""
    git = Git(root)
    _common_folder(git)
    _branch(address, git)


def publish(address: str, built: Built, root: Path, options: TargetOptions) -> Published:
    """Make the branch hold the built site, by one commit on top of what it holds now and one push.

    Nothing is committed where nothing changed. The commit follows the remote's newest, so that the push never
    overwrites another's; the user's own branches and files are not touched.
    """
    git = Git(root)
    with _locked(git):
        branch = _branch(address, git)
        before = branch.fetch()
        theirs = theirs_in(branch, before, built, adopt=options.adopt)
        wanted = branch.wanted(built, before, theirs, listing_of(theirs))
        published = Published(str(branch), built.id, compare(branch.contents(before), wanted), options.dry_run)
        if published.changes and not options.dry_run:
            commit = branch.commit(built, before)
            if theirs:
                commit = keep(branch, commit, before, theirs)
            still_the_same(built)
            if branch.contents(commit) != wanted:
                msg = f"the commit for {branch} does not hold what {built.folder} holds: nothing was pushed"
                raise BriefingError(msg)
            branch.push(commit)
    return published


def _branch(address: str, git: Git) -> Branch:
    remotes = git.run("remote").split()
    if address.startswith("//"):  # not repeated: what stands where a host would may hold a password
        named = [name for name in address.split("/") if name in remotes]
        msg = f"pages:// is not a target: write {_form(named or remotes)}"
        raise WrongUseError(msg)
    if address.startswith(("/", ".", "~")):
        folder = f"file:{address}" if address.strip("/.~") else "file:///srv/www"
        msg = f"pages:{address} names a path, not a branch: write {_form(remotes)}; for a folder write {folder}"
        raise WrongUseError(msg)
    remote, slash, name = address.partition("/")
    if not slash:
        remote, name = _REMOTE, address or _BRANCH
    if remote not in remotes:
        known = f"the remotes are {', '.join(remotes)}" if remotes else "add it with git remote add"
        msg = (
            f"pages:{address} needs a git remote called {remote}, which does not exist: {known}; write {_form(remotes)}"
        )
        raise WrongUseError(msg)
    if name in remotes:
        msg = f"pages:{address} names a remote and no branch: write pages:{name}/{_BRANCH}"
        raise WrongUseError(msg)
    if not git.has("check-ref-format", "--branch", name):
        msg = f"pages:{address} does not name a branch that git accepts: write {_form([remote])}"
        raise WrongUseError(msg)
    return Branch(git, remote, name)


def _form(remotes: Sequence[str]) -> str:
    """How a target of this kind is written, with a remote that there is."""
    remote = _REMOTE if _REMOTE in remotes or not remotes else remotes[0]
    whole = f"pages:{remote}/{_BRANCH}"
    return f"pages: or {whole}" if remote == _REMOTE else whole


def _common_folder(git: Git) -> Path:
    """What all work trees of the repository share."""
    try:
        return git.folder / git.run("rev-parse", "--git-common-dir").strip()
    except GitFailedError as error:
        msg = f"publishing to a branch needs the publication in a git repository with a remote ({error})"
        raise BriefingError(msg) from error


@contextmanager
def _locked(git: Git) -> Iterator[None]:
    """Be the only publish to a branch from this repository."""
    with (_common_folder(git) / "briefing-publish.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = "another publish from this repository is under way: wait for its end and run publish again"
            raise BriefingError(msg) from error
        yield


KIND = TargetKind(read, publish)
