"""One branch of a git remote that holds a site: what is in it, a commit to follow, and the push."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.publish.git import GitFailedError, credentials_in, reason, said_by_remote, without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from briefing.publish.built_output import Built
    from briefing.publish.git import Git

CNAME = "CNAME"
"""A host's own file for the domain; its settings page commits it to the branch."""
NO_JEKYLL = ".nojekyll"
"""Tells GitHub Pages to serve the files as they are."""
_MAKING = "briefing-publish-in-progress"
# How git says that the branch moved: before the push began, or while it was under way (builtin/receive-pack.c).
_OVERTAKEN = ("fetch first", "non-fast-forward", "failed to update ref", "cannot lock ref", "incorrect old value")
_NOTHING_DONE = "nothing was published; mend that and run publish again"


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch by its remote's name and its own."""

    git: Git
    remote: str
    name: str

    def __str__(self) -> str:
        """As in a sentence: `branch gh-pages of origin`."""
        return f"branch {self.name} of {self.remote}"

    def fetch(self) -> str:
        """Its newest commit, brought here without touching any branch or tag of the user's; "" if there is none.

        Raises GitFailedError where the remote cannot be reached.
        """
        if not self.git.run("ls-remote", self.remote, f"refs/heads/{self.name}"):
            return ""
        here = f"refs/briefing/{self.remote}/{self.name}"
        shallow = self.git.run("rev-parse", "--is-shallow-repository").strip() == "true"
        depth = ["--depth=1"] if shallow else []
        self.git.run("fetch", "--quiet", "--no-tags", *depth, self.remote, f"+refs/heads/{self.name}:{here}")
        return self.git.run("rev-parse", here).strip()

    def contents(self, commit: str) -> dict[str, str]:
        """What a commit of it holds, as name to object; nothing for ""."""
        if not commit:
            return {}
        rows = (row.split("\t", 1) for row in self.git.run("ls-tree", "-r", "-z", commit).split("\0") if row)
        # Whatever is no plain file (a link, a submodule) differs from every file.
        return {name: about.split()[2] if about.startswith("100") else about for about, name in rows}

    def wanted(self, built: Built, commit: str, theirs: frozenset[str], added: Mapping[str, bytes]) -> dict[str, str]:
        """What the branch is to contain, as `contents` gives it: the site, the host's own files, others' files, additions."""
        objects = self.git.run("rev-parse", "--show-object-format").strip()
        kept = {name: known for name, known in self.contents(commit).items() if name == CNAME or name in theirs}
        site = {name: _object(built.folder / name, objects) for name in built.names}
        more = {name: _object_of(content, objects) for name, content in {NO_JEKYLL: b"", **added}.items()}
        return kept | site | more

    def commit(self, built: Built, parent: str) -> str:
        """Make the commit that contains the site, after `parent`, here only; it is on no branch afterwards."""
        self._drop()
        if parent:
            self.git.run("update-ref", f"refs/heads/{_MAKING}", parent)
        importer = [sys.executable, "-P", "-m", "ghp_import"]  # -P: no modules from the publication's folder
        options = [
            f"--remote={self.remote}",
            f"--branch={_MAKING}",
            f"--message=Publish build {built.id}",
            "--no-jekyll",
        ]
        if CNAME in self.contents(parent).keys() - {*built.names}:
            options.append(f"--cname={self.read(parent, CNAME)}")
        try:
            done = self.git.execute([*importer, *options, str(built.folder)], self.committer())
            if done.returncode:
                msg = f"the commit for {self} failed: {reason(done)}"
                raise GitFailedError(msg)
            return self.git.run("rev-parse", f"refs/heads/{_MAKING}").strip()
        finally:
            self._drop()

    def push(self, commit: str) -> None:
        """Give the commit to the remote. Raises GitFailedError, in one line, where it is refused."""
        done = self.git.attempt("push", "--porcelain", self.remote, f"{commit}:refs/heads/{self.name}")
        if done.returncode == 0:
            return
        said = said_by_remote(done, credentials_in(self.git.run("remote", "get-url", "--push", self.remote)))
        told = f" ({said})" if said else ""
        refusals = [line.split("\t")[2] for line in done.stdout.splitlines() if line.startswith("!\t")]
        if not refusals:
            why = reason(done)
            msg = f"the push to {self} failed: {why}{told if why not in said else ''}; {_NOTHING_DONE}"
        elif any(sign in refusals[0] for sign in _OVERTAKEN):
            msg = f"{self} was published to from elsewhere in the meantime: run publish again"
        else:
            refusal = without_credentials(refusals[0])
            msg = f"{self.remote} refused the push to branch {self.name}: {refusal}{told}; {_NOTHING_DONE}"
        raise GitFailedError(msg)

    def read(self, commit: str, name: str) -> str:
        """The text of one file of a commit."""
        return self.git.run("cat-file", "blob", f"{commit}:{name}")

    def _drop(self) -> None:
        self.git.run("update-ref", "-d", f"refs/heads/{_MAKING}")

    def committer(self) -> dict[str, str]:
        """Who commits, where neither the environment nor git's configuration says; and when, in UTC."""
        known = {"GIT_COMMITTER_DATE": f"{int(time.time())} +0000"}
        if not self.git.has("config", "user.name"):
            known["GIT_COMMITTER_NAME"] = "briefing"
        if not self.git.has("config", "user.email"):
            known["GIT_COMMITTER_EMAIL"] = "briefing@localhost"
        return {name: os.environ.get(name, value) for name, value in known.items()}


def _object(path: Path, algorithm: str) -> str:
    """The name under which git keeps a file's bytes (git-hash-object)."""
    seen = hashlib.new(algorithm, b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            seen.update(part)
    return seen.hexdigest()


def _object_of(content: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content).hexdigest()
