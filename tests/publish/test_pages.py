"""`pages:` against real repositories."""

from __future__ import annotations

import fcntl
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from briefing.errors import BriefingError, WrongUseError
from briefing.publish import Published, TargetOptions, publish
from briefing.publish.git import credentials_in, remote_message, without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Build = Callable[[Mapping[str, str]], str]
    Tree = Callable[[Path], dict[str, bytes]]
    Git = Callable[..., str]
    Served = Callable[..., dict[str, bytes]]

ONE = {"index.html": "one", "stories/a/index.html": "a\r\n", "feeds/größe.xml": "f", "name with spaces.txt": ""}
TWO = {"index.html": "two", "stories/a/index.html": "a\r\n", ".well-known/x": "x"}


@pytest.fixture
def root(tmp_path: Path, output: Path, build: Build, git: Git) -> Path:
    """A publication in a repository with a bare remote, committed once."""
    del build
    root = output.parent
    git(tmp_path, "init", "--bare", "remote.git")
    git(root, "init")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    git(root, "config", "core.autocrlf", "true")
    (root / ".gitignore").write_text("output/\n")
    git(root, "add", ".gitignore")
    git(root, "commit", "--message", "First")
    git(root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    git(root, "push", "origin", "main")
    return root


@pytest.fixture
def served(tmp_path: Path, git: Git, tree: Tree) -> Served:
    """What a host of the remote's branch would serve."""

    def fetch(branch: str = "gh-pages") -> dict[str, bytes]:
        folder = tmp_path / "served"
        folder.mkdir(exist_ok=True)
        git(tmp_path / "remote.git", f"--work-tree={folder}", "checkout", "--quiet", "--force", branch, "--", ".")
        found = tree(folder)
        for name in found:
            (folder / name).unlink()
        return found

    return fetch


def put(root: Path, target: str = "pages:", *, dry_run: bool = False, adopt: bool = False) -> Published:
    return publish(target, root / "output", root, TargetOptions(dry_run=dry_run, adopt=adopt))


def test_the_branch_holds_what_was_built(root: Path, build: Build, git: Git, served: Served, tree: Tree) -> None:
    first = build(ONE)
    published = put(root)
    assert len(published.changes.added) == 6
    assert served() == {**tree(root / "output"), ".nojekyll": b""}
    second = build(TWO)
    published = put(root)
    assert served() == {**tree(root / "output"), ".nojekyll": b""}
    assert published.changes.changed == ("build.json", "index.html")
    assert published.changes.added == (".well-known/x",)
    assert published.changes.removed == ("feeds/größe.xml", "name with spaces.txt")
    assert next(published.lines()) == f"published build {second} to branch gh-pages of origin: {published.changes}"
    log = git(root, "log", "--format=%s|%cn|%ce", "origin/gh-pages")
    assert log.splitlines() == [
        f"Publish build {second}|Ada|ada@example.org",
        f"Publish build {first}|Ada|ada@example.org",
    ]


def test_the_users_own_repository_is_left_as_it_was(root: Path, build: Build, git: Git) -> None:
    build(ONE)
    git(root, "branch", "gh-pages")
    before = git(root, "for-each-ref", "refs/heads"), git(root, "status", "--porcelain")
    put(root)
    assert (git(root, "for-each-ref", "refs/heads"), git(root, "status", "--porcelain")) == before


def test_nothing_changed_commits_nothing(root: Path, build: Build, git: Git) -> None:
    made = build(ONE)
    put(root)
    before = git(root, "ls-remote", "origin")
    published = put(root)
    assert git(root, "ls-remote", "origin") == before
    assert list(published.lines()) == [f"nothing to publish: branch gh-pages of origin already contains build {made}"]


def test_a_dry_run_lists_and_pushes_nothing(root: Path, build: Build, git: Git) -> None:
    build(ONE)
    assert "  new      index.html" in list(put(root, dry_run=True).lines())
    assert "gh-pages" not in git(root, "ls-remote", "origin")
    put(root)
    build(TWO)
    before = git(root, "ls-remote", "origin")
    assert "  changed  index.html" in list(put(root, dry_run=True).lines())
    assert git(root, "ls-remote", "origin") == before


def test_a_shallow_clone_publishes_on_top_of_the_branch(
    root: Path, tmp_path: Path, output: Path, build: Build, git: Git, served: Served, tree: Tree
) -> None:
    build(ONE)
    put(root)
    build(TWO)
    put(root)
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--depth=1", f"file://{tmp_path}/remote.git", "checkout")
    build({"index.html": "three"})
    publish("pages:", output, checkout, TargetOptions())
    assert served() == {**tree(output), ".nojekyll": b""}
    assert git(tmp_path / "remote.git", "rev-list", "--count", "gh-pages") == "3"
    assert git(checkout, "rev-parse", "--is-shallow-repository") == "true"
    build({"index.html": "four"})
    publish("pages:", output, checkout, TargetOptions())
    assert git(tmp_path / "remote.git", "rev-list", "--count", "gh-pages") == "4"
    assert git(tmp_path / "remote.git", "fsck") == ""


def test_a_machine_without_an_identity_can_publish(root: Path, build: Build, git: Git) -> None:
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
    build(ONE)
    put(root)
    assert git(root, "log", "--format=%cn <%ce> %ci", "origin/gh-pages").startswith("briefing <briefing@localhost>")
    assert git(root, "log", "--format=%ci", "origin/gh-pages").endswith("+0000")


def test_remote_and_branch_can_be_named(root: Path, tmp_path: Path, build: Build, git: Git) -> None:
    git(tmp_path, "init", "--bare", "mirror.git")
    git(root, "remote", "add", "mirror", str(tmp_path / "mirror.git"))
    build(ONE)
    assert put(root, "pages:site").target == "branch site of origin"
    assert put(root, "pages:mirror/live/site").target == "branch live/site of mirror"
    assert "refs/heads/site" in git(root, "ls-remote", "origin")
    assert "refs/heads/live/site" in git(root, "ls-remote", "mirror")


def test_the_hosts_domain_file_stays(root: Path, build: Build, git: Git, served: Served) -> None:
    git(root, "checkout", "--orphan", "gh-pages")
    git(root, "rm", "-r", "--cached", ".")
    (root / "CNAME").write_text("briefing.example")
    git(root, "add", "CNAME")
    git(root, "commit", "--message", "Create CNAME")
    git(root, "push", "origin", "gh-pages")
    git(root, "checkout", "--force", "main")
    build(ONE)
    put(root)
    assert served()["CNAME"] == b"briefing.example"
    assert not put(root).changes
    build({**ONE, "CNAME": "other.example"})
    put(root)
    assert served()["CNAME"] == b"other.example"


def test_a_branch_of_someone_elses_is_refused(root: Path, build: Build, git: Git) -> None:
    build(ONE)
    before = git(root, "ls-remote", "origin")
    with pytest.raises(BriefingError, match="branch main of origin contains files that publish did not commit"):
        put(root, "pages:main")
    assert git(root, "ls-remote", "origin") == before


def test_a_branch_of_someone_elses_is_adopted_and_its_files_stay(
    root: Path, build: Build, git: Git, served: Served, tree: Tree
) -> None:
    git(root, "checkout", "--quiet", "--orphan", "theirs")
    (root / "index.html").write_text("theirs")
    (root / "größe x.txt").write_text("theirs\r\n")
    (root / "link").symlink_to("index.html")
    (root / "deep").mkdir()
    (root / "deep" / "run.sh").write_text("run")
    (root / "deep" / "run.sh").chmod(0o755)
    git(root, "-c", "core.autocrlf=false", "add", "index.html", "größe x.txt", "link", "deep")
    git(root, "commit", "--message", "Theirs")
    git(root, "push", "origin", "theirs")
    git(root, "checkout", "--quiet", "--force", "main")
    build(ONE)
    with pytest.raises(
        BriefingError, match=r"contains files that publish did not commit \(\.gitignore, deep/run\.sh, "
    ):
        put(root, "pages:theirs")
    published = put(root, "pages:theirs", adopt=True)
    assert (published.changes.changed, published.changes.removed) == (("index.html",), ())
    build(TWO)
    assert put(root, "pages:theirs").changes.removed == ("feeds/größe.xml", "name with spaces.txt")
    held = served("theirs")
    del held[".briefing-adopted.json"]
    others = {"größe x.txt": b"theirs\r\n", "deep/run.sh": b"run", ".gitignore": b"output/\n", "link": b"two"}
    assert held == {**tree(root / "output"), ".nojekyll": b"", **others}
    assert "100755" in git(root, "ls-tree", "origin/theirs", "deep/run.sh")
    assert "120000" in git(root, "ls-tree", "origin/theirs", "link")
    assert (
        git(root, "log", "--format=%s|%an|%cn|%ce", "origin/theirs")
        .splitlines()[0]
        .endswith("|Ada|Ada|ada@example.org")
    )
    assert git(root, "fsck", "--no-dangling") == ""
    assert not put(root, "pages:theirs").changes
    build({**TWO, "deep/run.sh": "ours"})
    with pytest.raises(BriefingError, match=r"\(deep/run\.sh\)"):
        put(root, "pages:theirs")
    put(root, "pages:theirs", adopt=True)
    assert served("theirs")["deep/run.sh"] == b"ours"
    assert not (root / ".git" / "briefing-publish.index").exists()


def test_a_spoilt_list_of_adopted_files_is_told(root: Path, tmp_path: Path, build: Build, git: Git) -> None:
    build(ONE)
    put(root)
    git(tmp_path, "clone", "--branch=gh-pages", "remote.git", "other")
    (tmp_path / "other" / ".briefing-adopted.json").write_text("{}")
    git(tmp_path / "other", "add", ".briefing-adopted.json")
    git(tmp_path / "other", "-c", "user.name=B", "-c", "user.email=b@example.org", "commit", "-m", "x")
    git(tmp_path / "other", "push")
    with pytest.raises(BriefingError, match="is not a list of names: delete it there"):
        put(root)


@pytest.mark.parametrize("moment", ["before ours begins", "while ours is under way"])
def test_a_push_in_the_meantime_is_refused_in_one_line(
    root: Path, tmp_path: Path, build: Build, git: Git, served: Served, tree: Tree, moment: str
) -> None:
    build(ONE)
    put(root)
    git(tmp_path, "clone", "--branch=gh-pages", "remote.git", "other")
    git(tmp_path / "other", "-c", "user.name=B", "-c", "user.email=b@example.org", "commit", "--allow-empty", "-m", "x")
    # Git runs one hook when our commit is made and before our push begins, the other when it has begun.
    hook = root / ".git" / "hooks" / ("reference-transaction" if moment == "before ours begins" else "pre-push")
    hook.write_text(f"#!/bin/sh\nrm -f $0\nunset GIT_DIR\ncd {tmp_path}/other && git push --quiet\n")
    hook.chmod(0o755)
    build(TWO)
    with pytest.raises(BriefingError) as found:
        put(root)
    refusal = "someone else published to branch gh-pages of origin at the same time: run publish again"
    assert str(found.value) == refusal
    put(root)
    assert served() == {**tree(root / "output"), ".nojekyll": b""}
    assert git(root, "branch", "--format=%(refname:short)") == "main"


def test_a_host_that_declines_is_quoted_in_one_line(root: Path, tmp_path: Path, build: Build) -> None:
    hook = tmp_path / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nprintf '\\033[31mno pushes\\t\\n\\n  on friday\\n' >&2\nexit 1\n")
    hook.chmod(0o755)
    build(ONE)
    with pytest.raises(BriefingError) as found:
        put(root)
    assert str(found.value) == (
        "origin refused the push to branch gh-pages: [remote rejected] (pre-receive hook declined) "
        "(no pushes on friday); nothing was published; fix that and run publish again"
    )


def test_what_a_host_says_is_short_and_without_secrets() -> None:
    said = (
        "remote: use https://me:hunter2@host/x, as \x1b[1m ghp_0123abcDEF\x07 is\x1b[K\n"
        "remote: Resolving deltas:  50% (1/2)   \r\nTo somewhere\nremote:\nremote: hunter2 me\n"
    )
    done = subprocess.CompletedProcess([], 1, "", said)
    secret = credentials_in("https://me:hunter2@host/x")
    assert remote_message(done, secret) == "use https://host/x, as ... is ... me"
    done.stderr = "To x\nremote: " + "long " * 100
    assert remote_message(done, "") == f"{'long ' * 39}long ..."
    done.stderr = "To x\n"
    assert remote_message(done, credentials_in("ssh://git@host/x")) == ""


def test_a_remote_out_of_reach_is_one_line_without_its_password(root: Path, build: Build, git: Git) -> None:
    git(root, "remote", "set-url", "origin", "http://me:hunter2@127.0.0.1:1/x.git")
    build(ONE)
    with pytest.raises(BriefingError) as found:
        put(root)
    assert "unable to access" in str(found.value)
    assert "hunter2" not in str(found.value)
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("unable to access 'https://me:p@ss@host/x'", "unable to access 'https://host/x'"),
        ("ssh://git@host/x and https://token@h/y", "ssh://host/x and https://h/y"),
        ("mail me@host", "mail me@host"),
    ],
)
def test_credentials_are_cut_out(url: str, clean: str) -> None:
    assert without_credentials(url) == clean


