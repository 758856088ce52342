"""What the tests of sending by SMTP share: envelopes, a sender that tries again, and certificates of our own."""

from __future__ import annotations

import asyncio
import datetime as dt
import ipaddress
from collections import Counter
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from briefing.delivery.sending.transports.contract import Envelope, UnreachableError, Verdict
from briefing.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from briefing.delivery.sending.transports.contract import Outcome, Transport
    from briefing.settings import Settings

SENDER = "bounces+token@list.example"


def settings_of(root: Path) -> Settings:
    options = {"topics": ["Science"], "delivery": {"connections": 5}}
    return resolve(root, {"SITENAME": "The Example", "BRIEFING": options})


def envelope(number: int = 0, text: bytes = b"Text\r\n", recipient: str = "") -> Envelope:
    """One reader's message; its Message-ID is `message_id(number)`."""
    head = f"Subject: An issue\r\nMessage-ID: {message_id(number)}\r\n\r\n".encode()
    return Envelope(SENDER, recipient or f"reader{number}@example.net", head + text, f"w14-{number}")


def message_id(number: int) -> str:
    return f"<w14.{number}@list.example>"


def deliver(transport: Transport, *envelopes: Envelope) -> list[Outcome]:
    """One after another on one connection, as long as it is open."""

    async def run() -> list[Outcome]:
        async with transport.channel() as channel:
            return [await channel.deliver(each) for each in envelopes if channel.is_open]

    return asyncio.run(run())


def deliver_all(transport: Transport, envelopes: Sequence[Envelope], attempts: int = 200) -> dict[str, Outcome]:
    """All of them by key, on as many connections as the transport wants. What comes back is handed over again."""
    left: list[tuple[Envelope, int]] = [(each, attempts) for each in reversed(envelopes)]
    done: dict[str, Outcome] = {}

    async def work() -> None:
        while left:
            try:
                async with transport.channel() as channel:
                    while left and channel.is_open:
                        each, more = left.pop()
                        outcome = await channel.deliver(each)
                        if outcome.verdict is Verdict.RETURNED and not outcome.refusal and more:
                            left.append((each, more - 1))
                        else:
                            assert each.key not in done
                            done[each.key] = outcome
            except UnreachableError as error:
                if not error.wait:
                    raise
                await asyncio.sleep(0.001)

    async def run() -> None:
        await asyncio.gather(*[work() for _ in range(transport.traits.connections)])

    asyncio.run(run())
    return done


def verdicts(outcomes: Iterable[Outcome]) -> Counter[str]:
    return Counter(outcome.verdict.value for outcome in outcomes)


def certify(folder: Path, host: str = "127.0.0.1", days: int = 1) -> tuple[Path, Path]:
    """A certificate that vouches for itself, for an address on loopback or a name, and its key; valid until then."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sink.example")])
    ours = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=9))
        .not_valid_after(today + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([ours]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    files[1].write_bytes(pem)
    return files
