"""Mails as mail servers and providers really write them, about a delivery that a token names; and a list to send them to."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select

from briefing.delivery.store import membership
from briefing.delivery.store.email_addresses import parse_address
from briefing.delivery.store.list_urls import list_tokens
from briefing.delivery.store.tables import CAMPAIGNS, DELIVERIES, SUBSCRIBERS, DeliveryState, Membership
from briefing.delivery.store.tokens import Purpose, Tokens

if TYPE_CHECKING:
    from briefing.delivery.store.database import Database
    from briefing.settings import Settings

SETTINGS: Final = """
BRIEFING["email"] |= {"bounce_address": "bounces@list.example", "unsubscribe_address": "leave@list.example"}
BRIEFING.setdefault("delivery", {})["trusted_authserv_ids"] = ["mx.list.example"]
"""
SECRET: Final = "0123456789abcdef0123456789abcdef"
THEN: Final = 1_700_000_000  # when the list's readers confirmed
NEXT_LINE: Final = "\n"
READER: Final = "ada@readers.example"


@dataclass(frozen=True, slots=True)
class List:
    """A list with one confirmed reader, or more, and campaigns in which each has a delivery."""

    database: Database
    tokens: Tokens

    def add(self, address: str = READER) -> str:
        """A confirmed reader's identifier."""
        with self.database.writing() as connection:
            known = membership.join(connection, self.database.secret, parse_address(address), "test", THEN)
            assert known
            membership.confirm(connection, known.reader, "1", THEN, THEN)
            return known.reader

    def deliver(
        self, reader: str, campaign: int = 1, state: DeliveryState = DeliveryState.SENT, at: int = THEN + 10
    ) -> str:
        """A delivery to the reader in a campaign, handed over then; its token."""
        issue = {
            "id": campaign,
            "issue": f"2026-w{campaign:02}",
            "fingerprint": "x",
            "transport": "x",
            "keeps": "bytes",
        }
        with self.database.writing() as connection:
            if connection.execute(select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.id == campaign)).first() is None:
                more = {"content": b"", "opened_at": THEN, "recipients": 1}
                connection.execute(insert(CAMPAIGNS).values(issue | more))
            subscriber = membership.by_reader(connection, reader)
            assert subscriber
            row = {"campaign": campaign, "subscriber": subscriber.id, "state": state, "first_at": at}
            connection.execute(insert(DELIVERIES).values(row))
        return self.tokens.make(Purpose.BOUNCE, reader, campaign)

    def leaving(self, reader: str) -> str:
        """The reader's token for unsubscribing."""
        return self.tokens.make(Purpose.UNSUBSCRIBE, reader)

    def state(self, reader: str) -> Membership:
        """The reader's."""
        with self.database.reading() as connection:
            known = membership.by_reader(connection, reader)
            assert known
            return known.state

    def delivery(self, reader: str, campaign: int = 1) -> tuple[str, str]:
        """Its state and status."""
        joined = DELIVERIES.join(SUBSCRIBERS, SUBSCRIBERS.c.id == DELIVERIES.c.subscriber)
        of = DELIVERIES.c.campaign == campaign, SUBSCRIBERS.c.reader == reader
        with self.database.reading() as connection:
            query = select(DELIVERIES.c.state, DELIVERIES.c.status).select_from(joined).where(*of)
            state, status = connection.execute(query).one()
            return state, status


def list_of(settings: Settings, database: Database) -> List:
    """The list of a publication."""
    return List(database, list_tokens(settings, database.secret))


def mail(text: str) -> bytes:
    """A mail written with indentation, with the line ends that travel."""
    return textwrap.dedent(text).lstrip("\n").replace("\n", "\r\n").encode()


def postfix(token: str, status: str = "5.1.1", action: str = "failed", said: str = "unknown user") -> bytes:
    """Postfix 3: `multipart/report` with a delivery report and the message."""
    return mail(f"""
        Return-Path: <>
        X-Original-To: bounces+{token}@list.example
        Delivered-To: bounces+{token}@list.example
        Received: by mail.relay.example (Postfix) id C4740240428; Sat, 21 Nov 2026 14:37:46 +0000 (UTC)
        Date: Sat, 21 Nov 2026 14:37:46 +0000 (UTC)
        From: Mail Delivery System <MAILER-DAEMON@mail.relay.example>
        Subject: Undelivered Mail Returned to Sender
        To: bounces+{token}@list.example
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
         boundary="C069B240424.1795271866/mail.relay.example"

        This is a MIME-encapsulated message.

        --C069B240424.1795271866/mail.relay.example
        Content-Description: Notification
        Content-Type: text/plain; charset=utf-8

        This is the mail system at host mail.relay.example.

        --C069B240424.1795271866/mail.relay.example
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mail.relay.example
        X-Postfix-Queue-ID: C069B240424
        X-Postfix-Sender: rfc822; bounces+{token}@list.example
        Arrival-Date: Sat, 21 Nov 2026 14:37:46 +0000 (UTC)

        Final-Recipient: rfc822; ada@readers.example
        Original-Recipient: rfc822;ada@readers.example
        Action: {action}
        Status: {status}
        Diagnostic-Code: X-Postfix; {said}

        --C069B240424.1795271866/mail.relay.example
        Content-Description: Undelivered Message
        Content-Type: message/rfc822

        Return-Path: <bounces+{token}@list.example>
        From: desk@list.example
        To: ada@readers.example
        Subject: The first issue

        Good morning.

        --C069B240424.1795271866/mail.relay.example--
    """)


