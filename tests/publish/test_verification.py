"""What follows a publish: the build is waited for, the site looked at, and those who are to know are told."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from tests.conftest import CASES, CONTENT, REPOSITORY, SETTINGS
from tests.publish.site_host import Host

from briefing import settings as configuration
from briefing.commands.progress import waiting
from briefing.errors import BriefingError
from briefing.publish import Published
from briefing.publish.built_site import read_built_site
from briefing.publish.expectations import Expected
from briefing.publish.pending_pings import read_pending, write_pending
from briefing.publish.pings import ChangedUrls, PingResult, changed_urls, send_pings
from briefing.publish.report import Changes
from briefing.publish.spot_checks import NewestIssue, SpotCheck, default_spot_checks, spot_checks
from briefing.publish.verification import RetryTimer, verify_published
from briefing.site.build import BuildOptions, build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite
    from briefing.settings import Settings

KEY = "a1b2c3d4e5f6a7b8"
STORY = "stories/2026/2026-03-30-a-first-story.md"
LATER = "stories/2026/2026-04-08-a-third-story.md"
HIDDEN = """\
---
number: 2
title: A second issue
date: 2026-04-10
lead: 2026-04-08-a-third-story
status: hidden
---
Soon.
"""
FEED = "/feeds/issues.rss.xml"
HTML = {"content-type": "text/html; charset=utf-8"}
ATOM = {"content-type": "application/atom+xml"}


class Site:
    """A publication whose address is a host's, built once; `checks` are those that follow its publishing."""

    def __init__(self, root: Path, host: Host) -> None:
        self.host, self.settings = host, configuration.load(root)
        self.report = build(root, BuildOptions())
        self.built: BuiltSite = read_built_site(self.settings.output)
        view, digest = next(pair for pair in self.report.digests if pair[0].issue.id == "2026-w14")
        self.newest = NewestIssue(view.issue.url, digest.html)
        self.checks = spot_checks(self.settings, self.built, self.newest)
        self.published = Published("the place", self.built.id, Changes((), (), (), 1))
        host.folder = self.settings.output

    def verify(self, timer: RetryTimer, *paths: str) -> None:
        """Run all checks, or those of these paths."""
        chosen = [check for check in self.checks if not paths or check.url.removeprefix(self.host.url) in paths]
        assert len(chosen) >= len(paths)
        verify_published(self.settings, self.published, chosen, timer)

    def error(self, *paths: str) -> str:
        """Return the error for the site as it is served now."""
        with pytest.raises(BriefingError) as raised:
            self.verify(Clock().timer(0), *paths)
        return str(raised.value)

    def rewrite(self, path: str, old: str, new: str) -> None:
        """Let the host change a page or file that it serves."""
        status, headers, content = self.host.answer(path)
        assert old.encode() in content
        self.host.answers[path] = (status, headers, content.replace(old.encode(), new.encode()))


@pytest.fixture(scope="module")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    host = Host()
    root = tmp_path_factory.mktemp("publication")
    for shared in ("plugins", "theme"):
        (root / shared).symlink_to(REPOSITORY / shared)
    told = {
        "sample": 100,
        "indexnow_key": KEY,
        "indexnow_endpoint": f"{host.url}/indexnow",
        "websub_hub": f"{host.url}/hub",
    }
    (root / "pelicanconf.py").write_text(
        f'{SETTINGS}SITEURL = "{host.url}"\nBRIEFING["publish"] = {told}\n', encoding="utf-8"
    )
    picture = "image: {file: images/dot.png, alt: A dot}\n---\nThe text"
    about = "About this briefing, by desk@example.org.\n"
    files = {
        STORY: CONTENT[STORY].replace("---\nThe text", picture),
        "pages/about.md": f"---\ntitle: About\naliases: [/old/]\n---\n{about}",
        LATER: CONTENT[STORY]
        .replace("A first story", "A third story")
        .replace("2026-03-30", "2026-04-08\nstatus: hidden"),
        "issues/2026-w15.md": HIDDEN,
    }
    for name, text in {**CONTENT, **files}.items():
        (root / "content" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "content" / name).write_text(text, encoding="utf-8")
    (root / "content/images").mkdir()
    shutil.copy(CASES / "whole/content/images/dot.png", root / "content/images")
    yield Site(root, host)
    host.close()


