"""Where the program's source makes a Problem: each call, as far as the source tells."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_MADE = ("Problem", "Finding")


@dataclass(frozen=True, order=True)
class ProblemCall:
    """One call, by its file and its first and last line."""

    file: str
    first: int
    last: int

    def contains(self, places: Iterable[tuple[str, int]]) -> bool:
        return any(file == self.file and self.first <= line <= self.last for file, line in places)


def calls_in(folder: Path) -> list[ProblemCall]:
    """Every call that makes a Problem or a Finding, itself or through a function that returns one.

    A function that makes one from its own parameters is not counted, but the calls of it are.
    """
    found = []
    for file in sorted(folder.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        passing = {function.name: function for function in _functions(tree) if _passes_on(function)}
        inside = {id(node) for function in passing.values() for node in ast.walk(function)}
        found += [
            ProblemCall(str(file), node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and _name(node) in {*_MADE, *passing} and id(node) not in inside
        ]
    return found


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def _passes_on(function: ast.FunctionDef) -> bool:
    """Whether a function makes a Problem of what it is given: `what` is one of its parameters, as it is."""
    names = {argument.arg for argument in function.args.args}
    made = [node for node in ast.walk(function) if isinstance(node, ast.Call) and _name(node) in _MADE]
    return any(
        isinstance(value, ast.Name) and value.id in names and value.id == "what" for node in made for value in node.args
    )


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
