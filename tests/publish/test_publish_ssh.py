"""`ssh:` against Debian's OpenSSH server and rsync on loopback."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from briefing.errors import BriefingError, WrongUseError
from briefing.publish import Options, Published, publish
from briefing.publish.ssh.address import Address, read_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.publish.sshd import Sshd

    Build = Callable[[Mapping[str, str]], str]
    Tree = Callable[[Path], dict[str, bytes]]

ODD = 'feeds/it\'s "größe" \\n.xml'
ONE = {"index.html": "one", "stories/a/index.html": "a", "theme/style.css": "s", ODD: "f", "-x": "", "gone.html": "g"}
TWO = {"index.html": "two", "stories/a/index.html": "a", "theme/style.css": "s", ODD: "f", "-x": "", "new #1.html": "b"}
PUBLISH = """
import os, sys
from pathlib import Path
from briefing.publish import Options, publish
publish(sys.argv[1], Path(sys.argv[2]), Path(), Options(environment=os.environ))
"""
NEEDED = ("sh", "rsync", "flock", "sha256sum", "find", "mv", "readlink", "stat", "ls", "head", "tr", "wc", "cat")
NEEDED += ("mkdir", "rm", "ln", "touch", "sync", "sleep")


@pytest.fixture
def www(host: Sshd) -> Path:
    return host.home / 'it\'s "größe"'


@pytest.fixture
def put(host: Sshd, www: Path, output: Path) -> Callable[..., Published]:
    """A function that publishes what was built, all over one login."""

    def run(folder: str = "", environment: Mapping[str, str] | None = None, **options: bool) -> Published:
        told = Options(environment=environment or host.told(client="sharing"), **options)
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
    assert said(put()) == f"nothing to publish: {host.url(www)}/current already holds build {made}"
    assert times(www / "releases") == whole
    kept = www / f"releases/.briefing-{made}.sha256"
    subprocess.run(["sha256sum", "--check", "--quiet", kept], cwd=www / "current", check=True)
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
    publish(f"file://{host.home}/www", output, output.parent, Options())
    assert not put("/~/www").changes
    build(TWO)
    put("/~/www/")
    assert tree(host.home / "www/current") == tree(output)
    assert not publish(f"file://{host.home}/www", output, output.parent, Options()).changes
    assert not list((host.home / "www").rglob(".briefing-new*"))


@pytest.mark.parametrize("shell", ["bash", "busybox"])
def test_any_posix_shell_will_do(
    host: Sshd, www: Path, put: Callable[..., Published], output: Path, build: Build, tree: Tree, shell: str
) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")  # only one more shell than Debian's
    host.only(*NEEDED)
    (host.folder / "bin/sh").unlink()
    (host.folder / "bin/sh").symlink_to(str(shutil.which(shell)))
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
        with pytest.raises(BriefingError, match=r"another publish to ssh://127.* is under way: wait for its end"):
            put()
    assert (www / "current/index.html").read_text() == "one"
    assert put().changes
    assert (www / "current/index.html").read_text() == (output / "index.html").read_text()


def test_while_one_publishes_another_is_refused(
    host: Sshd, www: Path, put: Callable[..., Published], output: Path, build: Build
) -> None:
    build(ONE)
    meanwhile = f'case "$SSH_ORIGINAL_COMMAND" in rsync*) touch {host.folder}/begun; sleep 5;; esac'
    host.login(meanwhile)
    environment = {**host.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    first = subprocess.Popen([sys.executable, "-c", PUBLISH, host.url(www), output], env=environment)
    while not (host.folder / "begun").exists():
        assert first.poll() is None
        time.sleep(0.05)
    with pytest.raises(BriefingError, match="another publish to"):
        put()
    assert first.wait() == 0
    assert (www / "current/index.html").read_text() == "one"


def test_a_build_in_the_meantime_is_noticed(
    host: Sshd, www: Path, put: Callable[..., Published], output: Path, build: Build
) -> None:
    build(ONE)
    put()
    build(TWO)
    host.login(f'case "$SSH_ORIGINAL_COMMAND" in rsync*) echo \'{{"id": "abc"}}\' >{output}/build.json;; esac')
    with pytest.raises(BriefingError, match="was built anew while it was being published: run publish again"):
        put()
    assert (www / "current/index.html").read_text() == "one"
    assert not list(www.rglob(".briefing-new*"))


@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("kill -9 $PPID", "(ssh|publishing) to .* failed: .*closed.*run publish again"),
        ("exit 3", "publishing to ssh://.* failed: .*run publish again"),
        ("echo Welcome", "publishing to ssh://.* failed: protocol version mismatch -- is your shell clean"),
    ],
)
def test_a_transfer_that_fails_leaves_the_old_site_and_is_mended_by_the_next(  # noqa: PLR0913 - fixtures
    host: Sshd,
    www: Path,
    put: Callable[..., Published],
    output: Path,
    build: Build,
    before: str,
    says: str,
    tree: Tree,
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
    assert tree(www / "current") == tree(output)
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
            BriefingError, match=r"127\.0\.0\.1 port \d+ has no room left \(.*\): make some and run publish again"
        ) as found:
            put("/~/www")
        assert "\n" not in str(found.value)
        assert tree(www / "current") == old
        assert not list(www.rglob(".briefing-new*"))
        build(TWO)
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


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            "unknown",
            "the host key of 127.0.0.1 port PORT is not known here: look at it with ssh-keyscan -p PORT 127.0.0.1 | "
            "ssh-keygen -lf -, compare it with what whoever runs the host says, and add it: ssh-keyscan -p PORT "
            "127.0.0.1 >> FOLDER/known_hosts",
        ),
        (
            "changed",
            "127.0.0.1 port PORT has another host key than the one that is known (FOLDER/known_hosts, line 1), so "
            "nothing was sent: ask whoever runs the host; if they changed it, ssh-keygen -f FOLDER/known_hosts -R "
            "'[127.0.0.1]:PORT' and add the new one",
        ),
        (
            "key",
            "127.0.0.1 port PORT does not let USER in: there were the keys FOLDER/stranger and no agent "
            "(SSH_AUTH_SOCK is not set); add the public key to ~/.ssh/authorized_keys there, and a key that has a "
            "passphrase to an agent with ssh-add",
        ),
        ("passphrase", "127.0.0.1 port PORT does not let USER in: there were the keys FOLDER/stranger and no agent"),
        ("no key", "127.0.0.1 port PORT does not let USER in: there were no key file and no agent"),
        ("loose", "others may read the key FOLDER/stranger, so ssh does not use it: chmod 600 FOLDER/stranger"),
        ("silent", "127.0.0.1 port SILENT cannot be reached: Connection timed out; look at host, port and network"),
        ("closed", "127.0.0.1 port CLOSED cannot be reached: Connection refused; look at host, port and network"),
        ("no shell", "ssh to 127.0.0.1 port PORT failed: This account is currently not available.; mend that"),
        ("no rsync", "127.0.0.1 has no rsync: install what is missing there"),
        ("little", "127.0.0.1 has no rsync and no flock: install what is missing there"),
        ("file", "ssh://127.0.0.1:PORT/~/www is a file: publish to a folder"),
        ("below a file", "publishing to ssh://127.0.0.1:PORT/~/www/below failed: mkdir: cannot create directory"),
        ("foreign", "ssh://127.0.0.1:PORT/~/www holds files that publish did not make (index.html): name an empty"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    host: Sshd, output: Path, build: Build, fault: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    build(ONE)
    url = host.url("/~/www/below" if fault == "below a file" else "/~/www")
    with socket.create_server(("127.0.0.1", 0)) as silent, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        ports = {"SILENT": silent.getsockname()[1], "CLOSED": closed.getsockname()[1], "PORT": host.port}
        said = {**{name: str(port) for name, port in ports.items()}, "FOLDER": str(host.folder), "USER": user()}
        if fault in {"silent", "closed"}:
            url = url.replace(str(host.port), said[fault.upper()])
        for name, value in said.items():
            says = says.replace(name, value)
        arrange(host, fault)
        options = ("-o", "ConnectTimeout=1") if fault == "silent" else ()
        with pytest.raises(BriefingError) as found:
            publish(url, output, output.parent, Options(environment=host.told(*options)))
    assert str(found.value).startswith(says)
    assert "\n" not in str(found.value)
    assert not (host.home / "www/current").exists()


def user() -> str:
    return subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()  # noqa: S607


def arrange(host: Sshd, fault: str) -> None:
    """Make something wrong with the host, or with what is known of it here."""
    stranger = host.folder / "stranger"
    match fault:
        case "unknown":
            (host.folder / "known_hosts").write_text("")
        case "changed":
            other = (host.folder / "user.pub").read_text()
            (host.folder / "known_hosts").write_text(f"[127.0.0.1]:{host.port} {other}")
        case "key" | "passphrase" | "loose" | "no key":
            for file in (stranger, stranger.with_suffix(".pub")):
                file.unlink(missing_ok=True)
            if fault == "loose":  # only a key that the host accepts is looked at
                shutil.copy(host.folder / "user", stranger)
                stranger.chmod(0o644)
            elif fault != "no key":
                phrase = "a long phrase" if fault == "passphrase" else ""
                subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", phrase, "-f", stranger], check=True)  # noqa: S607
            client = host.folder / "it's client"
            client.write_text(client.read_text().replace("/user\n", "/stranger\n"))
        case "no shell":
            host.login("", "echo This account is currently not available.; exit 1")
        case "no rsync":
            host.only(*(tool for tool in NEEDED if tool != "rsync"))
        case "little":
            host.only(*(tool for tool in NEEDED if tool not in {"rsync", "flock"}))
        case "file" | "below a file":
            (host.home / "www").write_text("")
        case "foreign":
            (host.home / "www").mkdir()
            (host.home / "www/index.html").write_text("not ours")


@pytest.mark.parametrize(
    ("command", "error", "says"),
    [
        ("ssh 'unclosed", WrongUseError, "BRIEFING_SSH_COMMAND is no command .No closing quotation."),
        ("", WrongUseError, "BRIEFING_SSH_COMMAND is empty: unset it"),
        (
            "no-such-program",
            BriefingError,
            "publishing over ssh needs no-such-program, which cannot be run: No such file",
        ),
        (
            "ssh -F /nowhere/config",
            BriefingError,
            "ssh refuses its configuration: Can't open user config file /nowhere",
        ),
        ("ssh -o Nonsense=1", BriefingError, "ssh refuses its configuration: command-line: line 0: Bad configuration"),
    ],
)
def test_an_ssh_command_that_cannot_be_used_is_told(
    host: Sshd, output: Path, build: Build, command: str, error: type[BriefingError], says: str
) -> None:
    build(ONE)
    with pytest.raises(error, match=says):
        publish(host.url("/~/www"), output, output.parent, Options(environment={"BRIEFING_SSH_COMMAND": command}))


def test_the_users_own_configuration_counts(host: Sshd, output: Path, build: Build, tree: Tree) -> None:
    """An alias with its port; and what such a file has for people, which must not get in the way."""
    client = host.folder / "it's client"
    own = f"""\
