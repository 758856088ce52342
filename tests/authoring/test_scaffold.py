"""`init`: the sample gives way to a publication of one's own, as a whole, and nobody's work is lost by it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import REPOSITORY, SAMPLE, on_terminal

from briefing import settings
from briefing.authoring.scaffold import installation, texts
from briefing.authoring.scaffold.questions import (
    QUESTIONS,
    InitAnswers,
    default_answer,
    find_errors,
    to_settings,
    with_answer,
)
from briefing.settings.values import UNPRINTABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.authoring.conftest import Said

README = "# The program\n"
GONE = sum(path.is_file() for path in (SAMPLE / "content").rglob("*")) - 1  # content/pages/about.md is replaced
WANTED = ["--name", "The Harbour Letter", "--url", "https://harbour.example/", "--topics", "Ships, Town"]
WANTED += ["--tagline", 'What "moves"', "--timezone", "Europe/Lisbon", "--curator", "Änne O'Hara", "--yes"]
LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=30).filter(lambda text: not UNPRINTABLE.search(text))


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    """The repository as it is shipped, as far as `init` looks at it, without git."""
    root = tmp_path / "harbour"
    shutil.copytree(SAMPLE, root)
    shutil.copytree(SAMPLE, root / "tests" / "sample")
    (root / "README.md").write_text(README, encoding="utf-8")
    for shared in ("plugins", "theme"):
        (root / shared).symlink_to(REPOSITORY / shared)
    return root


def files(root: Path) -> dict[str, bytes]:
    """What a publication's own files are, with their bytes."""
    own = [root / "pelicanconf.py", root / "README.md", *(root / "content").rglob("*")]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in own if path.is_file()}


def git(root: Path, *command: str) -> None:
    whole = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false", *command]
    subprocess.run(whole, cwd=root, check=True, capture_output=True)


def test_a_publication_is_begun(shipped: Path, say: Callable[..., Said]) -> None:
    done = say(shipped, "init", *WANTED)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"The Harbour Letter is ready: removed {GONE} files of the sample, wrote 5 files; ")
    first, *rest = sorted(files(shipped))
    assert [first, *rest[:3]] == [
        "README.md",
        "content/curators/anne-ohara.md",
        "content/pages/about.md",
        "content/pages/privacy.md",
    ]
    assert rest[3:] == ["pelicanconf.py"]
    own = settings.load(shipped)
    assert (own.name, own.url, own.timezone) == ("The Harbour Letter", "https://harbour.example", "Europe/Lisbon")
    assert (own.options.tagline, own.options.topics) == ('What "moves"', ["Ships", "Town"])
    email = own.options.email
    assert email.sender == "The Harbour Letter <post@harbour.example>"
    assert (email.reply_to, email.unsubscribe_address) == ("post@harbour.example", "leave@harbour.example")
    assert not [name for name, data in files(shipped).items() if b"rimary" in data]
    assert files(shipped / ".briefing" / "before-init") == {**files(SAMPLE), "README.md": README.encode()}


def test_it_passes_check_and_builds(shipped: Path, say: Callable[..., Said]) -> None:
    say(shipped, "init", "--name", "X", "--yes")
    done = say(shipped, "check")
    assert (done.code, done.out, done.err) == (0, "no problems\n", "")
    done = say(shipped, "build")
    assert (done.code, done.err) == (0, "")
    built = {path.relative_to(shipped / "output").as_posix() for path in (shipped / "output").rglob("*.html")}
    assert {"index.html", "about/index.html", "curators/the-editor/index.html"} <= built
    assert "privacy/index.html" not in built
    assert "TODO" not in "".join((shipped / "output" / name).read_text() for name in built)


def test_its_readme_publishes_before_anything_is_mailed(shipped: Path, say: Callable[..., Said]) -> None:
    say(shipped, "init", *WANTED)
    readme = (shipped / "README.md").read_text(encoding="utf-8")
    week = readme.partition("## Every week")[2].partition("\n## ")[0]
    commands = re.findall(r"^\d\. `python3 tasks\.py (.*?)`", week, re.MULTILINE)
    assert commands == ['new story "A title"', "ready NAME", "new issue", "ready 2026-w14", "release", "release"]
    for link in re.findall(r"\]\((docs/[^)#]+)", readme):
        assert (REPOSITORY / link).is_file(), link


