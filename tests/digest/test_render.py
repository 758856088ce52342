"""What comes in badly goes out right, in HTML, text and message; how large a digest is, and how long it takes."""

from __future__ import annotations

import dataclasses
import html
import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from briefing.pages.views import OneLinerView, Ref, SectionView, SponsorView

if TYPE_CHECKING:
    from briefing.pages.views import IssueView

LONG = "https://example.org/?" + "&".join(f"key{n}=value" for n in range(160))
VALUES = {
    "the end of a comment": "Before --> after --!> <!-- again",
    "the end of CDATA": "Before ]]> after <![CDATA[ again",
    "an expression": "Before {{ view.issue.title }} after",
    "a statement": "Before {% raw %} after {# and this #}",
    "tags and quotes": "<b onclick='x'>\"quoted\"</b> & &amp; more",
    "emoji": "Liftoff 🚀 of the 👩‍🔬, the 👨‍👩‍👧‍👦 and the 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
    "right to left": "عنوان المقال الأول، 2026",
    "both directions": "The word שלום, twice: שלום",
    "a percent sign and a backslash": r"100 % of C:\new\table \g<0> %s",
}


def whitespace_folded(text: str) -> str:
    return " ".join(text.split())


def shown(page: str) -> str:
    """The text of a page as a browser has it."""
    body = re.sub(r"<!--\[if mso\]>.*?<!\[endif\]-->|<style.*?</style>", "", page, flags=re.DOTALL)
    return whitespace_folded(html.unescape(re.sub(r"<[^>]*>", "", body)))


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_every_value_arrives_as_it_was_written(read: Any, an: Any, value: str) -> None:
    story = an.item(
        1,
        title=value,
        summary=value,
        why_it_matters=value,
        key_questions=(value,),
        topic=Ref(value, "topics/x/"),
        sources=(an.source(title=value, publisher=Ref(value, "sources/x/")),),
        image=an.picture(alt=value, caption=value, credit=value),
    )
    issue = an.issue(
        title=value,
        subject=value,
        preheader=value,
        lead=story,
        sections=(SectionView(value, (story,)),),
        links=(OneLinerView(value, LONG, value, value),),
        sponsor=SponsorView(value, LONG, value, value, an.picture(alt="")),
    )
    made = read(issue, tagline=value, licence=value)
    in_text = whitespace_folded(made.digest.text)
    assert shown(made.digest.html).count(value) >= 20
    assert in_text.count(value) >= 17
    assert made.message["Subject"] == value
    for part, text in zip(made.parts, (made.digest.text, made.digest.html), strict=True):
        assert part.get_content().replace("\r\n", "\n").rstrip("\n") == text.rstrip("\n")


def test_a_bare_dot_on_a_line_stays_one(read: Any, an: Any) -> None:
    made = read(an.issue(html="<p>One</p><p>.</p><pre><code>.\n..\nFrom x\n</code></pre>"))
    assert "\n.\n" in made.digest.text
    assert "\n    .\n    ..\n    From x\n" in made.digest.text
    assert made.parts[0].get_content().replace("\r\n", "\n").rstrip("\n") == made.digest.text.rstrip("\n")


def test_an_address_of_2000_characters_is_whole_everywhere(read: Any, an: Any) -> None:
    assert len(LONG) > 1900
    made = read(an.issue((an.item(1, sources=(an.source(href=LONG),)),)))
    assert LONG in made.html_links
    assert f"] {LONG}\n" in made.digest.text
    assert max(map(len, made.digest.message.splitlines())) <= 998


def test_an_issue_of_a_hundred_stories(read: Any, an: Any) -> None:
    items = tuple(an.item(n) for n in range(1, 100))
    made = read(an.issue(sections=tuple(SectionView(f"Part {n}", items[n : n + 9]) for n in range(0, 99, 9))))
    for number in range(100):
        assert f"What happened, part {number}<" in made.digest.html
        assert re.search(rf"^What happened, part {number} \[\d+\]$", made.digest.text, re.MULTILINE)
    assert made.html_links == made.text_links


def test_an_issue_of_its_lead_alone(read: Any, an: Any) -> None:
    made = read(an.issue())
    assert "What happened, part 0" in made.digest.html
    assert made.html_links == made.text_links


@pytest.fixture
def large(an: Any, whole: IssueView) -> IssueView:
    """A lead and 20 summaries of the usual length in 6 sections, with everything else."""
    why = "A sentence of the usual length, which says why it matters to whoever reads this."
    items = tuple(
        an.item(n, sentiment="mixed", why_it_matters=why, summary="One sentence of many. " * 12) for n in range(20)
    )
    bounds = [0, 4, 8, 11, 14, 17, 20]
    parts = itertools.pairwise(bounds)
    return dataclasses.replace(whole, sections=tuple(SectionView(f"Part {a}", items[a:b]) for a, b in parts))


def test_a_large_issue_is_small(read: Any, large: IssueView) -> None:
    assert len(large.sections) == 6
    assert len(read(large).digest.html.encode()) <= 45 * 1024
