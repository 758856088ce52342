"""The tests' own SMTP server in a process of its own: what it has recorded was recorded before it said so."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.delivery.sink import Options, is_gone, read_faults
from tests.delivery.smtp_parts import SENDER, deliver_all, envelope, message_id, verdicts

from briefing.delivery.sending.transports.smtp.handshake import Server
from briefing.delivery.sending.transports.smtp.timeouts import Timeouts
from briefing.delivery.sending.transports.smtp.transport import SmtpTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], int, Path]]]:
    """Start the sink with some options; the process, its port and its log."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(*options: str) -> tuple[subprocess.Popen[bytes], int, Path]:
        ports, log = tmp_path / "port", tmp_path / "log.jsonl"
        program = str(Path(__file__).parents[2] / "sink.py")
        command = [sys.executable, program, "--port-file", str(ports), "--log", str(log), *options]
        started.append(subprocess.Popen(command))
        end = time.monotonic() + 20
        while not ports.exists():
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.01)
        return started[-1], int(ports.read_text()), log

    yield begin
    for process in started:
        process.kill()
        process.wait()


def entries(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def transport(port: int) -> SmtpTransport:
    return SmtpTransport(Server("smtp", "127.0.0.1", port, None), 5, Timeouts.of(20))


def test_it_records_what_it_takes(
    start: Callable[..., tuple[subprocess.Popen[bytes], int, Path]], tmp_path: Path
) -> None:
    process, port, log = start("--bodies", str(tmp_path / "bodies"), "--no-pipelining", "--size", "100000")
    sent = [envelope(number) for number in range(20)]
    assert verdicts(deliver_all(transport(port), sent).values()) == {"sent": 20}
    assert {entry["message_id"] for entry in entries(log)} == {message_id(number) for number in range(20)}
    assert {(entry["from"], entry["to"]) for entry in entries(log)} == {(SENDER, each.recipient) for each in sent}
    assert {entry["said"] for entry in entries(log)} == {"250"}
    assert {file.read_bytes() for file in (tmp_path / "bodies").iterdir()} == {each.message for each in sent}
    process.terminate()
    assert process.wait(10) == 0


def test_what_it_did_not_confirm_is_recorded_as_that(
    start: Callable[..., tuple[subprocess.Popen[bytes], int, Path]],
) -> None:
    _, port, log = start("--faults", "drop-after=0.5,gone=0.3", "--seed", "7")
    options = Options(faults={"gone": 0.3}, seed=7)
    sent = [envelope(number) for number in range(60)]
    outcomes = deliver_all(transport(port), sent)
    said = {entry["message_id"]: entry["said"] for entry in entries(log)}
    for number, each in enumerate(sent):
        verdict = outcomes[each.key].verdict.value
        if is_gone(each.recipient, options):
            assert verdict == "dead"
        else:
            assert verdict == {"250": "sent", "drop-after": "unknown"}[said[message_id(number)]]
    assert set(verdicts(outcomes.values())) == {"dead", "sent", "unknown"}


def test_a_fault_that_is_none() -> None:
    assert read_faults("") == {}
    assert read_faults("gone=0.1, split") == {"gone": 0.1, "split": 1}
    with pytest.raises(ValueError, match="is no fault"):
        read_faults("flood=1")