@pytest.mark.parametrize(
    ("target", "says"),
    [
        (
            "pages:nowhere/site",
            "needs a git remote called nowhere, which does not exist: the remotes are origin; write pages: or pages:origin/gh-pages",
        ),
        ("pages:origin", "names a remote and no branch: write pages:origin/gh-pages"),
        ("pages://origin", "pages:// is not a valid target: write pages: or pages:origin/gh-pages"),
        ("pages://", "write pages: or pages:origin/gh-pages"),
        ("PAGES://me:hunter2@host/x", "^pages:// is not a valid target: write pages: or pages:origin/gh-pages$"),
        ("pages:origin/", "does not name a valid branch"),
        ("pages:a..b", "does not name a valid branch"),
        ("pages:--force", "does not name a valid branch"),
        (
            "pages:/srv/www",
            "names a path, not a branch: write pages: or pages:origin/gh-pages; for a folder write file:/srv/www",
        ),
        (
            "pages:./www",
            "names a path, not a branch: write pages: or pages:origin/gh-pages; for a folder write file:./www",
        ),
        ("pages:~/www", "names a path, not a branch"),
    ],
)
def test_wrong_use_is_told(root: Path, build: Build, target: str, says: str) -> None:
    build(ONE)
    with pytest.raises(WrongUseError, match=says):
        put(root, target)


