"""Colours."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from briefing.settings.values import StrictModel, matching

Colour = Annotated[
    str,
    matching("#[0-9a-fA-F]{6}", "colour", "write # and six hexadecimal digits, such as #1d4e89"),
    Field(description="Six hexadecimal digits after #, such as #1d4e89."),
]


class Brand(StrictModel):
    """The colours of site and email, `#rrggbb`, for light and dark."""

    ink: Colour = "#1a1c23"
    muted: Colour = "#4f5565"
    paper: Colour = "#fbfaf7"
    line: Colour = "#dcd8ce"
    accent: Colour = "#1d4e89"
    ink_dark: Colour = "#ecebe6"
    muted_dark: Colour = "#a9adb8"
    paper_dark: Colour = "#14161c"
    line_dark: Colour = "#343844"
    accent_dark: Colour = "#8fbcf0"