@pytest.fixture
def site(built_site: Site) -> Site:
    built_site.host.forget()
    return built_site


class Clock:
    """A clock that goes on only while somebody waits; `meanwhile` is what happens then."""

    def __init__(self, meanwhile: Callable[[float], None] = lambda _time: None) -> None:
        self.time, self.said, self.meanwhile = 0.0, list[str](), meanwhile

    def timer(self, seconds: float) -> RetryTimer:
        return RetryTimer(seconds, self.said.append, lambda: self.time, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.time += seconds
        self.meanwhile(self.time)


def test_a_site_that_is_there_is_seen_without_a_wait(site: Site) -> None:
    clock = Clock()
    site.verify(clock.timer(120))
    assert clock.time == 0
    assert clock.said == []


def test_what_always_is_looked_at(site: Site) -> None:
    site.verify(Clock().timer(0))
    asked = set(site.host.asked)
    assert {"/", "/issues/2026-w14/", "/sitemap.xml", f"/{KEY}.txt", "/images/dot.png"} <= asked
    assert {"/feeds/all.atom.xml", "/feeds/all.json", "/feeds/issues.atom.xml", FEED} <= asked
    assert {f"/feeds/topics/{topic}.atom.xml" for topic in ("science", "law")} <= asked
    assert any(path.startswith("/theme/style.") for path in asked)
    assert site.host.asked[0] == f"/build.json?{site.built.id}"
    assert site.host.headers[0]["cache-control"] == "no-cache"
    assert all("cache-control" not in headers for headers in site.host.headers[1:])


def test_the_sample_is_drawn_by_the_build(site: Site) -> None:
    def drawn(built: BuiltSite, number: int) -> list[str]:
        options = site.settings.options
        few = options.model_copy(update={"publish": options.publish.model_copy(update={"sample": number})})
        without = spot_checks(site.settings.model_copy(update={"options": few}), built, None)
        return [check.url for check in without if check.expected is Expected.PAGE]

    three = drawn(site.built, 3)
    assert len(three) == 4
    assert three == drawn(site.built, 3)
    assert any(drawn(replace(site.built, id=other), 3) != three for other in ("a", "b", "c"))
    assert drawn(site.built, 0) == [f"{site.host.url}/"]
    pages = {name for name in site.built.names if name.endswith(".html")}
    assert len(drawn(site.built, 500)) == len(pages) - 1
    assert f"{site.host.url}/404.html" not in drawn(site.built, 500)


def test_every_page_as_built_is_judged_right(site: Site) -> None:
    options = site.settings.options
    many = options.model_copy(update={"publish": options.publish.model_copy(update={"sample": 500})})
    every = spot_checks(site.settings.model_copy(update={"options": many}), site.built, site.newest)
    verify_published(site.settings, site.published, every, Clock().timer(0))


def test_a_host_that_serves_the_old_page_is_waited_for_and_named(site: Site) -> None:
    site.host.answers["/build.json"] = (200, {}, b'{"id": "01d"}')
    clock = Clock()
    with pytest.raises(BriefingError) as raised:
        site.verify(clock.timer(120), "/")
    assert 120 <= clock.time < 121
    assert str(raised.value) == (
        f"published, but the site is not live: {site.host.url}/build.json shows build 01d, not {site.built.id}, "
        "after 120 seconds; check that SITEURL serves the place, then run publish again"
    )
    assert set(clock.said) == {f"{site.host.url}/build.json shows build 01d, not {site.built.id}"}
    assert len(site.host.asked) < 30


def test_who_went_back_is_not_told_to_publish_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "published", replace(site.published, rolled_back=True))
    site.host.answers["/about/"] = (500, {}, b"")
    then = "and fix the content before you publish, or the rollback is undone"
    said = site.error("/about/")
    assert said.startswith("rolled back, but 1 of 1 address failed:\n")
    assert said.endswith(f"\nfix the host, {then}")
    site.host.answers["/build.json"] = (404, {}, b"")
    assert site.error("/about/") == (
        f"rolled back, but the site is not live: {site.host.url}/build.json answers 404, after 0 seconds; "
        f"check that SITEURL serves the place, {then}"
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((404, {}, b"no"), "answers 404"),
        ((200, {}, b"<html>Welcome</html>"), "shows no build id"),
        ((200, {}, b'{"id": ""}'), "shows no build id"),
        (
            (302, {"location": "https://www.example.org/build.json"}, b""),
            "redirects to another site, https://www.example.org",
        ),
    ],
)
def test_an_address_that_shows_no_build_is_said(
    site: Site, answer: tuple[int, dict[str, str], bytes], why: str
) -> None:
    site.host.answers["/build.json"] = answer
    assert f"published, but the site is not live: {site.host.url}/build.json {why}, after 0 seconds" in site.error("/")


