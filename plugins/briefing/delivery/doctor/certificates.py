"""The TLS of mail servers and web hosts: connects, then evaluates."""

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
_WAIT: Final = 20.0  # seconds in total
_ANSWER: Final = 8192  # bytes of one line
_LINES: Final = 100
_DAY: Final = 86_400
_SOON: Final = 14  # days
_READY: Final = b"220"
_HELLO: Final = b"EHLO doctor.invalid\r\n"


@dataclass(frozen=True, slots=True)
class Handshake:
    """The result of a connection. expires: the end of the certificate. fault: why there was no connection.

    refusal: why TLS failed. lacks: whether a mail server does not offer STARTTLS.
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
    """Connect to the first address that responds, and start TLS. Never raises for a failed connection.

    starts_tls: with STARTTLS (RFC 3207), after the greeting of a mail server. is_open: without TLS.
    """
    try:
        async with asyncio.timeout(_WAIT):
            return await _first(host, addresses, port, starts_tls=starts_tls, is_open=is_open)
    except TimeoutError:
        return Handshake(host, port, fault=f"does not respond within {_WAIT:.0f} seconds")


async def _first(host: str, addresses: Sequence[str], port: int, *, starts_tls: bool, is_open: bool) -> Handshake:
    fault = "has no IP address"
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
        writer.transport.abort()  # a clean close would wait for the server


async def _reply(reader: asyncio.StreamReader, code: bytes = b"2") -> list[bytes]:
    """The lines of one reply (RFC 5321, section 4.2.1). Raises ValueError if it is not the expected one."""
    lines = [await reader.readline()]
    while lines[-1][3:4] == b"-" and len(lines) < _LINES:
        lines.append(await reader.readline())
    if not lines[-1].strip():
        raise EOFError
    if not lines[-1].startswith(code):
        msg = f"it responds with {lines[-1][:3].decode('ascii', 'replace')}"
        raise ValueError(msg)
    return lines


def judge(found: Handshake, now: int, what: str) -> DoctorFinding:
    """Evaluate the certificate of a host. `what`: what the host is, in a word or two. `now`: in seconds."""
    name = f"{what} {found.host}:{found.port}"
    if found.fault:
        return error(CHECK, f"{name} {found.fault}", "start it, or correct host, port or firewall")
    if found.lacks:
        hint = "install a certificate and enable TLS, or use its port for smtps:"
        return error(CHECK, f"{name} does not offer STARTTLS, so readers' addresses would be sent unencrypted", hint)
    if found.refusal:
        hint = f"install a certificate for {found.host}, or use the name in its certificate"
        return error(CHECK, f"{name} has a certificate that is not trusted: {found.refusal}", hint)
    days = (found.expires - now) // _DAY
    if days < _SOON:
        what = f"the certificate of {name} expires in {days} day{'' if days == 1 else 's'}"
        return warning(CHECK, what, "renew it, and check that automatic renewal works")
    return ok(CHECK, f"the certificate of {name} is valid for {days} more days")


def judge_outlet(found: Handshake, outlet: OutgoingServer, now: int) -> Iterator[DoctorFinding]:
    """Evaluate the connection to the transport's server."""
    if not outlet.is_open or found.fault:
        yield judge(found, now, "the mail server")
        return
    address = as_address(outlet.host)
    if outlet.host == "localhost" or (address and is_inside(address)):
        yield ok(CHECK, f"the mail server {found.host}:{found.port} is used without TLS, within your own network")
    else:
        what = (
            f"the mail server {found.host}:{found.port} is used without TLS, so readers' addresses are sent unencrypted"
        )
        yield error(CHECK, what, "remove tls=none from the transport's URL")