def test_the_second_time_is_refused(shipped: Path, say: Callable[..., Said]) -> None:
    say(shipped, "init", *WANTED)
    before = files(shipped)
    done = say(shipped, "init", *WANTED)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(
        "error: this repository already contains `The Harbour Letter`, and init runs only once; "
    )
    assert files(shipped) == before


def test_a_dry_run_lists_and_changes_nothing(shipped: Path, say: Callable[..., Said]) -> None:
    before = files(shipped)
    done = say(shipped, "init", "--dry-run")
    assert done.code == 0
    lines = done.out.splitlines()
    assert {"~ README.md", "~ pelicanconf.py", "~ content/pages/about.md", "- content/issues/2026-w14.md"} <= {*lines}
    assert [line[0] for line in lines].count("+") == 2
    assert files(shipped) == before
    assert not (shipped / ".briefing").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("content/stories/2026/2026-05-01-mine.md", "not in the sample: content/stories/2026/2026-05-01-mine.md; move"),
        ("content/pages/about.md", "not in the sample: content/pages/about.md; move it out of content/"),
        ("content/overrides/home.html", "not in the sample: content/overrides/home.html; move it out"),
        ("content/issues/2026-w15.sent.json", "not in the sample: content/issues/2026-w15.sent.json"),
        ("pelicanconf.py", "pelicanconf.py differs from the sample; save a copy"),
    ],
)
def test_work_of_ones_own_is_left_alone(name: str, said: str, shipped: Path, say: Callable[..., Said]) -> None:
    (shipped / name).parent.mkdir(parents=True, exist_ok=True)
    with (shipped / name).open("a", encoding="utf-8") as stream:
        stream.write("# mine\n")
    before = files(shipped)
    done = say(shipped, "init", *WANTED)
    assert done.code == 1
    assert done.err.startswith(f"error: {said}")
    assert files(shipped) == before


def test_many_files_of_ones_own_are_counted(shipped: Path, say: Callable[..., Said]) -> None:
    for number in range(7):
        (shipped / "content" / "images" / f"{number}.png").write_bytes(b"x")
    assert "content/images/4.png and 2 more; " in say(shipped, "init", *WANTED).err


def test_hidden_files_stay_where_they_are(shipped: Path, say: Callable[..., Said]) -> None:
    (shipped / "content" / "threads" / ".mine").write_text("x", encoding="utf-8")
    assert say(shipped, "init", *WANTED).code == 0
    assert (shipped / "content" / "threads" / ".mine").exists()


def test_without_the_sample_nothing_can_be_told(shipped: Path, say: Callable[..., Said]) -> None:
    shutil.rmtree(shipped / "tests")
    assert "error: tests/sample/ is missing" in say(shipped, "init", *WANTED).err


def test_what_is_not_committed_is_named(shipped: Path, tool: Callable[[str], str], say: Callable[..., Said]) -> None:
    tool("git")
    (shipped / ".gitignore").write_text(".briefing/\noutput/\n", encoding="utf-8")
    git(shipped, "init", "--quiet")
    git(shipped, "add", "--all")
    git(shipped, "commit", "--quiet", "--message", "x")
    (shipped / "notés.txt").write_text("x", encoding="utf-8")
    (shipped / "README.md").write_text("mine", encoding="utf-8")
    done = say(shipped, "init", *WANTED)
    assert (done.code, done.err) == (
        1,
        "error: not committed: README.md, notés.txt; commit or remove it, then run this again\n",
    )
    git(shipped, "add", "--all")
    git(shipped, "commit", "--quiet", "--message", "x")
    assert say(shipped, "init", *WANTED).code == 0


