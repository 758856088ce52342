"""YAML's errors in words for curators, and the corrected text if it only needs quotes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import yaml

_PAIR: Final = re.compile(r"(\s*(?:- +)*(?:([\w-]+): +|- +))(\S.*)")
_KEY: Final = re.compile(r"\s*(?:- +)*([\w-]+):")
_INDICATORS: Final = "@`%[]{}>|-?!&*,"
_QUOTES: Final = "'\""
_SHOWN: Final = 80


class YamlFault(NamedTuple):
    """What is wrong and what to do, the key, its line (from 0), and the text with quotes on that line if they fix it."""

    what: str
    hint: str
    field: str
    line: int
    fixed: str | None = None


def fault_of(error: yaml.YAMLError, text: str, quoted: tuple[int, int]) -> YamlFault:
    """What the parser could not read. quoted: the first and last line of the last quoted text before."""
    diagnosis = _Diagnosis(error, text.split("\n"), quoted)
    return diagnosis.quotes() or diagnosis.colon() or diagnosis.layout()


class _Diagnosis:
    """An error of the parser and the lines that it read; each method recognises one kind of mistake."""

    def __init__(self, error: Any, lines: list[str], quoted: tuple[int, int]) -> None:  # noqa: ANN401 - PyYAML is untyped
        self._lines = lines
        self._quoted = quoted
        self._what = str(getattr(error, "problem", None) or error)
        self._context = str(getattr(error, "context", None) or "")
        mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
        self._line: int = min(mark.line, len(lines) - 1) if mark else 0
        self._column: int = mark.column if mark else 0
        self._begun: int = min(begun.line, len(lines) - 1) if begun else self._line

    def quotes(self) -> YamlFault | None:
        first, last = self._quoted
        if "quoted scalar" in self._context and "unexpected" in self._what:
            return self._quotable(self._begun, "a quote is not closed", "close the quote")
        if "quoted scalar" in self._context:
            hint = r"write \\ for a backslash, or use single quotes"
            return self._quotable(self._begun, "contains a backslash that YAML reads as an escape", hint)
        if "expected key" in self._what and first < last == self._line:
            return self._quotable(first, "a quote is not closed", "close the quote")
        if "expected key" in self._what and first == last == self._line:
            return self._quotable(self._line, "continues after its closing quote")
        return None

    def colon(self) -> YamlFault | None:
        if "mapping values are not allowed" not in self._what:
            return None
        if ":" in self._lines[self._line][: self._column]:
            return self._quotable(self._line, "contains a colon that YAML reads as the end of a key")
        hint = "quote the whole text above, or align this key with the others"
        return self._plain(self._line, "continues the text above it, and contains a colon", hint)

    def layout(self) -> YamlFault:
        written = self._lines[self._line]
        pair = _PAIR.fullmatch(written)
        if "cannot start any token" in self._what and "\t" in written[: self._column + 1]:
            return self._plain(self._line, "is indented with a tab", "indent with spaces")
        if "flow" in self._context and self._begun != self._line:
            return self._plain(
                self._begun, "begins a list or mapping that is not closed", "close it, or quote the text"
            )
        if pair is not None and pair[3][0] in _INDICATORS:
            return self._quotable(self._line, "starts with a character that has a special meaning in YAML")
        if "expected <document start>" in self._what or "expected key" in self._what:
            hint = "align it with the other keys"
            return self._plain(self._line, "is not aligned with the keys above it", hint)
        return self._plain(
            self._line, f"is not valid YAML: {self._what}", "correct the line; quote text that contains punctuation"
        )

    def _plain(self, line: int, what: str, hint: str) -> YamlFault:
        key = _KEY.match(self._lines[line])
        return YamlFault(what, hint, key[1] if key else "", line)

    def _quotable(self, line: int, what: str, hint: str = "") -> YamlFault:
        """A fault that quotes around the value of one line would fix; without a hint, the hint is those quotes."""
        pair = _PAIR.fullmatch(self._lines[line])
        if pair is None:
            return self._plain(line, what, hint or "quote the text")
        before, key, value = pair[1], pair[2] or "", pair[3].rstrip()
        inner = value[1:] if value[0] in _QUOTES else value
        inner = inner[:-1] if value[0] in _QUOTES and inner[-1:] == value[0] else inner
        single = "'" + inner.replace("'", "''") + "'"
        shown = single if {'"', "\\"} & set(inner) else f'"{inner}"'
        hint = (
            hint or f"quote it: {key + ': ' if key else ''}{shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '...'}"
        )
        fixed = "\n".join([*self._lines[:line], before + single, *self._lines[line + 1 :]])
        return YamlFault(what, hint, key, line, fixed)
