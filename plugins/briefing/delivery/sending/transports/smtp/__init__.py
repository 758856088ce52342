"""An SMTP client (RFC 5321): pipelined, and exact about which messages are uncertain."""

from __future__ import annotations

from briefing.delivery.sending.transports.smtp.transport import open_smtp

__all__ = ["open_smtp"]