def exim(token: str, said: str = "550 5.1.1 <ada@readers.example>: Recipient address rejected") -> bytes:
    """Exim 4: the status is always 5.0.0, and the server's own words beside it."""
    return mail(f"""
        Return-path: <>
        Envelope-to: bounces+{token}@list.example
        Delivery-date: Sat, 21 Nov 2026 14:40:00 +0000
        Received: from Debian-exim by mx.relay.example with local (Exim 4.96) id 1rXyZa-0001Ab-2C
        X-Failed-Recipients: ada@readers.example
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mx.relay.example>
        To: bounces+{token}@list.example
        References: <abc@list.example>
        Content-Type: multipart/report; report-type=delivery-status; boundary=1700000000-eximdsn-123
        MIME-Version: 1.0
        Subject: Mail delivery failed: returning message to sender

        --1700000000-eximdsn-123
        Content-type: text/plain; charset=us-ascii

        A message that you sent could not be delivered to one or more of its recipients.

        --1700000000-eximdsn-123
        Content-type: message/delivery-status

        Reporting-MTA: dns; mx.relay.example

        Action: failed
        Final-Recipient: rfc822;ada@readers.example
        Status: 5.0.0
        Remote-MTA: dns; mx.readers.example
        Diagnostic-Code: smtp; {said}

        --1700000000-eximdsn-123
        Content-type: text/rfc822-headers

        Return-path: <bounces+{token}@list.example>
        From: desk@list.example
        To: ada@readers.example

        --1700000000-eximdsn-123--
    """)


def gmail(token: str) -> bytes:
    """Gmail: pictures and HTML around it, and the report among them."""
    return mail(f"""
        Delivered-To: bounces+{token}@list.example
        Return-Path: <>
        Received: by 2002:a05:6000:1a86 with SMTP id f6csp; Sat, 21 Nov 2026 06:00:00 -0800 (PST)
        Content-Type: multipart/report; boundary="000000000000aa"; report-type=delivery-status
        To: bounces+{token}@list.example
        Auto-Submitted: auto-replied
        From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
        Subject: Delivery Status Notification (Failure)
        Message-ID: <655c.1@mx.google.com>
        X-Failed-Recipients: ada@gmail.example

        --000000000000aa
        Content-Type: multipart/related; boundary="000000000000bb"

        --000000000000bb
        Content-Type: multipart/alternative; boundary="000000000000cc"

        --000000000000cc
        Content-Type: text/plain; charset="UTF-8"

        ** Address not found **

        --000000000000cc
        Content-Type: text/html; charset="UTF-8"

        <html>Address not found</html>

        --000000000000cc--

        --000000000000bb
        Content-Type: image/png; name="icon.png"
        Content-Transfer-Encoding: base64

        iVBORw0KGgo=

        --000000000000bb--

        --000000000000aa
        Content-Type: message/delivery-status

        Reporting-MTA: dns; googlemail.com
        Received-From-MTA: dns; bounces+{token}@list.example
        Arrival-Date: Sat, 21 Nov 2026 06:00:00 -0800 (PST)
        X-Original-Message-ID: <abc@list.example>

        Final-Recipient: rfc822; ada@gmail.example
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; gmail-smtp-in.l.google.com. (2a00:1450::1b, the server for the domain.)
        Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try
         550 5.1.1  https://support.google.com/mail/?p=NoSuchUser x.1 - gsmtp
        Last-Attempt-Date: Sat, 21 Nov 2026 06:00:00 -0800 (PST)

        --000000000000aa
        Content-Type: message/rfc822

        From: desk@list.example
        Subject: The first issue

        --000000000000aa--
    """)


