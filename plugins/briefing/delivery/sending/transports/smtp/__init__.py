"""Messages to any SMTP server (RFC 5321), by a client of our own: pipelined, and exact about what is in doubt."""

from __future__ import annotations

from briefing.delivery.sending.transports.smtp.transport import open_smtp

__all__ = ["open_smtp"]
