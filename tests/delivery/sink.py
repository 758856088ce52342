"""A small SMTP server for tests: it records what it takes before it says so, and misbehaves to order.

In a process of its own, until SIGTERM:

    python tests/delivery/sink.py --port-file F --log F [--faults SPEC] [--seed N] ...

In the test's process, in a thread of its own:

    with serving(Options(faults=read_faults("gone=0.1"))) as sink:
        ... sink.port, sink.accepted, sink.injected, sink.violations ...

There `Options.says` gives the very octets to say at `greeting`, `ehlo`, `star` (STARTTLS), `rset`, `mail`, `rcpt`, `data`, `dot` (once the
message is there: taken where they begin with a 2) and `block` (as soon as it begins: no more of it is read then).
Without octets (b"") the connection is closed there.

    --port N              listen here; 0, the default, is any free port
    --port-file F         the port is written here, whole, once connections are taken
    --log F               one JSON object a line for each accepted message, appended before the reply is sent:
                          {"from", "to", "message_id", "size", "said", "at"}; `said` is "250", or the fault that took
                          the reply's place, so that an entry without "250" was accepted and not confirmed
    --faults SPEC         name=probability,... of those below; every one is 0 where it is not named
    --seed N              what chance is drawn from
    --stall S, --slow S   seconds that a stalled and a slow reply take (30, 0.05)
    --no-pipelining       do not offer PIPELINING (RFC 2920)
    --size N              the SIZE to offer (RFC 1870); 0 is none
    --certificate F, --key F    offer STARTTLS with this certificate; --tls speaks TLS from the start
    --user U, --password P      offer AUTH PLAIN LOGIN, and take no mail without it
    --bodies FOLDER       keep each message here as NUMBER.eml

Faults at the start of a connection:
    close-at-greeting  421-at-greeting  554-at-greeting
At a command, before any message:
    421 (at MAIL, RCPT or DATA; closes)   garbage (instead of a reply to one of them)   close (without a reply)
    4xx-at-mail  4xx-at-rcpt (4.2.0)  rate-at-rcpt (4.7.28)  full-at-rcpt (5.2.2)  policy-at-rcpt (5.7.1)  4xx-at-data
    gone (5.1.1 at RCPT: decided by the address and the seed, so that it is the same readers each time: see `is_gone`)
    stall (no reply for a while)
In the message and after its last dot:
    drop-mid-data (nothing is accepted)   drop-at-dot (not accepted, no reply)   drop-after (accepted, no reply)
    4xx-at-dot  5xx-at-dot (5.7.1)  421-at-dot (none of them accepts)
    garbage-at-dot (accepted, no sensible reply)   stall-at-dot (accepted, the reply comes much later)
In any reply:
    split (octet by octet, with pauses)   slow
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import random
import re
import signal
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BEFORE: Final = ("close-at-greeting", "421-at-greeting", "554-at-greeting", "421", "garbage", "close", "stall")
_AT_COMMAND: Final = (
    "4xx-at-mail",
    "4xx-at-rcpt",
    "rate-at-rcpt",
    "full-at-rcpt",
    "policy-at-rcpt",
    "4xx-at-data",
    "gone",
)
_AT_DOT: Final = (
    "drop-at-dot",
    "drop-after",
    "4xx-at-dot",
    "5xx-at-dot",
    "421-at-dot",
    "garbage-at-dot",
    "stall-at-dot",
)
FAULTS: Final = frozenset([*_BEFORE, *_AT_COMMAND, "drop-mid-data", *_AT_DOT, "split", "slow"])
GARBAGE: Final = (b"\x00\xff\xfe\r\n", b"hello there\r\n", b"99\r\n", b"250-one\r\n550 two\r\n", b"x" * 9000, b"\r\n")
_AT: Final = {b"MAIL": "mail", b"RCPT": "rcpt", b"DATA": "data"}
_REFUSALS: Final = {
    "mail": {"4xx-at-mail": b"451 4.3.0 not now\r\n"},
    "rcpt": {
        "4xx-at-rcpt": b"450 4.2.0 not now\r\n",
        "rate-at-rcpt": b"450 4.7.28 too many messages, slow down\r\n",
        "full-at-rcpt": b"552 5.2.2 mailbox full\r\n",
        "policy-at-rcpt": b"550 5.7.1 refused by policy\r\n",
    },
    "data": {"4xx-at-data": b"451 4.3.0 not now\r\n"},
    "dot": {
        "4xx-at-dot": b"451 4.3.0 not now\r\n",
        "5xx-at-dot": b"554 5.7.1 refused by policy\r\n",
        "421-at-dot": b"421 4.3.2 closing\r\n",
    },
}
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(rb"<([^<>]*)>")


@dataclass(frozen=True)
class Options:
    """What `sink.py`'s options say."""

    faults: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    stall: float = 30
    slow: float = 0.05
    pipelining: bool = True
    size: int = 0
    certificate: Path | None = None
    key: Path | None = None
    tls: bool = False
    user: str = ""
    password: str = ""
    mechanisms: str = "PLAIN LOGIN"
    log: Path | None = None
    bodies: Path | None = None
    port: int = 0
    says: Mapping[str, bytes] = field(default_factory=dict)

    def context(self) -> ssl.SSLContext | None:
        if self.certificate is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


