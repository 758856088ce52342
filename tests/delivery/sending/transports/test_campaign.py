"""A whole campaign by an email service that fails often: every reader once, and what is in doubt is cleared up."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.delivery.here import run_here
from tests.delivery.sending.transports.test_events import ses_event
from tests.delivery.services import KEY, FakeResend, FakeSes, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakePublication

SETTINGS = """
BRIEFING["email"] |= {
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
}
"""
ENVIRONMENT = {
    "BRIEFING_SECRET": "s" * 40,
    "BRIEFING_RESEND_KEY": KEY,
}
READERS = [f"reader{number}@mail{number % 3}.example" for number in range(12)]


@pytest.fixture
def desk(publication: MakePublication) -> tuple[Path, Callable[..., str]]:
    """A publication with twelve readers, and `run(*arguments)`: what a command says on stdout."""
    root = publication(settings=SETTINGS)
    (root / "list.csv").write_text("email\n" + "".join(f"{reader}\n" for reader in READERS), encoding="utf-8")

    def run(*arguments: str) -> str:
        done = run_here(root, *arguments, **ENVIRONMENT)
        assert done.returncode == 0, done.stderr
        assert not [reader for reader in READERS if reader in done.stdout + done.stderr]
        return done.stdout

    run("subscribers", "import", "list.csv", "--confirmed", "--source", "test", "--consented-at", "2026-01-01")
    return root, run


def counts(run: Callable[..., str]) -> dict[str, int]:
    """How many deliveries are in which state."""
    told: dict[str, int] = json.loads(run("status", "2026-w14", "--json"))[0]["counts"]
    return {state: count for state, count in told.items() if count}


def test_resend_sends_to_each_reader_once(desk: tuple[Path, Callable[..., str]]) -> None:
    _, run = desk
    fake = FakeResend()
    with serving(fake) as service:
        via = ("--via", f"resend://?endpoint={service.url}", "--no-site-check")
        run("proof", "2026-w14", "--to", "desk@example.org", "--to", "editor@example.org", *via)
        assert [mail["to"] for mail in fake.sent] == [["desk@example.org"], ["editor@example.org"]]
        service.fail("drop", "lose", "garble", "cut")
        run("send", "2026-w14", "--yes", *via)
    sent = Counter(mail["to"][0] for mail in fake.sent[2:])
    assert sent == Counter(READERS)
    assert counts(run) == {"sent": len(READERS)}


def test_ses_leaves_doubt_and_its_events_clear_it_up(desk: tuple[Path, Callable[..., str]]) -> None:
    root, run = desk
    fake = FakeSes()
    with serving(fake) as service:
        via = ("--via", f"ses://eu-west-1?endpoint={service.url}", "--no-site-check")
        run("proof", "2026-w14", "--to", "desk@example.org", *via)
        service.fail("drop", "garble", "cut", "drop")  # taken, each of them
        run("send", "2026-w14", "--yes", *via)
    asked = [request.body for request in service.asked[1:]]
    assert Counter(body["Destination"]["ToAddresses"][0] for body in asked) == Counter(READERS)
    assert len(fake.sent) == 1 + len(READERS)
    assert counts(run) == {"sent": len(READERS) - 4, "unknown": 4}
    events = [json.dumps(ses_event(body, "Send", {})) for body in asked]
    (root / "events.jsonl").write_text("\n".join(events) + "\n", encoding="utf-8")
    run("inbox", "--from", "jsonl:events.jsonl")
    assert counts(run) == {"sent": len(READERS)}
