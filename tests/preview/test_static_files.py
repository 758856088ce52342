"""Which file a request means, decided without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefing.preview.static_files import Redirect, content_type, find_file

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a secret beside it, and a link that leads there."""
    folder = tmp_path_factory.mktemp("private")
    (folder / "secret").write_text("secret")
    site = folder / "site"
    for name in ("index.html", "about/index.html", "empty/x.txt", "tags/東京/index.html", "a b&c.html"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(name)
    (site / "link").symlink_to(folder / "secret")
    return site


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("/", "index.html"),
        ("/?x=1", "index.html"),
        ("/index.html", "index.html"),
        ("/about/", "about/index.html"),
        ("/tags/%E6%9D%B1%E4%BA%AC/", "tags/東京/index.html"),
        ("/a%20b%26c.html", "a b&c.html"),
    ],
)
def test_a_page_is_found(site: Path, target: str, file: str) -> None:
    assert find_file(site, target) == site / file


def test_a_folder_without_its_slash_is_led_there(site: Path) -> None:
    assert find_file(site, "/about") == Redirect("/about/")
    assert find_file(site, "/about?a=/b") == Redirect("/about/?a=/b")


@pytest.mark.parametrize(
    "target",
    [
        "/missing",
        "/empty/",
        "/empty",
        "/index.html/",
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/about/../../secret",
        "/about/..",
        "/..\\secret",
        "/..%5Csecret",
        "//about",
        "//127.0.0.1/about",
        "/./",
        "/%00",
        "/%ff",
        "/link",
        "/" + "x" * 5000,
        "http://127.0.0.1/about/",
        "about/",
        "*",
        "",
    ],
)
def test_nothing_else_is(site: Path, target: str) -> None:
    assert find_file(site, target) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["/", "..", ".", "%2e", "%2f", "%5c", "about", "secret", "link", "?", "%", "\\"])))
def test_no_target_leads_out_of_the_site(site: Path, parts: list[str]) -> None:
    found = find_file(site, "/" + "".join(parts))
    if isinstance(found, Redirect):
        assert found.to.startswith("/")
        assert not found.to.startswith("//")
    elif found is not None:
        assert found.resolve().is_relative_to(site)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("feeds/all.atom.xml", "application/atom+xml"),
        ("feeds/issues.rss.xml", "application/rss+xml"),
        ("sitemap.xml", "application/xml"),
        ("style.0a1b.css", "text/css; charset=utf-8"),
        ("PHOTO.JPG", "image/jpeg"),
        ("x.unheard", "application/octet-stream"),
        ("html", "application/octet-stream"),
    ],
)
def test_types_do_not_depend_on_the_machine(name: str, kind: str) -> None:
    assert content_type(name) == kind
