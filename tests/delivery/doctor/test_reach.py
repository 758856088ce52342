"""What `doctor` and `send` find when they connect: TLS, the list server, and the whole command."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import uvicorn
from tests.delivery.doctor_parts import Authority, MailServer, Nameserver, WebServer, free_port, good_zone
from tests.delivery.here import run_here

from briefing import settings as configuration
from briefing.delivery import one_click
from briefing.delivery.doctor import certificates, dns_queries, examine
from briefing.delivery.listserver import append_only
from briefing.delivery.one_click import one_click_problems, probe_token, require_one_click
from briefing.delivery.store.list_urls import list_tokens
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tokens import NOBODY, Purpose
from briefing.errors import BriefingError

if TYPE_CHECKING:
    import ssl
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp
    from tests.conftest import MakePublication

    from briefing.delivery.doctor import DoctorFinding

SECRET = "s" * 40
SETTINGS = """
SITEURL = "{site}"
BRIEFING["email"] |= {{
    "sender": "The Example <briefing@example.org>",
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
    "list_id": "briefing.example.org",
}}
BRIEFING["delivery"] = {{"listserver": "{listserver}"}}
"""


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """A certificate authority that this process trusts."""
    one = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(one.file))
    return one


@pytest.fixture
def mail_server() -> Iterator[Callable[..., MailServer]]:
    servers: list[MailServer] = []

    def start(context: ssl.SSLContext, **options: object) -> MailServer:
        servers.append(MailServer(context, **options))  # type: ignore[arg-type]
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def web_server(authority: Authority) -> Iterator[WebServer]:
    server = WebServer(authority.context("127.0.0.1"))
    yield server
    server.close()


@pytest.fixture
def nameserver() -> Iterator[Nameserver]:
    server = Nameserver({**good_zone({}), ("mail.example.org", "A"): ["127.0.0.1"], ("mail.example.org", "AAAA"): []})
    yield server
    server.close()


@pytest.fixture
def find(
    publication: MakePublication, nameserver: Nameserver, authority: Authority
) -> Callable[..., list[DoctorFinding]]:
    """All findings, with the domain of the loopback nameserver."""
    assert authority.file.exists()

    def run(
        via: str = "", listserver: str = "", environment: dict[str, str] | None = None, settings: str = ""
    ) -> list[DoctorFinding]:
        whole = SETTINGS.format(site="", listserver=listserver) + settings
        loaded = configuration.load(publication(settings=whole))
        surroundings = {"BRIEFING_SECRET": SECRET} if environment is None else environment
        return list(examine(loaded, surroundings, via=via, resolver=nameserver.address, now=int(time.time())))

    return run


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The address of an application on this machine."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def meet(
    find: Callable[..., list[DoctorFinding]],
    authority: Authority,
    mail_server: Callable[..., MailServer],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., DoctorFinding]:
    """What is found about the TLS of a mail server whose certificate is for a name and some days."""
    monkeypatch.setattr(certificates, "_WAIT", 0.5)

    def run(name: str, days: float = 90.5, **options: object) -> DoctorFinding:
        server = mail_server(authority.context(name, days), **options)
        return only(find(f"smtp://mail.example.org:{server.port}"), "tls")

    return run


def only(found: list[DoctorFinding], check: str) -> DoctorFinding:
    (one,) = [finding for finding in found if finding.check == check]
    return one


@pytest.mark.parametrize(("scheme", "begins"), [("smtp", False), ("smtps", True)])
def test_a_certificate_in_order(
    find: Callable[..., list[DoctorFinding]],
    authority: Authority,
    mail_server: Callable[..., MailServer],
    scheme: str,
    *,
    begins: bool,
) -> None:
    server = mail_server(authority.context("mail.example.org"), begins=begins)
    found = only(find(f"{scheme}://mail.example.org:{server.port}"), "tls")
    assert found.verdict == "ok"
    assert "valid for 90 more days" in found.message


@pytest.mark.parametrize(
    ("days", "options", "verdict", "said"),
    [
        (5.5, {}, "warning", "expires in 5 days"),
        (-1, {}, "error", "certificate has expired"),
        (90, {"offers": b"HELP"}, "error", "does not offer STARTTLS"),
        (90, {"greeting": b"554 go away\r\n"}, "error", "it responds with 554"),
        (90, {"greeting": b"x" * 20_000 + b"\n"}, "error", "cannot be reached"),
        (90, {"greeting": b"\n"}, "error", "cannot be reached (closed the connection)"),
        (90, {"greeting": b""}, "error", "does not respond within"),
        (90, {"begins": True}, "error", "does not respond within"),
    ],
)
def test_a_fault_of_the_mail_servers_tls_is_found(
    meet: Callable[..., DoctorFinding], days: float, options: dict[str, object], verdict: str, said: str
) -> None:
    found = meet("mail.example.org", days, **options)
    assert found.verdict == verdict
    assert said in found.message
    assert found.hint


def test_a_certificate_for_another_name_is_found(meet: Callable[..., DoctorFinding]) -> None:
    found = meet("other.example.org")
    assert found.verdict == "error"
    assert "Hostname mismatch" in found.message


def test_a_certificate_of_nobodys_is_found(
    find: Callable[..., list[DoctorFinding]],
    authority: Authority,
    mail_server: Callable[..., MailServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = mail_server(authority.context("mail.example.org"))
    monkeypatch.delenv("SSL_CERT_FILE")
    found = only(find(f"smtp://mail.example.org:{server.port}"), "tls")
    assert found.verdict == "error"
    assert "is not trusted" in found.message


def test_tls_where_there_is_none(
    find: Callable[..., list[DoctorFinding]], authority: Authority, mail_server: Callable[..., MailServer]
) -> None:
    server = mail_server(authority.context("mail.example.org"), offers=b"HELP")
    assert only(find(f"smtp://127.0.0.1:{server.port}?tls=none"), "tls").verdict == "ok"


def test_no_tls_over_the_open_net_is_refused(
    find: Callable[..., list[DoctorFinding]], authority: Authority, mail_server: Callable[..., MailServer]
) -> None:
    server = mail_server(authority.context("mail.example.org"))
    found = only(find(f"smtp://mail.example.org:{server.port}?tls=none"), "tls")
    assert found.verdict == "error"
    assert "without TLS" in found.message


def test_a_mail_server_that_is_not_there(find: Callable[..., list[DoctorFinding]]) -> None:
    found = only(find(f"smtp://mail.example.org:{free_port()}"), "tls")
    assert "cannot be reached" in found.message


def test_one_click_that_works(find: Callable[..., list[DoctorFinding]], web_server: WebServer) -> None:
    found = find(listserver=web_server.url)
    assert only(found, "one-click").verdict == "ok"
    assert only(found, "tls").verdict == "ok"
    one_click = (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    assert [(method, *rest) for method, _, *rest in web_server.asked] == [
        ("POST", *one_click),
        ("GET", b"", ""),
        ("POST", *one_click),
    ]
    paths = [path for _, path, *_ in web_server.asked]
    assert paths[0] == paths[1] != paths[2]


def test_what_takes_any_link_is_no_list_server(find: Callable[..., list[DoctorFinding]], web_server: WebServer) -> None:
    web_server.takes_all = True
    found = only(find(listserver=web_server.url), "one-click")
    assert found.verdict == "error"
    assert "forged link" in found.message


def test_the_list_server_itself_works(publication: MakePublication, tmp_path: Path) -> None:
    root = publication(settings='BRIEFING["delivery"] = {"listserver": "https://list.example.org"}\n')
    queue = tmp_path / "queue"
    app = append_only.application(root, queue, {"BRIEFING_SECRET": SECRET})
    link = f"/u/{probe_token(list_tokens(configuration.load(root), Secret(SECRET)))}"
    with served(app) as address:
        assert one_click_problems(f"{address}{link}") == ()


def test_the_link_of_nobody_is_good_and_names_nobody(publication: MakePublication) -> None:
    tokens = list_tokens(configuration.load(publication()), Secret(SECRET))
    assert tokens.read(Purpose.UNSUBSCRIBE, probe_token(tokens), 0).reader == NOBODY


@pytest.mark.parametrize(
    ("method", "answer", "said"),
    [
        ("POST", (302, {"location": "/"}), "redirects the POST"),
        ("POST", (404, {}), "refuses a valid link (404)"),
        ("POST", (500, {}), "responds to the POST with 500"),
        ("POST", (204, {}), "responds to the POST with 204"),
        ("POST", (0, {}), "does not respond within"),
        ("GET", (302, {"location": "/"}), "responds with 302, so readers do not see the button"),
        ("GET", (405, {}), "responds with 405, so readers do not see"),
        ("GET", (0, {}), "does not respond within"),
    ],
)
def test_a_fault_of_one_click_is_found(
    find: Callable[..., list[DoctorFinding]],
    web_server: WebServer,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    answer: tuple[int, dict[str, str]],
    said: str,
) -> None:
    monkeypatch.setattr(one_click, "_TIMEOUT", 0.5)
    web_server.answers[method] = answer
    found = only(find(listserver=web_server.url), "one-click")
    assert found.verdict == "error"
    assert said in found.message
    assert "/u/" not in found.message


def test_send_is_stopped_by_it_with_what_to_do(web_server: WebServer) -> None:
    require_one_click(f"{web_server.url}/u/token")
    web_server.answers["POST"] = (404, {})
    with pytest.raises(BriefingError, match=r"(?s)refuses a valid link.*listserver.*--no-site-check") as raised:
        require_one_click(f"{web_server.url}/u/token")
    assert "token" not in str(raised.value)


def test_a_list_server_that_is_not_there() -> None:
    (fault,) = one_click_problems(f"http://127.0.0.1:{free_port()}/u/token")
    assert "cannot be reached" in fault
    assert "token" not in fault


def test_an_untrusted_list_server_is_found(web_server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    (fault,) = one_click_problems(f"{web_server.url}/u/token")
    assert "certificate verify failed" in fault


@pytest.mark.parametrize(
    ("environment", "said"), [({}, "has no secret"), ({"BRIEFING_SECRET": "short"}, "but a secret needs at least 32")]
)
def test_no_link_can_be_made_without_the_secret(
    find: Callable[..., list[DoctorFinding]], web_server: WebServer, environment: dict[str, str], said: str
) -> None:
    found = only(find(listserver=web_server.url, environment=environment), "one-click")
    assert found.verdict == "error"
    assert said in found.message


@pytest.fixture
def doctor(
    publication: MakePublication, nameserver: Nameserver, authority: Authority
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command."""
    surroundings = {"SSL_CERT_FILE": str(authority.file), "BRIEFING_SECRET": SECRET}

    def run(settings: str, *argv: str) -> subprocess.CompletedProcess[str]:
        root = publication(settings=settings)
        return run_here(root, "doctor", "--resolver", nameserver.address, *argv, **surroundings)

    return run


