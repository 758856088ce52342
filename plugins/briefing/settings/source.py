"""The line of a setting in `pelicanconf.py`, found in its syntax tree, only if there is an error."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def line_of(file: Path, keys: tuple[str, ...]) -> int:
    """The line of a setting, or of its nearest parent that exists, or 1."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return 1
    line = 1
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == keys[0] for t in statement.targets
        ):
            line, node = statement.lineno, statement.value
            for key in keys[1:]:
                found = _child(node, key)
                if found is None:
                    break
                line, node = found
    return line


def _child(node: ast.expr, key: str) -> tuple[int, ast.expr] | None:
    if isinstance(node, ast.Dict):
        for name, value in zip(node.keys, node.values, strict=True):
            if isinstance(name, ast.Constant) and name.value == key:
                return name.lineno, value
    if isinstance(node, ast.List | ast.Tuple) and re.fullmatch(r"\d+", key) and int(key) < len(node.elts):
        return node.elts[int(key)].lineno, node.elts[int(key)]
    return None


def line_raised(error: BaseException, file: Path) -> int:
    """The line of the file at which an error was raised; 1 if it was raised elsewhere."""
    line = 1
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
