"""The contrast of each text with its background, in light and in dark mode (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.checks.email.colours import MODES, OUTLOOK, styled_texts
from briefing.checks.email.report import CheckOutcome, Finding

if TYPE_CHECKING:
    from briefing.checks.email.colours import StyledText
    from briefing.checks.email.html_tree import HtmlTree

MINIMUM: Final = 4.5
MINIMUM_LARGE: Final = 3.0
_SAMPLE: Final = 30


def inspect_contrast(page: HtmlTree) -> CheckOutcome:
    """The lowest contrast in each mode; in Outlook's dark mode only if the page has rules for it."""
    modes = [mode for mode in MODES if mode != OUTLOOK or "data-ogs" in page.html]
    values: list[str] = []
    findings: dict[tuple[str, str, str], Finding] = {}
    for mode in modes:
        texts = styled_texts(page, mode)
        if texts:
            values.append(f"{mode} {min(text.contrast for text in texts):.1f}")
        for text in texts:
            if text.contrast < needed(text):
                findings.setdefault((mode, text.ink, text.paper), _finding(mode, text))
    return CheckOutcome("contrast", ", ".join(values), ">= 4.5, large 3", tuple(findings.values()))


def needed(text: StyledText) -> float:
    """The contrast that a text needs."""
    return MINIMUM_LARGE if text.is_large else MINIMUM


def _finding(mode: str, text: StyledText) -> Finding:
    sample = text.text if len(text.text) <= _SAMPLE else f"{text.text[:_SAMPLE]}..."
    what = f"\u201c{sample}\u201d in {mode} mode is {text.ink} on {text.paper}, a contrast of {text.contrast:.1f}"
    return Finding(
        what, f"change the colours in BRIEFING.brand or in the template; the contrast must be at least {needed(text):g}"
    )
