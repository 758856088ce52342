"""What some clients do not show, and why that does no harm: everything else that is unsupported is an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Degradation:
    """A loss that is accepted: its name, the features of the caniemail data concerned, and why it does no harm."""

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
        "The rules of the style tag only recolour and tighten what the style attributes have laid out: without them the"
        " light design stands, or the client darkens it itself.",
    ),
    Degradation(
        "the preheader's hiding",
        ("css-max-height", "css-overflow"),
        "`display: none` hides it as well, and in Outlook `mso-hide`.",
    ),
    Degradation(
        "breaking long words",
        ("css-overflow-wrap", "css-word-break", "css-white-space"),
        "Only a word or a line of code longer than the column is cut or scrolled; text has its spaces.",
    ),
    Degradation(
        "the system's own font",
        ("css-sytem-ui",),
        "The next font of the row is taken: Segoe UI, Roboto, Arial.",
    ),
    Degradation(
        "the document's shell",
        ("html-body", "html-doctype"),
        "Webmail puts the message into a page of its own; background, language and direction stand on elements within.",
    ),
    Degradation(
        "silence of signs",
        ("html-aria-hidden",),
        "A sign before a sentiment is read out beside the word that says the same.",
    ),
    Degradation(
        "titles without underline",
        ("css-text-decoration",),
        "A story's title is underlined: it is a link.",
    ),
    Degradation(
        "a picture's own height",
        ("css-height",),
        "The picture has its height as an attribute.",
    ),
)
