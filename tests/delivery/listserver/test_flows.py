"""What readers and mailbox providers do, over HTTP, at a list server that runs as it is run."""

from __future__ import annotations

import hashlib
import html
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from tests.delivery.listserver_parts import FORM, PATIENCE, Served, close, link_in, publication_at, served

from briefing.delivery import listserver
from briefing.delivery.listserver.handlers import MIN_SECONDS
from briefing.delivery.one_click import one_click_problems, probe_token
from briefing.delivery.store import membership
from briefing.delivery.store.database import now
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.notification_queue import LIFETIME
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tables import ADDRESS_CHANGES, NOTIFICATIONS, Membership
from briefing.delivery.store.tokens import Purpose, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

SHOWN = (Purpose.UNSUBSCRIBE, Purpose.CONFIRM, Purpose.CHANGE_ADDRESS, Purpose.PAGE)
TEXTS = Path(listserver.__file__).parent / "mail"
ONE_CLICK = "List-Unsubscribe=One-Click"
PARTS = '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests of this module, with a proxy's word for who the client is, and a story that is broken."""
    root = publication_at(tmp_path_factory.mktemp("listserver") / "publication")
    (root / "content" / "stories").mkdir()
    (root / "content" / "stories" / "x.md").write_text("no front matter", encoding="utf-8")
    running = served(root, "--trusted-proxy", "127.0.0.1")
    yield running
    close(running)


@pytest.fixture(scope="module")
def asked(server: Served) -> str:
    """The page that answers a good form."""
    return server.subscribe("said-first@example.net").text


def path(server: Served, purpose: Purpose, reader: str, number: int | None = None) -> str:
    expires = purpose in {Purpose.CONFIRM, Purpose.CHANGE_ADDRESS}
    number = (now() + 100 if expires else 0) if number is None else number
    return f"/{purpose.value}/{server.tokens.make(purpose, reader, number)}"


def heading(response: httpx.Response) -> str:
    match = re.search("<h1>(.*?)</h1>", response.text)
    return html.unescape(match[1]) if match else ""


def test_a_reader_joins_by_form_mail_and_button(server: Served) -> None:
    assert heading(server.subscribe(" New.Reader@Example.net ")) == "Check your inbox"
    mail = server.await_letter("New.Reader@example.net", "Confirm your subscription to The Example")
    known = server.known("new.reader@example.net")
    assert known
    assert (known.state, known.source, known.consented_at) == (Membership.PENDING, "form", 0)
    link = link_in(mail)
    for method in ("GET", "HEAD", "GET"):
        assert server.get(link, method).status_code == 200
    assert server.state("new.reader@example.net") is Membership.PENDING
    assert heading(server.get(link)) == "Confirm your subscription"
    for _ in range(2):
        assert heading(server.post(link)) == "You are subscribed"
    known = server.known("new.reader@example.net")
    assert known
    assert known.state is Membership.CONFIRMED
    assert known.text_version == hashlib.sha256((TEXTS / "confirm.md").read_bytes()).hexdigest()[:16]
    assert known.consented_at >= known.joined_at > 0
    welcome = server.await_letter("New.Reader@example.net", "You are subscribed")
    server.await_quiet()
    assert len(server.notifications("New.Reader@example.net")) == 2
    assert "a***" not in server.get(link_in(welcome)).text
    assert "N***@e***.net" in server.get(link_in(welcome)).text


def test_a_form_may_be_sent_as_multipart(server: Served) -> None:
    answer = server.post("/subscribe", files={"email": (None, "multi@example.net")})
    assert heading(answer) == "Check your inbox"
    assert server.state("multi@example.net") is Membership.PENDING


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("urlencoded", {"data": {"List-Unsubscribe": "One-Click"}}),
        ("multipart", {"content": PARTS, "headers": {"Content-Type": "multipart/form-data; boundary=x"}}),
        ("without type", {"content": ONE_CLICK}),
        ("empty", {}),
        ("odd", {"json": {"a": 1}}),
        ("broken", {"content": b"\xff\x00--", "headers": {"Content-Type": "multipart/form-data"}}),
        ("large", {"content": b"x" * 100_000, "headers": {"Content-Type": FORM}}),
    ],
)
def test_one_click_unsubscribes(server: Served, name: str, sent: dict[str, Any]) -> None:
    address = f"{name.replace(' ', '-')}@one.example.net"
    answer = server.post(path(server, Purpose.UNSUBSCRIBE, server.reader(address)), **sent)
    assert (answer.status_code, heading(answer)) == (200, "You are unsubscribed")
    assert server.state(address) is Membership.UNSUBSCRIBED
    assert "set-cookie" not in answer.headers
    with server.database.reading() as connection:
        address_hash = server.database.secret.address_hash(parse_address(address).key)
        assert membership.suppression(connection, address_hash) == Membership.UNSUBSCRIBED


def test_it_does_so_again_and_again_for_whoever_asks_from_one_address(server: Served) -> None:
    link = path(server, Purpose.UNSUBSCRIBE, server.reader("often@example.net"))
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: server.post(link, content=ONE_CLICK, client="192.0.2.9"), range(50))
        assert {answer.status_code for answer in answers} == {200}


def test_the_case_of_a_link_does_not_matter(server: Served) -> None:
    link = path(server, Purpose.UNSUBSCRIBE, server.reader("upper@example.net"))
    assert server.post(f"/u/{link[3:].upper()}").status_code == 200
    assert server.state("upper@example.net") is Membership.UNSUBSCRIBED


def test_mailbox_providers_and_our_own_look_find_it_in_order(server: Served) -> None:
    assert one_click_problems(f"{server.url}/u/{probe_token(server.tokens)}") == ()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_only_looks_changes_nothing(server: Served, method: str) -> None:
    address = f"looked-at-{method.lower()}@example.net"
    reader = server.reader(address)
    before = server.known(address)
    for purpose in SHOWN:
        for _ in range(3):
            answer = server.get(path(server, purpose, reader), method)
            assert answer.status_code == 200
            assert bool(answer.content) == (method == "GET")
    server.get("/subscribe?email=x@example.net", method)
    assert server.known(address) == before
    assert server.state("x@example.net") is None


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("purpose", SHOWN)
def test_a_link_that_is_not_whole_or_not_ours_is_refused(server: Served, purpose: Purpose, method: str) -> None:
    address = f"kept-{purpose}-{method.lower()}@example.net"
    reader = server.reader(address)
    before = server.known(address)
    good = path(server, purpose, reader)
    wrong = next(other for other in SHOWN if other is not purpose)
    elsewhere = Tokens(Secret("x" * 32), "briefing.example.org").make(purpose, reader, now() + 100)
    another_list = Tokens(server.database.secret, "other.example.org").make(purpose, reader, now() + 100)
    for bad in (
        good[:-1],
        good[:20],
        f"{good[:-1]}{'0' if good[-1] != '0' else '1'}",
        f"/{purpose}/{elsewhere}",
        f"/{purpose}/{another_list}",
        f"/{purpose}/{path(server, wrong, reader)[3:]}",
        f"/{purpose}/{'a' * 500}",
        f"/{purpose}/%00%ff",
    ):
        answer = server.post(bad, content=ONE_CLICK) if method == "POST" else server.get(bad)
        assert (answer.status_code, heading(answer)) == (404, "This link does not work"), bad
    assert server.known(address) == before


@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.CHANGE_ADDRESS])
def test_a_link_that_is_too_old_says_so(server: Served, purpose: Purpose) -> None:
    link = path(server, purpose, server.reader(f"late-{purpose}@example.net"), now() - 1)
    for answer in (server.get(link), server.post(link)):
        assert (answer.status_code, heading(answer)) == (410, "This link has expired")
        assert "Request a new one" in answer.text


def test_a_used_link_says_so_and_not_that_it_is_old(server: Served) -> None:
    server.subscribe("used@example.net")
    link = link_in(server.await_letter("used@example.net", "Confirm"))
    server.post(link)
    known = server.known("used@example.net")
    assert known
    with server.database.writing() as connection:
        assert membership.end_subscription(connection, known.reader, Membership.UNSUBSCRIBED, now() + 1)
    again = server.post(link)
    assert (again.status_code, heading(again)) == (410, "This link has already been used")
    assert "before you unsubscribed" in again.text
    assert "/list/subscribe" in again.text


def test_the_servers_own_address_shows_the_form(server: Served) -> None:
    assert (server.get("/").status_code, server.get("/").text) == (200, server.get("/subscribe").text)
    assert server.post("/", data={"email": "a@example.net"}).status_code == 405


def test_on_ones_own_page_no_button_asks_for_leaving(server: Served) -> None:
    text = server.get(path(server, Purpose.PAGE, server.reader("stays@example.net"))).text
    (leave,) = re.findall('<button[^>]*value="leave"[^>]*>', text)
    assert 'class="secondary"' in leave


def test_a_link_asked_for_before_a_reader_left_brings_nobody_back(server: Served) -> None:
    server.subscribe("back@example.net")
    link = link_in(server.await_letter("back@example.net", "Confirm"))
    server.post(link)
    known = server.known("back@example.net")
    assert known
    time.sleep(1.1)  # the second in which they left is a later one
    server.post(path(server, Purpose.UNSUBSCRIBE, known.reader))
    assert server.post(link).status_code == 410
    assert server.state("back@example.net") is Membership.UNSUBSCRIBED


@pytest.mark.parametrize("state", [None, *Membership])
def test_the_same_is_said_whoever_is_known(server: Served, asked: str, state: Membership | None) -> None:
    address = f"said-{state or 'new'}@example.net"
    if state:
        server.reader(address, state)
    begun = time.monotonic()
    answer = server.subscribe(address)
    assert time.monotonic() - begun >= MIN_SECONDS
    assert answer.status_code == 200
    assert answer.text == asked
    assert server.await_letter(address, "Confirm your subscription")
    assert server.state(address) is (state or Membership.PENDING)


def test_whom_the_desk_removed_is_told_the_same_and_mailed_nothing(server: Served, asked: str) -> None:
    address_hash = server.database.secret.address_hash("removed@example.net")
    with server.database.writing() as connection:
        membership.suppress(connection, address_hash, membership.REMOVED, 1000)
    assert server.subscribe("removed@example.net").text == asked
    server.await_quiet()
    assert server.notifications("removed@example.net") == []
    assert server.state("removed@example.net") is None


def test_who_fills_in_what_people_do_not_see_is_told_the_same(server: Served, asked: str) -> None:
    fields = {"email": "robot@example.net", "leave-empty": "https://spam.example"}
    answer = server.post("/subscribe", data=fields)
    assert answer.text == asked
    assert server.state("robot@example.net") is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "This address is empty"),
        ("a@b@example.net", "This address contains more than one @"),
        ("\u00fc@example.net", "(SMTPUTF8)"),
        ('"<script>"@example.net', "This address contains quotes"),
        ("a\r\nBcc: b@example.net", "line break"),
        (f"{'a' * 300}@example.net", "characters, and the maximum is 254"),
    ],
)
def test_an_address_that_is_none_is_told_why(server: Served, typed: str, said: str) -> None:
    answer = server.subscribe(typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<script>" not in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "<title>Error: " in answer.text


def test_an_international_domain_is_taken(server: Served) -> None:
    assert heading(server.subscribe("leser@b\u00fccher.example")) == "Check your inbox"
    assert server.state("leser@xn--bcher-kva.example") is Membership.PENDING


def test_a_flood_from_one_client_is_limited_and_from_one_network(server: Served) -> None:
    with ThreadPoolExecutor(8) as pool:
        addresses = [f"flood{n}@example.net" for n in range(20)]
        answers = list(pool.map(lambda address: server.subscribe(address, client="2001:db8:1:2::1"), addresses))
    assert sorted(answer.status_code for answer in answers) == [200] * 10 + [429] * 10
    assert [server.state(address) for address in addresses].count(Membership.PENDING) == 10
    refused = server.subscribe("flood@example.net", client="2001:db8:1:2::ffff")
    assert 0 < int(refused.headers["retry-after"]) <= 30
    assert (refused.status_code, heading(refused)) == (429, "Too many requests")
    assert server.subscribe("flood@example.net", client="2001:db8:1:3::1").status_code == 200
    link = path(server, Purpose.UNSUBSCRIBE, server.reader("limited@example.net"))
    assert server.post(link, client="2001:db8:1:2::1").status_code == 200


def test_one_mailbox_gets_three_mails_a_week_whoever_asks(server: Served) -> None:
    for _ in range(5):
        assert heading(server.subscribe("Bombed@example.net")) == "Check your inbox"
        server.await_quiet()
    keys = {mail["Message-ID"] for mail in server.notifications("Bombed@example.net")}
    assert 1 <= len(keys) <= 3
    with server.database.reading() as connection:
        from briefing.delivery.store.tables import CONFIRMATIONS

        address_hash = server.database.secret.address_hash("bombed@example.net")
        sent = connection.execute(select(CONFIRMATIONS.c.sent).where(CONFIRMATIONS.c.hash == address_hash)).scalar()
    assert sent == 3


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"email": "a@example.net"}}, 415),
        ({"content": b"email=a@example.net"}, 415),
        ({"content": b"email=a@example.net", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"content": b"x" * 20_000, "headers": {"Content-Type": FORM}}, 413),
        ({"content": iter([b"x" * 9000, b"x" * 9000]), "headers": {"Content-Type": FORM}}, 413),
        ({"content": b"garbage", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"content": b"&".join([b"a=1"] * 100), "headers": {"Content-Type": FORM}}, 400),
        ({"content": b"\xff\xfe=%ff", "headers": {"Content-Type": FORM}}, 422),
    ],
)
def test_what_is_no_form_is_refused(server: Served, sent: dict[str, Any], status: int) -> None:
    answer = server.post("/subscribe", **sent)
    assert answer.status_code == status
    assert heading(answer)


def test_who_is_refused_may_finish_and_hears_why(server: Served) -> None:
    """A connection that is closed before all was read is reset, and the answer may be lost."""
    url = urlsplit(server.url)
    for kind, status in ((FORM, 413), ("text/plain", 415)):
        head = f"POST {url.path}/subscribe HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 30000\r\n\r\n"
        with socket.create_connection((url.hostname or "", url.port or 0), timeout=PATIENCE) as client:
            for part in (head.encode(), *[b"x" * 10_000] * 3):
                client.sendall(part)
                time.sleep(0.1)
            said = b"".join(iter(lambda: client.recv(65_536), b""))
        assert said.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"<h1>" in said


@pytest.mark.parametrize(
    ("method", "where", "status"),
    [
        ("GET", "/reader@example.net", 404),
        ("GET", "/subscribe/", 404),
        ("DELETE", "/subscribe", 405),
        ("PUT", "/u/x", 405),
        ("POST", "/healthz", 405),
        ("OPTIONS", "/subscribe", 405),
    ],
)
def test_what_is_not_there_is_a_page(server: Served, method: str, where: str, status: int) -> None:
    answer = server.get(where, method)
    assert answer.status_code == status
    assert heading(answer)


def test_health_is_told(server: Served) -> None:
    assert (server.get("/healthz").status_code, server.get("/healthz").text) == (200, "ok\n")


def test_every_answer_is_guarded(server: Served) -> None:
    answers = [
        server.get("/subscribe"),
        server.get("/nowhere"),
        server.post("/u/x"),
        server.subscribe("x"),
        server.post(path(server, Purpose.UNSUBSCRIBE, server.reader("guarded@example.net"))),
    ]
    for answer in answers:
        assert answer.headers["content-security-policy"] == (
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert "<script" not in answer.text
    style = re.search(r'href="/list(/theme/style\.[0-9a-f]+\.css)"', answers[0].text)
    assert style
    assert server.get(style[1]).headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in server.get(style[1]).headers["cache-control"]


def test_a_reader_pauses_goes_on_and_leaves_on_a_page_of_their_own(server: Served) -> None:
    page = path(server, Purpose.PAGE, server.reader("Pausing@example.net"))
    assert "We send The Example to P***@e***.net" in server.get(page).text
    begun = now()
    assert "Paused: we send The Example to P***@e***.net again from" in server.post(page, data={"do": "pause-90"}).text
    known = server.known("pausing@example.net")
    assert known
    assert begun + 90 * 86400 <= known.paused_until <= now() + 90 * 86400
    assert "Pause for 30 days" not in server.get(page).text
    server.post(page, data={"do": "resume"})
    known = server.known("pausing@example.net")
    assert known
    assert known.paused_until == 0
    assert heading(server.post(page, data={"do": "leave"})) == "You are unsubscribed"
    assert server.state("pausing@example.net") is Membership.UNSUBSCRIBED
    assert "is not subscribed" in server.get(page).text
    server.post(page, data={"do": "pause-30"})
    assert server.state("pausing@example.net") is Membership.UNSUBSCRIBED


def test_a_pause_ends_with_leaving_and_outlasts_a_new_address(server: Served) -> None:
    page = path(server, Purpose.PAGE, server.reader("rests@example.net"))
    server.post(page, data={"do": "pause-90"})
    server.post(page, data={"do": "move", "email": "rests@new.example"})
    moved = server.post(link_in(server.await_letter("rests@new.example", "Confirm your new address")))
    assert "You paused until" in moved.text
    assert "next issue" not in moved.text
    server.post(page, data={"do": "leave"})
    server.subscribe("rests@new.example")
    back = server.post(link_in(server.await_letter("rests@new.example", "Confirm your subscription")))
    assert "get the next issue of The Example" in back.text
    known = server.known("rests@new.example")
    assert known
    assert known.paused_until == 0


@pytest.mark.parametrize(("do", "status"), [("", 400), ("erase", 400), ("pause-9999", 400)])
def test_what_no_button_says_is_refused(server: Served, do: str, status: int) -> None:
    assert (
        server.post(path(server, Purpose.PAGE, server.reader("odd@example.net")), data={"do": do}).status_code == status
    )


def test_a_page_whose_reader_was_forgotten_is_gone(server: Served) -> None:
    for method in ("GET", "POST"):
        link = path(server, Purpose.PAGE, "b" * 16)
        answer = server.post(link, data={"do": "pause-30"}) if method == "POST" else server.get(link)
        assert (answer.status_code, heading(answer)) == (410, "This link doesn't match a subscriber")


def test_a_reader_moves_once_the_new_address_has_confirmed(server: Served) -> None:
    reader = server.reader("old@example.net")
    page = path(server, Purpose.PAGE, reader)
    server.post(page, data={"do": "move", "email": "first@new.example"})
    first = link_in(server.await_letter("first@new.example", "Confirm your new address"))
    server.post(page, data={"do": "move", "email": "Second@new.example"})
    second = link_in(server.await_letter("Second@new.example", "Confirm your new address"))
    assert server.state("old@example.net") is Membership.CONFIRMED
    assert (server.get(second).status_code, server.state("second@new.example")) == (200, None)
    assert (server.post(first).status_code, heading(server.post(first))) == (410, "Your address was not changed")
    assert heading(server.post(second)) == "Your new address is in use"
    assert server.post(second).status_code == 410
    known = server.known("second@new.example")
    assert known
    assert (known.reader, known.address, known.domain) == (reader, "Second@new.example", "new.example")
    assert server.known("old@example.net") is None
    assert "S***@n***.example" in server.get(page).text
    with server.database.reading() as connection:
        assert connection.execute(select(ADDRESS_CHANGES).where(ADDRESS_CHANGES.c.reader == reader)).first() is None
    told = server.await_letter("old@example.net", "is now sent to another address")
    assert told["Reply-To"] == "desk@example.org"
    assert told["Return-Path"] is None or reader not in told["Return-Path"]
    for kind in ("plain", "html"):
        part = told.get_body((kind,))
        assert part
        assert reader in part.get_content()
        assert "new.example" not in part.get_content()
        assert "list.example.org" not in part.get_content()


@pytest.mark.parametrize("state", [Membership.CONFIRMED, Membership.PENDING, Membership.COMPLAINED])
def test_a_new_address_that_cannot_be_used_is_not_told_of(server: Served, state: Membership) -> None:
    page = path(server, Purpose.PAGE, server.reader(f"mover-{state}@example.net"))
    usable = server.post(page, data={"do": "move", "email": f"free-{state}@new.example"})
    server.reader(f"taken-{state}@new.example", state)
    taken = server.post(page, data={"do": "move", "email": f"taken-{state}@new.example"})
    assert (taken.status_code, taken.text) == (usable.status_code, usable.text)
    server.await_quiet()
    assert server.notifications(f"taken-{state}@new.example") == []
    assert server.notifications(f"free-{state}@new.example")


def test_an_address_taken_since_it_was_asked_for_is_left_alone(server: Served) -> None:
    page = path(server, Purpose.PAGE, server.reader("slow@example.net"))
    server.post(page, data={"do": "move", "email": "wanted@new.example"})
    link = link_in(server.await_letter("wanted@new.example", "Confirm your new address"))
    other = server.reader("wanted@new.example")
    assert server.post(link).status_code == 410
    known = server.known("wanted@new.example")
    assert known
    assert known.reader == other
    assert server.state("slow@example.net") is Membership.CONFIRMED


def test_a_new_address_that_is_none_is_told_why(server: Served) -> None:
    answer = server.post(
        path(server, Purpose.PAGE, server.reader("typo@example.net")), data={"do": "move", "email": "x"}
    )
    assert answer.status_code == 422
    assert "This address has no @" in answer.text


def test_the_log_names_nobody(server: Served) -> None:
    reader = server.reader("logged@example.net")
    server.get("/subscribe?email=logged@example.net")
    server.get("/logged@example.net")
    for purpose in SHOWN:
        server.get(path(server, purpose, reader))
        server.post(path(server, purpose, reader), data={"do": "leave", "email": "logged@example.net"})
    lines = server.await_log(2 + 2 * len(SHOWN))
    assert "POST /u/{token} 200" in "\n".join(lines)
    said = re.compile(r"[A-Z]+ (?:/|/[a-z]/\{token\}|/subscribe|/healthz|/theme/[a-z0-9.]+|-) \d{3} \d+ ms")
    assert [line for line in lines if not said.fullmatch(line)] == []


def test_letters_have_what_mails_need(server: Served) -> None:
    server.subscribe("headers@example.net")
    mail = server.await_letter("headers@example.net", "Confirm")
    server.post(link_in(mail))
    welcome = server.await_letter("headers@example.net", "You are subscribed")
    for notification in (mail, welcome):
        assert notification["From"] == "The Example <desk@example.org>"
        assert notification["Auto-Submitted"] == "auto-generated"
        assert notification["List-Id"] == "<briefing.example.org>"
        assert notification["Message-ID"].endswith("@example.org>")
        assert notification["Date"]
        assert notification.get_content_type() == "multipart/alternative"
    assert "List-Unsubscribe" not in mail
    one_click = re.fullmatch(r"<https://list\.example\.org/list(/u/[a-z0-9]+)>", welcome["List-Unsubscribe"])
    assert one_click
    assert welcome["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert server.post(one_click[1], content=ONE_CLICK).status_code == 200
    assert server.state("headers@example.net") is Membership.UNSUBSCRIBED


def test_a_letter_is_a_whole_mail(server: Served) -> None:
    server.subscribe("whole@example.net")
    server.await_letter("whole@example.net", "Confirm")
    for file in (server.root / ".briefing" / "letters" / "new").glob("*"):
        data = file.read_bytes()
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert max(map(len, data.split(b"\r\n"))) <= 998


def test_a_letter_is_valid_for_seven_days(server: Served) -> None:
    begun = now()
    server.subscribe("week@example.net")
    token = link_in(server.await_letter("week@example.net", "Confirm"))[3:]
    claim = server.tokens.read(Purpose.CONFIRM, token, begun)
    assert begun + LIFETIME <= claim.number <= now() + LIFETIME


def test_nothing_waits_that_was_sent(server: Served) -> None:
    server.subscribe("gone@example.net")
    server.await_letter("gone@example.net", "Confirm")
    server.await_quiet()
    with server.database.reading() as connection:
        assert connection.execute(select(NOTIFICATIONS)).all() == []