def test_a_folder_outside_of_any_repository_is_told(tmp_path: Path, output: Path, build: Build, git: Git) -> None:
    del git
    build(ONE)
    with pytest.raises(
        BriefingError, match=r"needs the publication in a git repository with a remote: create one .*not a git repo"
    ):
        publish("pages:", output, tmp_path, TargetOptions())


def test_a_repository_without_a_remote_is_told(root: Path, build: Build, git: Git) -> None:
    git(root, "remote", "remove", "origin")
    build(ONE)
    with pytest.raises(WrongUseError, match="add it with git remote add"):
        put(root)


def test_a_machine_without_git_is_told(root: Path, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build(ONE)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(BriefingError, match="needs git, which is not installed"):
        put(root)


def test_a_name_that_the_import_cannot_take_pushes_nothing(root: Path, build: Build, git: Git) -> None:
    build({**ONE, '"quoted".txt': "x"})
    with pytest.raises(BriefingError) as found:
        put(root)
    assert "\n" not in str(found.value)
    assert "gh-pages" not in git(root, "ls-remote", "origin")
    assert git(root, "branch", "--format=%(refname:short)") == "main"


def test_two_at_once_are_refused(root: Path, build: Build) -> None:
    build(ONE)
    with (root / ".git" / "briefing-publish.lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BriefingError, match="another publish of this site is running"):
            put(root)
    put(root)


def test_a_hook_of_the_users_may_publish(
    root: Path, build: Build, monkeypatch: pytest.MonkeyPatch, served: Served
) -> None:
    build(ONE)
    monkeypatch.setitem(os.environ, "GIT_INDEX_FILE", ".git/index.hook")
    monkeypatch.setitem(os.environ, "GIT_DIR", "elsewhere")
    put(root)
    monkeypatch.undo()
    assert served()["index.html"] == b"one"


def test_a_leftover_of_a_killed_publish_is_no_obstacle(
    root: Path, build: Build, git: Git, served: Served, tree: Tree
) -> None:
    build(ONE)
    git(root, "branch", "briefing-publish-in-progress")
    put(root)
    assert served() == {**tree(root / "output"), ".nojekyll": b""}
    assert git(root, "branch", "--format=%(refname:short)") == "main"