def test_a_host_that_is_away_is_said(site: Site) -> None:
    away = site.settings.model_copy(update={"url": "http://127.0.0.1:9"})
    with pytest.raises(BriefingError, match=r"http://127.0.0.1:9/build.json cannot be reached \("):
        verify_published(away, site.published, (), Clock().timer(0))


def test_a_build_that_arrives_late_is_seen_then(site: Site) -> None:
    site.host.answers["/build.json"] = (200, {}, b'{"id": "01d"}')
    site.rewrite("/", "A first story", "An old story")

    def meanwhile(time: float) -> None:
        if time > 30:
            site.host.answers.pop("/build.json", None)
        if time > 60:
            site.host.forget()

    clock = Clock(meanwhile)
    site.verify(clock.timer(120), "/", "/about/")
    assert 60 < clock.time < 75
    assert clock.said[-1] == f"{site.host.url}/ is not the version that was built last"
    assert site.host.asked == ["/"], "what was right already is not asked for again"


@pytest.mark.parametrize(
    ("path", "answer", "why"),
    [
        ("/images/dot.png", (404, HTML, b"no"), "answers 404"),
        ("/images/dot.png", (200, HTML, b"<html>no</html>"), "is not an image: its content type is text/html"),
        (
            "/images/dot.png",
            (200, {"content-type": "image/png"}, b"<html>no</html>"),
            "is not an image, although its content",
        ),
        ("/issues/2026-w14/", (404, HTML, b"no"), "answers 404"),
        (FEED, (200, HTML, b"<html>"), "is not a feed or sitemap: its content type is text/html"),
        (FEED, (200, ATOM, b"<rss><cut"), "is not a feed or sitemap: it is not valid"),
        (FEED, (200, ATOM, b"<rss/>"), "is not the version that was built last"),
        (FEED, (200, ATOM, b""), "is empty"),
        (
            "/feeds/all.json",
            (200, {"content-type": "application/xml"}, b"{}"),
            "is not a feed: its content type is application/xml",
        ),
        ("/feeds/all.json", (200, {"content-type": "application/json"}, b"[]"), "is not a feed: it is not valid"),
        ("/sitemap.xml", (200, {}, b"?"), "is not a feed or sitemap: its content type is missing"),
        (f"/{KEY}.txt", (404, {}, b""), "answers 404"),
        ("/", (302, {"location": "https://parked.example/"}, b""), "redirects to another site, https://parked.example"),
        ("/", (200, HTML, b"<html><body>Soon</body></html>"), "is another page: its canonical address is missing"),
    ],
)
def test_what_is_not_as_it_should_be_is_named(
    site: Site, path: str, answer: tuple[int, dict[str, str], bytes], why: str
) -> None:
    site.host.answers[path] = answer
    said = site.error(path, "/about/")
    assert f"published, but 1 of 2 addresses failed:\n  {site.host.url}{path} {why}" in said
    assert said.endswith("\nfix the host, then run publish again")


def test_a_style_sheet_of_another_type_is_named(site: Site) -> None:
    (style,) = (check.url for check in site.checks if check.expected is Expected.STYLE)
    path = style.removeprefix(site.host.url)
    site.host.answers[path] = (200, {"content-type": "text/plain"}, b"x{}")
    assert f"{style} is not a style sheet: its content type is text/plain" in site.error(path)


