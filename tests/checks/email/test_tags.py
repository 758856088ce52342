"""Markup and pictures."""

from __future__ import annotations

from typing import Any

import pytest

from briefing.checks.email.html_tree import read_page
from briefing.checks.email.images import inspect_pictures
from briefing.errors import Weight
from briefing.settings import Settings

FILM = "https://example.org/news/images/film.png"


def test_the_theme_passes(rendered: Any) -> None:
    found = rendered.inspected()
    assert found.row("markup").verdict == found.row("pictures").verdict == "ok"
    assert found.row("pictures").value == "1"


@pytest.mark.parametrize(("port", "weight"), [("8000", Weight.WARNING), ("8001", Weight.ERROR)])
def test_a_try_on_this_machine_may_do_without_https(rendered: Any, port: str, weight: Weight) -> None:
    here = rendered.settings.model_copy(update={"url": "http://127.0.0.1:8000"})
    page = read_page(f'<img src="http://127.0.0.1:{port}/film.png" width="1" height="1" alt="">')
    (finding,) = inspect_pictures(page, None, here, {}).findings
    assert finding.weight is weight


def test_a_try_on_this_machine_is_told_once_for_all_pictures(rendered: Any) -> None:
    here = rendered.settings.model_copy(update={"url": "http://127.0.0.1:8000"})
    pictures = [
        f'<img src="http://127.0.0.1:{port}/{n}.png" width="1" height="1" alt="">'
        for n, port in enumerate((8000, 8000, 8001))
    ]
    other, trying = inspect_pictures(read_page("".join(pictures)), None, here, {}).findings
    assert "http://127.0.0.1:8001/2.png" in other.what
    assert trying.what.startswith("2 pictures at http://127.0.0.1:8000")
    assert (other.weight, trying.weight) == (Weight.ERROR, Weight.WARNING)


def test_a_picture_that_is_not_published_leads_to_its_story(rendered: Any) -> None:
    files = rendered.around.files - {"images/film.png"}
    (problem,) = rendered.inspected(files=files, line=lambda _path, _key: 15).problems("pictures")
    assert (problem.path, problem.line) == ("content/stories/2026/2026-03-30-a-lead.md", 15)
    assert FILM in problem.what
    assert rendered.inspected(files=None).row("pictures").note == "not compared with the site"


def test_the_settings_may_let_other_hosts_in(render: Any) -> None:
    settings = 'BRIEFING["allow_remote_images"] = True\n'
    own = render({"pelicanconf.py": render.__globals__["FILES"]["pelicanconf.py"] + settings})
    assert isinstance(own.settings, Settings)
    assert own.inspected(html=(FILM, "https://other.example/film.png")).problems("pictures") == []


def test_elements_know_their_place() -> None:
    html = "<div>\n<p class='a b'>x &amp; <b>y</b></p>\n</div>"
    page = read_page(html)
    (paragraph,) = page.all("p")
    assert html[paragraph.start : paragraph.end] == "<p class='a b'>x &amp; <b>y</b></p>"
    assert (paragraph.line, paragraph.text, paragraph.classes) == (2, "x & y", frozenset({"a", "b"}))
    assert page.faults == ()
