"""One pass over the events of a Markdown text: what it contains, where it links, and everything that is not allowed in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pyromark

from briefing import weblinks
from briefing.content.markdown.anchors import Anchors
from briefing.content.markdown.bare_addresses import PlainRun
from briefing.content.markdown.citations import cited_source
from briefing.content.markdown.findings import Findings
from briefing.content.markdown.html_survey import MAX_DEPTH, VERBATIM, survey_html
from briefing.content.markdown.literal_text import LiteralText
from briefing.content.markdown.preprocessing import unchanged
from briefing.content.markdown.safe_html import OPTIONS
from briefing.content.model import Heading
from briefing.errors import Weight

if TYPE_CHECKING:
    from briefing.content.markdown.findings import MarkdownSurvey
    from briefing.content.markdown.preprocessing import Preprocessed
    from briefing.content.markdown.text import Text

_CITATION: Final = re.compile(r"\[?([0-9]{1,4})\]?")
_INLINE: Final = frozenset({"Emphasis", "Strong", "Strikethrough", "Link", "Image"})
_VERBATIM: Final = frozenset({"Link", "Image", "CodeBlock"})
_FLAT: Final = frozenset({"Item", "TableHead", "TableRow", "TableCell"})


def survey(text: Text, origin: Preprocessed | None = None) -> MarkdownSurvey:
    """Read the text; stops if it nests deeper than 32, before anything recursive reads it.

    origin: how the text was made from its author's, which messages quote.
    """
    walk = _SurveyWalk(text, origin or unchanged(text.markdown))
    for event, place in pyromark.events_with_range(text.markdown, options=OPTIONS):
        walk.take(event, place["start"], place["end"])
        if max(walk.depth, len(walk.findings.open_tags.names)) > MAX_DEPTH:
            walk.findings.problem("is nested more than 32 levels deep", "reduce the nesting")
            break
    else:
        walk.close()
    return walk.findings.survey


class _SurveyWalk:
    def __init__(self, text: Text, origin: Preprocessed) -> None:
        self.findings = Findings(text)
        self.depth = 0
        self._html_block: list[tuple[str, int]] | None = None  # the lines of the one being read, and their places
        self._anchors = Anchors(text.language)
        self._footnotes: set[str] = set()
        self._literal = LiteralText(origin)
        self._run = PlainRun(self.findings)
        self._is_autolink = False
        self._link: tuple[str, int] | None = None  # where it leads, and how much text was before it
        self._heading: tuple[int, str, int] | None = None
        self._verbatim = 0  # how many links, pictures and code blocks are open, in which an address may be plain text

    def take(self, event: Any, place: int, end: int) -> None:  # noqa: ANN401 - pyromark's events are strings and one-key dicts
        self.findings.place = place
        kind: str
        value: Any
        kind, value = (event, "") if isinstance(event, str) else next(iter(event.items()))
        if kind != "Text" or not self._run.continues_at(place):
            self._run.close()
        self.findings.place = place
        if kind == "Text":
            self._text(value, place, end)
        elif kind == "Start":
            self._start(*((value, {}) if isinstance(value, str) else next(iter(value.items()))))
        elif kind == "End":
            self._end(value if isinstance(value, str) else next(iter(value)))
        elif kind == "Code":
            self._literal.add_code(place, end)
            self.findings.words(value)
        elif kind in {"SoftBreak", "HardBreak"}:
            self._literal.add_break(place, end)
            self.findings.words(" ")
        elif kind == "Html" and self._html_block is not None:
            self._html_block.append((value, place))
        elif kind == "InlineHtml":
            survey_html(self.findings, [(value, place)], is_block=False)

    def close(self) -> None:
        """Report what shows only at the end of the text."""
        self._run.close()
        self.findings.survey.is_whole = True
        for name in self.findings.open_tags.left_open():
            self.findings.problem(f"`<{name}>` is not closed", f"write </{name}>")

    def _text(self, words: str, place: int, end: int) -> None:
        if not self._verbatim and not VERBATIM.intersection(self.findings.open_tags.names):
            self._run.add(words, place, end)
        if self._is_autolink:
            self._literal.add_code(place, end)
        else:
            self._literal.add(words, place, end)
        self.findings.words(words)

    def _start(self, name: str, details: Any) -> None:  # noqa: ANN401 - see take
        findings = self.findings
        self.depth += name not in _FLAT
        if name not in _INLINE:
            findings.leftovers(self._literal.leftovers())
        self._verbatim += name in _VERBATIM
        if name in {"Link", "Image"}:
            findings.refuse_control_characters(details["title"])
            scheme = "mailto:" if details["link_type"] == "Email" else ""
            findings.reference(scheme + details["dest_url"], is_image=name == "Image")
        if name == "Link":
            self._link = details["dest_url"], len(findings.survey.text)
            self._is_autolink = details["link_type"] in {"Autolink", "Email"}
        elif name == "Image":
            findings.images.append(False)
        elif name == "Heading":
            self._heading = int(details["level"][1]), details["id"] or "", len(findings.survey.text)
            if details["classes"] or details["attrs"]:
                findings.problem("a heading has an attribute that is not an anchor", "write only {#anchor} after it")
        elif name == "CodeBlock":
            findings.refuse_control_characters(details["Fenced"] if isinstance(details, dict) else "")
        elif name == "HtmlBlock":
            self._html_block = []
        elif name == "FootnoteDefinition":
            self._footnote(str(details))

    def _end(self, name: str) -> None:
        findings = self.findings
        self.depth -= name not in _FLAT
        self._verbatim -= name in _VERBATIM
        if name == "Image" and not findings.images.pop():
            hint = 'describe it: ![a harbour at dawn](...); if it is decorative, write <img alt="" src=...>'
            findings.problem("a picture has no alternative text", hint)
        elif name == "Link" and self._link is not None:
            self._end_link(*self._link)
        elif name == "Heading" and self._heading is not None:
            self._end_heading(*self._heading)
        elif name == "HtmlBlock" and self._html_block is not None:
            survey_html(findings, self._html_block, is_block=bool(self._html_block))
            self._html_block = None
        if name not in _INLINE:
            if name == "CodeBlock":
                self._literal.clear()
            findings.leftovers(self._literal.leftovers())
            findings.survey.text.append("\n")

    def _end_heading(self, level: int, given: str, begins: int) -> None:
        findings, headings = self.findings, self.findings.survey.headings
        title = " ".join("".join(findings.survey.text[begins:]).split())
        if level == 1:
            findings.problem(f"`# {title}` is a level-1 heading", "write ##: the title is the level-1 heading")
        above = headings[-1].level if headings else 1
        if level > above + 1:
            what = f"the heading `{title}` skips from level {above} to {level}"
            findings.problem(what, f"write {'#' * (above + 1)}", Weight.WARNING, check="heading-order")
        headings.append(Heading(level, title, self._anchors.give(given, title)))

    def _end_link(self, target: str, begins: int) -> None:
        """A citation does not count as a word, and its number is that of the source to which it leads."""
        self._link, self._is_autolink = None, False
        is_within = target.startswith(("#", "{", "/")) and not target.startswith("//")
        number = cited_source(target.partition("#")[2]) if is_within else None
        label = _CITATION.fullmatch("".join(self.findings.survey.text[begins:]))
        if number is None or label is None:
            return
        del self.findings.survey.text[begins:]
        if int(label[1]) != number:
            what = f"the citation [{label[1]}] leads to source {number}"
            self.findings.problem(what, f"write [{number}](#source-{number}) or [{label[1]}](#source-{label[1]})")

    def _footnote(self, name: str) -> None:
        if name in self._footnotes:
            self.findings.problem(f"the footnote `{weblinks.excerpt(name)}` is defined twice", "rename one of them")
        self._footnotes.add(name)
