"""A digest's HTML as mail programs show it, and the inbox's line: text in, text out."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.preview.parsed_message import parse_message, snippet_of
from briefing.preview.render_modes import with_color_scheme, with_preview_urls, without_images

PAGE = """\
<!doctype html>
<html><head><meta charset="utf-8">
<meta name="color-scheme" content="light dark"><META NAME='supported-color-schemes' CONTENT='light dark'>
<!--[if mso]><style>p { background: url(https://x.example/a.png) }</style><![endif]-->
<style>
:root { color-scheme: light dark; supported-color-schemes: light dark; }
p { background: url("https://site.example/a.png") }
@media (prefers-color-scheme: dark) { p { color: #fff !important; } }
@media screen and (prefers-color-scheme:light) { p { color: #000; } }
@media (max-width: 480px) and (prefers-color-scheme: dark) { p { margin: 0 } }
</style></head>
<body style="color-scheme: light dark">
<img src="https://site.example/images/a.png?x=1&amp;y=2" srcset="https://site.example/a.png 1x, https://site.example/b.png 2x" width=10 alt='A "picture"'>
<picture><source media="(prefers-color-scheme: dark)" srcset="https://site.example/night.png"></picture>
<p>Text of https://site.example/ about (prefers-color-scheme: dark)<br/></p>
<a href="https://site.example/stories/a/">A</a> <a href=https://site.example.evil/>B</a> <td background="https://site.example/c.png">
</body></html>
"""


def test_dark_is_what_a_dark_system_shows() -> None:
    page = with_color_scheme(PAGE, "dark")
    assert "@media (min-width: 0px) { p { color: #fff" in page
    assert "@media screen and (max-width: -1px) { p { color: #000" in page
    assert "@media (max-width: 480px) and (min-width: 0px)" in page
    assert ":root { color-scheme: dark; supported-color-schemes: light dark; }" in page
    assert '<body style="color-scheme: dark">' in page
    assert '<meta name="color-scheme" content="dark"><META NAME=\'supported-color-schemes\' CONTENT="dark">' in page
    assert '<source media="(min-width: 0px)" srcset' in page


def test_light_is_what_a_light_system_shows() -> None:
    page = with_color_scheme(PAGE, "light")
    assert "@media (max-width: -1px) { p { color: #fff" in page
    assert "@media screen and (min-width: 0px) { p { color: #000" in page
    assert '<source media="(max-width: -1px)" srcset' in page
    assert ":root { color-scheme: light;" in page


def test_a_page_that_has_one_scheme_keeps_it() -> None:
    page = '<meta name="color-scheme" content="light"><style>:root { color-scheme: only light }</style>'
    assert with_color_scheme(page, "dark") == page


def test_pictures_are_off_and_their_texts_stay() -> None:
    page = without_images(PAGE)
    shown = page.replace("<!--[if mso]><style>p { background: url(https://x.example/a.png) }</style><![endif]-->", "")
    assert ".png" not in shown
    assert "<img width=10 alt='A \"picture\"'>" in page
    assert "p { background: none }" in page
    assert '<a href="https://site.example/stories/a/">' in page


def test_the_sites_addresses_lead_to_the_preview() -> None:
    page = with_preview_urls(PAGE, "https://site.example")
    assert 'src="/images/a.png?x=1&amp;y=2" srcset="/a.png 1x, /b.png 2x"' in page
    assert '<a href="/stories/a/">A</a> <a href=https://site.example.evil/>B</a> <td background="/c.png">' in page
    assert 'p { background: url("/a.png") }' in page
    assert "<p>Text of https://site.example/ about" in page
    assert page.startswith('<!doctype html>\n<html><head><base target="_blank"><meta charset="utf-8">')
    assert with_preview_urls('<a href="https://x.example/base/a/">', "https://x.example/base") == '<a href="/a/">'


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_not_concerned_stays_as_it_is(scheme: str) -> None:
    page = "<!DOCTYPE html>\r\n<p  CLASS = x >&amp; &nbsp;<![endif]--><br/ ><!-- <style> --><a b=c/></P></style>"
    assert with_color_scheme(page, "dark" if scheme == "dark" else "light") == page
    assert without_images(page) == page
    assert with_preview_urls(page, "https://site.example") == page


@given(st.text(alphabet=st.sampled_from("<>=\"'/ \n\r!-[]stylemgrca:()&;")))
def test_no_text_is_too_odd(text: str) -> None:
    for change in (
        lambda html: with_color_scheme(html, "dark"),
        without_images,
        lambda html: with_preview_urls(html, "https://x"),
    ):
        assert isinstance(change(text), str)


def test_an_inbox_shows_the_first_words() -> None:
    padding = "\u034f \u200c " * 20
    head = "<title>Not this</title><style>nor { this: 1 }</style>"
    assert snippet_of(f"{head}<div>Seen &amp; <b>said</b></div>{padding}<p>The masthead") == "Seen & said"
    assert snippet_of(f"{head}<h1>The\n masthead</h1><p>Text\u200d</p>") == "The masthead Text\u200d"
    assert len(snippet_of("word " * 1000)) <= 200
    assert snippet_of("<!-- nothing -->") == ""


def test_a_message_is_taken_apart() -> None:
    mail = EmailMessage()
    mail["From"] = '"Größe, täglich" <desk@example.org>'
    mail["Subject"] = "Ein Thema \u2013 und 日本語"
    mail.set_content("Plain\n")
    mail.add_alternative("<p>First</p>", subtype="html")
    found = parse_message(mail.as_bytes())
    assert (found.name, found.subject, found.snippet) == ("Größe, täglich", "Ein Thema \u2013 und 日本語", "First")
    assert (found.html, found.text, found.reply_to) == ("<p>First</p>\n", "Plain\n", "")