def test_without_a_terminal_a_name_is_needed(
    shipped: Path, say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 - a stream like that of a pipeline
        monkeypatch.setattr(sys, "stdin", nothing)
        for argv in ([], ["--yes"], ["--name", "X"]):
            done = say(shipped, "init", *argv)
            assert done.code == 2
            assert "pass --name, any other options, and --yes" in done.err


def test_every_wrong_answer_is_told_in_the_settings_words(shipped: Path, say: Callable[..., Said]) -> None:
    wrong = ["--url", "bad", "--topics", "C, C++", "--timezone", "Mars", "--sender", "foo", "--name", " "]
    done = say(shipped, "init", "--yes", *wrong, "--language", "English!", "--curator", "a\nb")
    assert done.code == 2
    told = [part.partition(":")[0] for part in done.err.removeprefix("error: ").split("; ") if part.startswith("--")]
    assert told == ["--name", "--url", "--language", "--timezone", "--topics", "--sender", "--curator"]
    assert "`Mars` is not a valid time zone; use an IANA name such as Europe/London" in done.err


@pytest.mark.parametrize(
    ("topics", "what"),
    [
        ("C++, C#", "`C#` and `C++` share the address `c`"),
        ("Ships, ships", "`ships` and `Ships` share the address `ships`"),
        ("News, ++", "`++` results in an empty address"),
    ],
)
def test_topics_that_collide_are_told_what_can_be_done_now(
    topics: str, what: str, shipped: Path, say: Callable[..., Said]
) -> None:
    done = say(shipped, "init", "--name", "X", "--topics", topics, "--yes")
    assert done.code == 2
    then = "rename one, or leave it out now and add it with its `slugs` to pelicanconf.py later"
    assert done.err.startswith(f"error: --topics: {what}; {then}\n")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:8099", "example.org"),
        ("http://localhost:8099/", "example.org"),
        ("http://[::1]:8099", "example.org"),
        ("https://192.0.2.7", "example.org"),
        ("", "example.org"),
        ("https://harbour.example:8443/letter", "harbour.example"),
    ],
)
def test_names_beside_the_site_are_those_of_a_domain(
    url: str, host: str, shipped: Path, say: Callable[..., Said]
) -> None:
    assert say(shipped, "init", "--name", "X", "--url", url, "--yes").code == 0
    text = (shipped / "pelicanconf.py").read_text(encoding="utf-8")
    assert f'# "bounce_address": "bounces@{host}"' in text
    assert f'"listserver": "https://list.{host}"' in text
    email = settings.load(shipped).options.email
    asked = (email.sender, email.reply_to, email.unsubscribe_address)
    assert asked == (("",) * 3 if host == "example.org" else (f"X <post@{host}>", f"post@{host}", f"leave@{host}"))


def test_what_would_begin_with_an_error_is_not_begun(
    shipped: Path, say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = texts.render_files

    def faulty(*given: object) -> dict[str, bytes]:
        return {**made(*given), "content/pages/bad.md": b"no front matter"}  # type: ignore[arg-type]

    monkeypatch.setattr(texts, "render_files", faulty)
    before = files(shipped)
    done = say(shipped, "init", *WANTED)
    assert done.code == 1
    assert done.err.startswith("content/pages/bad.md:1: ")
    assert files(shipped) == before
    assert installation.resume(shipped) is None


KILLED = """
import os, pathlib, sys
replace, left = pathlib.Path.replace, int(sys.argv[1])
def until(*given):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), 9)
    return replace(*given)
pathlib.Path.replace = until
from briefing.commands.app import main
main(sys.argv[3:], sys.argv[2])
"""


@pytest.mark.parametrize("moment", [1, 2, GONE // 2, GONE + 5])
def test_killed_at_any_moment_it_is_finished_by_the_next(
    moment: int, shipped: Path, tmp_path: Path, say: Callable[..., Said]
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(shipped, whole, symlinks=True)
    before = files(shipped)
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")}
    command = [sys.executable, "-c", KILLED, str(moment), str(shipped), "init", *WANTED]
    killed = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    assert (files(shipped) == before) == (moment <= 2)  # the plan is the first, and without it nothing is begun
    done = say(shipped, "init", *WANTED)
    assert done.code == 0
    assert done.out.startswith("The Harbour" if moment == 1 else f"completed the interrupted run: removed {GONE} files")
    assert say(whole, "init", *WANTED).code == 0
    assert files(shipped) == files(whole)
    assert files(shipped / installation.BACKUP) == files(whole / installation.BACKUP)
    assert installation.resume(shipped) is None


def test_of_two_at_once_one_begins(shipped: Path) -> None:
    code = "import sys; from briefing.commands.app import main; sys.exit(main(sys.argv[2:], sys.argv[1]))"
    command = [sys.executable, "-c", code, str(shipped), "init", *WANTED]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "plugins")}
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=60)[0] for process in both)
    assert said[0].startswith("The Harbour Letter is ready")
    assert "already" in said[1]
    assert "Traceback" not in said[1]


