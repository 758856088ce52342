"""Links: the same everywhere, and nobody followed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from briefing.checks.email.html_tree import read_page
from briefing.weblinks import tracking

FRIEND = "https://friend.example/"
SOURCE = "https://journal.example/first?page=1"


def test_html_text_and_page_have_the_same(rendered: Any) -> None:
    row = rendered.inspected().row("links")
    assert (row.verdict, row.note) == ("ok", "")


def test_a_page_without_a_link_is_told(rendered: Any) -> None:
    page = rendered.around.page.replace("https://courier.example/third", "https://other.example/")
    problems = rendered.inspected(page=page).problems("links")
    assert {(problem.path, problem.what.partition(" lacks")[0]) for problem in problems} == {
        ("content/stories/2026/2026-03-31-another.md", "the issue's page"),
        ("content/issues/2026-w14.md", "the digest"),
    }


# Each of these begins with the name of an entity that HTML knows without its semicolon.
LIKE_ENTITIES = "?a=1&region=TOP&regToRsvp=1&section=2&copy=3&lt=4&amp=5&para=6&not=7"


def test_an_address_is_never_unescaped_twice(render: Any) -> None:
    files = render.__globals__["FILES"]
    story = "content/stories/2026/2026-03-30-a-lead.md"
    issue = "content/issues/2026-w14.md"
    written = files[issue].replace("https://lines.example/1", f"https://lines.example/{LIKE_ENTITIES}")
    written = written.replace("https://acme.example/?utm_source=briefing", f"https://acme.example/{LIKE_ENTITIES}")
    written += f"\n[one](https://one.example/{LIKE_ENTITIES}), <https://two.example/{LIKE_ENTITIES}>,\n"
    written += f'<a href="https://three.example/{LIKE_ENTITIES}">three</a>,\n'
    written += f'<a href="https://four.example/{LIKE_ENTITIES.replace("&", "&amp;")}">four</a>.\n'
    own = render({story: files[story].replace("first?page=1", f"first{LIKE_ENTITIES}"), issue: written})
    found = own.inspected()
    assert found.inspection.problems == ()
    hosts = [
        "journal.example/first",
        *(f"{name}.example/" for name in ("lines", "acme", "one", "two", "three", "four")),
    ]
    wanted = {f"https://{host}{LIKE_ENTITIES}" for host in hosts}
    assert wanted <= {link.get("href") for link in read_page(own.digest.html).all("a")}
    assert wanted <= set(re.findall(r"^\[\d+\] (.*)$", own.digest.text, re.MULTILINE))
    assert wanted <= {link.get("href") for link in read_page(own.around.page).all("a")}


INWARD = """
See [below](#the-notes), a note[^1], the same[^1] and another[^x].

## The notes

- [x] done
- [ ] open

[^1]: Said *so*, in [a report](https://report.example/).

[^x]: Of two paragraphs.

    The second.
"""


def test_an_introduction_may_lead_within_itself(render: Any) -> None:
    issue = render.__globals__["FILES"]["content/issues/2026-w14.md"]
    own = render({"content/issues/2026-w14.md": issue + INWARD})
    assert own.inspected().inspection.problems == ()
    page = "https://example.org/news/issues/2026-w14/"
    links = [link.get("href") for link in read_page(own.digest.html).all("a")]
    assert f"{page}#the-notes" in links, "a heading is led to on the issue's page"
    assert not any("#fn" in address for address in links), "a note is not: it stands below"
    assert "a note<sup" in own.digest.html
    assert not any(attribute in own.digest.html for attribute in ("aria-label", 'href="#'))
    assert "See below [4], a note(1), the same(1) and another(2)." in own.digest.text
    assert "(1) Said so, in a report [5].\n\n(2) Of two paragraphs.\n\nThe second.\n" in own.digest.text
    assert f"[4] {page}#the-notes" in own.digest.text


def test_without_the_page_the_row_says_so(rendered: Any) -> None:
    row = rendered.inspected(page=None).row("links")
    assert (row.verdict, row.note) == ("ok", "not compared with the page")


def test_a_link_that_tracks_its_reader_is_shown_and_told_by_the_content_alone(render: Any) -> None:
    files = render.__globals__["FILES"]
    name = "content/stories/2026/2026-03-30-a-lead.md"
    followed = render({name: files[name].replace("?page=1", "?page=1&utm_source=x&fbclid=y")})
    look = followed.inspected()
    assert look.problems("links") == [], "the check of the content tells it, with its line"
    row = look.row("links")
    assert (row.verdict, row.note) == (
        "warning",
        f"{SOURCE}&utm_source=x&fbclid=y tracks the reader with `utm_source`, `fbclid`",
    )


@pytest.mark.parametrize("query", ["utm_medium=a", "UTM_source=a", "gclid=", "mc_cid=1", "msclkid=1", "a=1&fbclid=2"])
def test_parameters_that_follow_are_known(query: str) -> None:
    assert tracking(f"https://a.example/?{query}")


@pytest.mark.parametrize("query", ["", "page=1", "id=2&q=utm_source", "v=x#utm_source=1"])
def test_other_parameters_are_let_through(query: str) -> None:
    assert tracking(f"https://a.example/?{query}") == ()