def test_the_command_prints_findings_and_what_to_do(
    doctor: Callable[..., subprocess.CompletedProcess[str]], web_server: WebServer
) -> None:
    done = doctor(SETTINGS.format(site=web_server.url, listserver=web_server.url), "--via", "file:out")
    assert done.returncode == 1, done.stderr
    assert "ok      spf" in done.stdout
    assert "error   dkim" in done.stdout
    assert "create a key: openssl genrsa -out dkim.pem 2048" in done.stdout
    assert done.stdout.endswith("1 error, 2 warnings\n")
    assert done.stderr == ""


def test_a_sound_publication_exits_0(
    doctor: Callable[..., subprocess.CompletedProcess[str]], web_server: WebServer
) -> None:
    settings = SETTINGS.format(site=web_server.url, listserver=web_server.url)
    done = doctor(settings, "--via", "resend://", "--json")
    findings = json.loads(done.stdout)["findings"]
    assert [one["said"] for one in findings if one["verdict"] == "error"] == []
    assert set(findings[0]) == {"check", "verdict", "message", "hint"}
    assert done.returncode == 0


@pytest.mark.parametrize(
    "argv",
    [
        ("--via", "smtp://u:secret@example.org"),
        ("--via", "listmonk://list.example.org?list=secret"),
        ("--via", "nothing"),
        ("--resolver", "x"),
    ],
)
def test_wrong_use_is_refused(doctor: Callable[..., subprocess.CompletedProcess[str]], argv: tuple[str, ...]) -> None:
    done = doctor("", *argv)
    assert done.returncode == 2
    assert "secret" not in done.stderr


