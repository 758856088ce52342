"""Whether each text stands out from what is behind it, in light and in dark (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.checks.email.colours import MODES, OUTLOOK, shown_texts
from briefing.checks.email.report import CheckOutcome, Finding

if TYPE_CHECKING:
    from briefing.checks.email.colours import ShownText
    from briefing.checks.email.html_tree import HtmlTree

ENOUGH: Final = 4.5
ENOUGH_LARGE: Final = 3.0
_SAMPLE: Final = 30


def inspect_contrast(page: HtmlTree) -> CheckOutcome:
    """The least contrast in each mode; Outlook's dark mode where the page has rules for it."""
    modes = [mode for mode in MODES if mode != OUTLOOK or "data-ogs" in page.html]
    values: list[str] = []
    findings: dict[tuple[str, str, str], Finding] = {}
    for mode in modes:
        texts = shown_texts(page, mode)
        if texts:
            values.append(f"{mode} {min(text.contrast for text in texts):.1f}")
        for text in texts:
            if text.contrast < needed(text):
                findings.setdefault((mode, text.ink, text.paper), _finding(mode, text))
    return CheckOutcome("contrast", ", ".join(values), ">= 4.5, large 3", tuple(findings.values()))


def needed(text: ShownText) -> float:
    """The contrast that a text must have."""
    return ENOUGH_LARGE if text.is_large else ENOUGH


def _finding(mode: str, text: ShownText) -> Finding:
    said = text.text if len(text.text) <= _SAMPLE else f"{text.text[:_SAMPLE]}..."
    what = f"\u201c{said}\u201d in {mode} is {text.ink} on {text.paper}, a contrast of {text.contrast:.1f}"
    return Finding(what, f"change the colours in BRIEFING.brand or in the template: at least {needed(text):g}")
