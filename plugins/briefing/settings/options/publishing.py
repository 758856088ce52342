"""`BRIEFING["publish"]`: where the site goes, and who is notified."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from briefing.settings.options.values import Line, Strict, endpoint_address


class Publish(Strict):
    """Where the site is put, what is looked at once it is there, and who is told of it."""

    target: Line = Field(default="", description="The URL to publish to where none is given: `file:///srv/www`.")
    wait_seconds: int = Field(
        default=120, ge=0, le=3600, description="How long a published site is waited for at its address."
    )
    sample: int = Field(
        default=20, ge=0, le=500, description="How many pages are looked at beside those that always are."
    )
    indexnow_key: str = Field(
        default="",
        pattern=r"^$|^[A-Za-z0-9-]{8,128}$",
        description="8 to 128 letters, digits and hyphens that you made up: with it search engines are told of changes.",
    )
    indexnow_endpoint: Annotated[str, AfterValidator(endpoint_address)] = Field(
        default="https://api.indexnow.org/indexnow", description="Where search engines are told: an https address."
    )
    websub_hub: Annotated[str, AfterValidator(endpoint_address)] = Field(
        default="", description="The address of a WebSub hub, which is told when a feed changes: an https address."
    )
