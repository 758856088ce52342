"""Markup and pictures."""

from __future__ import annotations

from typing import Any

import pytest

from briefing.checks.email.html_tree import read_page
from briefing.checks.email.images import inspect_pictures
from briefing.errors import Weight
from briefing.settings import Settings

FILM = "https://example.org/news/images/film.png"


def test_the_theme_passes(desk: Any) -> None:
    found = desk.look()
    assert found.row("markup").verdict == found.row("pictures").verdict == "ok"
    assert found.row("pictures").value == "1"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (("</h1>", ""), "<h1> is not closed"),
        (("<h1", "</p><h1"), "</p> has no opening tag"),
        (("</pre>", "</pre></br>"), "</br> has no opening tag"),
        (("</pre>", "</pre><div/>"), "<div/> does not close itself"),
        (("<!DOCTYPE html>", ""), "no `<!doctype html>`"),
        (("<!DOCTYPE html>", '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN">'), "no `<!doctype html>`"),
        (("</title>", "</title><title>x</title>"), "2 <title>, not one"),
        (("</pre>", "</pre><script>x</script>"), "<script> is removed"),
        (("</pre>", "</pre><form></form>"), "<form> is removed"),
        (("</pre>", "</pre><iframe></iframe>"), "<iframe> is removed"),
        (("</title>", '</title><link rel="stylesheet" href="x.css">'), "<link> loads another file"),
        (("<h1", '<h1 onclick="x()"'), "`onclick` contains a script"),
        (('href="https://friend.example/"', 'href=" JavaScript:x()"'), "`href` contains a script"),
        (("font-size:31px", "background:url(https://a.example/x.png)"), "`background` loads another file"),
        ((":root {", "@import url(x.css); :root {"), "`@import url(x.css)` loads another file"),
        ((":root {", "@font-face { src: url(x.woff) } :root {"), "`@font-face` loads another file"),
        ((".gutter {", ".gutter { color red;"), "a rule cannot be read"),
        (("<!--[if mso]></td></tr></table><![endif]-->", ""), "in a comment for Outlook is not closed"),
        (("<!--[if mso]></td></tr></table><![endif]-->", "<!--[if mso]></div><![endif]-->"), "</div> in a comment"),
        (("</v:roundrect><![endif]-->", "</v:roundrect>-->"), "does not end in `<![endif]`"),
    ],
)
def test_markup_that_breaks_is_told(desk: Any, changed: tuple[str, str], said: str) -> None:
    found = desk.look(html=changed)
    assert found.row("markup").verdict == "error"
    assert any(said in problem.what for problem in found.problems("markup")), found.problems("markup")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (('width="552" ', ""), "film.png has no width in pixels"),
        (('height="310"', 'height="auto"'), "film.png has no height in pixels"),
        ((FILM, "http://example.org/news/images/film.png"), "is not at an https address"),
        ((FILM, "images/film.png"), "is not at an https address"),
        ((FILM, "https://other.example/film.png"), "film.png lies on other.example"),
        ((FILM, "https://example.org/news/images/gone.png"), "images/gone.png is not published"),
    ],
)
def test_a_picture_that_will_not_be_seen_is_told(desk: Any, changed: tuple[str, str], said: str) -> None:
    found = desk.look(html=changed)
    assert found.row("pictures").verdict == "error"
    assert any(said in problem.what for problem in found.problems("pictures")), found.problems("pictures")


@pytest.mark.parametrize(("port", "weight"), [("8000", Weight.WARNING), ("8001", Weight.ERROR)])
def test_a_try_on_this_machine_may_do_without_https(desk: Any, port: str, weight: Weight) -> None:
    here = desk.settings.model_copy(update={"url": "http://127.0.0.1:8000"})
    page = read_page(f'<img src="http://127.0.0.1:{port}/film.png" width="1" height="1" alt="">')
    (finding,) = inspect_pictures(page, None, here, {}).findings
    assert finding.weight is weight


def test_a_try_on_this_machine_is_told_once_for_all_pictures(desk: Any) -> None:
    here = desk.settings.model_copy(update={"url": "http://127.0.0.1:8000"})
    pictures = [
        f'<img src="http://127.0.0.1:{port}/{n}.png" width="1" height="1" alt="">'
        for n, port in enumerate((8000, 8000, 8001))
    ]
    other, trying = inspect_pictures(read_page("".join(pictures)), None, here, {}).findings
    assert other.what == "the picture http://127.0.0.1:8001/2.png is not at an https address"
    assert trying.what == "2 pictures at http://127.0.0.1:8000, which is this machine, not an https address"
    assert trying.weight is Weight.WARNING


def test_a_picture_that_is_not_published_leads_to_its_story(desk: Any) -> None:
    files = desk.around.files - {"images/film.png"}
    (problem,) = desk.look(files=files, line=lambda _path, _key: 15).problems("pictures")
    assert (problem.path, problem.line) == ("content/stories/2026/2026-03-30-a-lead.md", 15)
    assert problem.what == f"{FILM} is not published"
    assert desk.look(files=None).row("pictures").note == "not looked for on the site"


def test_the_settings_may_let_other_hosts_in(make_desk: Any) -> None:
    settings = 'BRIEFING["allow_remote_images"] = True\n'
    own = make_desk({"pelicanconf.py": make_desk.__globals__["FILES"]["pelicanconf.py"] + settings})
    assert isinstance(own.settings, Settings)
    assert own.look(html=(FILM, "https://other.example/film.png")).problems("pictures") == []


def test_elements_know_their_place() -> None:
    html = "<div>\n<p class='a b'>x &amp; <b>y</b></p>\n</div>"
    page = read_page(html)
    (paragraph,) = page.all("p")
    assert html[paragraph.start : paragraph.end] == "<p class='a b'>x &amp; <b>y</b></p>"
    assert (paragraph.line, paragraph.text, paragraph.classes) == (2, "x & y", frozenset({"a", "b"}))
    assert page.faults == ()