EMPTY = {
    "email.sender": 'BRIEFING["email"]["sender"] = ""\n',
    "email.reply_to": 'BRIEFING["email"]["reply_to"] = ""\n',
    "email.postal_address": 'BRIEFING["email"]["postal_address"] = ""\n',
    "email.bounce_address": 'BRIEFING["email"]["bounce_address"] = ""\n',
    "SITEURL is empty": 'SITEURL = ""\n',
    "SITEURL does not use https": 'SITEURL = "http://127.0.0.1:9"\n',
    "no mail transport is configured": "",
    "not the URL of a transport or provider": 'BRIEFING["delivery"]["transport"] = "gopher://x"\n',
    "neither a list server nor a mailbox": 'BRIEFING["email"]["unsubscribe_address"] = ""\n',
    "delivery.listserver does not use https": 'BRIEFING["delivery"]["listserver"] = "http://127.0.0.1:9"\n',
    "is not a valid address": 'BRIEFING["email"]["sender"] = "The Example"\n',
}


@pytest.fixture
def alone(publication: MakePublication, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], list[DoctorFinding]]:
    """All findings on a machine without network."""
    monkeypatch.setattr(dns_queries, "_ALIVE", 0.1)

    def run(settings: str) -> list[DoctorFinding]:
        loaded = configuration.load(publication(settings=SETTINGS.format(site="", listserver="") + settings))
        return list(examine(loaded, {}, resolver=f"127.0.0.1:{free_port()}", now=0))

    return run


