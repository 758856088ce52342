"""Killed at any moment, against a server that misbehaves: nobody is lost, nobody is repeated, what is in doubt is listed."""

from __future__ import annotations

import random
import signal
import time
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.delivery.campaign_parts import free_port, make_desk, running_sink

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import MakePublication
    from tests.delivery.campaign_parts import Desk, Running

RATE = 100  # messages a second
LATEST = 0.4  # seconds after its first message when a sender is killed
PER_KILL = 140  # readers, of whom it has reached fewer by then: a second's share at once, and the others' in that time
FAULTS = (
    "drop-mid-data=0.002,drop-at-dot=0.002,drop-after=0.003,4xx-at-rcpt=0.02,4xx-at-dot=0.01,421=0.002,421-at-dot=0.002,"
    "gone=0.02,full-at-rcpt=0.005,close=0.002,close-at-greeting=0.02,garbage=0.002,garbage-at-dot=0.002,split=0.01,"
    "stall-at-dot=0.001,slow=0.2"
)


def accounted(desk: Desk, taken: dict[str, int]) -> dict[str, int]:
    """Compare the ledger with what the server knows to have taken; the states' counts."""
    state_of = dict(
        desk.ask("SELECT address, d.state FROM deliveries d JOIN subscribers s ON s.id = d.subscriber ORDER BY 1")
    )
    repeated = [address for address, times in taken.items() if times > 1]
    assert repeated == []
    lost = [address for address, state in state_of.items() if state == "sent" and address not in taken]
    assert lost == []
    silent = [a for a, state in state_of.items() if state not in {"sent", "unknown"} and a in taken]
    assert silent == []
    status = desk.status()
    assert len(status["uncertain"]) == status["counts"]["unknown"]
    assert sum(status["counts"].values()) == status["recipients"] == len(state_of)
    return {state: number for state, number in status["counts"].items() if number}


@pytest.mark.parametrize(("seed", "is_signed"), [(1, False), (2, True)])
def test_nobody_is_lost_or_repeated(
    publication: MakePublication, tmp_path: Path, kills: int, *, seed: int, is_signed: bool
) -> None:
    kills //= 2
    chance = random.Random(seed)  # noqa: S311 - the same moments again
    port = free_port()
    desk = make_desk(publication, f"smtp://127.0.0.1:{port}?tls=none", f'"per_second": {RATE}.0')
    if is_signed:  # by processes of the sender's own, which end with it
        sign(desk)
    desk.fill(number=PER_KILL * kills)
    with running_sink(tmp_path, port=port):
        desk.proof()
    killed = 0
    misbehaving = ("--faults", FAULTS, "--seed", str(seed), "--stall", "3", "--slow", "0.01")
    with running_sink(tmp_path, *misbehaving, port=port) as sink:
        while killed < kills:
            killed += kill(desk, sink, chance.uniform(0, LATEST))
            desk.change("UPDATE deliveries SET due = 0 WHERE state = 'deferred' AND subscriber % 2")
        doubtful = accounted_while_open(desk, sink.accepted())
    desk.set_rate(0)
    with running_sink(tmp_path, "--faults", "gone=0.02", "--seed", str(seed), port=port) as sink:
        for _ in range(5):
            desk.let_time_pass()
            done = desk.send()
            if done.returncode == 0:
                break
        assert done.returncode == 0, done.stdout + done.stderr
        counts = accounted(desk, sink.accepted())
    assert counts["unknown"] <= doubtful + 10  # one a connection, of the last that was killed
    assert set(counts) <= {"sent", "dead", "unknown"}


def sign(desk: Desk) -> None:
    """Let its messages be signed from now on."""
    conf = desk.root / "pelicanconf.py"
    conf.write_text(f'{conf.read_text()}\nBRIEFING["email"]["dkim"] = {{"selector": "one"}}\n')
    key = rsa.generate_private_key(65537, 2048)
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    desk.environment["BRIEFING_DKIM_KEY"] = written


def kill(desk: Desk, sink: Running, seconds: float) -> bool:
    """Start a sender, let it hand over something, and kill it that much later; False where it ended by itself."""
    assert desk.ask("SELECT count(*) FROM deliveries WHERE state <> 'pending'") < desk.ask(
        "SELECT count(*) FROM subscribers"
    ), "nobody is left to be sent to"
    before = sink.log.stat().st_size if sink.log.exists() else 0
    sender = desk.start()
    while sender.poll() is None and (sink.log.stat().st_size if sink.log.exists() else 0) == before:
        time.sleep(0.02)
    time.sleep(seconds)
    is_alive = sender.poll() is None
    sender.send_signal(signal.SIGKILL)
    sender.communicate()
    return is_alive


def accounted_while_open(desk: Desk, taken: dict[str, int]) -> int:
    """How many are in doubt already; whoever was taken is sent, in doubt, or was in hand when the sender was killed."""
    rows = desk.ask("SELECT address, d.state FROM deliveries d JOIN subscribers s ON s.id = d.subscriber")
    assert [a for a, state in rows if a in taken and state not in {"sent", "unknown", "inflight"}] == []
    return sum(state == "unknown" for _, state in rows)
