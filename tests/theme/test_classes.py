"""Every class that the stylesheet has a rule for is in a template, or in HTML that the program makes."""

from __future__ import annotations

import re

from tests.conftest import REPOSITORY

TEMPLATES = REPOSITORY / "theme" / "templates"
SOURCES = [*TEMPLATES.rglob("*.html"), *(REPOSITORY / "theme").rglob("*.js"), *(REPOSITORY / "plugins").rglob("*.py")]


def unused(stylesheet: str, sources: str) -> list[str]:
    """The classes in the selectors of a stylesheet that no source names, whole or as `level-{{ number }}`."""
    plain = re.sub(r"/\*.*?\*/", "", stylesheet, flags=re.DOTALL)
    classes = sorted(set(re.findall(r"\.([a-z][a-z0-9-]*)(?=[^{}]*\{)", plain)))
    return [
        name
        for name in classes
        if not re.search(rf"(?<![\w-]){name}(?![\w-])", sources)
        and not re.search(rf"(?<![\w-]){name.rpartition('-')[0]}-\{{\{{", sources)
    ]


def test_every_rule_has_something_to_style() -> None:
    sources = "\n".join(file.read_text(encoding="utf-8") for file in SOURCES)
    assert unused((TEMPLATES / "style.css").read_text(encoding="utf-8"), sources) == []


def test_a_rule_whose_class_was_renamed_is_seen() -> None:
    css = "p.lead { color: red } /* .gone {} */ button.quiet, .level-3 { margin: 0 }"
    assert unused(css, '<p class="lead"><li class="level-{{ entry.level }}"><button class="secondary">') == ["quiet"]
