"""What several tests share, by noun."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.server
import os
import pty
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from playwright.sync_api import Browser

# A busy machine is no fault: no property is timed.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

# What the machine that runs the tests has set, such as CI, is none of theirs.
for _name in [name for name in os.environ if name == "CI" or name.startswith(("BRIEFING_", "AWS_", "GITHUB_"))]:
    if _name != "BRIEFING_TEST_ALL":
        del os.environ[_name]
# boto3 looks for credentials in the home folder and, where it finds none, asks the machine's link-local address.
os.environ |= {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "a-secret-of-aws",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}

REPOSITORY = Path(__file__).resolve().parent.parent
SAMPLE = Path(__file__).resolve().parent / "sample"
CASES = Path(__file__).parent / "cases"
TOOLS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    # Outside most users' PATH.
    **{name: (name, f"/usr/sbin/{name}") for name in ("postfix", "dovecot", "sshd", "smtp-sink", "smtp-source")},
    **{
        name: (name, *(str(file) for file in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)))
        for name in ("postgres", "initdb")
    },
}
# The Debian package of each; "" for what every Debian has. `.ci/run` installs them all.
PACKAGES = {
    "bash": "",
    "busybox": "busybox",
    "chromium": "chromium",
    "doveadm": "dovecot-imapd",
    "dovecot": "dovecot-imapd",
    "faketime": "faketime",
    "flock": "",
    "git": "git",
    "initdb": "postgresql",
    "postfix": "postfix",
    "postgres": "postgresql",
    "rsync": "rsync",
    "setpriv": "",
    "smtp-sink": "postfix",
    "spamassassin": "spamassassin",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "sudo": "sudo",
}
SETTINGS = """\
SITENAME = "The Example"
SITEURL = "https://example.org"
TIMEZONE = "Europe/London"
DEFAULT_LANG = "en"
BRIEFING = {
    "tagline": "One line",
    "topics": ["Science", "Law"],
    "email": {"sender": "The Example <desk@example.org>", "postal_address": "1 Example Street"},
}
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["briefing"]
PATH = "content"
THEME = "theme"
OUTPUT_PATH = "output"
"""
# What mailing an issue needs besides.
MAILED = """\
BRIEFING["email"] |= {"reply_to": "desk@example.org", "unsubscribe_address": "leave@example.org"}
"""
CONTENT = {
    "stories/2026/2026-03-30-a-first-story.md": """\
---
title: A first story
date: 2026-03-30
summary: What happened, in a sentence.
topic: Science
sources:
  - name: The Journal
    url: "https://journal.example/first"
    title: The first report
    date: 2026-03-29
kind: main
sentiment: mixed
sentiment_reason: It helps some and harms others.
authors: [ada]
tags: [physics]
thread: the-thread
---
The text of the first story.
""",
    "stories/2026/2026-03-31-a-second-story.md": """\
---
title: A second story
date: 2026-03-31
summary: What came after it.
topic: Law
sources:
  - name: The Gazette
    url: null
    note: Read on paper.
authors: [ada]
---
The text of the second story.
""",
    "issues/2026-w14.md": """\
---
number: 1
title: The first issue
date: 2026-04-03
preheader: And what came after it.
lead: 2026-03-30-a-first-story
sections:
  - title: Law
    stories: [2026-03-31-a-second-story]
---
Good morning.
""",
    "threads/the-thread.md": "---\ntitle: The thread\nsummary: One subject over time.\n---\nWhat it is about.\n",
    "curators/ada.md": "---\nname: Ada\nrole: Editor\n---\nWrites the summaries.\n",
    "pages/about.md": "---\ntitle: About\n---\nAbout this briefing.\n",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: what a person waits for before a release, and CI does not."""
    parser.addoption("--long", action="store_true", help="repeat what is left to chance many times")


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    """How often a sender is killed."""
    return 300 if pytestconfig.getoption("--long") else 30


class MakePublication(Protocol):
    """Makes a publication's folder: `CONTENT`, with files added, replaced or (None) left out; settings appended."""

    def __call__(self, files: Mapping[str, str | None] = {}, settings: str = "") -> Path: ...


