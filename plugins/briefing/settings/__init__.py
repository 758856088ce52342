"""The typed settings: every option and default in `options`, read from `pelicanconf.py` by `reading`."""

from briefing.settings.options import Brand, Capitals, Delivery, Email, Options, Settings
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
