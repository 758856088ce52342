"""What mailing by SMTP costs, beside postfix's smtp-source: `bench smtp [MESSAGES] [ROUNDS] [CONNECTIONS]`.

Postfix's smtp-sink takes them on loopback. Each round measures our transport alone, pipelined, the same to a server that
offers no pipelining, and Postfix's own smtp-source, one after another. Medians, and their ratio to smtp-source.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY / "plugins"), str(REPOSITORY)]

from briefing.delivery.sending.transports.contract import Envelope, Verdict  # noqa: E402 - found by the line above
from briefing.delivery.sending.transports.smtp.handshake import Server  # noqa: E402
from briefing.delivery.sending.transports.smtp.timeouts import Timeouts  # noqa: E402
from briefing.delivery.sending.transports.smtp.transport import SmtpTransport  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = 24_000  # octets
HEAD = b"Subject: A measured issue\r\nMessage-ID: <w14.1@list.example>\r\n\r\n"
LINE = b"Twelve words of a line, quoted as printable, with a soft break.=\r\n"
MESSAGE = HEAD + LINE * ((LENGTH - len(HEAD)) // len(LINE))


@contextlib.contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """Postfix's sink while the block runs; its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([found("smtp-sink"), *user, *options, f"127.0.0.1:{port}", "200"]) as sink:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(0.02)
            yield port
        finally:
            sink.kill()


def found(program: str) -> str:
    """Where a program of Postfix's is."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if not path:
        sys.exit(f"{program} is not installed; it is part of Postfix")
    return path


def ours(port: int, messages: int, connections: int) -> float:
    """Messages a second by our transport."""
    transport = SmtpTransport(Server("smtp", "127.0.0.1", port, None), connections, Timeouts())
    numbers = iter(range(messages))

    async def work() -> int:
        taken = 0
        number = next(numbers, None)
        while number is not None:
            async with transport.channel() as channel:
                while number is not None and channel.is_open:
                    envelope = Envelope(
                        "bounces+b1@list.example", f"reader{number}@example.net", MESSAGE, f"w14-{number}"
                    )
                    outcome = await channel.deliver(envelope)
                    taken += outcome.verdict is Verdict.SENT
                    number = next(numbers, None)
        return taken

    async def run() -> int:
        return sum(await asyncio.gather(*[work() for _ in range(connections)]))

    before = time.perf_counter()
    taken = asyncio.run(run())
    after = time.perf_counter()
    if taken != messages:
        sys.exit(f"{messages - taken} messages were not taken")
    return messages / (after - before)


def smtp_source(port: int, messages: int, connections: int) -> float:
    """Messages a second by Postfix's source, which keeps its connections (-d)."""
    sessions = ["-s", str(connections), "-m", str(messages), "-l", str(LENGTH)]
    before = time.perf_counter()
    subprocess.run([found("smtp-source"), "-d", *sessions, f"127.0.0.1:{port}"], check=True)
    return messages / (time.perf_counter() - before)


def main(messages: int, rounds: int, connections: int) -> None:
    """Print the table."""
    figures: dict[str, list[float]] = {"smtp-source -d": [], "ours": [], "ours, one command at a time": []}
    with smtp_sink() as port, smtp_sink("-p") as plain:
        ours(port, 1000, connections)
        for _ in range(rounds):
            figures["smtp-source -d"].append(smtp_source(port, messages, connections))
            figures["ours"].append(ours(port, messages, connections))
            figures["ours, one command at a time"].append(ours(plain, messages, connections))
    print(f"{messages} messages of {len(MESSAGE)} octets, {connections} connections, median of {rounds}")
    peer = statistics.median(figures["smtp-source -d"])
    for name, values in figures.items():
        median = statistics.median(values)
        print(f"  {median:8.0f}/s  {median / peer:5.2f}  ({min(values):.0f} to {max(values):.0f})  {name}")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    main(*given, *[10_000, 5, 10][len(given) :])
