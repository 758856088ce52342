"""TLS is required and verified, and a password travels under it only."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.delivery.sink import Options, serving
from tests.delivery.smtp_parts import certify, deliver, deliver_all, envelope, settings_of, verdicts

from briefing.delivery.sending.transports import open_transport
from briefing.delivery.sending.transports.contract import UnreachableError, Verdict
from briefing.delivery.sending.transports.smtp.certificates import mismatch_reason
from briefing.delivery.sending.transports.smtp.transport import SmtpTransport
from briefing.errors import BriefingError, WrongUseError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.delivery.sink import Sink

    from briefing.delivery.sending.transports.contract import Transport

PASSWORD = "open-sesame"
SCHEMES = {"smtp": Options(), "smtps": Options(tls=True)}


def secured(options: Options, folder: Path, host: str = "127.0.0.1", days: int = 1) -> Options:
    file, key = certify(folder, host, days)
    return replace(options, certificate=file, key=key)


def transport(sink: Sink, folder: Path, scheme: str = "smtp", user: str = "", query: str = "") -> Transport:
    environment = {"SSL_CERT_FILE": str(folder / "certificate.pem"), "BRIEFING_SMTP_PASSWORD": PASSWORD}
    return open_transport(f"{scheme}://{user}127.0.0.1:{sink.port}{query}", settings_of(folder), environment)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_messages_under_tls(tmp_path: Path, scheme: str) -> None:
    sent = [envelope(number, b"Text\r\n" * 4000) for number in range(30)]
    with serving(secured(SCHEMES[scheme], tmp_path)) as sink:
        outcomes = deliver_all(transport(sink, tmp_path, scheme), sent)
    assert verdicts(outcomes.values()) == {"sent": 30}
    assert {each.body for each in sink.accepted} == {each.message for each in sent}
    assert sink.commands["STAR"] == (sink.connections if scheme == "smtp" else 0)
    assert len(sink.greetings) == sink.connections * (2 if scheme == "smtp" else 1)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_large_message_under_tls_and_drops_within_and_after_it(tmp_path: Path, scheme: str) -> None:
    large = envelope(1, b"Text\r\n" * 3_000_000)
    options = secured(SCHEMES[scheme], tmp_path)
    for faults, verdict in (
        ({}, Verdict.SENT),
        ({"drop-mid-data": 1.0}, Verdict.RETURNED),
        ({"drop-after": 1.0}, Verdict.UNKNOWN),
    ):
        with serving(replace(options, faults=faults)) as sink:
            (outcome,) = deliver(transport(sink, tmp_path, scheme), large)
        assert outcome.verdict is verdict
        assert len(sink.accepted) == (verdict is not Verdict.RETURNED)


def test_a_server_without_starttls_gets_nothing(tmp_path: Path) -> None:
    certify(tmp_path)
    with serving(Options()) as sink, pytest.raises(UnreachableError, match=r"tls=none") as caught:
        deliver(transport(sink, tmp_path), envelope())
    assert caught.value.wait == 0
    assert not sink.commands["MAIL"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("host", ["127.0.0.2", "mail.example.org"])
def test_a_certificate_of_another_names_it(tmp_path: Path, scheme: str, host: str) -> None:
    options = secured(SCHEMES[scheme], tmp_path, host)
    said = rf"has a certificate for {host}, not for 127\.0\.0\.1; use that name in the URL$"
    with serving(options) as sink, pytest.raises(UnreachableError, match=said) as caught:
        deliver(transport(sink, tmp_path, scheme, user="ada@"), envelope())
    assert caught.value.wait == 0
    assert not sink.commands["MAIL"]
    assert not sink.commands["AUTH"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_certificate_of_the_past(tmp_path: Path, scheme: str) -> None:
    options = secured(SCHEMES[scheme], tmp_path, days=-1)
    with (
        serving(options) as sink,
        pytest.raises(UnreachableError, match="certificate that is not trusted") as caught,
    ):
        deliver(transport(sink, tmp_path, scheme), envelope())
    assert caught.value.wait == 0
    assert not sink.commands["MAIL"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "is not for x.example; use the host name that the provider documents"),
        (["a\nb"], "is not for x.example; use the host name that the provider documents"),
        (["a.example", "*.b.example"], "for a.example and *.b.example, not for x.example"),
        ([f"{name}.example" for name in "abcd"], "for a.example, b.example, c.example and others, not for x"),
    ],
)
def test_names_of_a_certificate_are_told(names: list[str], said: str) -> None:
    assert said in mismatch_reason("x.example", names)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with serving(Options()) as sink:
        port = sink.port
    url = f"smtp://127.0.0.1:{port}?tls=none"
    with pytest.raises(UnreachableError, match=r"\(Connection refused\); check host and port, and whether"):
        deliver(open_transport(url, settings_of(tmp_path), {}), envelope())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_certificate_that_nobody_vouches_for(tmp_path: Path, scheme: str) -> None:
    options = secured(SCHEMES[scheme], tmp_path)
    with serving(options) as sink, pytest.raises(UnreachableError, match="SSL_CERT_FILE"):
        deliver(open_transport(f"{scheme}://127.0.0.1:{sink.port}", settings_of(tmp_path), {}), envelope())


def test_tls_from_the_start_where_there_is_none(tmp_path: Path) -> None:
    certify(tmp_path)
    with serving(Options()) as sink, pytest.raises(UnreachableError, match="does not speak TLS"):
        deliver(transport(sink, tmp_path, "smtps"), envelope())


@pytest.mark.parametrize("said", [b"220 go\r\n250 injected\r\n", b"220 go\r\n250-half"])
def test_what_was_put_in_before_tls_ends_it(tmp_path: Path, said: bytes) -> None:
    certify(tmp_path)
    says = {"ehlo": b"250-sink.example\r\n250 STARTTLS\r\n", "star": said}
    with serving(Options(says=says)) as sink, pytest.raises(UnreachableError):
        deliver(transport(sink, tmp_path), envelope())


@pytest.mark.parametrize("said", [b"454 4.7.0 not now\r\n", b"", b"220 go\r\nno handshake at all\r\n"])
def test_starttls_that_fails(tmp_path: Path, said: bytes) -> None:
    certify(tmp_path)
    says = {"ehlo": b"250-sink.example\r\n250 STARTTLS\r\n", "star": said}
    with serving(Options(says=says)) as sink, pytest.raises(UnreachableError):
        deliver(transport(sink, tmp_path), envelope())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_login(tmp_path: Path, scheme: str) -> None:
    options = replace(secured(SCHEMES[scheme], tmp_path), user="ada@example.org", password=PASSWORD)
    with serving(options) as sink:
        assert verdicts(deliver(transport(sink, tmp_path, scheme, "ada%40example.org@"), envelope())) == {"sent": 1}
        with pytest.raises(UnreachableError, match=r"refused the login \(5.7.8\)") as caught:
            deliver(transport(sink, tmp_path, scheme, "ben%40example.org@"), envelope())
        (outcome,) = deliver(transport(sink, tmp_path, scheme), envelope())
    assert caught.value.wait == 0
    assert not {"ben", PASSWORD} & set(str(caught.value).replace("@", " ").split())
    assert outcome.refusal.startswith("the server refused MAIL (5.7.0)")


def test_a_login_by_login(tmp_path: Path) -> None:
    options = replace(secured(Options(), tmp_path), user="ada", password=PASSWORD, mechanisms="LOGIN CRAM-MD5")
    with serving(options) as sink:
        assert verdicts(deliver(transport(sink, tmp_path, user="ada@"), envelope())) == {"sent": 1}


def test_a_login_that_is_not_offered(tmp_path: Path) -> None:
    options = replace(secured(Options(), tmp_path), user="ada", password=PASSWORD, mechanisms="XOAUTH2")
    with serving(options) as sink, pytest.raises(UnreachableError, match="PLAIN or LOGIN") as caught:
        deliver(transport(sink, tmp_path, user="ada@"), envelope())
    assert caught.value.wait == 0


def test_a_login_without_tls_to_this_machine_only(tmp_path: Path) -> None:
    with serving(Options(user="ada", password=PASSWORD)) as sink:
        assert verdicts(deliver(transport(sink, tmp_path, user="ada@", query="?tls=none"), envelope())) == {"sent": 1}
    with pytest.raises(WrongUseError, match="sent unencrypted"):
        open_transport("smtp://ada@mail.example.org?tls=none", settings_of(tmp_path), {"BRIEFING_SMTP_PASSWORD": "x"})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://mail.example.org?tls=unverified", "allowed: none"),
        ("smtps://mail.example.org?tls=none", "only smtp:// allows"),
        ("smtp://ada@mail.example.org", "BRIEFING_SMTP_PASSWORD is not set"),
        ("smtp://:25", "does not name a host"),
        ("smtp://mail.example.org/path", "has a path"),
        ("smtp://mail.example.org?timeout=0", "1 to 3600"),
        ("smtp://mail.example.org?timeout=soon", "1 to 3600"),
        ("smtp://mail.example.org?helo=a%20b", "helo"),
        ("smtp://mail.example.org?verify=no", "allowed: helo, timeout, tls"),
    ],
)
def test_urls_that_make_no_sense(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(WrongUseError, match=said):
        open_transport(url, settings_of(tmp_path), {})


def test_authorities_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").write_text("nothing")
    for file in ("certificate.pem", "missing.pem"):
        with pytest.raises(BriefingError, match="SSL_CERT_FILE"):
            open_transport("smtp://127.0.0.1", settings_of(tmp_path), {"SSL_CERT_FILE": str(tmp_path / file)})


def test_the_password_is_in_no_text(tmp_path: Path) -> None:
    ours = open_transport("smtp://ada@mail.example.org", settings_of(tmp_path), {"BRIEFING_SMTP_PASSWORD": PASSWORD})
    assert isinstance(ours, SmtpTransport)
    server = ours._server
    assert server.password == PASSWORD
    assert PASSWORD not in f"{ours!r}{server!r}{ours.traits!r}"
    assert base64.b64encode(PASSWORD.encode()).decode() not in repr(server)


def test_how_we_greet(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for query, greeting in (("&helo=Desk.Example.ORG", b"EHLO desk.example.org"), ("", b"EHLO [127.0.0.1]")):
        with serving(Options()) as sink:
            deliver(open_transport(f"smtp://127.0.0.1:{sink.port}?tls=none{query}", settings, {}), envelope())
        assert sink.greetings == [greeting]
