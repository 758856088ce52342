"""Addresses: slugs of any name, the folder and file of each page, and links as they are written."""

from __future__ import annotations

import unicodedata
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing import urls

ANY_TEXT = st.text(max_size=40)
LETTERS = st.text("\u00e4\u00c4\u00f6\u00fc\u00dc\u00df\u1e9e\u00e5\u212b\u00e6\u00d8\u0308\u030aaou x", max_size=9)
LANGUAGES = st.sampled_from(["", "en", "de", "de-AT", "da", "sv"])
ONE_OF_EACH = settings(deadline=None, max_examples=400)


@given(ANY_TEXT)
@ONE_OF_EACH
def test_a_slug_holds_letters_digits_marks_and_hyphens_only(name: str) -> None:
    slug = urls.slugify(name)
    assert all(char == "-" or char.isalnum() or unicodedata.category(char).startswith("M") for char in slug)
    assert "--" not in slug
    assert slug == slug.strip("-")


@given(ANY_TEXT | LETTERS, LANGUAGES)
@ONE_OF_EACH
def test_a_slug_is_its_own_slug(name: str, language: str) -> None:
    slug = urls.slugify(name, language)
    assert urls.slugify(slug, language) == slug


@given(ANY_TEXT | LETTERS, LANGUAGES)
@ONE_OF_EACH
def test_a_slug_does_not_hang_on_case_or_unicode_form(name: str, language: str) -> None:
    slug = urls.slugify(name, language)
    for form in ("NFC", "NFD"):
        assert urls.slugify(unicodedata.normalize(form, name), language) == slug
    assert unicodedata.is_normalized("NFC", slug)
    assert slug == unicodedata.normalize("NFC", slug.casefold())


@pytest.mark.parametrize(
    ("name", "language", "slug"),
    [
        ("\u00dcber die Gr\u00f6\u00dfe \u00e4hnlicher \u00d6ltanks", "de", "ueber-die-groesse-aehnlicher-oeltanks"),
        ("\u00dcBER GR\u1e9eN", "de-CH", "ueber-grssn"),
        ("caf\u00e9", "de", "cafe"),
        ("R\u00f8dgr\u00f8d p\u00e5 \u00c6r\u00f8", "da", "roedgroed-paa-aeroe"),
        ("\u00d6resund", "sv", "oresund"),
        ("\u00dcber", "en", "uber"),
    ],
)
def test_letters_are_written_as_their_language_does(name: str, language: str, slug: str) -> None:
    assert urls.slugify(name, language) == slug


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd"]), min_size=1, max_size=20))
@ONE_OF_EACH
def test_a_name_with_a_letter_or_digit_has_a_slug(name: str) -> None:
    assert urls.slugify(name)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("OpenAI winds down Sora", "openai-winds-down-sora"),
        ("Größe & Maß", "grosse-mass"),
        ("Élan  vital", "elan-vital"),
        ("It's O\u2019Brien\u2019s", "its-obriens"),
        ("東京 2026", "東京-2026"),
        ("第一个故事", "第一个故事"),
        ("قصة أولى", "قصة-أولى"),
        ("C++", "c"),
        ("../../etc/passwd", "etc-passwd"),
        ("a_b", "a-b"),
        ("½ price", "1-2-price"),
        ("--a--", "a"),
        ("+++", ""),
        ("🎉", ""),
        ("", ""),
    ],
)
def test_slugs_read_like_their_names(name: str, slug: str) -> None:
    assert urls.slugify(name) == slug


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("stories/2026/2026-03-30-x.md", "stories/2026-03-30-x/"),
        ("stories/2026-03-30-x.md", "stories/2026-03-30-x/"),
        ("issues/2026-w14.md", "issues/2026-w14/"),
        ("threads/sora.md", "threads/sora/"),
        ("curators/ada.md", "curators/ada/"),
        ("pages/about.md", "about/"),
        ("images/2026/x.png", "images/2026/x.png"),
        ("static/robots/x.txt", "robots/x.txt"),
        ("static/.well-known/x", ".well-known/x"),
        ("stories/2026/x.txt", None),
        ("issues/2026-w14.proof.json", None),
        ("overrides/base.html", None),
        ("mail/x.md", None),
        ("pages", None),
        ("images", None),
    ],
)
def test_each_file_has_the_address_of_what_is_made_of_it(path: str, address: str | None) -> None:
    assert urls.of_file(path) == address


@pytest.mark.parametrize(
    ("alias", "address", "file"),
    [
        ("/old/", "old/", "old/index.html"),
        ("/old/page", "old/page/", "old/page/index.html"),
        ("/old.html", "old.html", "old.html"),
        ("/old.htm", "old.htm", "old.htm"),
        ("/feed.xml", "feed.xml/", "feed.xml/index.html"),
        ("/caf%C3%A9/", "café/", "café/index.html"),
        ("/", "", "index.html"),
    ],
)
def test_an_alias_lies_where_a_host_looks_for_it(alias: str, address: str, file: str) -> None:
    assert urls.of_alias(alias) == address
    assert urls.file_of(address) == file


def test_a_list_goes_on_below_its_address() -> None:
    assert [urls.numbered("topics/law/", number) for number in (1, 2, 10)] == [
        "topics/law/",
        "topics/law/page/2/",
        "topics/law/page/10/",
    ]
    assert urls.numbered(urls.HOME, 1) == ""
    assert urls.file_of(urls.numbered(urls.HOME, 2)) == "page/2/index.html"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@ONE_OF_EACH
def test_a_link_is_ascii_and_leads_back(name: str) -> None:
    slug = urls.slugify(name)
    link = urls.encoded(urls.story(slug))
    assert link.isascii()
    assert unquote(urlsplit(f"https://x.example/{link}").path) == f"/stories/{slug}/"
    assert urls.encoded(link) == link, "what is encoded stays so"
