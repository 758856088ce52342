"""All settings of a publication, resolved."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations at run time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from briefing import urls
from briefing.settings.options import Options  # noqa: TC001 - as above
from briefing.settings.schedule import Schedule, read_schedule


class Settings(BaseModel):
    """All settings, frozen. `root` is the folder of `pelicanconf.py`; all folders are absolute."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, ignored_types=(cached_property,))

    root: Path
    name: str
    url: str
    language: str
    timezone: str
    content: Path
    output: Path
    theme: Path
    keep: tuple[str, ...]
    options: Options

    @cached_property
    def zone(self) -> ZoneInfo:
        """The publication's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def schedule(self) -> Schedule | None:
        """When issues go out, or None if the settings do not say."""
        return read_schedule(self.options.schedule) if self.options.schedule else None

    @property
    def base(self) -> str:
        """The path of the site on its host: "" or "/folder"."""
        return urlsplit(self.url).path

    @property
    def unsubscribes_by_mail_only(self) -> bool:
        """Whether readers unsubscribe only by mail: there is an address for it, and no list server."""
        return bool(self.options.email.unsubscribe_address) and not self.options.delivery.listserver

    @property
    def private(self) -> Path:
        """The folder for this machine's own state, which is never published."""
        return self.root / ".briefing"

    @property
    def outbox(self) -> Path:
        """The folder into which a plain build writes digests."""
        return self.root / "outbox"

    @property
    def overrides(self) -> Path:
        """The folder of the user's templates, which win over the theme's."""
        return self.content / "overrides"

    def current(self, kind: str, name: str) -> str:
        """The current name of a topic, tag and so on, if `aliases` has the name under that kind; else the name itself."""
        return self.options.aliases.names[kind].get(name, name)

    def slug(self, name: str) -> str:
        """The address part of a topic, tag or source: from the setting `slugs`, or made from the name."""
        known = self._slugs.get(name)
        if known is None:
            known = self._slugs[name] = self.options.slugs.get(name) or urls.slugify(name, self.language)
        return known

    @cached_property
    def _slugs(self) -> dict[str, str]:
        return {}
