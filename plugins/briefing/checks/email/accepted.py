"""Features that some clients do not support, with the reason why that is harmless. Any other one is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Degradation:
    """An accepted loss: its name, the features in the caniemail data, and why it is harmless."""

    name: str
    features: tuple[str, ...]
    why: str


ACCEPTED: Final = (
    Degradation(
        "dark colours and small screens",
        (
            "css-at-media",
            "css-at-media-prefers-color-scheme",
            "css-color-scheme",
            "html-meta-color-scheme",
            "css-selector-attribute",
            "css-selector-class",
            "css-selector-descendant",
            "css-selector-grouping",
            "css-selector-type",
        ),
        "The rules in the style tag only change colours and spacing: without them the light design remains, or the client"
        " darkens it.",
    ),
    Degradation(
        "the hidden preheader",
        ("css-max-height", "css-overflow"),
        "`display: none` hides it too, and `mso-hide` in Outlook.",
    ),
    Degradation(
        "breaking long words",
        ("css-overflow-wrap", "css-word-break", "css-white-space"),
        "Only a word or a line of code that is longer than the column is cut or scrolls.",
    ),
    Degradation(
        "the system font",
        ("css-sytem-ui",),
        "The next font in the list is used: Segoe UI, Roboto, Arial.",
    ),
    Degradation(
        "the outer elements",
        ("html-body", "html-doctype"),
        "Webmail puts the message into its own page; background, language and direction are set on inner elements.",
    ),
    Degradation(
        "hidden decorative icons",
        ("html-aria-hidden",),
        "The icon before a sentiment is read aloud next to the word with the same meaning.",
    ),
    Degradation(
        "titles without an underline",
        ("css-text-decoration",),
        "A story's title is underlined; it is a link.",
    ),
    Degradation(
        "the height of a picture",
        ("css-height",),
        "The picture also has its height as an attribute.",
    ),
)