def answer(root: Path, *typed: str) -> tuple[int, str]:
    """`init` on a terminal."""
    return on_terminal(root, "init", typed=typed, TZ="Europe/Rome")


def test_a_machine_whose_zone_has_no_name_of_its_own_gets_utc(
    shipped: Path, say: Callable[..., Said], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", ":localtime")
    assert say(shipped, "init", "--name", "X", "--yes").code == 0
    assert settings.load(shipped).timezone == "UTC"


def test_on_a_terminal_it_asks_until_it_can_be(shipped: Path) -> None:
    typed = ["The Pier", "Ships", "pier", "https://pier.example", "", "Atlantis", "", "C, C++", "Law,Sea", ""]
    typed += ["nobody", "desk@pier.example", "", "1 Quay"]
    code, shown = answer(shipped, *typed, "Bo", "y")
    assert code == 0, shown
    assert "Name of the publication [harbour]: " in shown
    assert "`pier` is not a valid site address; write it as https://host or https://host/path" in shown
    assert "`C++` and `C` share the address `c`" in shown
    own = settings.load(shipped)
    assert (own.name, own.timezone, own.options.topics) == ("The Pier", "Europe/Rome", ["Law", "Sea"])
    assert own.options.email.sender == "The Pier <post@pier.example>"
    assert own.options.email.reply_to == "desk@pier.example"
    assert own.options.email.postal_address == "1 Quay"
    assert (shipped / "content" / "curators" / "bo.md").is_file()


def test_who_says_no_in_the_end_keeps_the_sample(shipped: Path) -> None:
    before = files(shipped)
    code, shown = answer(shipped, *[""] * len(QUESTIONS), "n")
    assert code == 1
    assert shown.rstrip().endswith("create harbour? [Y/n]: nothing was changed")
    assert files(shipped) == before


@given(st.builds(InitAnswers, name=LINES, tagline=LINES, sender=LINES, topics=st.lists(LINES, max_size=3).map(tuple)))
def test_every_text_comes_back_from_the_settings(answers: InitAnswers) -> None:
    read = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(texts.render_settings(answers)).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert {name: read[name] for name in to_settings(answers)} == to_settings(answers)


@pytest.mark.parametrize("name", ["日本の手紙", "C* & <b>", "a: b #c", "'\"\\", "$name", "..."])
def test_any_name_can_be_begun_with(name: str, shipped: Path, say: Callable[..., Said]) -> None:
    done = say(shipped, "init", "--name", name, "--curator", name, "--topics", "Übersee, C#", "--yes")
    assert (done.code, done.err) == (0, "")
    assert settings.load(shipped).name == name
    assert say(shipped, "check").code == 0


def test_every_question_has_a_default_that_the_settings_take(tmp_path: Path) -> None:
    answers = with_answer(InitAnswers(name="A <b> c"), "url", " https://a.example/ ")
    for question in QUESTIONS:
        answers = with_answer(answers, question, default_answer(question, answers))
    assert find_errors(answers, tmp_path) == {}
    assert answers.sender == "A b c <post@a.example>"
    assert (answers.reply_to, answers.unsubscribe_address) == ("post@a.example", "leave@a.example")
