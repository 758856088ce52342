"""An issue as email: HTML, plain text and the message, each a pure function of the view and the settings."""

from __future__ import annotations

from briefing.digest.render import make_digest

__all__ = ["make_digest"]
