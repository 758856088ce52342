"""An issue is live once its page and every picture of its digest answer as they were built."""

from __future__ import annotations

import datetime as dt
import http.server
import ssl
import threading
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.publish.site_host import PAGE, PNG, Host

from briefing import settings as configuration
from briefing import urls
from briefing.errors import BriefingError
from briefing.publish import http_probe
from briefing.publish.image_signatures import is_image
from briefing.publish.live_issue import find_broken_urls, image_urls, require_live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.publish.site_host import Answer

    from briefing.settings import Settings


@pytest.fixture
def host() -> Iterator[Host]:
    one = Host()
    yield one
    one.close()


@pytest.fixture
def https(tmp_path: Path) -> Iterator[str]:
    """The address of a host whose certificate nobody trusts; it is given no request."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, today, today + dt.timedelta(days=1))
    file = tmp_path / "host.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def settings(host: Host, publication: Callable[..., Path]) -> Settings:
    return configuration.load(publication(settings=f'SITEURL = "{host.url}"\n'))


ISSUE = "/issues/2026-w14/"
ERROR_PAGE = b"<!doctype html><html><body>no</body></html>"


def digest(*pictures: str) -> str:
    return "<html><body>" + "".join(f'<img src="{picture}" alt="">' for picture in pictures) + "</body></html>"


def built(settings: Settings, text: str) -> None:
    file = settings.output / "issues" / "2026-w14" / "index.html"
    file.parent.mkdir(parents=True)
    file.write_text(PAGE.format(url=settings.url + ISSUE, text=text), encoding="utf-8")


def said(settings: Settings, *pictures: str) -> list[str]:
    return [str(dead) for dead in find_broken_urls(settings, digest(*pictures), settings.url + ISSUE)]


def test_an_issue_with_its_page_and_pictures_is_live(host: Host, settings: Settings) -> None:
    built(settings, "Good morning.")
    host.page(ISSUE)
    host.picture("/images/a.png")
    host.picture("/images/b.png")
    picture = f"{host.url}/images/a.png"
    require_live(settings, digest(picture, picture, f"{host.url}/images/b.png"), host.url + ISSUE)
    assert sorted(host.asked) == ["/images/a.png", "/images/b.png", ISSUE]
    require_live(settings, digest(), urls.issue("2026-w14"))


def test_every_dead_address_is_named_with_what_to_do(host: Host, settings: Settings) -> None:
    picture = f"{host.url}/images/a.png"
    with pytest.raises(BriefingError) as raised:
        require_live(settings, digest(picture), host.url + ISSUE)
    text = str(raised.value)
    assert f"{host.url}{ISSUE} answers 404" in text
    assert f"{picture} answers 404" in text
    assert "publish" in text
    assert "--no-site-check" in text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((500, {"content-type": "text/html"}, b"broken"), "answers 500"),
        ((200, {"content-type": "application/json"}, b"{}"), "is not a page: its content type is application/json"),
        ((200, {}, b"?"), "is not a page: its content type is missing"),
        ((200, {"content-type": "text/html"}, b""), "is empty"),
        (
            (200, {"content-type": "text/html"}, b"<html>Welcome to your new server</html>"),
            "is another page: its canonical address is missing",
        ),
        ((302, {"location": "/login"}, b""), "answers 404"),
        ((302, {"location": ISSUE}, b""), "redirects more than 3 times"),
        ((302, {"location": "http://localhost:9/x"}, b""), "redirects to another site, http://localhost"),
        ((302, {"location": "ftp://127.0.0.1/x"}, b""), "redirects to another site, ftp://127.0.0.1"),
        ((302, {"location": "http://[broken"}, b""), "cannot be reached"),
    ],
)
def test_a_wrong_page_is_seen(host: Host, settings: Settings, answer: Answer, why: str) -> None:
    host.answers[ISSUE] = answer
    (found,) = said(settings)
    assert why in found


def test_a_page_of_another_issue_is_seen(host: Host, settings: Settings) -> None:
    host.page(ISSUE, url=f"{host.url}/")
    assert said(settings) == [f"{host.url}{ISSUE} is another page: its canonical address is {host.url}/"]


def test_a_page_that_was_built_anew_since_is_seen(host: Host, settings: Settings) -> None:
    built(settings, "Good morning, corrected.")
    host.page(ISSUE)
    assert said(settings) == [f"{host.url}{ISSUE} is not the version that was built last"]


def test_a_host_may_change_markup_but_not_text(host: Host, settings: Settings) -> None:
    built(settings, "<p>Good   morning.</p>")
    host.page(ISSUE, text="<p class=x>Good morning.<script>count()</script>")
    assert said(settings) == []


def test_redirects_on_one_host_are_followed(host: Host, settings: Settings) -> None:
    host.page("/b/", url=host.url + ISSUE)
    host.answers[ISSUE] = (308, {"location": "/a"}, b"")
    host.answers["/a"] = (301, {"location": f"{host.url}/b/"}, b"")
    assert said(settings) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            (200, {"content-type": "text/html"}, b"<html>not found</html>"),
            "is not an image: its content type is text/html",
        ),
        ((200, {"content-type": "image/png"}, b""), "is empty"),
        ((403, {"content-type": "image/png"}, PNG), "answers 403"),
        ((200, {"content-type": "image/png"}, ERROR_PAGE), "is not an image, although its content type is image/png"),
    ],
)
def test_a_wrong_picture_is_seen(host: Host, settings: Settings, answer: Answer, why: str) -> None:
    host.page(ISSUE)
    host.answers["/a.png"] = answer
    assert said(settings, f"{host.url}/a.png") == [f"{host.url}/a.png {why}"]


XML = b'<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "a.dtd" [<!ENTITY a "b">]>\n'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><circle/>'
AVIF = b"\x00\x00\x00\x20ftypmif1\x00\x00\x00\x00mif1avifmiaf\x00\x00\x00\x00"


@pytest.mark.parametrize(
    ("kind", "content", "is_one"),
    [
        ("image/png", PNG + b"x", True),
        ("image/png", b"\xff\xd8\xff\xe0", True),
        ("image/jpeg", b"\xff\xd8\xff\xe0", True),
        ("image/gif", b"GIF89a", True),
        ("image/webp", b"RIFF\x01\x02\x03\x04WEBPVP8 ", True),
        ("image/webp", b"RIFF\x01\x02\x03\x04WAVEfmt ", False),
        ("image/avif", AVIF, True),
        ("image/avif", AVIF.replace(b"avif", b"heic"), False),
        ("image/x-icon", b"\x00\x00\x01\x00\x01", True),
        ("image/svg+xml", SVG, True),
        ("image/svg+xml", XML + b"<s:svg xmlns:s='http://www.w3.org/2000/svg'/>", True),
        ("image/svg+xml", PNG, False),
        ("image/svg+xml", ERROR_PAGE, False),
        ("image/svg+xml", b"<html xmlns='http://www.w3.org/1999/xhtml'>" + SVG, False),
        ("image/svg+xml", b"<", False),
        ("image/png", SVG, False),
        ("image/jpeg", b'{"error": "gone"}', False),
        ("image/gif", ERROR_PAGE, False),
        ("image/jxl", b"\xff\x0a\x00", True),
        ("image/jxl", b"\xef\xbb\xbf \n" + ERROR_PAGE, False),
    ],
)
def test_pictures_are_told_by_their_first_bytes(kind: str, content: bytes, *, is_one: bool) -> None:
    assert is_image(kind, content) is is_one


def test_only_the_beginning_of_a_picture_is_loaded(host: Host, settings: Settings) -> None:
    host.page(ISSUE)
    host.answers["/a.png"] = (200, {"content-type": "image/png", "content-length": "900000000"}, PNG.ljust(2000))
    assert said(settings, f"{host.url}/a.png") == []


def test_a_host_that_is_away_or_stalls_is_said(host: Host, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_probe, "_TIMEOUT", 0.3)
    host.answers[ISSUE] = (0, {}, b"")
    stalled, away = said(settings, "http://127.0.0.1:9/a.png")
    assert stalled.endswith("does not answer within 0 seconds")
    assert "127.0.0.1:9/a.png cannot be reached (" in away


def test_a_certificate_that_is_not_trusted_is_said(settings: Settings, https: str) -> None:
    _, found = said(settings, f"{https}/a.png")
    assert "certificate verify failed" in found


def test_no_more_than_eight_are_asked_at_once(host: Host, settings: Settings) -> None:
    pictures = [f"/{number}.png" for number in range(40)]
    host.page(ISSUE)
    for picture in pictures:
        host.picture(picture)
    assert said(settings, *(host.url + picture for picture in pictures)) == []
    assert len(host.asked) == 41


def test_pictures_within_the_message_are_not_asked_for() -> None:
    assert image_urls(digest("cid:a", "data:image/png;base64,x", "https://a.example/x.png?a=1&amp;b=2")) == (
        "https://a.example/x.png?a=1&b=2",
    )