def test_many_faults_are_counted_and_some_are_named(site: Site) -> None:
    for check in site.checks[:12]:
        site.host.answers[check.url.removeprefix(site.host.url)] = (500, {}, b"")
    said = site.error()
    assert f"published, but 12 of {len(site.checks)} addresses" in said
    assert said.count("answers 500") == 10
    assert "\n  and 2 more\n" in said


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("/about/", "desk@example.org", '<a class="__cf_email__" href="/cdn-cgi/x">[email&#160;protected]</a>'),
        ("/about/", "</body>", "<script>count()</script></body>"),
        ("/", "<main", "<main class=x"),
        (FEED, "<rss ", "<!-- by a host -->\n<rss "),
        (FEED, "\n<item>", "\n\n  <item>"),
        ("/feeds/all.json", "\n", " "),
    ],
)
def test_hosts_may_rewrite_what_nobody_reads(site: Site, path: str, old: str, new: str) -> None:
    site.rewrite(path, old, new)
    shown = [check for check in site.checks if check.url == site.host.url + path]
    name = f"{path}index.html" if path.endswith("/") else path
    bytes_ = (site.settings.output / name.lstrip("/")).read_bytes()
    every = shown or [SpotCheck(site.host.url + path, Expected.PAGE, bytes_)]
    verify_published(site.settings, site.published, every, Clock().timer(0))


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("/", "A second story", "Another story"),
        (FEED, "/issues/2026-w14/", "/issues/2026-w13/"),
        ("/feeds/all.json", "2026-03-30T", "2026-03-29T"),
        ("/feeds/all.atom.xml", "2026-03-31T", "2026-03-30T"),
        ("/sitemap.xml", "2026-03-31", "2026-03-30"),
    ],
)
def test_an_older_page_or_feed_is_seen(site: Site, path: str, old: str, new: str) -> None:
    site.rewrite(path, old, new)
    assert f"{site.host.url}{path} is not the version that was built last" in site.error(path)


def test_of_an_older_release_is_looked_at_what_every_site_has(site: Site) -> None:
    verify_published(site.settings, site.published, default_spot_checks(site.settings), Clock().timer(0))
    assert sorted(site.host.asked[1:]) == [
        "/", "/feeds/all.atom.xml", "/feeds/all.json", "/feeds/issues.atom.xml", FEED, "/sitemap.xml",
    ]  # fmt: skip


def test_a_site_without_an_issue_is_looked_at_as_well(site: Site) -> None:
    verify_published(site.settings, site.published, spot_checks(site.settings, site.built, None), Clock().timer(0))
    assert "/images/dot.png" not in site.host.asked


def test_news_is_what_may_be_found_and_what_is_gone(site: Site) -> None:
    url = site.host.url
    changed = ["index.html", "404.html", "issues/2026-w15/index.html", "old/index.html", "stories/gone/index.html"]
    feeds = ["feeds/all.json", "feeds/gone.xml", "build.json", "images/dot.png", "sitemap.xml"]
    changed_now = changed_urls(site.settings, site.built, [*changed, *feeds])
    assert (site.settings.output / "issues/2026-w15/index.html").is_file(), "hidden, and so nobody's business"
    assert changed_now == ChangedUrls((f"{url}/", f"{url}/stories/gone/"), (f"{url}/feeds/all.json",))


def test_engines_and_hub_are_told(site: Site) -> None:
    url = site.host.url
    changed = ChangedUrls((f"{url}/", f"{url}/about/"), (f"{url}/feeds/all.json", f"{url}{FEED}"))
    assert send_pings(site.settings, changed) == (
        PingResult("IndexNow", "2 pages"),
        PingResult("the WebSub hub", "2 feeds"),
    )
    (path, kind, body), *to_hub = site.host.told
    assert (path, kind) == ("/indexnow", "application/json")
    assert json.loads(body) == {
        "host": url.removeprefix("http://"),
        "key": KEY,
        "keyLocation": f"{url}/{KEY}.txt",
        "urlList": [f"{url}/", f"{url}/about/"],
    }
    assert {(path, kind) for path, kind, _ in to_hub} == {("/hub", "application/x-www-form-urlencoded")}
    assert [parse_qs(body.decode()) for _, _, body in to_hub] == [
        {"hub.mode": ["publish"], "hub.url": [feed]} for feed in changed.feeds
    ]


