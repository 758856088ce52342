"""Addresses and pictures that stand in a text as plain text, since Markdown did not read them as such."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing import weblinks
from briefing.content.markdown.link_targets import destination
from briefing.content.markdown.missed_links import missed_links
from briefing.errors import InvalidValueError, Weight

if TYPE_CHECKING:
    from briefing.content.markdown.findings import Findings
    from briefing.content.markdown.missed_links import MissedLink

_SIGNS: Final = ("://", "www.", "WWW.", "![")


class PlainRun:
    """Pieces of text that follow each other without a gap, in which an address or a picture may be written."""

    def __init__(self, findings: Findings) -> None:
        """Begin without a piece."""
        self._findings = findings
        self._begin, self._end, self._is_searched = 0, 0, False

    def continues_at(self, place: int) -> bool:
        """Whether a piece at this place would follow without a gap."""
        return place == self._end

    def add(self, words: str, place: int, end: int) -> None:
        """Take a piece."""
        if not self.continues_at(place):
            self._begin, self._is_searched = place, False
        self._end = end
        self._is_searched = self._is_searched or any(sign in words for sign in _SIGNS)

    def close(self) -> None:
        """Report what was found in the pieces, and begin again."""
        begin, end, is_searched = self._begin, self._end, self._is_searched
        self._begin, self._end, self._is_searched = 0, 0, False
        if not is_searched:
            return
        findings = self._findings
        source = findings.source[begin:end].decode()
        read, place = 0, begin
        for one in missed_links(source):
            place += len(source[read : one.begin].encode())
            read = one.begin
            findings.place = place
            last = place + len(source[one.begin : one.end].encode())
            findings.survey.missed_links.append(one._replace(begin=place, end=last))
            if one.is_image:
                findings.broken_images.add(source[one.begin : one.end])
                _report_image(findings, one)
            else:
                certain, uncertain = "; `check --fix` does it for you", ", up to its end"
                hint = f"put the whole address in angle brackets{certain if one.is_certain else uncertain}"
                report_address(findings, one, hint)


def report_address(findings: Findings, found: MissedLink, hint: str) -> None:
    """Report an address that is not a link: an error if no link may have it, since mail programs make it one."""
    try:
        weblinks.refuse_deceptive(found.written)
    except InvalidValueError as error:
        findings.problem(error.what, error.hint)
    except ValueError:
        return
    else:
        what = f"`{weblinks.excerpt(found.written)}` is plain text, not a link"
        findings.problem(what, hint, Weight.WARNING, "bare-address")


def _report_image(findings: Findings, found: MissedLink) -> None:
    shown = weblinks.excerpt(found.written, found.written.find(" "))
    try:
        kind, _ = destination(found.written, findings.text.file)
    except InvalidValueError:
        kind = ""
    fixed = f"put it in angle brackets: ![...](<{shown}>); `check --fix` does it for you"
    hint = fixed if kind == "file" else "write the path of a file under content/: ![...](<{static}/images/...>)"
    findings.problem(f"the picture `{shown}` has a space in its name", hint)
