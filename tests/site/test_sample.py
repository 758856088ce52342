"""The sample publication, as built: every link leads somewhere, every feed and digest is valid."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import feedparser
import pytest
from jsonschema import Draft202012Validator
from lxml import etree, html

from briefing.content import frontmatter
from briefing.content.library.content_hash import content_hash
from briefing.content.model import StoryFrontMatter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOST = "https://primary-source.example"
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
JSON_FEED = {
    "type": "object",
    "required": ["version", "title", "items", "home_page_url", "feed_url"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": {"type": "string", "minLength": 1},
        "home_page_url": {"type": "string", "pattern": "^https://"},
        "feed_url": {"type": "string", "pattern": "^https://"},
        "language": {"type": "string"},
        "items": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "url", "title", "content_html", "date_published"],
                "properties": {
                    "id": {"type": "string", "minLength": 1},
                    "url": {"type": "string", "pattern": "^https://"},
                    "content_html": {"type": "string", "minLength": 100},
                    "summary": {"type": "string"},
                    "image": {"type": "string", "pattern": "^https://"},
                    "date_published": {
                        "type": "string",
                        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$",
                    },
                    "date_modified": {
                        "type": "string",
                        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d|Z)$",
                    },
                    "authors": {"type": "array", "items": {"type": "object", "required": ["name"]}},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}


def pages(site: Path) -> Iterator[tuple[str, html.HtmlElement]]:
    for path in sorted(site.rglob("*.html")):
        yield f"/{path.relative_to(site).as_posix()}", html.fromstring(path.read_bytes())


def faults(site: Path) -> list[str]:
    """Every address on the site's own host, in pages, that no file or anchor answers."""
    trees = dict(pages(site))
    anchors = {name: set(tree.xpath("//@id")) for name, tree in trees.items()}
    found = []
    for name, tree in trees.items():
        for address in tree.xpath("//@href | //@src | //@action"):
            absolute = urlsplit(urljoin(f"{HOST}{name.removesuffix('index.html')}", address))
            if f"{absolute.scheme}://{absolute.netloc}" != HOST:
                continue
            target = unquote(absolute.path)
            file = f"{target}index.html" if target.endswith("/") else target
            if not (site / file.lstrip("/")).is_file():
                found.append(f"{name}: {address}")
            elif absolute.fragment and unquote(absolute.fragment) not in anchors.get(file, set()):
                found.append(f"{name}: {address} (anchor)")
    return found


def test_every_link_anchor_and_asset_resolves(site: Path) -> None:
    assert faults(site) == []


