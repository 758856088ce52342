"""Every option and its default, in one typed place.

The publication's own settings are one dict in `pelicanconf.py`, `BRIEFING = {...}`; of Pelican's
capitals this program reads those of `Capitals`. Both are read once, into a `Settings`.
"""

from __future__ import annotations

from briefing.settings.options.delivery import Delivery
from briefing.settings.options.email import Dkim, Email
from briefing.settings.options.publication import Aliases, Brand, Capitals, Options, Settings
from briefing.settings.options.publishing import Publish
from briefing.settings.options.values import (
    UNPRINTABLE,
    Colour,
    HelpAddress,
    Line,
    Lines,
    MailAddress,
    MenuAddress,
    Names,
    Stripped,
)

__all__ = [
    "UNPRINTABLE",
    "Aliases",
    "Brand",
    "Capitals",
    "Colour",
    "Delivery",
    "Dkim",
    "Email",
    "HelpAddress",
    "Line",
    "Lines",
    "MailAddress",
    "MenuAddress",
    "Names",
    "Options",
    "Publish",
    "Settings",
    "Stripped",
]