@dataclass(frozen=True)
class Accepted:
    """One message that was taken. `body` without the dots that SMTP adds; said: see `--log`."""

    sender: str
    recipients: tuple[str, ...]
    message_id: str
    body: bytes
    said: str


def read_faults(spec: str) -> dict[str, float]:
    """`name=probability,...`; a name that is none raises ValueError."""
    found = {}
    for part in filter(None, spec.split(",")):
        name, _, chance = part.strip().partition("=")
        if name not in FAULTS:
            msg = f"{name} is no fault; they are {', '.join(sorted(FAULTS))}"
            raise ValueError(msg)
        found[name] = float(chance or 1)
    return found


def is_gone(recipient: str, options: Options) -> bool:
    """Whether RCPT answers 5.1.1 for this address, always."""
    chance = options.faults.get("gone", 0)
    digest = hashlib.sha256(f"{options.seed} {recipient.lower()}".encode()).digest()
    return chance > 0 and int.from_bytes(digest[:6], "big") < chance * 2**48


class Sink:
    """The server: what it took and what it did, while it runs and afterwards."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.accepted: list[Accepted] = []
        self.injected: Counter[str] = Counter()
        self.violations: list[str] = []  # what a client must not do: commands together where that was not offered
        self.commands: Counter[str] = Counter()
        self.greetings: list[bytes] = []
        self.connections = 0
        self.open: set[asyncio.Transport] = set()
        self.port = 0
        self.keeps = options.log is None  # a long run keeps nothing in memory
        self._context = options.context()
        self._numbers = random.Random(options.seed)  # noqa: S311 - faults are to be the same again
        self._taken = 0
        self._log = -1
        if options.log:
            self._log = os.open(options.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if options.bodies:
            options.bodies.mkdir(parents=True, exist_ok=True)

    async def start(self) -> asyncio.Server:
        """Take connections on loopback."""
        tls = self._context if self.options.tls else None
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Session(self), "127.0.0.1", self.options.port, ssl=tls, backlog=200, reuse_address=True
        )
        self.port = server.sockets[0].getsockname()[1]
        return server

    def strikes(self, fault: str) -> bool:
        """Whether a fault happens now; counted."""
        chance = self.options.faults.get(fault, 0)
        hit = chance > 0 and self._numbers.random() < chance
        if hit:
            self.injected[fault] += 1
        return hit

    def choice(self, among: tuple[bytes, ...]) -> bytes:
        return self._numbers.choice(among)

    def take(self, sender: str, recipients: tuple[str, ...], message: bytes, said: str) -> None:
        """Record a message: from here on it is accepted."""
        head = message[: message.find(b"\r\n\r\n") + 2]
        found = _MESSAGE_ID.search(head)
        name = found[1].decode("ascii", "replace") if found else ""
        self._taken += 1
        if self._log >= 0:
            entry = {"from": sender, "to": recipients[0], "message_id": name, "size": len(message), "said": said}
            os.write(self._log, json.dumps(entry | {"at": time.time()}).encode() + b"\n")
        if self.options.bodies:
            (self.options.bodies / f"{self._taken}.eml").write_bytes(_unstuffed(message))
        if self.keeps:
            self.accepted.append(Accepted(sender, recipients, name, _unstuffed(message), said))

    @property
    def starttls(self) -> ssl.SSLContext | None:
        """What STARTTLS is offered with."""
        return None if self.options.tls else self._context

    def close(self) -> None:
        if self._log >= 0:
            os.close(self._log)
            self._log = -1


def _unstuffed(message: bytes) -> bytes:
    return (b"\r\n" + message).replace(b"\r\n.", b"\r\n")[2:]


class _Session(asyncio.Protocol):
    """One connection. Replies go through `_say`, in order; a number in the queue is a pause, None the end."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.options = sink.options
        self.buffer = bytearray()
        self.seen = 0  # octets of the message in `buffer` in which no end has been found
        self.limit = 0  # octets of the message after which the connection drops; 0 is never
        self.is_data = False
        self.is_gone = False
        self.is_upgrading = False  # to TLS
        self.is_secure = sink.options.tls
        self.is_known = not sink.options.user
        self.answers: list[str] | None = None  # of AUTH LOGIN
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.replies: list[bytes | float | None] = []
        self.is_pumping = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.sink.open.add(transport)
        if self.is_secure and not self.options.tls:
            return  # STARTTLS: no second greeting
        self.sink.connections += 1
        if self.sink.strikes("close-at-greeting"):
            self._drop()
        elif self.sink.strikes("421-at-greeting"):
            self._say(b"421 4.3.2 too busy\r\n", None)
        elif self.sink.strikes("554-at-greeting"):
            self._say(b"554 5.7.1 go away\r\n", None)
        elif not self._says("greeting"):
            self._say(b"220 sink.example ESMTP\r\n")
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.is_gone = True
        self.sink.open.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._read()

    def _read(self) -> None:
        while not (self.is_gone or self.is_upgrading) and (
            self._read_message() if self.is_data else self._read_command()
        ):
            pass
        self._flush()

    def _read_command(self) -> bool:
        end = self.buffer.find(b"\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end]).rstrip(b"\r")
        del self.buffer[: end + 1]
        if not self.options.pipelining and self.buffer:
            self.sink.violations.append(f"something came together with {line[:4]!r}")
        if self.answers is not None:
            self._login(line)
            return True
        verb = line[:4].upper()
        self.sink.commands[verb.decode("ascii", "replace")] += 1
        if at := _AT.get(verb):
            if self.options.faults and self._misbehaves():
                return not self.is_gone
            if not self._says(at):
                getattr(self, f"_{at}")(line)
        elif verb not in {b"EHLO", b"RSET", b"STAR"} or not self._says(verb.decode().lower()):
            self._other(verb, line)
        return True

    def _says(self, at: str) -> bool:
        said = self.options.says.get(at)
        if said is None:
            return False
        if said:
            self._say(said)
            self.is_data = at == "data" and said.startswith(b"3")
        else:
            self._drop()
        return True

    def _misbehaves(self) -> bool:
        sink = self.sink
        if sink.strikes("close"):
            self._drop()
        elif sink.strikes("421"):
            self._say(b"421 4.3.2 closing\r\n", None)
            self.is_gone = True
        elif sink.strikes("garbage"):
            self._say(sink.choice(GARBAGE))
        elif sink.strikes("stall"):
            self._pause(self.options.stall)
            return False
        else:
            return False
        return True

    def _mail(self, line: bytes) -> None:
        path = _PATH.search(line)
        if not self.is_known:
            self._say(b"530 5.7.0 authentication required\r\n")
        elif not path or self.sender is not None:
            self._say(b"503 5.5.1 out of order\r\n")
        elif refusal := self._refusal("mail"):
            self._say(refusal)
        else:
            self.sender = path[1].decode("ascii", "replace")
            self._say(b"250 2.1.0 ok\r\n")

    def _rcpt(self, line: bytes) -> None:
        path = _PATH.search(line)
        if self.sender is None or not path:
            self._say(b"503 5.5.1 out of order\r\n")
            return
        recipient = path[1].decode("ascii", "replace")
        if self.options.faults and is_gone(recipient, self.options):
            self.sink.injected["gone"] += 1
            self._say(f"550 5.1.1 <{recipient}>: no such user\r\n".encode())
        elif refusal := self._refusal("rcpt"):
            self._say(refusal)
        else:
            self.recipients.append(recipient)
            self._say(b"250 2.1.5 ok\r\n")

    def _data(self, _line: bytes) -> None:
        if not self.recipients:
            self._say(b"554 5.5.1 no valid recipients\r\n")
        elif refusal := self._refusal("data"):
            self._say(refusal)
        else:
            if self.buffer:
                self.sink.violations.append("the message came before its 354")
            self.is_data = True
            self.seen = 0
            self.limit = 1 + self.sink._numbers.randrange(20_000) if self.sink.strikes("drop-mid-data") else 0
            self._say(b"354 go on\r\n")

    def _refusal(self, at: str) -> bytes:
        if self.options.faults:
            for fault, reply in _REFUSALS[at].items():
                if self.sink.strikes(fault):
                    return reply
        return b""

    def _read_message(self) -> bool:
        if self.limit and len(self.buffer) >= self.limit:
            self._drop()
            return False
        if self.buffer and self._says("block"):
            self.transport.pause_reading()
            return False
        start = max(self.seen - 4, 0)
        end = 0 if self.buffer.startswith(b".\r\n") else self.buffer.find(b"\r\n.\r\n", start) + 2
        if end == 1:
            self.seen = len(self.buffer)
            return False
        if self.limit:
            self._drop()  # the message was shorter than the place at which to drop
            return False
        message = bytes(memoryview(self.buffer)[:end])
        del self.buffer[: end + 3]
        self.is_data = False
        self._take(message)
        self.sender, self.recipients = None, []
        return True

    def _take(self, message: bytes) -> None:
        said = self.options.says.get("dot", b"")
        if not self.recipients and "dot" not in self.options.says:
            self._say(b"554 5.5.1 no valid recipients\r\n")
        elif self.options.faults:
            self._misbehave_at_dot(message)
        elif self._says("dot"):
            if said.startswith(b"2"):
                self._record(message, said.decode("ascii", "replace"))
        else:
            self._record(message, "250")
            self._say(b"250 2.0.0 taken\r\n")

    def _misbehave_at_dot(self, message: bytes) -> None:
        sink = self.sink
        if sink.strikes("drop-at-dot"):
            self._drop()
        elif refusal := self._refusal("dot"):
            self._say(refusal)
            if refusal.startswith(b"421"):
                self._drop()
        elif sink.strikes("drop-after"):
            self._record(message, "drop-after")
            self._drop()
        elif sink.strikes("garbage-at-dot"):
            self._record(message, "garbage-at-dot")
            self._say(sink.choice(GARBAGE))
        elif sink.strikes("stall-at-dot"):
            self._record(message, "stall-at-dot")
            self._pause(self.options.stall)
            self._say(b"250 2.0.0 taken\r\n")
        else:
            self._record(message, "250")
            if not self._says("dot"):
                self._say(b"250 2.0.0 taken\r\n")

    def _record(self, message: bytes, said: str) -> None:
        self.sink.take(self.sender or "", tuple(self.recipients), message, said)

    def _other(self, verb: bytes, line: bytes) -> None:
        if verb in {b"EHLO", b"HELO"}:
            self.sink.greetings.append(line)
            self._say(self._hello())
        elif verb == b"RSET":
            self.sender, self.recipients = None, []
            self._say(b"250 2.0.0 ok\r\n")
        elif verb == b"NOOP":
            self._say(b"250 2.0.0 ok\r\n")
        elif verb == b"QUIT":
            self._say(b"221 2.0.0 bye\r\n", None)
        elif verb == b"STAR" and self.sink.starttls and not self.is_secure:
            self._secure(self.sink.starttls)
        elif verb == b"AUTH" and self.options.user:
            self._authenticate(line)
        else:
            self._say(b"502 5.5.1 unknown\r\n")

    def _hello(self) -> bytes:
        offers = ["sink.example", "ENHANCEDSTATUSCODES"]
        offers += ["PIPELINING"] if self.options.pipelining else []
        offers += [f"SIZE {self.options.size}"] if self.options.size else []
        offers += ["STARTTLS"] if self.sink.starttls and not self.is_secure else []
        offers += [f"AUTH {self.options.mechanisms}"] if self.options.user else []
        lines = [f"250{' ' if number == len(offers) else '-'}{offer}" for number, offer in enumerate(offers, start=1)]
        return "".join(f"{line}\r\n" for line in lines).encode()

    def _secure(self, context: ssl.SSLContext) -> None:
        self.is_secure = self.is_upgrading = True
        self.transport.pause_reading()  # what comes next is for TLS
        self.transport.write(b"220 2.0.0 go on\r\n")
        loop = asyncio.get_running_loop()

        async def upgrade() -> None:
            with contextlib.suppress(OSError):
                made = await loop.start_tls(self.transport, self, context, server_side=True)
                if made:
                    self.connection_made(made)
                    self.is_upgrading = False
                    self._read()

        self.upgrading = loop.create_task(upgrade())

    def _authenticate(self, line: bytes) -> None:
        words = line.split()
        if words[1].upper() == b"LOGIN":
            self.answers = []
            self._say(b"334 VXNlcm5hbWU6\r\n")
        else:
            _, user, password = base64.b64decode(words[2]).decode().split("\0")
            self._admit(user, password)

    def _login(self, line: bytes) -> None:
        assert self.answers is not None
        self.answers.append(base64.b64decode(line).decode())
        if len(self.answers) == 1:
            self._say(b"334 UGFzc3dvcmQ6\r\n")
        else:
            user, password = self.answers
            self.answers = None
            self._admit(user, password)

    def _admit(self, user: str, password: str) -> None:
        self.is_known = (user, password) == (self.options.user, self.options.password)
        self._say(b"235 2.7.0 welcome\r\n" if self.is_known else f"535 5.7.8 {user} is unknown\r\n".encode())

    def _drop(self) -> None:
        """Close at once, without a reply; what was said before may still get through."""
        self.is_gone = True
        self._say(None)
        self._flush()

    def _say(self, *replies: bytes | None) -> None:
        self.replies += replies

    def _pause(self, seconds: float) -> None:
        self.replies.append(float(seconds))

    def _flush(self) -> None:
        if self.options.faults:
            if not self.is_pumping:
                self._pump()
        elif self.replies:
            self.transport.write(b"".join([reply for reply in self.replies if isinstance(reply, bytes)]))
            if None in self.replies:
                self.transport.close()
            self.replies.clear()

    def _pump(self) -> None:
        """Send what is queued, with the pauses that faults put in."""
        self.is_pumping = bool(self.replies)
        while self.replies:
            reply = self.replies.pop(0)
            if reply is None:
                self.transport.close()
            elif isinstance(reply, float):
                asyncio.get_running_loop().call_later(reply, self._pump)
                return
            elif not isinstance(reply, _Piece) and self.sink.strikes("split"):
                pairs = [(_Piece((octet,)), 0.001) for octet in reply[:100]]
                self.replies[:0] = [*(part for pair in pairs for part in pair), _Piece(reply[100:])]
            elif not isinstance(reply, _Piece) and self.sink.strikes("slow"):
                self.replies[:0] = [self.options.slow, _Piece(reply)]
            elif not self.transport.is_closing():
                self.transport.write(reply)
        self.is_pumping = False


class _Piece(bytes):
    """A reply, or a part of one, that is sent as it is."""

    __slots__ = ()


@contextlib.contextmanager
def serving(options: Options) -> Iterator[Sink]:
    """The sink in a thread of its own while the block runs."""
    sink = Sink(options)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # a client that breaks off is what is tested
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(sink.start(), loop).result(10)
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(_stop(sink, server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        sink.close()


async def _stop(sink: Sink, server: asyncio.Server) -> None:
    server.close()
    for transport in list(sink.open):
        transport.abort()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)  # asyncio closes sockets one step later


async def _run(options: Options, port_file: Path | None) -> None:
    sink = Sink(options)
    server = await sink.start()
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    if port_file:
        new = port_file.with_suffix(".new")
        new.write_text(f"{sink.port}\n")
        new.replace(port_file)
    await stopped.wait()
    server.close()
    sink.close()


def main() -> None:
    """Read the options, serve until SIGTERM."""
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("port-file", "log", "certificate", "key", "bodies"):
        parser.add_argument(f"--{name}", type=Path)
    for name in ("port", "seed", "size"):
        parser.add_argument(f"--{name}", type=int, default=0)
    parser.add_argument("--stall", type=float, default=30)
    parser.add_argument("--slow", type=float, default=0.05)
    parser.add_argument("--faults", type=read_faults, default={})
    parser.add_argument("--no-pipelining", dest="pipelining", action="store_false")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    given = vars(parser.parse_args())
    port_file = given.pop("port_file")
    options = Options(**given)
    asyncio.run(_run(options, port_file))


if __name__ == "__main__":
    main()
