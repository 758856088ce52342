"""Which declarations apply to an element, the strongest last (CSS Cascade 4, section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cssselect2 import Matcher, SelectorError, compile_selector_list

from briefing.checks.email.styles import read_declarations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from briefing.checks.email.styles import CssRule, Declaration


class Cascade:
    """Rules of style sheets, in order. A rule whose selectors cannot be parsed counts for nothing, as in a browser."""

    def __init__(self, rules: Iterable[CssRule]) -> None:
        """Compile the selectors."""
        self._matcher = Matcher()
        for rule in rules:
            for selector in _compiled(rule):
                if selector.pseudo_element is None:
                    self._matcher.add_selector(selector, rule.declarations)

    def declarations(self, element: Any) -> list[Declaration]:  # noqa: ANN401 - cssselect2 has no types
        """The declarations for an element, given in cssselect2's `ElementWrapper`, and for its style attribute."""
        found = [declaration for *_, declarations in self._matcher.match(element) for declaration in declarations]
        found += read_declarations(element.etree_element.get("style"))
        return sorted(found, key=lambda declaration: declaration.important)


def _compiled(rule: CssRule) -> list[Any]:
    try:
        return compile_selector_list(rule.selectors)  # type: ignore[no-any-return]
    except SelectorError:
        return []
