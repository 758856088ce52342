"""content/mail/: four known letters, each with its holes; everything else there is a problem."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from briefing import settings
from briefing.content.library import notifications, read_library

if TYPE_CHECKING:
    from tests.conftest import MakePublication

GOOD = '---\nsubject: "Confirm {{ name }}"\n---\nPress the button:\n\n{{ link }}\n'
DEFAULTS = Path(notifications.__file__).parents[2] / "delivery" / "listserver" / "mail"


def problems_of(publication: MakePublication, name: str, text: str) -> list[str]:
    library = read_library(settings.load(publication({name: text})))
    return [str(problem) for problem in library.problems]


def test_a_letter_is_read_and_named_by_its_bytes(publication: MakePublication) -> None:
    found, problems = notifications.read_notifications(settings.load(publication({"mail/confirm.md": GOOD})))
    assert problems == []
    (letter,) = found.values()
    assert letter.subject == "Confirm {{ name }}"
    assert "{{ link }}" in letter.html
    assert letter.version == hashlib.sha256(GOOD.encode()).hexdigest()[:16]


@pytest.mark.parametrize("name", notifications.NOTIFICATIONS)
def test_the_letters_that_come_with_the_program_are_sound(name: str) -> None:
    letter, problems = notifications.read_notification(DEFAULTS / f"{name}.md", "x")
    assert letter
    assert problems == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("---\nsubject: S\n---\nText.\n", "content/mail/change-address.md:4: body: does not contain {{ link }}"),
        (
            "---\nsubject: S\n---\n{{ link }}\n\n{{ nmae }}\n",
            "content/mail/change-address.md:6: body: `{{ nmae }}` is not a valid placeholder",
        ),
        (
            '---\nsubject: "{{ link }}"\n---\n{{ link }}\n',
            "subject: `{{ link }}` is not a valid placeholder here; use only {{ name }}",
        ),
        ("---\ntitle: S\n---\n{{ link }}\n", "subject: is missing"),
        ("{{ link }}\n", "has no front matter"),
        ("---\nsubject: S\n---\n{{ link }} ![a](https://x.example/a.png)\n", "contains a picture"),
        ("---\nsubject: S\n---\n{{ link }} [a](#b)\n", "`#b` does not work in an email"),
        ("---\nsubject: S\n---\n{{ link }} <script>x</script>\n", "body"),
        ("---\nsubject: |\n  a\n  b\n---\n{{ link }}\n", "contains a line break"),
    ],
)
def test_what_is_wrong_with_a_letter_is_told(publication: MakePublication, text: str, said: str) -> None:
    assert said in "\n".join(problems_of(publication, "mail/change-address.md", text))


def test_the_letter_to_an_address_before_has_no_link(publication: MakePublication) -> None:
    said = "\n".join(problems_of(publication, "mail/address-changed.md", "---\nsubject: S\n---\n{{ link }}\n"))
    assert "content/mail/address-changed.md:4: body: does not contain {{ reader }}" in said
    assert "`{{ link }}` is not a valid placeholder; use {{ reader }} or {{ name }}" in said


@pytest.mark.parametrize("name", ["mail/confrim.md", "mail/confirm.txt", "mail/old/confirm.md"])
def test_another_file_among_them_is_told(publication: MakePublication, name: str) -> None:
    (problem,) = problems_of(publication, name, GOOD)
    assert problem.startswith(
        f"content/{name}:1: is not one of the list server's notifications; rename it to one of confirm.md, "
    )


def test_links_to_the_site_and_elsewhere_are_sound(publication: MakePublication) -> None:
    text = f"{GOOD}\n[About](/about/), [more](https://x.example/), [ask](mailto:desk@example.org)\n"
    assert problems_of(publication, "mail/welcome.md", text) == []
