"""Where the site is published."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from briefing.settings.values import Line, ServiceUrl, StrictModel, matching

_IndexNowKey = Annotated[
    str, matching(r"(?:[A-Za-z0-9-]{8,128})?", "IndexNow key", "write 8 to 128 letters, digits and hyphens")
]


class Publish(StrictModel):
    """Where the site is published, how the result is verified, and which services are notified."""

    target: Line = Field(
        default="", description="The URL to publish to, unless the command names another: `file:///srv/www`."
    )
    wait_seconds: int = Field(
        default=120, ge=0, le=3600, description="Maximum seconds to wait until the published site is live."
    )
    sample: int = Field(
        default=20, ge=0, le=500, description="How many pages to verify, in addition to those that are always verified."
    )
    indexnow_key: _IndexNowKey = Field(
        default="",
        description="A key that you make up: 8 to 128 letters, digits and hyphens. With it, search engines are notified of changes.",
    )
    indexnow_endpoint: ServiceUrl = Field(
        default="https://api.indexnow.org/indexnow",
        description="The https address at which search engines are notified.",
    )
    websub_hub: ServiceUrl = Field(
        default="", description="The https address of a WebSub hub, which is notified when a feed changes."
    )
