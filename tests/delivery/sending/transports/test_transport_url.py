"""Transports by their URLs; a URL with a mistake is refused, and no part of it repeated."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.delivery.smtp_parts import settings_of

from briefing.delivery.sending.transports import TABLE, open_transport, scheme_of
from briefing.delivery.sending.transports.transport_url import FORMS, TransportAddress, read_address
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("smtp://mail.example.org", TransportAddress("smtp", "mail.example.org")),
        ("SMTP://Mail.Example.ORG:2525", TransportAddress("smtp", "mail.example.org", 2525)),
        ("smtps://ada%40example.org@[::1]:465", TransportAddress("smtps", "::1", 465, "ada@example.org")),
        ("smtp://bücher.example", TransportAddress("smtp", "xn--bcher-kva.example")),
        (
            "smtp://127.0.0.1:25?tls=none&timeout=9",
            TransportAddress("smtp", "127.0.0.1", 25, options={"tls": "none", "timeout": "9"}),
        ),
        (
            "file:.briefing/mail%20box?as=eml",
            TransportAddress("file", path=".briefing/mail box", options={"as": "eml"}),
        ),
        ("file:///srv/mail", TransportAddress("file", path="/srv/mail")),
        ("ses://eu-west-1", TransportAddress("ses", "eu-west-1")),
        ("resend://", TransportAddress("resend")),
        (" smtp://mail.example.org ", TransportAddress("smtp", "mail.example.org")),
    ],
)
def test_the_parts_of_a_url(url: str, address: TransportAddress) -> None:
    assert read_address(url) == address
    assert scheme_of(url) == address.scheme


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "mail.example.org",
            "mailto:s3cr3t@example.org",
            "://s3cr3t",
            "s3cr3t:x@mail.example.org",
            "imap://s3cr3t",
        ),
        *("smtp://ada:s3cr3t@mail.example.org", "smtp://:s3cr3t@mail.example.org", "resend://x:s3cr3t@"),
        *("smtp://mail.example.org:s3cr3t", "smtp://mail.example.org:99999", "smtp://[::s3cr3t", "smtp://s3cr3t..org"),
        *("smtp://mail.example.org#s3cr3t", "smtp://s3cr3t mail", "smtp://s3cr3t\nmail", "smtp://s3cr3t\x00"),
        *("smtp://h?tls=none&tls=s3cr3t", "smtp://ada%0As3cr3t@h", "file:a%00s3cr3t", "smtp://h?tls=%0as3cr3t"),
    ],
)
def test_a_mistake_is_said_and_nothing_repeated(url: str) -> None:
    with pytest.raises(WrongUseError) as caught:
        read_address(url)
    assert SECRET not in str(caught.value)
    assert "smtp://" in str(caught.value) or "resend://" in str(caught.value) or "file:" in str(caught.value)


def test_a_password_in_a_url_is_told_where_it_belongs() -> None:
    with pytest.raises(WrongUseError, match="BRIEFING_SMTP_PASSWORD"):
        read_address("smtps://ada:s3cr3t@mail.example.org")


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"smtp://{text}", f"smtp://ada:{text}@h", f"file:{text}"):
        with contextlib.suppress(WrongUseError):
            read_address(url)


def test_no_test_asks_the_machine_for_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What the tests' environment sees to, with credentials and without."""
    asked: list[object] = []
    monkeypatch.setattr("botocore.httpsession.URLLib3Session.send", lambda _self, request: asked.append(request.url))
    open_transport("ses://eu-west-1", settings_of(tmp_path), {})
    assert boto3.Session().get_credentials().access_key == "AKIDEXAMPLE"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert boto3.Session().get_credentials() is None
    assert asked == []


def test_parts_that_mean_nothing_are_refused() -> None:
    with pytest.raises(WrongUseError, match="has a port"):
        read_address("ses://eu-west-1:1").require("host")
    with pytest.raises(WrongUseError, match="there are none"):
        read_address("ses://eu-west-1?x=1").require("host")
    read_address("ses://eu-west-1?x=1").require("host", options=["x"])


def test_every_form_has_an_opener(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert set(TABLE) == set(FORMS)
    root = tmp_path_factory.mktemp("publication")
    for url in ("smtp://mail.example.org", "smtps://mail.example.org", "file:.briefing/mail"):
        assert open_transport(url, settings_of(root), {}).traits.name.startswith(scheme_of(url))
