"""`pages:`: a branch of a git remote, as served by GitHub Pages and similar hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.errors import BriefingError, WrongUseError
from briefing.publish.adoption import commit_with_adopted_files, find_adopted_files, list_file
from briefing.publish.branch import Branch
from briefing.publish.built_site import require_unchanged
from briefing.publish.contract import TargetKind
from briefing.publish.git import Git, GitFailedError
from briefing.publish.lock import locked_file
from briefing.publish.report import Published, compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.contract import TargetOptions

_REMOTE = "origin"
_BRANCH = "gh-pages"


def validate(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - see `ValidateTarget`
    """See `contract.ValidateTarget`."""
    git = Git(root)
    _common_folder(git)
    _parse_branch(address, git)


def publish(address: str, site: BuiltSite, root: Path, options: TargetOptions) -> Published:
    """Make the branch contain the site, with one commit and one push. Commits nothing if nothing changed.

    The commit follows the newest one of the remote, so that the push never overwrites another. The user's own branches
    and files are not touched.
    """
    git = Git(root)
    with locked_file(_common_folder(git) / "briefing-publish.lock"):
        branch = _parse_branch(address, git)
        parent = branch.fetch()
        adopted = find_adopted_files(branch, parent, site, adopt=options.adopt)
        expected = branch.expected_contents(site, parent, adopted, list_file(adopted))
        published = Published(str(branch), site.id, compare(branch.contents(parent), expected), options.dry_run)
        if published.changes and not options.dry_run:
            commit = branch.commit(site, parent)
            if adopted:
                commit = commit_with_adopted_files(branch, commit, parent, adopted)
            require_unchanged(site)
            if branch.contents(commit) != expected:
                msg = f"the commit for {branch} differs from {site.folder}, so nothing was pushed: run publish again"
                raise BriefingError(msg)
            branch.push(commit)
    return published


def _parse_branch(address: str, git: Git) -> Branch:
    remotes = git.run("remote").split()
    if address.startswith("//"):  # not repeated in the message: the part of a host may contain a password
        named = [name for name in address.split("/") if name in remotes]
        msg = f"pages:// is not a valid target: write {_example(named or remotes)}"
        raise WrongUseError(msg)
    if address.startswith(("/", ".", "~")):
        folder = f"file:{address}" if address.strip("/.~") else "file:///srv/www"
        msg = f"pages:{address} names a path, not a branch: write {_example(remotes)}; for a folder write {folder}"
        raise WrongUseError(msg)
    remote, slash, name = address.partition("/")
    if not slash:
        remote, name = _REMOTE, address or _BRANCH
    if remote not in remotes:
        hint = f"the remotes are {', '.join(remotes)}" if remotes else "add it with git remote add"
        msg = f"pages:{address} needs a git remote called {remote}, which does not exist: {hint}; write {_example(remotes)}"
        raise WrongUseError(msg)
    if name in remotes:
        msg = f"pages:{address} names a remote and no branch: write pages:{name}/{_BRANCH}"
        raise WrongUseError(msg)
    if not git.succeeds("check-ref-format", "--branch", name):
        msg = f"pages:{address} does not name a valid branch: write {_example([remote])}"
        raise WrongUseError(msg)
    return Branch(git, remote, name)


def _example(remotes: Sequence[str]) -> str:
    """Return how to write a target of this kind, with a remote that exists."""
    remote = _REMOTE if _REMOTE in remotes or not remotes else remotes[0]
    example = f"pages:{remote}/{_BRANCH}"
    return f"pages: or {example}" if remote == _REMOTE else example


def _common_folder(git: Git) -> Path:
    """Return the folder that all work trees of the repository share."""
    try:
        return git.folder / git.run("rev-parse", "--git-common-dir").strip()
    except GitFailedError as error:
        msg = f"publishing to a branch needs the publication in a git repository with a remote: create one ({error})"
        raise BriefingError(msg) from error


KIND = TargetKind(validate, publish)
