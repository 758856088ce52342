"""Show the site on this machine while it is being written, and reload the browser on every change.

Nothing here knows how a site is built: a callable does it. Nothing is written but what that callable writes;
the live link is put into pages on their way to the browser.
"""

from __future__ import annotations

from briefing.preview.session import Rebuilt, hosting, serve
from briefing.preview.worker import Worker

__all__ = ["Rebuilt", "Worker", "hosting", "serve"]
