"""A list server without a list: it accepts unsubscribe requests and queues them (`queue`).

It needs `pelicanconf.py`, the theme and `BRIEFING_SECRET`, but no database and no transport. A serverless host that runs ASGI
applications needs this module:

    from pathlib import Path
    import os
    from briefing.delivery.listserver import append_only

    app = append_only.application(Path(__file__).parent, Path("/mnt/queue"), os.environ)
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from briefing import settings as publication
from briefing.delivery.listserver.queue import UnsubscribeQueue
from briefing.delivery.listserver.rendering import Pages
from briefing.delivery.listserver.routes import application as create_application
from briefing.delivery.listserver.routes import unsubscribe_routes
from briefing.delivery.listserver.unsubscribe import UnsubscribeHandlers
from briefing.delivery.store.database import now
from briefing.delivery.store.list_urls import list_tokens
from briefing.delivery.store.secret import FILE, VARIABLE, read_secret
from briefing.errors import BriefingError
from briefing.pages.templating import Templates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from starlette.types import ASGIApp

    from briefing.settings import Settings


def application(root: Path, folder: Path, environment: Mapping[str, str]) -> ASGIApp:
    """The ASGI application for the publication at `root`, with its queue in `folder`; it logs to stderr.

    Raises BriefingError as `queue_application` does, and if the settings are invalid.
    """

    def log(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    return queue_application(publication.load(root), folder, environment, log)


def queue_application(
    settings: Settings, folder: Path, environment: Mapping[str, str], log: Callable[[str], None]
) -> ASGIApp:
    """The same with loaded settings. Creates the folder.

    Raises BriefingError if that fails, or without the list's secret, which verifies the tokens.
    """
    if not environment.get(VARIABLE, "").strip() and not (settings.private / FILE).exists():
        msg = f"tokens cannot be verified without the secret that created them; set {VARIABLE}"
        raise BriefingError(msg)
    tokens = list_tokens(settings, read_secret(settings.private, environment))
    pages, queue = Pages(settings, Templates(settings)), UnsubscribeQueue(folder)

    queue.prepare()

    def end(_reader: str, token: str, at: int) -> bool:
        queue.add(token, at)
        return True

    return create_application(unsubscribe_routes(UnsubscribeHandlers(pages, tokens, end, now)), pages, log)