def test_the_link_test_sees_faults(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<h1 id="a">x</h1><a href="/gone/">x</a><a href="#b">x</a><img src="/i.png">')
    assert len(faults(tmp_path)) == 3


def test_the_kinds_of_pages_are_there(site: Path) -> None:
    names = [name for name, _ in pages(site)]
    folders = Counter(name.split("/")[1] for name in names)
    assert folders["stories"] >= 30
    assert folders["issues"] >= 5
    for name in ("topics", "tags", "threads", "curators", "sources", "weeks"):
        assert folders[name] >= 3, name
    for name in ("/index.html", "/404.html", "/about/index.html", "/corrections/index.html", "/page/2/index.html"):
        assert name in names


def test_pages_load_nothing_from_elsewhere_and_run_no_script(site: Path) -> None:
    for name, tree in pages(site):
        loaded = tree.xpath("//img/@src | //script/@src | //link[@rel='stylesheet' or contains(@rel,'icon')]/@href")
        assert all(address.startswith(("/", "data:")) for address in loaded), name
        assert not tree.xpath("//script[not(@type='application/ld+json')]"), name
        assert not tree.xpath("//@style | //*[starts-with(name(@*), 'on')]"), name


def test_every_page_has_one_title_one_h1_a_language_and_described_pictures(site: Path) -> None:
    for name, tree in pages(site):
        if tree.xpath("//meta[@http-equiv='refresh']"):
            continue
        assert len(tree.xpath("//title")) == 1, name
        assert len(tree.xpath("//h1")) == 1, name
        assert tree.xpath("/html/@lang"), name
        for picture in tree.xpath("//img"):
            assert picture.get("alt") is not None, name
            assert int(picture.get("width")) > 0, name
            assert int(picture.get("height")) > 0, name


def test_plurals_are_right(site: Path) -> None:
    for name, tree in pages(site):
        text = " ".join(tree.text_content().split())
        wrong = re.findall(
            r"\b1 (?:minutes|words|stories|sources|issues)\b|\b(?:0|[2-9]|\d\d+) (?:minute|word|story|issue)\b", text
        )
        assert not wrong, f"{name}: {wrong}"


@pytest.mark.parametrize(
    "name", ["all.atom.xml", "issues.atom.xml", "topics/openai.atom.xml", "topics/law-and-policy.atom.xml"]
)
def test_atom_feeds_hold_what_rfc_4287_asks(name: str, site: Path) -> None:
    data = (site / "feeds" / name).read_bytes()
    assert not feedparser.parse(data).bozo
    feed = etree.fromstring(data)
    assert [len(feed.findall(f"{ATOM}{tag}")) for tag in ("id", "title", "updated")] == [1, 1, 1]
    assert feed.find(f"{ATOM}link[@rel='self']").get("href") == f"{HOST}/feeds/{name}"
    entries = feed.findall(f"{ATOM}entry")
    assert entries
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    for entry in entries:
        assert [len(entry.findall(f"{ATOM}{tag}")) for tag in ("id", "title", "updated", "content")] == [1, 1, 1, 1]
        assert feed.findall(f"{ATOM}author") or entry.findall(f"{ATOM}author")
        assert dt.datetime.fromisoformat(entry.findtext(f"{ATOM}updated")).tzinfo
        content = html.fromstring(entry.findtext(f"{ATOM}content"))
        for address in content.xpath("//@href | //@src"):
            assert address.startswith(("https://", "http://", "mailto:")), address


def test_story_feeds_are_whole_texts(site: Path) -> None:
    entry = feedparser.parse((site / "feeds/topics/openai.atom.xml").read_bytes()).entries[0]
    page = html.fromstring((site / urlsplit(entry.link).path.lstrip("/") / "index.html").read_bytes())
    last = page.xpath("//article//p[string-length(normalize-space()) > 80]")[3].text_content()
    assert " ".join(last.split())[:60] in " ".join(html.fromstring(entry.content[0].value).text_content().split())


def test_the_json_feed_is_valid(site: Path) -> None:
    feed = json.loads((site / "feeds/all.json").read_bytes())
    assert not list(Draft202012Validator(JSON_FEED).iter_errors(feed))
    broken = {**feed, "version": "1"}
    assert list(Draft202012Validator(JSON_FEED).iter_errors(broken))


def test_the_rss_of_issues_is_whole(site: Path) -> None:
    data = (site / "feeds/issues.rss.xml").read_bytes()
    parsed = feedparser.parse(data)
    assert not parsed.bozo
    assert parsed.version == "rss20"
    assert len(parsed.entries) >= 5
    for entry in parsed.entries:
        assert entry.id
        assert entry.published_parsed
        assert entry.link.startswith(f"{HOST}/issues/")
        assert len(entry.content[0].value) > 500


def test_the_sitemap_names_every_page_for_readers(site: Path) -> None:
    root = etree.fromstring((site / "sitemap.xml").read_bytes())
    named = [entry.findtext(f"{SITEMAP}loc") for entry in root]
    assert len(named) == len(set(named))
    for address in named:
        path = unquote(urlsplit(address).path)
        assert (site / path.lstrip("/") / "index.html").is_file(), address
    listed = {urlsplit(address).path for address in named}
    for name, tree in pages(site):
        hidden = tree.xpath("//meta[@name='robots' and contains(@content, 'noindex')]")
        path = name.removesuffix("index.html")
        is_further = re.search(r"/page/\d+/$", path)
        assert (path in listed) != bool(hidden or is_further or name == "/404.html"), name


def test_hidden_and_draft_stories_are_in_no_list(site: Path) -> None:
    hidden = "stories/2026-04-02-nist-ai-rmf"
    assert (site / hidden / "index.html").is_file()
    assert not (site / "stories/2026-04-13-lora").exists()
    for path in site.rglob("*"):
        if path.is_file() and path.parent != site / hidden and path.suffix in {".html", ".xml", ".json"}:
            text = path.read_text()
            assert "nist-ai-rmf" not in text, path
            assert "2026-04-13-lora" not in text, path


def test_every_digest_parses_strictly_and_its_text_holds_every_link(site: Path) -> None:
    outbox = site.with_name(f"{site.name}-outbox")
    messages = sorted(outbox.glob("*/digest.eml"))
    assert len(messages) >= 5
    for path in messages:
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP.clone(raise_on_defect=True))
        first, second = message.iter_parts()
        assert message.get_content_type() == "multipart/alternative"
        assert (first.get_content_type(), second.get_content_type()) == ("text/plain", "text/html")
        assert not [part.defects for part in message.walk() if part.defects]
        text, page = first.get_content(), html.fromstring(second.get_content())
        for address in page.xpath("//a/@href"):
            assert address in text, f"{path}: {address}"
        assert max(map(len, path.read_bytes().split(b"\r\n"))) <= 998
        assert (path.parent / "digest.html").read_text().strip() == second.get_content().replace("\r\n", "\n").strip()
        assert (path.parent / "digest.txt").read_text().strip() == text.replace("\r\n", "\n").strip()