Host web
    HostName 127.0.0.1
    HostKeyAlias the-host
    Port {host.port}
    User {user()}
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
    published = publish("ssh://web/~/www", output, output.parent, Options(environment=host.environment))
    assert published.place == "ssh://web/~/www/current"
    assert tree(host.home / "www/current") == tree(output)


@pytest.mark.parametrize(
    ("address", "read", "destination"),
    [
        ("//host/srv/www", Address("", "host", "", "/srv/www"), "host"),
        ("//me@host.example:2222/srv//www/", Address("me", "host.example", "2222", "/srv/www"), "me@host.example"),
        ("//me@[::1]:22/%20a", Address("me", "[::1]", "22", "/ a"), "me@::1"),
        ("//host/~/www", Address("", "host", "", "~/www"), "host"),
        ("//host/%7E/www", Address("", "host", "", "/~/www"), "host"),
        ("//d%C3%A9@my_alias/gr%C3%B6%C3%9Fe?#", Address("d%C3%A9", "my_alias", "", "/größe?#"), "d%C3%A9@my_alias"),
    ],
)
def test_addresses_are_read(address: str, read: Address, destination: str) -> None:
    assert read_address(address) == read
    assert read.destination == destination


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("", "ssh: names no host: write ssh://user@host/srv/www"),
        ("host/srv", "ssh: names no host"),
        ("///srv/www", "names no host that ssh would accept"),
        ("//-oProxyCommand=x/srv", "names no host that ssh would accept"),
        ("//-oProxyCommand=x@host/srv", "names no host that ssh would accept"),
        ("//ho st/srv", "names no host that ssh would accept"),
        ("//host:0/srv", "names no host that ssh would accept"),
        ("//host:99999/srv", "names no host that ssh would accept"),
        ("//host:ssh/srv", "names no host that ssh would accept"),
        ("//me:secret@host/srv", "ssh: holds a password, and none is ever used: log in by key"),
        ("//host", "ssh://host names no folder: write ssh://user@host/srv/www"),
        ("//host//", "names no folder"),
        ("//host/~", "names another account's home"),
        ("//host/~/", "names no folder"),
        ("//host/~ada/www", "names another account's home: write its whole path, or ~/ for that of the account"),
        ("//host/srv/../www", "holds .. or what is no text"),
        ("//host/srv/%0Awww", "holds .. or what is no text"),
        ("//host/srv/%FFwww", "holds .. or what is no text"),
    ],
)
def test_addresses_that_make_no_sense_are_told(address: str, says: str) -> None:
    with pytest.raises(WrongUseError) as found:
        read_address(address)
    assert says in str(found.value)
    assert "secret" not in str(found.value)