def test_ten_thousand_pages_are_told_at_once_and_no_more(site: Site) -> None:
    changed = ChangedUrls(tuple(f"{site.host.url}/{number}/" for number in range(10_001)))
    assert [one.error for one in send_pings(site.settings, changed)] == [""]
    assert [len(json.loads(body)["urlList"]) for _, _, body in site.host.told] == [10_000, 1]


@pytest.mark.parametrize(
    ("status", "why"),
    [(403, "answers 403: the key is not on the site"), (429, "too many requests"), (500, "answers 500")],
)
def test_a_refused_ping_is_said(site: Site, status: int, why: str) -> None:
    site.host.posted = status
    engines, hub = send_pings(
        site.settings, ChangedUrls(("https://x.example/",), ("https://x.example/a", "https://x.example/b"))
    )
    assert why in engines.error
    assert hub.error == f"{site.host.url}/hub answers {status}"
    assert len(site.host.told) == 2, "after a fault the rest is not tried"


def test_a_service_that_is_away_is_said(site: Site) -> None:
    (one,) = send_pings(
        _told(site.settings, websub_hub="http://127.0.0.1:9/"), ChangedUrls((), ("https://x.example/a",))
    )
    assert one.error.startswith("http://127.0.0.1:9/ cannot be reached (")


def test_a_site_on_this_machine_is_told_of_on_this_machine_only(site: Site) -> None:
    far = _told(site.settings, websub_hub="https://hub.example/", indexnow_endpoint="https://engine.example/")
    assert send_pings(far, ChangedUrls(("http://127.0.0.1/",), ("http://127.0.0.1/a",))) == ()


def test_nobody_is_told_who_was_not_named(site: Site) -> None:
    nobody = _told(site.settings, websub_hub="", indexnow_key="")
    assert send_pings(nobody, ChangedUrls(("https://x.example/",), ("https://x.example/a",))) == ()
    assert site.host.told == []


def test_feeds_name_the_hub_and_the_site_shows_the_key(site: Site) -> None:
    output, hub = site.settings.output, f"{site.host.url}/hub"
    assert (output / f"{KEY}.txt").read_text() == KEY
    assert json.loads((output / "feeds/all.json").read_text())["hubs"] == [{"type": "WebSub", "url": hub}]
    assert f'<atom:link rel="hub" href="{hub}"/>' in (output / "feeds/issues.rss.xml").read_text()
    for name in ("all", "issues", "topics/science"):
        assert f'<link rel="hub" href="{hub}"/>' in (output / f"feeds/{name}.atom.xml").read_text()


def test_what_was_not_told_is_kept(tmp_path: Path) -> None:
    private = tmp_path / ".briefing"
    assert read_pending(private) == frozenset()
    write_pending(private, {"b", "a"})
    assert read_pending(private) == {"a", "b"}
    assert (private / "pending_pings.json").stat().st_mode & 0o777 == 0o600
    (private / "pending_pings.json").write_text("cut")
    assert read_pending(private) == frozenset()
    write_pending(private, ())
    assert not (private / "pending_pings.json").exists()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_what_is_waited_for_and_forgets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", shown)
    with waiting("waiting up to 5 seconds"):
        pass
    assert not shown.getvalue(), "no wait, no word"
    with waiting("waiting up to 5 seconds") as tell:
        tell("https://[x] answers 404")
        tell("https://[x] answers 404")
    assert "waiting up to 5 seconds: https://[x] answers 404" in shown.getvalue()


def test_elsewhere_the_same_line_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    with waiting("waiting") as tell:
        for why in ("a", "a", "b", "b"):
            tell(why)
    assert capsys.readouterr().err == "waiting: a\nwaiting: b\n"


def _told(settings: Settings, **changes: str) -> Settings:
    options = settings.options
    publish = options.publish.model_copy(update=changes)
    return settings.model_copy(update={"options": options.model_copy(update={"publish": publish})})