@pytest.fixture
def publication(tmp_path: Path) -> MakePublication:
    """A factory of small publications that pass `check`; plugins and theme are the repository's own."""

    def make(files: Mapping[str, str | None] = {}, settings: str = "") -> Path:
        root = tmp_path / "publication"
        root.mkdir()
        (root / "pelicanconf.py").write_text(SETTINGS + settings, encoding="utf-8")
        for shared in ("plugins", "theme"):
            (root / shared).symlink_to(REPOSITORY / shared)
        for name, text in {**CONTENT, **files}.items():
            if text is not None:
                file = root / "content" / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
        return root

    return make


def run(root: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command in a publication's folder, as `python3 tasks.py` would run it, in a process of its own."""
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    return subprocess.run(
        [sys.executable, "-c", code, str(root), *argv],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def on_terminal(root: Path, *argv: str, typed: Iterable[str], **environment: str) -> tuple[int, str]:
    """One command on a terminal, with lines typed ahead: its exit code and all that the terminal shows."""
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", code, str(root), *argv]
    surroundings = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins"), **environment}
    with subprocess.Popen(command, cwd=root, env=surroundings, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        os.write(ours, "".join(f"{line}\n" for line in typed).encode())
        shown = b""
        with contextlib.suppress(OSError):  # EIO: the other end is closed
            while more := os.read(ours, 4096):
                shown += more
        process.wait(timeout=60)
    os.close(ours)
    return process.returncode, shown.decode()


@pytest.fixture
def briefing() -> Callable[..., subprocess.CompletedProcess[str]]:
    """`briefing(root, "build", "--drafts")`: one command, with its exit code and what it said."""
    return run


@pytest.fixture
def build_site(publication: MakePublication) -> Callable[[str], Path]:
    """Build the golden case `tests/cases/NAME/`, whose content is laid over the small publication's; its output."""

    def build(name: str) -> Path:
        root = publication()
        shutil.copytree(CASES / name / "content", root / "content", dirs_exist_ok=True)
        done = run(root, "build")
        assert done.returncode == 0, done.stderr
        return root / "output"

    return build


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample publication: there under the program's own theme, whatever the repository's publication is."""
    root = tmp_path_factory.mktemp("sample") / "publication"
    shutil.copytree(SAMPLE, root)
    for shared in ("plugins", "theme"):
        (root / shared).symlink_to(REPOSITORY / shared)
    return root


@pytest.fixture(scope="session")
def site(sample: Path) -> Path:
    """The sample publication, built once as of a fixed day."""
    output = sample.with_name("output")
    done = run(sample, "build", "--output", str(output), "--as-of", "2026-05-01")
    assert (done.returncode, done.stderr) == (0, ""), "the sample builds without a warning"
    return output


def leave_out(reason: str) -> NoReturn:
    """Skip a test for what this machine lacks; under `test --all` it fails, with the same reason."""
    if os.environ.get("BRIEFING_TEST_ALL"):
        pytest.fail(f"{reason}, and `test --all` leaves nothing out")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """`tool("chromium")`: its path. If it is missing, the test is left out by its name."""

    def find(name: str) -> str:
        assert name in PACKAGES, f"name the package of {name} in PACKAGES"
        found = next(filter(None, map(shutil.which, TOOLS.get(name, (name,)))), None)
        return found or leave_out(f"{name} is not installed")

    return find


@pytest.fixture(scope="session")
def browser(tool: Callable[[str], str]) -> Iterator[Browser]:
    """The system's Chromium without a window. It reaches this machine only."""
    path = tool("chromium")
    from playwright.sync_api import sync_playwright

    quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    only_here = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    flags = [*quiet.split(), "--disable-component-update", "--disable-sync", only_here]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=flags)
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def own_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright's loop counts as running in its thread until the browser is closed: only tests with a browser see it."""
    running = None if "browser" in request.fixturenames else asyncio._get_running_loop()
    if running:
        asyncio._set_running_loop(None)
    yield
    if running:
        asyncio._set_running_loop(running)


@pytest.fixture
def serving() -> Iterator[Callable[[Path], str]]:
    """`serving(folder)`: its address on this machine while the test runs."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def serve(folder: Path) -> str:
        handler = functools.partial(_QuietHandler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
