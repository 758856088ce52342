"""The subscribe form: on the home page and at an issue's end, to the list server or a provider, or nowhere."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING, Any

import lxml.html
import pytest
from tests.theme.conftest import SAMPLE, templates_with

from briefing import settings
from briefing.errors import ProblemsFoundError
from briefing.settings import Delivery

if TYPE_CHECKING:
    from briefing.pages.views import IssuePage


def templates_of(**delivery: Any) -> Any:
    briefing = runpy.run_path(str(SAMPLE / "pelicanconf.py"))["BRIEFING"]
    return templates_with(BRIEFING={**briefing, "delivery": delivery})


def test_it_posts_to_the_list_server(issue_page: IssuePage) -> None:
    page = templates_of(listserver="https://example.org/list/", subscribe_form="https://provider.example/x").render(
        "issue.html", issue_page
    )
    (form,) = lxml.html.fromstring(page).xpath("//form")
    assert (form.get("action"), form.get("method")) == ("https://example.org/list/subscribe", "post")
    assert form.xpath(".//input/@name") == ["email", "leave-empty"]
    assert "form-action 'self' https://example.org\"" in page


def test_without_one_it_posts_to_a_provider(issue_page: IssuePage) -> None:
    page = templates_of(subscribe_form="https://provider.example:8443/join?u=1&id=2", subscribe_field="EMAIL").render(
        "issue.html", issue_page
    )
    (form,) = lxml.html.fromstring(page).xpath("//form")
    assert form.get("action") == "https://provider.example:8443/join?u=1&id=2"
    assert form.xpath(".//input/@name") == ["EMAIL"]
    assert "form-action 'self' https://provider.example:8443\"" in page


def test_with_neither_there_is_none(issue_page: IssuePage) -> None:
    page = templates_of().render("issue.html", issue_page)
    assert "<form" not in page
    assert "form-action 'self'\"" in page


def test_a_host_is_named_as_browsers_do() -> None:
    join = templates_of(listserver="https://b\u00fccher.example")._environment.globals["site"].join
    assert join.origin == "https://xn--bcher-kva.example"


def test_form_is_where_the_list_server_takes_it() -> None:
    assert Delivery(listserver="https://example.org/list").form == "https://example.org/list/subscribe"


@pytest.mark.parametrize(
    "address",
    ["http://provider.example/x", "provider.example", "https://a b.example/", "https://a..example/", "https://x:0/"],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    values = runpy.run_path(str(SAMPLE / "pelicanconf.py"))
    values["BRIEFING"] = {**values["BRIEFING"], "delivery": {"subscribe_form": address}}
    with pytest.raises(ProblemsFoundError, match="not a valid form address"):
        settings.resolve(SAMPLE, values)
