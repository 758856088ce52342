"""A world of one's own for `doctor`: a DNS server, a certificate authority, a mail server and a list server."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import socket
import socketserver
import ssl
import threading
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

POLL = 0.02


class Nameserver:
    """Answers from `zone`, by (name, type) to records as text, over UDP and TCP on one port of this machine.

    silent, failing: names about which it says nothing, or that it fails.
    """

    def __init__(self, zone: Mapping[tuple[str, str], list[str]]) -> None:
        self.zone = dict(zone)
        self.silent: set[str] = set()
        self.failing: set[str] = set()
        self.asked: list[tuple[str, str]] = []
        world = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire = world.answer(self.request[0], 512)
                if wire:
                    self.request[1].sendto(wire, self.client_address)

        class Stream(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                length = int.from_bytes(self.rfile.read(2), "big")
                wire = world.answer(self.rfile.read(length), 65_535)
                if wire:
                    self.wfile.write(len(wire).to_bytes(2, "big") + wire)

        self.streams = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Stream)
        self.port = self.streams.server_address[1]
        self.datagrams = socketserver.ThreadingUDPServer(("127.0.0.1", self.port), Datagram)
        for server in (self.streams, self.datagrams):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(POLL,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answer(self, wire: bytes, most: int) -> bytes:
        query = dns.message.from_wire(wire)
        asked = query.question[0]
        name, kind = asked.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(asked.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return b""
        most = max(most, query.payload)
        response = dns.message.make_response(query, recursion_available=True)
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif not any(known == name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif texts := self.zone.get((name, kind)):
            response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *texts))
        try:
            return response.to_wire(max_size=most)
        except dns.exception.TooBig:
            short = dns.message.make_response(query, recursion_available=True)
            short.flags |= dns.flags.TC
            return short.to_wire()

    def close(self) -> None:
        for server in (self.streams, self.datagrams):
            server.shutdown()
            server.server_close()


class Authority:
    """Issues certificates; `file` is what those who trust it are given (SSL_CERT_FILE)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Example CA")])
        self.file = folder / "authority.pem"
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        own = self._builder(self.name, self.key.public_key(), 3650)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        own = own.add_extension(usage, critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        signed = own.add_extension(identifier, critical=False).sign(self.key, hashes.SHA256())
        self.file.write_bytes(signed.public_bytes(Encoding.PEM))

    def context(self, name: str, days: float = 90.5) -> ssl.SSLContext:
        """A server's, with a certificate for a name or number."""
        key = ec.generate_private_key(ec.SECP256R1())
        try:
            alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            alternative = x509.DNSName(name)
        builder = self._builder(x509.Name([]), key.public_key(), days)
        builder = builder.add_extension(x509.SubjectAlternativeName([alternative]), critical=True)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        file = self.folder / f"{name}-{days}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePublicKey, days: float) -> x509.CertificateBuilder:
        today = dt.datetime.now(dt.UTC)
        start, end = today - dt.timedelta(days=400), today + dt.timedelta(days=days)
        return x509.CertificateBuilder(self.name, name, key, x509.random_serial_number(), start, end)


class MailServer:
    """Says what a mail server says as far as TLS. greeting: b"" to say nothing. offers: what EHLO lists."""

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        greeting: bytes = b"220-one\r\n220 two\r\n",
        offers: bytes = b"STARTTLS",
        begins: bool = False,
    ) -> None:
        done = self.done = threading.Event()

        class Talk(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    if not begins:
                        self.talk(self.request)
                        return
                    with context.wrap_socket(self.request, server_side=True) as secure:
                        self.talk(secure)
                except OSError:
                    return

            def talk(self, connection: socket.socket) -> None:
                if not greeting:
                    done.wait(20)
                    return
                connection.sendall(greeting)
                with connection.makefile("rb") as lines:
                    for line in lines:
                        if line.startswith(b"EHLO"):
                            connection.sendall(b"250-mail.example.org\r\n250-SIZE 1000\r\n250 %b\r\n" % offers)
                        if line.startswith(b"STARTTLS"):
                            connection.sendall(b"220 go on\r\n")
                            with context.wrap_socket(connection, server_side=True) as secure:
                                secure.recv(100)
                            return

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(POLL,), daemon=True).start()

    def close(self) -> None:
        self.done.set()
        self.server.shutdown()
        self.server.server_close()


class WebServer:
    """A list server's outside: what it answers, by method, at the address it is first asked for; at others 404.

    status 0: nothing.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, tuple[int, dict[str, str]]] = {"GET": (200, {}), "POST": (200, {})}
        self.asked: list[tuple[str, str, bytes, str]] = []
        self.takes_all = False
        self.done = threading.Event()
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                world.asked.append((self.command, self.path, body, self.headers.get("content-type") or ""))
                is_known = self.path == world.asked[0][1] or world.takes_all
                status, headers = world.answers[self.command] if is_known else (404, {})
                if not status:
                    world.done.wait(20)
                    return
                self.send_response(status)
                for name, value in {"content-length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(POLL,), daemon=True).start()

    def close(self) -> None:
        self.done.set()
        self.server.shutdown()
        self.server.server_close()


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def good_zone(keys: Mapping[str, str]) -> dict[tuple[str, str], list[str]]:
    """A domain whose mail is beyond doubt, sent by mail.example.org; `keys` are the records of DKIM."""
    return {
        ("example.org", "TXT"): ['"unrelated"', '"v=spf1 a:mail.example.org " "-all"'],
        ("example.org", "MX"): ["10 mail.example.org."],
        ("mail.example.org", "A"): ["192.0.2.25"],
        ("mail.example.org", "AAAA"): ["2001:db8::25"],
        ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org"'],
        ("25.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org."],
        (ipaddress.ip_address("2001:db8::25").reverse_pointer, "PTR"): ["mail.example.org."],
        **{(name.lower(), "TXT"): [in_strings(record)] for name, record in keys.items()},
    }


def in_strings(text: str) -> str:
    """A TXT record as a zone has it, however long."""
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))
