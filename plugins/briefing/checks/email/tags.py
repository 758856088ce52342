"""The tags of the HTML: balanced, none that mail programs remove, none that load other files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from briefing.checks.email.html_tree import VOID
from briefing.checks.email.report import CheckOutcome, Finding
from briefing.checks.email.styles import read_declarations, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.checks.email.html_tree import Element, HtmlTree
    from briefing.checks.email.styles import Declaration, Sheet

_REFUSED: Final = frozenset(
    (
        "applet",
        "audio",
        "base",
        "button",
        "canvas",
        "embed",
        "form",
        "frame",
        "frameset",
        "iframe",
        "input",
        "math",
        "object",
        "script",
        "select",
        "svg",
        "textarea",
        "video",
    )
)
_COMMENT_TAG: Final = re.compile(r"<(/?)([a-zA-Z][\w:]*)\b[^>]*?(/?)>")
_FOR_OTHERS: Final = re.compile(r"\[if [^\]]*\]><!(?:--)?>?")  # the content is for every client but Outlook
_FIX: Final = "fix the template"


def inspect_tags(page: HtmlTree) -> CheckOutcome:
    """Errors in the markup, with the lines in digest.html."""
    findings = [
        *(Finding(f"line {line} of the HTML: {what}", _FIX) for line, what in page.faults),
        *_outline(page),
        *(finding for element in page.elements for finding in _of_element(element)),
        *_outlook(page),
    ]
    return CheckOutcome("markup", f"{len(page.elements)} elements", "balanced, inert", tuple(findings))


def _outline(page: HtmlTree) -> Iterator[Finding]:
    if page.doctype.lower() != "doctype html":
        yield Finding("the HTML has no `<!doctype html>`", "start the template with it")
    for tag in ("html", "head", "title", "body"):
        if len(page.all(tag)) != 1:
            yield Finding(f"the HTML has {len(page.all(tag))} <{tag}> elements, not one", _FIX)


def _of_element(element: Element) -> Iterator[Finding]:
    where = f"line {element.line} of the HTML: "
    if element.tag in _REFUSED:
        yield Finding(f"{where}<{element.tag}> is removed by mail programs", "remove it")
    if element.tag == "link":
        yield Finding(f"{where}<link> loads another file", "write the rules into the template")
    for name, value in element.attributes.items():
        if name.startswith("on") or value.strip().lower().startswith("javascript:"):
            yield Finding(f"{where}`{name}` contains a script", "remove it")
    for declaration in read_declarations(element.get("style")):
        yield from _of_declaration(declaration, where)
    if element.tag == "style":
        yield from _of_sheet(read_sheet("".join(map(str, element.children))), where)


def _of_sheet(sheet: Sheet, where: str) -> Iterator[Finding]:
    for name, prelude in sheet.at_rules:
        if name in {"import", "font-face"}:
            at_rule = f"@{name} {prelude}".strip()
            yield Finding(f"{where}`{at_rule}` loads another file", "remove it")
    for fault in sheet.faults:
        yield Finding(f"{where}a rule cannot be parsed: {fault}", _FIX)
    for rule in sheet.rules:
        for declaration in rule.declarations:
            yield from _of_declaration(declaration, where)


def _of_declaration(declaration: Declaration, where: str) -> Iterator[Finding]:
    if "url(" in declaration.value.lower():
        yield Finding(f"{where}`{declaration.name}` loads another file", "use an <img>, or remove it")


def _outlook(page: HtmlTree) -> Iterator[Finding]:
    """Tags in comments for Outlook are balanced across all of them: a later one closes what an earlier one opens."""
    opened: list[str] = []
    for comment in page.comments:
        if not comment.lstrip().startswith("[if"):
            continue
        if _FOR_OTHERS.fullmatch(comment.strip()):
            continue
        if not comment.rstrip().endswith("<![endif]"):
            yield Finding("a comment for Outlook does not end in `<![endif]`", _FIX)
        for closes, tag, empty in _COMMENT_TAG.findall(comment):
            name = tag.lower()
            if empty or name in VOID:
                continue
            if not closes:
                opened.append(name)
            elif not opened or opened.pop() != name:
                yield Finding(f"</{name}> in a comment for Outlook has no opening tag", _FIX)
                return
    if opened:
        yield Finding(f"<{opened[-1]}> in a comment for Outlook is not closed", _FIX)
