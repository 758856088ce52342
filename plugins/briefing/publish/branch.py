"""One branch of a git remote that contains a site: its contents, a new commit, and the push."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.publish.git import GitFailedError, credentials_in, failure_reason, remote_message, without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.git import Git

CNAME = "CNAME"
"""The host's file for the domain. The host's settings page commits it to the branch."""
NO_JEKYLL = ".nojekyll"
"""Tells GitHub Pages to serve the files as they are."""
_TEMPORARY = "briefing-publish-in-progress"
# What git says if the branch moved before the push, or during it (builtin/receive-pack.c).
_BRANCH_MOVED = ("fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref", "incorrect old value")
_NOT_PUBLISHED = "nothing was published; fix that and run publish again"


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch, by the names of its remote and of itself."""

    git: Git
    remote: str
    name: str

    def __str__(self) -> str:
        """`branch gh-pages of origin`."""
        return f"branch {self.name} of {self.remote}"

    def fetch(self) -> str:
        """Fetch the newest commit, without touching the user's branches or tags, and return it; "" if there is none.

        Raises GitFailedError if the remote cannot be reached.
        """
        if not self.git.run("ls-remote", self.remote, f"refs/heads/{self.name}"):
            return ""
        here = f"refs/briefing/{self.remote}/{self.name}"
        shallow = self.git.run("rev-parse", "--is-shallow-repository").strip() == "true"
        depth = ["--depth=1"] if shallow else []
        self.git.run("fetch", "--quiet", "--no-tags", *depth, self.remote, f"+refs/heads/{self.name}:{here}")
        return self.git.run("rev-parse", here).strip()

    def contents(self, commit: str) -> dict[str, str]:
        """Return the objects in a commit, by file name; none for ""."""
        if not commit:
            return {}
        rows = (row.split("\t", 1) for row in self.git.run("ls-tree", "-r", "-z", commit).split("\0") if row)
        # Anything but a regular file, such as a link or a submodule, differs from every file.
        return {name: about.split()[2] if about.startswith("100") else about for about, name in rows}

    def expected_contents(
        self, site: BuiltSite, commit: str, adopted: frozenset[str], added: Mapping[str, bytes]
    ) -> dict[str, str]:
        """Return what the branch should contain: the site, the host's files, adopted and added files.

        The format is that of `contents`.
        """
        algorithm = self.git.run("rev-parse", "--show-object-format").strip()
        kept = {name: blob for name, blob in self.contents(commit).items() if name == CNAME or name in adopted}
        built = {name: _blob_id_of_file(site.folder / name, algorithm) for name in site.names}
        more = {name: _blob_id(content, algorithm) for name, content in {NO_JEKYLL: b"", **added}.items()}
        return kept | built | more

    def commit(self, site: BuiltSite, parent: str) -> str:
        """Create a local commit of the site, after `parent`. It is on no branch afterwards."""
        self._delete_temporary_branch()
        if parent:
            self.git.run("update-ref", f"refs/heads/{_TEMPORARY}", parent)
        importer = [sys.executable, "-P", "-m", "ghp_import"]  # -P: no modules from the publication's folder
        options = [
            f"--remote={self.remote}",
            f"--branch={_TEMPORARY}",
            f"--message=Publish build {site.id}",
            "--no-jekyll",
        ]
        if CNAME in self.contents(parent).keys() - {*site.names}:
            options.append(f"--cname={self.read(parent, CNAME)}")
        try:
            done = self.git.execute([*importer, *options, str(site.folder)], self.committer_variables())
            if done.returncode:
                msg = f"the commit for {self} failed: {failure_reason(done)}"
                raise GitFailedError(msg)
            return self.git.run("rev-parse", f"refs/heads/{_TEMPORARY}").strip()
        finally:
            self._delete_temporary_branch()

    def push(self, commit: str) -> None:
        """Push the commit. Raises GitFailedError, in one line, if the remote refuses it."""
        done = self.git.attempt("push", "--porcelain", self.remote, f"{commit}:refs/heads/{self.name}")
        if done.returncode == 0:
            return
        message = remote_message(done, credentials_in(self.git.run("remote", "get-url", "--push", self.remote)))
        details = f" ({message})" if message else ""
        refusals = [line.split("\t")[2] for line in done.stdout.splitlines() if line.startswith("!\t")]
        if not refusals:
            reason = failure_reason(done)
            msg = f"the push to {self} failed: {reason}{details if reason not in message else ''}; {_NOT_PUBLISHED}"
        elif any(sign in refusals[0] for sign in _BRANCH_MOVED):
            msg = f"someone else published to {self} at the same time: run publish again"
        else:
            refusal = without_credentials(refusals[0])
            msg = f"{self.remote} refused the push to branch {self.name}: {refusal}{details}; {_NOT_PUBLISHED}"
        raise GitFailedError(msg)

    def read(self, commit: str, name: str) -> str:
        """Return the text of one file in a commit."""
        return self.git.run("cat-file", "blob", f"{commit}:{name}")

    def committer_variables(self) -> dict[str, str]:
        """Return the committer and the time in UTC, for git's environment, without what the user has configured."""
        variables = {"GIT_COMMITTER_DATE": f"{int(time.time())} +0000"}
        if not self.git.succeeds("config", "user.name"):
            variables["GIT_COMMITTER_NAME"] = "briefing"
        if not self.git.succeeds("config", "user.email"):
            variables["GIT_COMMITTER_EMAIL"] = "briefing@localhost"
        return {name: os.environ.get(name, value) for name, value in variables.items()}

    def _delete_temporary_branch(self) -> None:
        self.git.run("update-ref", "-d", f"refs/heads/{_TEMPORARY}")


def _blob_id_of_file(path: Path, algorithm: str) -> str:
    """Return git's object id for a file (git-hash-object)."""
    digest = hashlib.new(algorithm, b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _blob_id(content: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content).hexdigest()