def exchange(token: str, status: str = "5.1.10", said: str = "RESOLVER.ADR.RecipientNotFound; not found") -> bytes:
    """Exchange Online: codes of its own, and Action in lower case."""
    return mail(f"""
        Return-Path: <>
        Delivered-To: bounces+{token}@list.example
        From: <postmaster@readers.onmicrosoft.example>
        To: <bounces+{token}@list.example>
        Date: Sat, 21 Nov 2026 14:40:00 +0000
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="e6ea6b2c-9f3e-4a6e-9c0a-1f1a0e6b1b2b"
        X-MS-Exchange-Message-Is-Ndr:
        Content-Language: en-US
        Message-ID: <1e0c@AM0PR0.eurprd01.prod.exchangelabs.example>
        Subject: Undeliverable: The first issue
        Auto-Submitted: auto-replied

        --e6ea6b2c-9f3e-4a6e-9c0a-1f1a0e6b1b2b
        Content-Type: multipart/alternative; differences=Content-Type; boundary="d2"

        --d2
        Content-Type: text/plain; charset="us-ascii"
        Content-Transfer-Encoding: quoted-printable

        Your message couldn't be delivered.

        --d2
        Content-Type: text/html; charset="us-ascii"

        <p>Your message couldn't be delivered.</p>

        --d2--

        --e6ea6b2c-9f3e-4a6e-9c0a-1f1a0e6b1b2b
        Content-Type: message/delivery-status

        Reporting-MTA: dns;AM0PR0.eurprd01.prod.exchangelabs.example
        Received-From-MTA: dns;mail.list.example
        Arrival-Date: Sat, 21 Nov 2026 14:39:58 +0000

        Final-Recipient: rfc822;ada@readers.example
        Action: failed
        Status: {status}
        Diagnostic-Code: smtp;550 {status} {said}

        --e6ea6b2c-9f3e-4a6e-9c0a-1f1a0e6b1b2b
        Content-Type: message/rfc822

        From: desk@list.example
        Subject: The first issue

        --e6ea6b2c-9f3e-4a6e-9c0a-1f1a0e6b1b2b--
    """)


def qmail(token: str, said: str = "Sorry, no mailbox here by that name. (#5.1.1)") -> bytes:
    """qmail: no MIME at all, the status in the text, the message below a line."""
    return mail(f"""
        Return-Path: <>
        Delivered-To: bounces+{token}@list.example
        Received: (qmail 4242 invoked for bounce); 21 Nov 2026 14:40:00 -0000
        Date: 21 Nov 2026 14:40:00 -0000
        From: MAILER-DAEMON@qmail.readers.example
        To: bounces+{token}@list.example
        Subject: failure notice

        Hi. This is the qmail-send program at qmail.readers.example.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <ada@readers.example>:
        {said.replace(NEXT_LINE, NEXT_LINE + " " * 8)}

        --- Below this line is a copy of the message.

        Return-Path: <bounces+{token}@list.example>
        Subject: What 4.2.2 means, and how 5.7.1 came about
    """)


def arf(token: str, kind: str = "abuse", leaving: str = "") -> bytes:
    """Yahoo's feedback loop (RFC 5965): the address is redacted, the message's headers are there."""
    return mail(f"""
        Return-Path: <feedback@arf.mail.yahoo.example>
        Delivered-To: complaints@list.example
        Date: Sat, 21 Nov 2026 14:40:00 +0000
        From: Yahoo! Mail AntiSpam Feedback <feedback@arf.mail.yahoo.example>
        To: complaints@list.example
        Subject: FW:The first issue
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="_----arf1"

        --_----arf1
        Content-Type: text/plain; charset="US-ASCII"
        Content-Transfer-Encoding: 7bit

        This is an email abuse report for an email message.

        --_----arf1
        Content-Type: message/feedback-report

        Feedback-Type: {kind}
        User-Agent: Yahoo!-Mail-Feedback/2.0
        Version: 0.1
        Original-Mail-From: <{f"bounces+{token}@list.example" if token else "redacted"}>
        Original-Rcpt-To: redacted@yahoo.example
        Received-Date: Sat, 21 Nov 2026 14:00:00 +0000
        Source-IP: 192.0.2.1
        Reported-Domain: list.example

        --_----arf1
        Content-Type: message/rfc822
        Content-Disposition: inline

        From: desk@list.example
        To: redacted@yahoo.example
        Subject: The first issue
        List-Unsubscribe: <https://list.example/u/{leaving}>, <mailto:leave+{leaving}@list.example?subject=unsubscribe>

        Good morning.
        --_----arf1--
    """)


def departure(
    to: str = "leave@list.example", sender: str = READER, subject: str = "unsubscribe", body: str = ""
) -> bytes:
    """A reader's mail, as a mail program writes it from List-Unsubscribe."""
    return mail(f"""
        Return-Path: <{sender}>
        Delivered-To: {to}
        From: Ada L. <{sender}>
        To: {to}
        Subject: {subject}
        Message-ID: <{len(body)}.{len(subject)}@readers.example>
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8

        {body}
    """)


def confirmed(
    raw: bytes, said: str = "dmarc=pass header.from=readers.example", server: str = "mx.list.example"
) -> bytes:
    """A mail of which our own mail server says who sent it, above everything else."""
    return f"Authentication-Results: {server}; {said}\r\n".encode() + raw


def vacation(token: str) -> bytes:
    """What a reader's server answers while they are away."""
    return mail(f"""
        Return-Path: <>
        Delivered-To: bounces+{token}@list.example
        From: Ada L. <ada@readers.example>
        To: bounces+{token}@list.example
        Subject: Out of office: The first issue
        Auto-Submitted: auto-replied (vacation)
        Precedence: bulk
        Content-Type: text/plain; charset=utf-8

        I am away and read no mail. My telephone is 550 1234. Version 5.1.1 of our rules applies.
    """)
