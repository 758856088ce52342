"""Addresses that deceive, wherever a link may stand; doubtful, bare and repeated ones; and what is acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from briefing import settings as publication_settings
from briefing.checks.content import checked_settings, find_problems
from briefing.content import markdown
from briefing.content.library import read_library
from briefing.errors import ProblemsFoundError, Weight, errors_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication

    from briefing.errors import Problem

STORY = "stories/2026/2026-03-30-a-first-story.md"
SECOND = "stories/2026/2026-03-31-a-second-story.md"
ISSUE = "issues/2026-w14.md"
EVIL = ["https://bank.example&x@evil.example/", "https://a.example/%E2%80%AEgpj", "https://a.example/%0d"]
PLACES = {
    "a source": (STORY, '"https://journal.example/first"', '"{}"'),
    "a link": (STORY, "The text of", "[a]({})"),
    "a picture": (STORY, "The text of", "![a]({})"),
    "an autolink": (STORY, "The text of", "<{}>"),
    "a definition": (STORY, "The text of", "[a]\n\n[a]: {}\n\n"),
    "HTML": (STORY, "The text of", '<a href="{}">a</a>'),
    "HTML of a picture": (STORY, "The text of", '<img alt="a" src="{}">'),
    "a citation": (STORY, "The text of", '<q cite="{}">a</q>'),
    "plain text": (STORY, "The text of", "{} "),
    "a link of an issue": (ISSUE, "lead:", "links: [{{title: A, url: '{}'}}]\nlead:"),
    "a sponsor": (ISSUE, "lead:", "sponsor: {{name: A, text: B, url: '{}'}}\nlead:"),
    "an introduction": (ISSUE, "Good morning.", "[a]({})"),
    "a curator's link": ("curators/ada.md", "role:", "links: [{{title: A, url: '{}'}}]\nrole:"),
    "a bio": ("curators/ada.md", "Writes", "[a]({})"),
    "a thread": ("threads/the-thread.md", "What it", "[a]({})"),
    "a page": ("pages/about.md", "About this", "[a]({})"),
}
SETTINGS = {
    "SITEURL": 'SITEURL = "{}"',
    "menu": 'BRIEFING["menu"] = {{"A": "{}"}}',
    "help": 'BRIEFING["email"]["help"] = "{}"',
    "listserver": 'BRIEFING["delivery"] = {{"listserver": "{}"}}',
    "subscribe_form": 'BRIEFING["delivery"] = {{"subscribe_form": "{}"}}',
    "websub_hub": 'BRIEFING["publish"] = {{"websub_hub": "{}"}}',
    "indexnow_endpoint": 'BRIEFING["publish"] = {{"indexnow_endpoint": "{}"}}',
}


def found_in(root: Path) -> tuple[Problem, ...]:
    return find_problems(read_library(publication_settings.load(root)))


def edited(root: Path, file: str, old: str, new: str) -> None:
    path = root / "content" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("address", EVIL)
@pytest.mark.parametrize("place", PLACES)
def test_an_address_that_deceives_is_an_error_wherever_a_link_may_stand(
    publication: MakePublication, place: str, address: str
) -> None:
    root = publication()
    file, old, new = PLACES[place]
    edited(root, file, old, new.format(address))
    problems = errors_of(found_in(root))
    assert [problem.path for problem in problems] == [f"content/{file}"]
    assert "names a user" in problems[0].what or "contains U+" in problems[0].what


@pytest.mark.parametrize("address", EVIL)
@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_judged_alike(publication: MakePublication, name: str, address: str) -> None:
    root = publication(settings=f"{SETTINGS[name].format(address)}\n")
    with pytest.raises(ProblemsFoundError) as found:
        checked_settings(root)
    assert [problem.field.rpartition(".")[2] for problem in found.value.problems] == ["A" if name == "menu" else name]
    assert "names a user" in str(found.value) or "contains U+" in str(found.value)


def test_an_http_list_server_is_refused_but_on_this_machine(publication: MakePublication) -> None:
    with pytest.raises(ProblemsFoundError, match="must be https"):
        checked_settings(publication(settings='BRIEFING["delivery"] = {"listserver": "http://list.example"}\n'))


def test_a_list_server_of_this_machine_is_warned_of_where_the_site_is_public(publication: MakePublication) -> None:
    own = 'BRIEFING["delivery"] = {"listserver": "http://127.0.0.1:8710"}\n'
    root = publication(settings=own)
    problem = next(problem for problem in found_in(root) if problem.field == "BRIEFING.delivery.listserver")
    assert problem.weight is Weight.WARNING
    assert "readers cannot reach it" in problem.what
    with (root / "pelicanconf.py").open("a", encoding="utf-8") as file:
        file.write('SITEURL = "http://127.0.0.1:8000"\n')
    assert found_in(root) == ()


@pytest.mark.parametrize(
    ("source_text", "checks"),
    [
        ("[a](https://a.example/b.)", ["link-ending"]),
        ("<https://a.example/b.>", ["link-ending"]),
        ("[a](https://a.example/?fbclid=1)", ["tracking"]),
        ("[a](https://\u0440aypal.example/)", ["mixed-scripts"]),
        ("Bare https://a.example/b_c*d.", ["bare-address"]),
        ("Bare www.a.example.", ["bare-address"]),
        ("\u898bhttps://a.example/\u3002", ["bare-address"]),
        ("<p>https://a.example/</p>", ["bare-address"]),
        ("## At https://a.example/", ["bare-address"]),
        ("`https://a.example/.`", []),
        ("    https://a.example/.\n", []),
        ("```\nhttps://a.example/.\n```", []),
        ("[https://a.example/](https://a.example/)", []),
        ('<a href="https://a.example/">https://a.example/</a>', []),
        ("<pre>https://a.example/</pre>", []),
        ("Write https://... or me@www.example", []),
    ],
)
def test_doubtful_and_bare_addresses_in_a_text(source_text: str, checks: list[str]) -> None:
    _, problems = markdown.render(markdown.Text(source_text, "content/pages/a.md", "pages/a.md"))
    assert [problem.check for problem in problems] == checks
    assert errors_of(problems) == ()


@pytest.mark.parametrize(
    "source_text",
    [
        "![A]({static}/images/a b.png)",
        '![A]({static}/images/a b.png "Title")',
        "![A]({static}/images/a (1).png)",
        "x ![A]({static}/images/two  spaces.png) y",
    ],
)
def test_a_picture_with_a_space_in_its_name_is_an_error(source_text: str) -> None:
    _, problems = markdown.render(markdown.Text(source_text, "content/pages/a.md", "pages/a.md"))
    assert [problem.what.partition("` ")[2] for problem in problems] == ["has a space in its name"]
    assert errors_of(problems)


@pytest.mark.parametrize("source_text", ["![A](<{static}/images/a b.png>)", r"\![A](a b.png)", "`![A](a b.png)`"])
def test_a_picture_in_angle_brackets_or_not_meant_is_none(source_text: str) -> None:
    _, problems = markdown.render(markdown.Text(source_text, "content/pages/a.md", "pages/a.md"))
    assert errors_of(problems) == ()


@pytest.mark.parametrize("text", ["&" * 1_000_000, "&\n" * 500_000, "< " * 500_000])
def test_a_text_that_becomes_far_more_than_it_is_is_refused(text: str) -> None:
    body, problems = markdown.render(markdown.Text(text, "content/pages/a.md", "pages/a.md"))
    assert body.html == ""
    assert any("KB of HTML" in problem.what for problem in errors_of(problems))


def test_one_address_twice_in_an_issue_is_warned_of(publication: MakePublication) -> None:
    root = publication()
    edited(root, SECOND, "url: null", "url: https://www.journal.example/first/?utm_source=x")
    links = (
        "links:\n  - {title: A, url: 'https://journal.example/first#b'}\n  - {title: B, url: 'https://b.example/'}\n"
    )
    edited(root, ISSUE, "lead:", f"{links}  - {{title: C, url: 'http://b.example'}}\nlead:")
    repeated = [problem for problem in found_in(root) if problem.check == "repeated-link"]
    assert [(problem.path, problem.field, problem.weight) for problem in repeated] == [
        (f"content/{ISSUE}", "links.1.url", Weight.WARNING),
        (f"content/{ISSUE}", "links.3.url", Weight.WARNING),
        (f"content/{ISSUE}", "sections.1.stories.1", Weight.WARNING),
    ]
    edited(root, ISSUE, "lead:", "acknowledged: [{check: repeated-link, reason: Meant.}]\nlead:")
    assert [problem for problem in found_in(root) if problem.check == "repeated-link"] == []


def test_two_stories_may_cite_one_front_page(publication: MakePublication) -> None:
    root = publication()
    edited(root, STORY, "https://journal.example/first", "https://journal.example/")
    edited(root, SECOND, "url: null", "url: https://journal.example")
    assert found_in(root) == ()


def test_one_source_twice_in_a_story_is_warned_of(publication: MakePublication) -> None:
    root = publication()
    edited(root, STORY, "kind: main", '  - {name: B, url: "https://journal.example/first/"}\nkind: main')
    assert [(problem.field, problem.check) for problem in found_in(root)] == [("sources.2.url", "repeated-link")]


def test_a_copy_of_a_story_is_warned_of(publication: MakePublication) -> None:
    root = publication()
    copy = root / "content/stories/2026/2026-03-30-another-name.md"
    copy.write_bytes((root / "content" / STORY).read_bytes())
    problem, *others = found_in(root)
    assert (problem.check, problem.weight, others) == ("copied-story", Weight.WARNING, [])
    assert problem.what == f"is a copy of content/{STORY}"
    copy.write_bytes(copy.read_bytes().replace(b"The text", b"Another text"))
    assert found_in(root) == ()


@pytest.mark.parametrize("file", [STORY, ISSUE])
def test_an_acknowledgement_names_a_check_and_is_needed(publication: MakePublication, file: str) -> None:
    root = publication()
    edited(root, file, "\ntitle:", "\nacknowledged: [{check: trackng, reason: Meant.}]\ntitle:")
    problem, *others = found_in(root)
    assert (problem.hint, problem.weight, others) == ("did you mean `tracking`?", Weight.ERROR, [])
    edited(root, file, "trackng", "tracking")
    problem, *others = found_in(root)
    assert (problem.weight, problem.field, others) == (Weight.WARNING, "acknowledged.1.check", [])
