"""`ssh:` against Debian's OpenSSH server and rsync on loopback."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.publish.sshd import NEEDED

from briefing.errors import BriefingError
from briefing.publish import Published, TargetOptions, publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.conftest import MakePublication
    from tests.publish.sshd import Sshd

    Build = Callable[[Mapping[str, str]], str]
    Tree = Callable[[Path], dict[str, bytes]]

ODD = 'feeds/it\'s "größe" \\n.xml'
ONE = {"index.html": "one", "stories/a/index.html": "a", "theme/style.css": "s", ODD: "f", "-x": "", "gone.html": "g"}
TWO = {"index.html": "two", "stories/a/index.html": "a", "theme/style.css": "s", ODD: "f", "-x": "", "new #1.html": "b"}
PUBLISH = """
import os, sys
from pathlib import Path
from briefing.publish import TargetOptions, publish
publish(sys.argv[1], Path(sys.argv[2]), Path(), TargetOptions(environment=os.environ))
"""


@pytest.fixture
def www(host: Sshd) -> Path:
    return host.home / 'it\'s "größe"'


@pytest.fixture
def put(host: Sshd, www: Path, output: Path) -> Callable[..., Published]:
    """A function that publishes what was built, all over one login."""

    def run(folder: str = "", environment: Mapping[str, str] | None = None, *, dry_run: bool = False) -> Published:
        told = TargetOptions(environment=environment or host.told(client="sharing"), dry_run=dry_run)
        return publish(host.url(folder or www), output, output.parent, told)

    return run


def said(published: Published) -> str:
    return "\n".join(published.lines())


def times(folder: Path) -> dict[Path, int]:
    return {path: path.lstat().st_mtime_ns for path in (folder, *folder.rglob("*"))}


def test_what_is_served_equals_what_was_built(
    host: Sshd, www: Path, put: Callable[..., Published], output: Path, build: Build, tree: Tree
) -> None:
    build(ONE)
    assert len(put(dry_run=True).changes.added) == 7
    assert not www.exists()
    put()
    assert tree(www / "current") == tree(output)
    before = {name: (www / "current" / name).stat() for name in (ODD, "stories/a/index.html", "index.html")}
    made = build(TWO)
    whole = times(www)
    assert said(put(dry_run=True)).splitlines()[1:] == [
        "  new      new #1.html",
        "  changed  build.json",
        "  changed  index.html",
        "  removed  gone.html",
    ]
    assert times(www) == whole
    assert said(put()) == (
        f"published build {made} to {host.url(www)}/current: 1 new, 2 changed, 1 removed, 4 unchanged"
    )
    assert tree(www / "current") == tree(output)
    assert (www / "current").readlink().as_posix() == f"releases/{made}"
    after = {name: (www / "current" / name).stat() for name in before}
    for name in (ODD, "stories/a/index.html"):
        assert after[name].st_ino == before[name].st_ino
        assert after[name].st_mtime_ns == before[name].st_mtime_ns
    assert after["index.html"].st_ino != before["index.html"].st_ino
    whole = times(www / "releases")
    assert said(put()) == f"nothing to publish: {host.url(www)}/current already contains build {made}"
    assert times(www / "releases") == whole
    kept = www / f"releases/.briefing-{made}.sha256"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (www / "current/index.html").stat().st_mode & 0o444 == 0o444
    subprocess.run(["sha256sum", "--check", "--quiet", kept], cwd=www / "current", check=True)  # noqa: S607
    assert sorted(path.name for path in www.iterdir()) == [".briefing-releases", "current", "releases"]
    assert len(list((www / "releases").iterdir())) == 4


def test_what_the_list_cannot_know_is_read(
    www: Path, put: Callable[..., Published], output: Path, build: Build, tree: Tree
) -> None:
    made = build(ONE)
    put()
    (www / "current/index.html").write_text("by hand")
    assert put().changes.changed == ("index.html",)
    assert tree(www / "current") == tree(output)
    assert (www / "current").readlink().name == f"{made}.1"
    (www / "current/gone.html").unlink()
    assert put().changes.added == ("gone.html",)
    (www / f"releases/.briefing-{made}.1.sha256").unlink()
    (www / f"releases/.briefing-{made}.2.sha256").unlink(missing_ok=True)
    assert not put().changes
    assert tree(www / "current") == tree(output)


def test_a_folder_at_home_and_one_by_file_are_the_same(
    host: Sshd, put: Callable[..., Published], output: Path, build: Build, tree: Tree
) -> None:
    build(ONE)
    publish(f"file://{host.home}/www", output, output.parent, TargetOptions())
    assert not put("/~/www").changes
    build(TWO)
    put("/~/www/")
    assert tree(host.home / "www/current") == tree(output)
    assert not publish(f"file://{host.home}/www", output, output.parent, TargetOptions()).changes
    assert not list((host.home / "www").rglob(".briefing-new*"))


@pytest.fixture(params=["bash", "busybox"])
def shell(request: pytest.FixtureRequest, tool: Callable[[str], str]) -> str:
    """One more shell than Debian's own."""
    return tool(request.param)