GPT_4 = "2026-03-25-gpt-4-technical-report"


def test_the_correction_is_in_the_next_digest_and_in_no_other(site: Path) -> None:
    outbox = site.with_name(f"{site.name}-outbox")
    for name in ("digest.txt", "digest.html"):
        telling = [file.parent.name for file in outbox.glob(f"*/{name}") if "since the last issue" in file.read_text()]
        assert telling == ["2026-w14"]


def test_the_correction_is_wherever_the_story_is(site: Path) -> None:
    issue = html.fromstring((site / "issues/2026-w13/index.html").read_bytes())
    (notice,) = issue.xpath("//article[contains(@class, 'item')]//section[@class='corrections']")
    assert "The exam is scored out of 400." in notice.text_content()
    assert GPT_4 in (site / "corrections/index.html").read_text()
    story = html.fromstring((site / f"stories/{GPT_4}/index.html").read_bytes())
    (data,) = story.xpath("//script[@type='application/ld+json']/text()")
    (correction,) = json.loads(data)["correction"]
    assert (correction["@type"], correction["datePublished"]) == ("CorrectionComment", "2026-03-31")
    entries = etree.parse(site / "feeds/issues.atom.xml").iterfind("{*}entry")
    updated = {entry.findtext("{*}id"): entry.findtext("{*}updated") for entry in entries}
    assert updated["https://primary-source.example/issues/2026-w13/"] == "2026-03-31T00:00:00+01:00"


def test_the_record_says_what_was_sent(sample: Path) -> None:
    """The corrected story, as it was before, is the one that the record of its issue tells of."""
    record = json.loads((sample / "content/issues/2026-w13.sent.json").read_text())
    document, _ = frontmatter.read((sample / f"content/stories/2026/{GPT_4}.md").read_bytes(), f"{GPT_4}.md")
    assert document is not None
    front_matter, _ = frontmatter.validate(StoryFrontMatter, document)
    assert content_hash(front_matter, document.markdown) != record["content_hashes"][GPT_4]
    assert (
        content_hash(front_matter, document.markdown.replace("298 of 400", "298 of 300"))
        == record["content_hashes"][GPT_4]
    )


def test_the_second_page_of_home_leads_back(site: Path) -> None:
    tree = html.fromstring((site / "page/2/index.html").read_bytes())
    assert tree.xpath("//a[@rel='prev']/@href") == ["/"]
