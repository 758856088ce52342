"""Sends queued notifications from a command that runs once, if there is no list server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from briefing.delivery.listserver.composing import Composer
from briefing.delivery.listserver.mailer import Mailer
from briefing.delivery.listserver.operations import Operations
from briefing.delivery.listserver.wording import read_notification_texts
from briefing.delivery.store.database import now
from briefing.pages.templating import Templates

if TYPE_CHECKING:
    from collections.abc import Callable

    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.database import Database
    from briefing.digest.signing import Signer
    from briefing.settings import Settings


def send_due(
    settings: Settings, database: Database, transport: Transport, signer: Signer | None, log: Callable[[str], None]
) -> None:
    """Send every notification that is due. One that cannot be sent waits for the next call; `log` receives the reason."""
    texts = read_notification_texts(settings)
    operations = Operations(database, texts["confirm"].version)
    composer = Composer(settings, Templates(settings), texts, database.secret, signer)
    asyncio.run(Mailer(operations, transport, composer, now, log).once())