@pytest.mark.parametrize("said", EMPTY)
def test_a_missing_setting_is_found_without_any_network(alone: Callable[[str], list[DoctorFinding]], said: str) -> None:
    found = [one for one in alone(EMPTY[said]) if said in one.message]
    assert [one.verdict for one in found] == ["error"]
    assert found[0].hint


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("", "readers can unsubscribe only by mail, and `send` refuses more than 500"),
        (
            'BRIEFING["delivery"]["listserver"] = "https://127.0.0.1:9"\nBRIEFING["email"]["unsubscribe_address"] = ""\n',
            "email.unsubscribe_address is empty",
        ),
        ('SITEURL = "https://127.0.0.1:9"\n', "SITEURL links to 127.0.0.1"),
    ],
)
def test_a_setting_that_could_be_better_is_a_warning(
    alone: Callable[[str], list[DoctorFinding]], settings: str, said: str
) -> None:
    assert [one.verdict for one in alone(settings) if said in one.message] == ["warning"]


def test_who_hands_off_needs_neither_list_server_nor_bounces(find: Callable[..., list[DoctorFinding]]) -> None:
    settings = 'BRIEFING["email"] |= {"bounce_address": "", "unsubscribe_address": ""}\n'
    found = find("listmonk://list.example.org?list=1", settings=settings)
    assert [one.message for one in found if one.verdict == "error"] == [
        "SITEURL is empty: pictures and links in a digest need an https URL"
    ]


def test_looking_makes_no_secret(find: Callable[..., list[DoctorFinding]], tmp_path: Path) -> None:
    find(listserver="https://127.0.0.1:9", environment={})
    assert not (tmp_path / "publication" / ".briefing").exists()
    assert "BRIEFING_SECRET" not in os.environ