def test_any_posix_shell_will_do(
    host: Sshd, www: Path, put: Callable[..., Published], output: Path, build: Build, tree: Tree, shell: str
) -> None:
    host.only(*NEEDED)
    (host.folder / "bin/sh").unlink()
    (host.folder / "bin/sh").symlink_to(shell)
    for pages in (ONE, TWO, ONE):
        build(pages)
        put()
        assert tree(www / "current") == tree(output)


def test_the_last_five_releases_are_kept(host: Sshd, put: Callable[..., Published], build: Build) -> None:
    made = []
    for number in range(6):
        made.append(build({"index.html": str(number)}))
        put("/~/www")
    kept = {path.name for path in (host.home / "www/releases").iterdir()}
    assert kept == {*made[-5:], *(f".briefing-{name}.sha256" for name in made[-5:])}


def test_two_at_once_are_refused(www: Path, put: Callable[..., Published], output: Path, build: Build) -> None:
    build(ONE)
    put()
    build(TWO)
    with (www / ".briefing-releases").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(BriefingError, match=r"another publish to ssh://127.* is running: wait until it ends"):
            put()
    assert (www / "current/index.html").read_text() == "one"
    assert put().changes
    assert (www / "current/index.html").read_text() == (output / "index.html").read_text()


def test_while_one_publishes_another_is_refused(
    host: Sshd, www: Path, put: Callable[..., Published], output: Path, build: Build
) -> None:
    build(ONE)
    wait = f"until test -e {host.folder}/refused; do sleep 0.02; done"
    meanwhile = f'case "$SSH_ORIGINAL_COMMAND" in rsync*) touch {host.folder}/begun; {wait};; esac'
    host.login(meanwhile)
    environment = {**host.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen([sys.executable, "-c", PUBLISH, host.url(www), output], env=environment)
    while not (host.folder / "begun").exists():
        assert first.poll() is None
        time.sleep(0.05)
    with pytest.raises(BriefingError, match="another publish to"):
        put()
    (host.folder / "refused").touch()
    assert first.wait() == 0
    assert (www / "current/index.html").read_text() == "one"


def test_a_build_in_the_meantime_is_noticed(
    host: Sshd, www: Path, put: Callable[..., Published], output: Path, build: Build
) -> None:
    build(ONE)
    put()
    build(TWO)
    host.login(f'case "$SSH_ORIGINAL_COMMAND" in rsync*) echo \'{{"id": "abc"}}\' >{output}/build.json;; esac')
    with pytest.raises(BriefingError, match="was rebuilt during the publish: run publish again"):
        put()
    assert (www / "current/index.html").read_text() == "one"
    assert not list(www.rglob(".briefing-new*"))


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("kill -9 $PPID", "(ssh|publishing) to .* failed: .*(closed|Broken pipe).*run publish again"),
        ("exit 3", "publishing to ssh://.* failed: .*run publish again"),
        ("echo Welcome", "publishing to ssh://.* failed: protocol version mismatch -- is your shell clean"),
    ],
)
def test_a_transfer_that_fails_leaves_the_old_site_and_is_mended_by_the_next(
    host: Sshd, www: Path, put: Callable[..., Published], build: Build, before: str, says: str
) -> None:
    build(ONE)
    put()
    build(TWO)
    host.login(f'case "$SSH_ORIGINAL_COMMAND" in rsync*) {before};; esac')
    with pytest.raises(BriefingError, match=says.replace("PORT", str(host.port))) as found:
        put(environment=host.environment)
    assert "\n" not in str(found.value)
    assert (www / "current/index.html").read_text() == "one"
    host.login("")
    put()
    assert (www / "current/index.html").read_text() == "two"
    assert not list(www.rglob(".briefing-new*"))


def test_what_start_up_files_print_is_overread(host: Sshd, put: Callable[..., Published], build: Build) -> None:
    build(ONE)
    put("/~/www")
    host.login('case "$SSH_ORIGINAL_COMMAND" in rsync*) ;; *) echo "Welcome to the host";; esac')
    assert not put("/~/www").changes


