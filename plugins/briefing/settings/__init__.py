"""The typed settings: every option and default, read from `pelicanconf.py`."""

from briefing.settings.brand import Brand
from briefing.settings.delivery import Delivery
from briefing.settings.email import Email
from briefing.settings.options import Capitals, Options
from briefing.settings.publication import Settings
from briefing.settings.reading import FILE, SettingsFaultyError, load, resolve
from briefing.settings.schedule import Schedule, Slot
from briefing.settings.source import line_of

__all__ = [
    "FILE",
    "Brand",
    "Capitals",
    "Delivery",
    "Email",
    "Options",
    "Schedule",
    "Settings",
    "SettingsFaultyError",
    "Slot",
    "line_of",
    "load",
    "resolve",
]
