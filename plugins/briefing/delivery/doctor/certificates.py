"""TLS as mail servers and readers meet it: looked at here, judged below."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor.dns_records import as_address, is_inside
from briefing.delivery.doctor.results import error, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from briefing.delivery.doctor.outgoing import OutgoingServer
    from briefing.delivery.doctor.results import DoctorFinding

CHECK: Final = "tls"
_WAIT: Final = 20.0  # seconds for the whole of it
_ANSWER: Final = 8192  # octets of one line
_LINES: Final = 100
_DAY: Final = 86_400
_SOON: Final = 14  # days
_READY: Final = b"220"
_HELLO: Final = b"EHLO doctor.invalid\r\n"


@dataclass(frozen=True, slots=True)
class Handshake:
    """How a connection went. expires: the certificate's last second. fault: why there was no connection.

    refusal: why its TLS cannot be used. lacks: whether a mail server does not offer STARTTLS.
    """

    host: str
    port: int
    expires: int = 0
    fault: str = ""
    refusal: str = ""
    lacks: bool = False


async def check_tls(
    host: str, addresses: Sequence[str], port: int, *, starts_tls: bool, is_open: bool = False
) -> Handshake:
    """Connect to the first address that answers and begin TLS as the host. Never raises for what is found.

    starts_tls: by STARTTLS (RFC 3207), after the greeting of a mail server. is_open: leave TLS out.
    """
    try:
        async with asyncio.timeout(_WAIT):
            return await _first(host, addresses, port, starts_tls=starts_tls, is_open=is_open)
    except TimeoutError:
        return Handshake(host, port, fault=f"does not answer within {_WAIT:.0f} seconds")


async def _first(host: str, addresses: Sequence[str], port: int, *, starts_tls: bool, is_open: bool) -> Handshake:
    fault = "has no address"
    context = ssl.create_default_context()
    for address in addresses:
        try:
            return await _one(host, address, port, None if is_open else context, starts_tls=starts_tls)
        except ssl.SSLCertVerificationError as refused:
            return Handshake(host, port, refusal=refused.verify_message)
        except ssl.SSLError as refused:
            return Handshake(host, port, refusal=refused.reason or "no common version of TLS")
        except (OSError, EOFError, ValueError) as refused:
            fault = getattr(refused, "strerror", None) or str(refused) or "closed the connection"
    return Handshake(host, port, fault=f"cannot be reached ({fault})")


async def _one(host: str, address: str, port: int, context: ssl.SSLContext | None, *, starts_tls: bool) -> Handshake:
    begins = context is not None and not starts_tls
    reader, writer = await asyncio.open_connection(
        address, port, limit=_ANSWER, ssl=context if begins else None, server_hostname=host if begins else None
    )
    try:
        if starts_tls or context is None:
            await _reply(reader)
            writer.write(_HELLO)
            offered = await _reply(reader)
            if context and not any(line[4:].strip().upper() == b"STARTTLS" for line in offered):
                return Handshake(host, port, lacks=True)
        if starts_tls and context:
            writer.write(b"STARTTLS\r\n")
            await _reply(reader, _READY)
            await writer.start_tls(context, server_hostname=host)
        found = writer.get_extra_info("peercert") if context else None
        return Handshake(host, port, expires=int(ssl.cert_time_to_seconds(found["notAfter"])) if found else 0)
    finally:
        writer.transport.abort()  # closing in order would wait for the other side


async def _reply(reader: asyncio.StreamReader, code: bytes = b"2") -> list[bytes]:
    """The lines of one reply (RFC 5321, section 4.2.1). Raises ValueError where it is none, or another than wanted."""
    lines = [await reader.readline()]
    while lines[-1][3:4] == b"-" and len(lines) < _LINES:
        lines.append(await reader.readline())
    if not lines[-1].strip():
        raise EOFError
    if not lines[-1].startswith(code):
        msg = f"it answers {lines[-1][:3].decode('ascii', 'replace')}"
        raise ValueError(msg)
    return lines


def judge(found: Handshake, now: int, what: str) -> DoctorFinding:
    """The certificate of a host. `what`: what the host is, in a word or two. `now`: in seconds."""
    name = f"{what} {found.host}:{found.port}"
    if found.fault:
        return error(CHECK, f"{name} {found.fault}", "start it, or mend host, port or firewall")
    if found.lacks:
        hint = "give the server a certificate and switch TLS on, or use its port for smtps:"
        return error(CHECK, f"{name} does not offer STARTTLS: readers' addresses would travel openly", hint)
    if found.refusal:
        hint = f"give it a certificate for {found.host}, or write the name that its certificate has"
        return error(CHECK, f"{name} has a certificate that cannot be trusted: {found.refusal}", hint)
    days = (found.expires - now) // _DAY
    if days < _SOON:
        said = f"the certificate of {name} ends in {days} day{'' if days == 1 else 's'}"
        return warning(CHECK, said, "renew it, and see that renewing works by itself")
    return ok(CHECK, f"the certificate of {name} is valid for {days} days more")


def judge_outlet(found: Handshake, outlet: OutgoingServer, now: int) -> Iterator[DoctorFinding]:
    """How the transport's server is reached."""
    if not outlet.is_open or found.fault:
        yield judge(found, now, "the mail server")
        return
    address = as_address(outlet.host)
    if outlet.host == "localhost" or (address and is_inside(address)):
        yield ok(CHECK, f"the mail server {found.host}:{found.port} is reached without TLS, within your own network")
    else:
        said = f"the mail server {found.host}:{found.port} is reached without TLS: readers' addresses travel openly"
        yield error(CHECK, said, "remove tls=none from the transport's URL")