def test_a_full_disk_is_one_sentence_and_leaves_the_old_site(
    host: Sshd, put: Callable[..., Published], output: Path, build: Build, tree: Tree
) -> None:
    with small_disk(host, host.home / "www") as www:
        build(ONE)
        put("/~/www")
        old = tree(output)
        build({"index.html": "two", "large.bin": "x" * 700_000})
        with pytest.raises(
            BriefingError,
            match=r"the disk of 127\.0\.0\.1 port \d+ is full \(.*\): free some space and run publish again",
        ) as found:
            put("/~/www")
        assert "\n" not in str(found.value)
        assert tree(www / "current") == old
        assert not list(www.rglob(".briefing-new*"))
        build(TWO)
        put("/~/www")
        assert tree(www / "current") == tree(output)


def test_a_disk_that_is_full_already_is_one_sentence(
    host: Sshd, put: Callable[..., Published], output: Path, build: Build, tree: Tree
) -> None:
    build(ONE)
    with small_disk(host, host.home / "www") as www:
        is_disk = www.is_relative_to("/proc")
        if is_disk:
            (www / "filler").write_bytes(b"x" * shutil.disk_usage(www).free)
        else:
            host.login("trap '' XFSZ; ulimit -f 0")
        with pytest.raises(BriefingError) as found:
            publish(host.url("/~/www"), output, output.parent, TargetOptions(environment=host.environment, adopt=True))
        assert re.fullmatch(
            r"the disk of 127\.0\.0\.1 port \d+ is full \(.*(No space left on device|File too large)\): free some space and run publish again",
            str(found.value),
        )
        if is_disk:
            (www / "filler").unlink()
        else:
            host.login("")
        put("/~/www")
        assert tree(www / "current") == tree(output)


@contextmanager
def small_disk(host: Sshd, folder: Path) -> Iterator[Path]:
    """Every login sees a file system of half a megabyte at `folder`; it is yielded as it is reached from here.

    It is mounted in a namespace of our own, which needs no rights. Where the machine forbids that, no process of a
    login may write more than half a megabyte to a file.
    """
    folder.mkdir()
    mount = 'mount -t tmpfs -o size=512k none "$0" && echo mounted && exec sleep 100'
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(folder)]
    with subprocess.Popen(alone, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as holder:
        assert holder.stdout
        if holder.stdout.readline():
            enter = f"exec nsenter --target {holder.pid} --user --mount --preserve-credentials"
            host.login("", f"""{enter} sh -c 'cd; exec sh -c "$SSH_ORIGINAL_COMMAND"'""")
            yield Path(f"/proc/{holder.pid}/root{folder}")
        else:
            host.login("trap '' XFSZ; ulimit -f 1000")  # blocks of 512 octets
            yield folder
        holder.kill()


def test_the_command_publishes_and_refuses_in_one_line(
    host: Sshd, publication: MakePublication, briefing: Callable[..., subprocess.CompletedProcess[str]], tree: Tree
) -> None:
    root = publication()
    target = (host.url("/~/www"), "--no-site-check")
    told = {"BRIEFING_SSH_COMMAND": host.environment["BRIEFING_SSH_COMMAND"]}
    done = briefing(root, "publish", *target, **told)
    assert done.returncode == 0, done.stderr
    assert tree(host.home / "www/current") == tree(root / "output")
    done = briefing(root, "publish", *target, "--rollback", **told)
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {target[0]}/current has no previous release: ")
    assert done.stderr.count("\n") == 1


def test_the_users_own_configuration_counts(host: Sshd, output: Path, build: Build, tree: Tree) -> None:
    """An alias with its port; and what such a file has for people, which must not get in the way."""
    client = host.folder / "it's client"
    own = f"""\
Host web
    HostName 127.0.0.1
    HostKeyAlias the-host
    Port {host.port}
    User {pwd.getpwuid(os.getuid()).pw_name}
    LocalForward {host.port} 127.0.0.1:9
    ExitOnForwardFailure yes
    RemoteCommand top
    RequestTTY force
    LogLevel DEBUG
    SetEnv LC_ALL=tlh
"""
    client.write_text(own + client.read_text())
    known = host.folder / "known_hosts"
    known.write_text(known.read_text().replace(f"[127.0.0.1]:{host.port}", "the-host"))
    build(ONE)
    published = publish("ssh://web/~/www", output, output.parent, TargetOptions(environment=host.environment))
    assert published.target == "ssh://web/~/www/current"
    assert tree(host.home / "www/current") == tree(output)
