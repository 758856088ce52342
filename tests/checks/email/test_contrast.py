"""Colours of texts in light and dark."""

from __future__ import annotations

from typing import Any

import pytest

from briefing.checks.email.colours import DARK, LIGHT, OUTLOOK, StyledText, styled_texts
from briefing.checks.email.html_tree import read_page


def look(html: str, mode: str = LIGHT) -> StyledText:
    """The only text of a page."""
    (shown,) = styled_texts(read_page(html), mode)
    return shown


def test_the_theme_passes_in_each_mode(rendered: Any) -> None:
    row = rendered.inspected().row("contrast")
    assert row.verdict == "ok"
    assert [part.rpartition(" ")[0] for part in row.value.split(", ")] == ["light", "dark", "Outlook dark"]


def test_a_brand_with_pale_colours_is_told(render: Any) -> None:
    settings = 'BRIEFING["brand"] = {"muted_dark": "#30343f"}\n'
    pale = render({"pelicanconf.py": render.__globals__["FILES"]["pelicanconf.py"] + settings})
    assert pale.inspected().row("contrast").verdict == "error"


def test_black_on_white_is_21() -> None:
    assert look("<p>x</p>").contrast == pytest.approx(21)
    assert look('<p style="color:#777">x</p>').contrast == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("html", "mode", "ink", "paper"),
    [
        ('<div style="color:red"><p>x</p></div>', LIGHT, "#ff0000", "#ffffff"),
        ('<div style="background:url(x) #00f"><p>x</p></div>', LIGHT, "#000000", "#0000ff"),
        ('<table bgcolor="#0000ff"><td>x</td></table>', LIGHT, "#000000", "#0000ff"),
        ('<p style="background-color:rgba(0,0,0,.5)">x</p>', LIGHT, "#000000", "#808080"),
        ('<a href="x">x</a>', LIGHT, "#0000ee", "#ffffff"),
        ('<font color="#00f">x</font>', LIGHT, "#0000ff", "#ffffff"),
        ('<p style="color:red"><a href="x" style="color:inherit">x</a></p>', LIGHT, "#ff0000", "#ffffff"),
        ("<p>x</p>", DARK, "#ffffff", "#121212"),
        ("<style>p{color:red}</style><p>x</p>", LIGHT, "#ff0000", "#ffffff"),
        ('<style>p{color:red}</style><p style="color:blue">x</p>', LIGHT, "#0000ff", "#ffffff"),
        ('<style>p{color:red !important}</style><p style="color:blue">x</p>', LIGHT, "#ff0000", "#ffffff"),
        ("<style>.a{color:red} p{color:blue}</style><p class=a>x</p>", LIGHT, "#ff0000", "#ffffff"),
        ("<style>@media (prefers-color-scheme: dark){p{color:red}}</style><p>x</p>", DARK, "#ff0000", "#121212"),
        ("<style>@media (prefers-color-scheme: dark){p{color:red}}</style><p>x</p>", LIGHT, "#000000", "#ffffff"),
        ("<style>@media (max-width: 9px){p{color:red}}</style><p>x</p>", LIGHT, "#000000", "#ffffff"),
        ("<style>[data-ogsc] p{color:red}</style><div><p>x</p></div>", OUTLOOK, "#ff0000", "#ffffff"),
        ("<style>[data-ogsc] p{color:red}</style><div><p>x</p></div>", DARK, "#ffffff", "#121212"),
        ("<style>br + p{color:red}</style><div><br><p>x</p></div>", LIGHT, "#ff0000", "#ffffff"),
        ("<style>div > p:not(.a){color:red}</style><div><p>x</p></div>", LIGHT, "#ff0000", "#ffffff"),
        ("<style>p:hover, p::before{color:red}</style><p>x</p>", LIGHT, "#000000", "#ffffff"),
        ("<style>p, p:{color:red}</style><p>x</p>", LIGHT, "#000000", "#ffffff"),
    ],
)
def test_colours_follow_the_cascade(html: str, mode: str, ink: str, paper: str) -> None:
    shown = look(html, mode)
    assert (shown.ink, shown.paper) == (ink, paper)


@pytest.mark.parametrize(
    ("html", "large"),
    [
        ('<p style="font-size:24px">x</p>', True),
        ('<p style="font-size:23px">x</p>', False),
        ('<p style="font-size:14pt;font-weight:700">x</p>', True),
        ('<p style="font-size:18px"><b>x</b></p>', False),
        ("<h1>x</h1>", True),
        ('<div style="font-size:20px"><p style="font-size:1.2em">x</p></div>', True),
        ('<div style="font-size:24px"><p style="font-size:50%">x</p></div>', False),
        ('<p style="font-size:1.5rem">x</p>', True),
        ('<h2 style="font-weight:normal;font-size:20px">x</h2>', False),
    ],
)
def test_large_text_is_told_from_small(html: str, large: bool) -> None:  # noqa: FBT001
    assert look(html).is_large == large


def test_hidden_text_does_not_count() -> None:
    html = '<p style="display:none">x</p><title>x</title><div hidden>x</div><style>p{}</style><p>\u034f \u200c</p>'
    assert styled_texts(read_page(html), LIGHT) == ()


def test_an_alternative_text_is_text() -> None:
    assert look('<img alt="x" style="color:#888">').ink == "#888888"
