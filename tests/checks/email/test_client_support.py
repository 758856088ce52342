"""What mail clients show: the data, the features that a page uses, and the losses that are accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from briefing.checks.email import find_unused_acceptances
from briefing.checks.email.accepted import ACCEPTED
from briefing.checks.email.client_support import read_support, unused
from briefing.checks.email.features import used_features
from briefing.checks.email.html_tree import read_page
from briefing.checks.email.renew_data import CLIENTS, derived

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "email-checks.md"


def used(html: str) -> frozenset[str]:
    return used_features(read_page(html), read_support().features)


def test_the_theme_loses_nothing_that_is_not_accepted(rendered: Any) -> None:
    row = rendered.inspected().row("clients")
    assert row.verdict == "ok"
    assert "18 clients, 0 unsupported" in row.value
    assert "dark colours" in row.note


def test_the_settings_may_accept_a_feature(render: Any) -> None:
    settings = 'BRIEFING["email"]["accepted"] = {"css-border-radius": "Square corners."}\n'
    files = {"pelicanconf.py": render.__globals__["FILES"]["pelicanconf.py"] + settings}
    own = render(files)
    changed = ("font-size:31px", "font-size:31px;border-radius:4px")
    found = own.inspected(html=changed)
    assert found.row("clients").verdict == "ok"
    assert "accepted in the settings" in found.row("clients").note
    assert find_unused_acceptances([own.digest.html.replace(*changed)], own.settings) == ()
    (problem,) = find_unused_acceptances([own.digest.html], own.settings)
    assert (problem.path, problem.field) == ("pelicanconf.py", "BRIEFING.email.accepted.css-border-radius")


def test_the_list_of_accepted_losses_is_short_and_holds_nothing_in_vain(rendered: Any) -> None:
    assert len(ACCEPTED) <= 8
    assert [unused([read_page(rendered.digest.html)], entry.features) for entry in ACCEPTED] == [()] * len(ACCEPTED)


def test_a_loss_that_no_longer_occurs_is_seen() -> None:
    page = read_page('<p style="color:red">x</p>')
    assert unused([page], ["css-max-height", "html-p"]) == ("css-max-height", "html-p")


def test_the_reference_names_every_accepted_loss() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    rows = [f"| {e.name}: {', '.join(f'`{slug}`' for slug in e.features)} | {e.why} |\n" for e in ACCEPTED]
    assert [row for row in rows if row not in text] == []


@pytest.mark.parametrize(
    ("html", "feature"),
    [
        ('<p style="text-transform:uppercase">', "css-text-transform"),
        ('<p style="display:flex">', "css-display-flex"),
        ('<p style="display:block">', "css-display"),
        ('<p style="margin-top:1px">', "css-margin"),
        ('<p style="margin-inline-start:1px">', "css-margin-inline-start-end"),
        ('<p style="border-top-left-radius:1px">', "css-border-radius"),
        ('<p style="border-start-start-radius:1px">', "css-border-radius-logical"),
        ('<p style="border-left-color:red">', "css-border"),
        ('<p style="background:linear-gradient(red,rgba(0,0,0,.5))">', "css-linear-gradient"),
        ('<p style="background:linear-gradient(red,rgba(0,0,0,.5))">', "css-rgba"),
        ('<p style="background-size:1px">', "css-background-size"),
        ('<p style="list-style-type:none">', "css-list-style-type"),
        ('<p style="outline-color:red">', "css-outline"),
        ('<p style="width:calc(100% - 2vw)">', "css-unit-calc"),
        ('<p style="width:calc(100% - 2vw)">', "css-unit-vw"),
        ('<p style="color:var(--x)">', "css-variables"),
        ('<p style="--x:1">', "css-variables"),
        ('<p style="font-family:system-ui">', "css-sytem-ui"),
        ('<p style="width:fit-content">', "css-intrinsic-size"),
        ('<p style="inset-inline-start:0">', "css-inset"),
        ("<style>@import url(x.css);</style>", "css-at-import"),
        ("<style>@media (hover) { p { top: 0 } }</style>", "css-at-media-hover"),
        ("<style>@media (hover) { p { top: 0 } }</style>", "css-left-right-top-bottom"),
        ("<style>@supports (top: 0) { p { top: 0 !important } }</style>", "css-important"),
        ("<style>a:hover{top:0}</style>", "css-pseudo-class-hover"),
        ("<style>a::before{top:0}</style>", "css-pseudo-element-before"),
        ("<style>a.b{top:0}</style>", "css-selector-type"),
        ("<style>.a.b{top:0}</style>", "css-selector-chaining"),
        ("<style>a.b{top:0}</style>", "css-selector-chaining"),
        ("<style>a > b{top:0}</style>", "css-selector-child"),
        ("<style>a + b{top:0}</style>", "css-selector-adjacent-sibling"),
        ("<style>[x] #y{top:0}</style>", "css-selector-attribute"),
        ("<style>[x] #y{top:0}</style>", "css-selector-id"),
        ("<style>a, b{top:0}</style>", "css-selector-grouping"),
        ("<style>*{top:0}</style>", "css-selector-universal"),
        ("<video></video>", "html-video"),
        ("<h4>x</h4>", "html-h1-h6"),
        ("<aside>x</aside>", "html-semantics"),
        ('<a href="#x">x</a>', "html-anchor-links"),
        ('<a href="mailto:x@example.org">x</a>', "html-mailto-links"),
        ('<img src="https://example.org/a.webp?x=1">', "image-webp"),
        ('<img src="data:image/png;base64,x">', "image-base64"),
        ('<img srcset="a.png 2x">', "html-srcset"),
        ("<button>x</button>", "html-button-submit"),
        ('<p aria-hidden="true">', "html-aria-hidden"),
        ("<!doctype html>", "html-doctype"),
        ('<meta name="color-scheme" content="dark">', "html-meta-color-scheme"),
    ],
)
def test_features_are_found(html: str, feature: str) -> None:
    assert feature in used(html)


@pytest.mark.parametrize(
    "html",
    [
        '<p style="color:red;font-family:serif">',
        '<p style="mso-hide:all;-webkit-text-size-adjust:100%">',
        "<!--[if mso]><table><tr><td style='transform:none'><![endif]-->",
    ],
)
def test_what_is_no_feature_is_not(html: str) -> None:
    assert used(html) <= {"html-p", "html-style", "html-comments", "css-unit-percent"}


def test_the_shipped_data_are_whole() -> None:
    support = read_support()
    assert support.clients == tuple(CLIENTS)
    assert len(support.features) > 300
    assert {len(feature.support) for feature in support.features.values()} == {len(CLIENTS)}
    assert {letter for feature in support.features.values() for letter in feature.support} == set("yanu")
    assert "Outlook Windows" in support.clients_without("css-border-radius")


def test_the_newest_test_of_a_client_counts() -> None:
    tests = {
        "gmail": {"desktop-webmail": {"2019-01": "n", "2023-01": "a #1"}},
        "outlook": {"macos": {"2019-02": "n", "16.80": "y"}, "windows": {"2019": "y", "2007": "n"}},
        "apple-mail": {"ios": {"9.3": "n", "13.1": "y"}},
        "thunderbird": {"windows": {"115.7": "y"}},
    }
    feature = {
        "slug": "x",
        "title": "X",
        "last_test_date": "2023-01-01",
        "notes_by_num": {"1": "In part."},
        "stats": tests,
    }
    made = derived("9.9.9", {"last_update_date": "2026-01-02 10:00", "data": [feature]})
    said = dict(zip(made["clients"], made["features"]["x"]["support"], strict=True))
    assert {client: letter for client, letter in said.items() if letter != "u"} == {
        "Gmail web": "a",
        "Outlook Windows": "y",
        "Outlook Mac": "y",
        "Apple Mail iOS": "y",
        "Thunderbird": "y",
    }
    assert made["features"]["x"]["limits"] == {"Gmail web": ["In part."]}
    assert json.dumps(made)
