"""The digest for providers: their tags in the placeholders, and what an author wrote never taken for a tag."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.digest.html_part import page
from briefing.digest.merge_tags import _DIALECTS, Provider, _split_tags, page_for, text_for
from briefing.pages.digest_view import BY_MAIL, PREFERENCES, UNSUBSCRIBE
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.pages.views import IssueView

TAGS = {
    Provider.BUTTONDOWN: ["{{ manage_subscription_url }}", "{{ unsubscribe_url }}"],
    Provider.MAILCHIMP: ["*|UPDATE_PROFILE|*", "*|UNSUB|*"],
    Provider.LISTMONK: ["{{ UnsubscribeURL }}", "{{ UnsubscribeURL }}"],
    Provider.GHOST: [],
}
# What each provider reads as a tag of its own.
READS = {
    Provider.BUTTONDOWN: r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}",
    Provider.MAILCHIMP: r"\*\|.*?\|\*",
    Provider.LISTMONK: r"\{\{.*?\}\}|@TrackLink",
    Provider.GHOST: r"""%%\{.*?\}%%|\{[A-Za-z0-9_]*(?:,? *(?:"|&quot;).*?(?:"|&quot;))?\}""",
}
HOSTILE = (
    "{{ subscriber.email }} {{{x}}} {% if a %} {# c #} *|EMAIL|* **|X|* https://a.example@TrackLink "
    '{name} {first_name, "you"} {} %%{uuid}%% {{ UnsubscribeURL }}'
)


class _Reading(HTMLParser):
    """What is shown, what stands in for pictures, and where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown = ""
        self.links: list[str] = []
        self._in_style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        values = dict(attrs)
        self.shown += values.get("alt") or ""
        if tag == "a":
            self.links.append(values["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        self.shown += "" if self._in_style else data


@pytest.fixture
def made_for(make_settings: Any) -> Callable[..., str]:
    """`made_for(provider, issue)`; without a provider the digest as it is."""
    templates = Templates(make_settings())

    def make(provider: Provider | None, issue: IssueView) -> str:
        view = DigestView(issue, UNSUBSCRIBE, PREFERENCES)
        return page_for(provider, view, templates) if provider else page(view, templates)

    return make


@pytest.fixture
def hostile(an: Any, whole: IssueView) -> IssueView:
    """Tags of every provider in every kind of place."""
    story = an.item(
        7,
        title=HOSTILE,
        summary=HOSTILE,
        why_it_matters=HOSTILE,
        image=an.picture(alt=HOSTILE, caption=HOSTILE),
        sources=(an.source(href="https://a.example/{{x}}?q=*|EMAIL|*&b={name}#@TrackLink", title=HOSTILE),),
    )
    introduction = "<p>{{ a }} *|B|* {c}</p><pre><code>{% raw %}{name}</code></pre>"
    return dataclasses.replace(whole, lead=story, subject=HOSTILE, preheader=HOSTILE, html=introduction)


@pytest.mark.parametrize("provider", Provider)
def test_the_providers_tags_are_the_readers_links(made_for: Any, whole: Any, provider: Provider) -> None:
    html = made_for(provider, whole)
    assert re.findall(READS[provider], html) == TAGS[provider]
    assert ".invalid" not in html
    links = [link for link in _Reading(html).links if link.startswith(("{", "*"))]
    if provider is Provider.LISTMONK:
        assert links == ["{{ UnsubscribeURL }}?manage=true", "{{ UnsubscribeURL }}"]
    else:
        assert links == TAGS[provider]


@pytest.mark.parametrize("provider", Provider)
def test_a_provider_has_its_own_links_where_readers_leave_us_by_mail(
    make_settings: Any, made_for: Any, whole: Any, provider: Provider
) -> None:
    assert page_for(provider, DigestView(whole, BY_MAIL), Templates(make_settings())) == made_for(provider, whole)


@pytest.mark.parametrize("provider", Provider)
def test_what_looks_like_a_tag_shows_as_written(made_for: Any, hostile: Any, provider: Provider) -> None:
    html, plain = made_for(provider, hostile), made_for(None, hostile)
    assert re.findall(READS[provider], html) == TAGS[provider]
    shown, meant = _Reading(html), _Reading(plain)
    written = shown.shown.replace("\u200c", "").split("*What happened")[0]
    assert written.count(HOSTILE) == meant.shown.count(HOSTILE) - (2 if provider is Provider.GHOST else 0) > 0
    addresses = [unquote(link) for link in meant.links if ".invalid" not in link]
    assert [unquote(link) for link in shown.links if not link.startswith(("{", "*"))] == addresses


def test_buttondowns_templating_leaves_nothing_but_its_own_links(made_for: Any, hostile: Any) -> None:
    """Django's tags begin as Jinja's do."""
    html = made_for(Provider.BUTTONDOWN, hostile)
    sent = jinja2.Template(html).render(
        unsubscribe_url="https://b.example/u", manage_subscription_url="https://b.example/m"
    )
    assert 'href="https://b.example/u"' in sent
    assert 'href="https://b.example/m"' in sent
    assert _Reading(sent).shown.replace("\u200c", "").count(HOSTILE) > 3


def test_what_is_no_tag_is_not_touched(made_for: Any, whole: Any) -> None:
    whole = dataclasses.replace(whole, html="<p>{ x } * | 5 * 3 { a: 1 }</p>")
    plain = made_for(None, whole).replace(f'href="{UNSUBSCRIBE}"', 'href="*|UNSUB|*"')
    assert made_for(Provider.MAILCHIMP, whole) == plain.replace(f'href="{PREFERENCES}"', 'href="*|UPDATE_PROFILE|*"')


def test_for_ghost_it_is_what_goes_into_a_card(made_for: Any, whole: Any) -> None:
    html = made_for(Provider.GHOST, whole)
    assert html.startswith("<table")
    for left_out in ("<html", "<head", "<style data", "<body", "preheader", "Unsubscribe", "Your subscription"):
        assert left_out not in html
    assert "Read this issue on the web" in html
    assert "What happened, part 0" in html


def test_rules_stay_rules() -> None:
    opening = _DIALECTS[Provider.BUTTONDOWN].opening
    rules = "<style>@media print {#a{color:red}}</style><p style='x'>{#a#}</p>"
    assert _split_tags(rules, opening) == "<style>@media print { #a{color:red}}</style><p style='x'>{\u200c#a#}</p>"


@given(st.text(alphabet='{}%#*|@TrackLinkab ,"', max_size=60), st.sampled_from(list(Provider)))
def test_no_text_becomes_a_tag_and_none_is_lost(text: str, provider: Provider) -> None:
    made = _split_tags(f'<p title="{text.replace(chr(34), "&quot;")}">{text}</p>', _DIALECTS[provider].opening)
    assert not re.search(READS[provider], made)
    assert re.sub("\u200c", "", made).endswith(f">{text}</p>")


def test_the_guide_says_the_same_tags() -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "how-to" / "send-by-a-provider.md").read_text("utf-8")
    assert [tag for tags in TAGS.values() for tag in tags if tag not in guide.replace("\\|", "|")] == []
    assert [provider for provider in Provider if f"--digest-for {provider}" not in guide] == []


def test_a_build_writes_one_more_file_while_it_is_asked_for(publication: Any, briefing: Any) -> None:
    root = publication()
    done = briefing(root, "build", "--digest-for", "mailchimp")
    assert done.returncode == 0, done.stderr
    assert "1 digest for mailchimp" in done.stdout
    issue = root / "outbox" / "2026-w14"
    assert sorted(file.name for file in issue.iterdir()) == [
        "digest-for-mailchimp.html",
        "digest.eml",
        "digest.html",
        "digest.txt",
    ]
    assert "*|UNSUB|*" in (issue / "digest-for-mailchimp.html").read_text(encoding="utf-8")
    assert "*|" not in (issue / "digest.html").read_text(encoding="utf-8")
    assert briefing(root, "build").returncode == 0
    assert not (issue / "digest-for-mailchimp.html").exists()


def test_an_unknown_provider_is_wrong_use(publication: Any, briefing: Any) -> None:
    done = briefing(publication(), "build", "--digest-for", "pigeon")
    assert done.returncode == 2
    assert "'buttondown', 'mailchimp', 'listmonk', 'ghost'" in done.stderr


@pytest.mark.parametrize("provider", [Provider.BUTTONDOWN, Provider.LISTMONK])
@pytest.mark.parametrize("leave", [UNSUBSCRIBE, BY_MAIL])
def test_a_text_has_the_providers_tags_and_no_others(provider: Provider, leave: str) -> None:
    written = f"{HOSTILE}\n[1] https://a.example/{{{{x}}}}\n[2] {leave}\n[3] {PREFERENCES}\n"
    text = text_for(provider, written)
    assert sorted(re.findall(READS[provider], text)) == sorted(TAGS[provider])
    assert ".invalid" not in text
    assert "[1] https://a.example/%7B{x}}\n" in text
    assert unquote(text.replace("\u200c", "")).startswith(f"{HOSTILE}\n[1] https://a.example/{{{{x}}}}\n[2] {{{{")
    assert text_for(provider, "A plain line, { and } in it") == "A plain line, { and } in it"
