"""The pages of the digests over real HTTP, and what becomes of hostile ones in a real browser."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe

from briefing.preview.digest_records import DigestRecord, RecordedFinding, read_records, write_records

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from tests.preview.conftest import Preview

LIST = "/_briefing/digests/"
PIXEL = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\xb1\x1a\x0b\x8d\0\0\0\0IEND\xaeB`\x82"
)
HTML = """\
<!doctype html><html lang="en"><head><meta name="color-scheme" content="light dark"><title>The subject</title>
<style>p { color: #111111 } body { background: #ffffff }
@media (prefers-color-scheme: dark) { p { color: #eeeeee } body { background: #000000 } }</style></head>
<body><div style="display:none">The preheader</div><main><h1>The digest</h1><p>Text</p>
<img src="https://site.example/images/a.png" width="300" height="40" alt="A picture"><a href="https://site.example/">Home</a>
</main></body></html>
"""
HOSTILE = """\
<!doctype html><html lang="en"><head><title>x</title><base href="https://evil.example/">
<meta http-equiv="refresh" content="0;url=https://evil.example/"></head><body onload="top.hit = 1">
<script>top.hit = 1; document.body.id = "hit"</script><img src="x" alt="x" onerror="top.hit = 1"><svg onload="top.hit = 1"></svg>
<a id="a" href="javascript:top.hit = 1">Click</a><a id="b" target="_top" href="/stolen">Top</a>
<iframe srcdoc="<script>top.hit = 1</script>" title="x"></iframe>
<form action="/stolen"><button id="c">Send</button></form><img src="https://evil.example/pixel.png" alt="y"></body></html>
"""
TEXT = 'The digest\n==========\n\nText with <script> & "quotes"\n'


def record(issue: str = "2026-w14", html: str = HTML, **changed: object) -> DigestRecord:
    mail = EmailMessage()
    mail["From"] = '"The Example" <desk@example.org>'
    mail["Reply-To"] = "reply@example.org"
    mail["Subject"] = "A subject that is much longer than what a phone shows <b>of it</b>"
    mail.set_content(TEXT)
    mail.add_alternative(html, subtype="html")
    values: dict[str, object] = {
        "issue": issue,
        "number": 1,
        "title": f"The issue <{issue}>",
        "date": "2026-04-03T00:00:00+01:00",
        "site": "https://site.example",
        "remote_images": False,
        "message": mail.as_bytes().decode("ascii"),
        "fingerprint": "f" * 64,
        "findings": (
            RecordedFinding("Size", "21.4 KB", "90 KB", "ok", ""),
            RecordedFinding("Subject", "63 characters", "50", "warning", "cut at `much <i>longer`"),
        ),
        "problems": ("content/issues/2026-w14.md:4: subject: is long; shorten it (warning)",),
        "key": "k",
    }
    return DigestRecord(**{**values, **changed})  # type: ignore[arg-type]


@pytest.fixture
def shown(started: Preview) -> Preview:
    """A preview with two digests, and the site's page of one."""
    write_records(started.site.with_name("digests"), [record(), record("2026-w13", HOSTILE, date="2026-03-27T00:00")])
    for name, content in {"images/a.png": PIXEL, "issues/2026-w14/index.html": b"<body>Issue</body>"}.items():
        (started.site / name).parent.mkdir(parents=True, exist_ok=True)
        (started.site / name).write_bytes(content)
    return started


def test_records_are_read_as_written_and_replaced_as_a_whole(tmp_path: Path) -> None:
    one, two = record("2026-w14"), record("2026-w15", date="2026-04-10")
    assert write_records(tmp_path, [one, two]) == 2
    assert write_records(tmp_path, [one, two]) == 0
    assert list(read_records(tmp_path).items()) == [("2026-w15", two), ("2026-w14", one)]
    assert write_records(tmp_path, [record("2026-w14", title="Another")]) == 2
    assert [found.title for found in read_records(tmp_path).values()] == ["Another"]
    (tmp_path / "2026-w14.json").write_text('{"issue": "of another version", "findings": []}')
    (tmp_path / "2026-w15.json").write_text("[half")
    assert read_records(tmp_path) == {}


def test_every_digest_is_listed_newest_first(shown: Preview) -> None:
    status, headers, body = shown.get(LIST)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    page = body.decode()
    assert page.index("The issue &lt;2026-w14&gt;") < page.index("The issue &lt;2026-w13&gt;")
    assert '<script src="/_briefing/live.js"' in page
    assert b"<style" not in body
    assert b"style=" not in body


def test_a_digests_page_holds_headers_findings_and_variants(shown: Preview) -> None:
    page = shown.get(LIST + "2026-w14/")[2].decode()
    assert "A subject that is much longer th…" in page
    assert "A subject that is much longer than what a phone shows &lt;b&gt;of it&lt;/b&gt;" in page
    assert "&#34;The Example&#34; &lt;desk@example.org&gt;" in page or "The Example &lt;desk@example.org&gt;" in page
    assert "reply@example.org" in page
    assert "The preheader" in page
    assert "cut at `much &lt;i&gt;longer`" in page
    assert "content/issues/2026-w14.md:4: subject: is long; shorten it (warning)" in page
    assert "Text with &lt;script&gt; &amp;" in page
    for variant in ("light", "dark", "images-off", "320"):
        assert f'<iframe src="{variant}.html"' in page
    assert page.count('sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"') == 4


def test_variants_have_addresses_and_a_strict_policy(shown: Preview) -> None:
    for variant in ("light", "dark", "images-off", "320"):
        status, headers, body = shown.get(f"{LIST}2026-w14/{variant}.html")
        assert status == 200
        assert "<h1>The digest</h1>" in body.decode()
        assert b"_briefing" not in body
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox allow-same-origin" in policy
        assert "allow-scripts" not in policy
        assert ("img-src 'none'" in policy) is (variant == "images-off")
    status, headers, body = shown.get(LIST + "2026-w14/text.txt")
    assert (status, headers["Content-Type"], body.decode()) == (200, "text/plain; charset=utf-8", TEXT)


@pytest.mark.parametrize(
    "name",
    [
        *("2026-w15/", "2026-w14", "2026-w14/evil.html", "2026-w14/light", "2026-w14//light.html", "2026-w14/x/light.html"),
        *("..%2Fdigests%2F2026-w14/", "../digests/2026-w14/", "%2e%2e/", ".%2f2026-w14/", "2026-w14%00/", "%ff/", "/"),
        *("2026-w14.json", "2026-w14.json/", "*/", "[0-9]*/", "2026-W14/", "%F0%9F%99%82/", "a" * 5000 + "/"),
    ],
)  # fmt: skip
def test_odd_names_are_404(shown: Preview, name: str) -> None:
    assert shown.get(LIST + name)[0] == 404


def test_a_site_without_digests_says_so(started: Preview) -> None:
    assert b"There are no issues yet" in started.get(LIST)[2]
    assert started.get("/_briefing/digests")[0] == 404


def test_an_issues_page_leads_to_its_digest(shown: Preview) -> None:
    page = shown.get("/issues/2026-w14/")[2].decode()
    assert '<a href="/_briefing/digests/2026-w14/">This issue as email</a>' in page
    assert (shown.site / "issues/2026-w14/index.html").read_bytes() == b"<body>Issue</body>"
    assert b"This issue as email" not in shown.get("/")[2]
    assert shown.get("/_briefing/digest_link.css")[1]["Content-Type"] == "text/css; charset=utf-8"


def test_before_the_first_site_the_problems_are_the_page(failing: Preview) -> None:
    status, _, body = failing.get(LIST)
    assert status == 503
    assert b"content/x.md:3: title: holds" in body


def test_a_failed_build_shows_on_a_digests_page(shown: Preview, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(shown.url + LIST + "2026-w14/")
    (shown.content / "fault").write_text("content/x.md:3: title: is missing; write it")
    page.locator("#briefing-problems").get_by_text("title: is missing").wait_for()
    (shown.content / "fault").unlink()
    page.locator("#briefing-problems").wait_for(state="detached")
    page.close()


def complaints(page: Page) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_variants_differ_as_they_should(shown: Preview, browser: Browser, scheme: str) -> None:
    """Whatever the viewer's own system prefers."""
    page = browser.new_page(color_scheme="dark" if scheme == "dark" else "light")
    said = complaints(page)
    page.goto(shown.url + LIST + "2026-w14/")
    page.wait_for_load_state("networkidle")

    def look(variant: str, part: str, code: str) -> object:
        frame = next(frame for frame in page.frames if frame.url.endswith(f"/{variant}.html"))
        return frame.evaluate(f"() => {{ const it = document.querySelector('{part}'); return {code} }}")

    for variant, colour in {"light": "17, 17, 17", "dark": "238, 238, 238", "images-off": "17, 17, 17"}.items():
        assert look(variant, "p", "getComputedStyle(it).color") == f"rgb({colour})"
    assert look("dark", "body", "getComputedStyle(it).backgroundColor") == "rgb(0, 0, 0)"
    assert look("light", "img", "it.naturalWidth") == 1
    assert look("images-off", "img", "it.naturalWidth") == 0
    assert look("images-off", "img", "it.getAttribute('src')") is None
    assert look("320", "html", "innerWidth") == 320
    assert [line for line in said if "favicon" not in line and "404" not in line] == []
    page.close()


def test_a_hostile_digest_can_do_nothing(shown: Preview, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(f"{request.failure} {request.url}"))
    page.on("request", lambda request: asked.append(request.url))
    own = shown.url + LIST + "2026-w13/"
    for address in (own, own + "light.html"):
        page.goto(address)
        page.wait_for_timeout(500)
        frame = next(frame for frame in page.frames if frame.url.endswith("light.html"))
        for part in ("#a", "#c"):
            frame.click(part)
        page.wait_for_timeout(300)
        assert page.url == address
        assert frame.evaluate("document.body.id") == ""
        assert page.evaluate("window.hit") is None
        for other in context.pages:
            assert other.evaluate("window.hit") is None
            if other is not page:
                other.close()
    # The browser names what the policy stopped as requests, too: nothing of it left.
    asked = [address for address in asked if "evil" in address or "stolen" in address]
    assert asked == [address.removeprefix("csp ") for address in failed if address.startswith("csp ")]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [LIST, LIST + "2026-w14/"])
@pytest.mark.parametrize("width", [375, 1600])
def test_the_pages_are_fit_for_everyone(
    shown: Preview, browser: Browser, site: Path, scheme: str, path: str, width: int
) -> None:
    for sheet in (site / "theme").glob("style.*.css"):
        (shown.site / "theme").mkdir(exist_ok=True)
        (shown.site / "theme" / sheet.name).write_bytes(sheet.read_bytes())
    page = browser.new_page(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 900}
    )
    page.goto(shown.url + path)
    page.wait_for_load_state("load")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
