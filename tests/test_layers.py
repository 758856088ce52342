"""Imports go down the rows of the house only, and what is bound to one room stays there."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Collection

PLUGINS = Path(__file__).resolve().parent.parent / "plugins"
ROWS = (
    ("commands",),
    ("release",),
    ("authoring", "delivery", "preview", "publish", "site"),
    ("checks",),
    ("digest",),
    ("pages",),
    ("content",),
    ("settings",),
    ("weblinks",),
    ("urls",),
    ("errors",),
)
ROW_OF = {room: number for number, row in enumerate(ROWS) for room in row}
OVER_HTTP = {"aiohttp", "http.client", "httpcore", "httpx", "requests", "urllib.request", "urllib3"}
OVER_MAIL = {"aiosmtplib", "imaplib", "poplib", "smtplib"}
IN_TABLES = {"psycopg", "sqlalchemy", "sqlite3"}
BOUND = {
    **dict.fromkeys(["pelican"], ("site",)),
    **dict.fromkeys(["typer"], ("commands",)),
    **dict.fromkeys(OVER_MAIL | IN_TABLES, ("delivery",)),
    **dict.fromkeys(["dns"], ("delivery.doctor",)),
    **dict.fromkeys(["python_multipart", "starlette", "uvicorn"], ("delivery.listserver",)),
    **dict.fromkeys(["imapclient"], ("delivery.inbox",)),
    **dict.fromkeys(["boto3", "botocore"], ("delivery.sending.transports", "delivery.inbox", "publish.s3")),
    **dict.fromkeys(
        OVER_HTTP, ("publish", "delivery.sending.transports", "delivery.sending.providers", "delivery.one_click")
    ),
}


def modules(plugins: Path) -> dict[str, Path]:
    """Every module of the package under `plugins`, by its dotted name below `briefing` ("" is the package)."""
    found = {}
    for file in sorted((plugins / "briefing").rglob("*.py")):
        parts = file.relative_to(plugins / "briefing").with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = file
    return found


def imports(file: Path) -> set[str]:
    """Every dotted name that a module imports, those for type checkers and inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def faults(plugins: Path) -> list[str]:
    """Everything in the package that breaks the rules, each in a sentence."""
    found = []
    for name, file in modules(plugins).items():
        room = name.split(".")[0]
        if room and room not in ROW_OF:
            found.append(f"{name}: `{room}` has no row")
            continue
        for imported in imports(file):
            if imported.startswith("."):
                found.append(f"{name}: `{imported}` is relative; write it from `briefing`")
            found += _sideways(name, room, imported)
            found += _astray(name, imported)
    return found


def _sideways(name: str, room: str, imported: str) -> list[str]:
    package, _, rest = imported.partition(".")
    other = rest.split(".")[0]
    if package != "briefing" or other == room or other not in ROW_OF:
        return []
    # The package itself is the plugin's wiring: it may reach any room but the command line.
    row = ROW_OF[room] if room else 0
    return [] if row < ROW_OF[other] else [f"{name or '__init__'}: imports {imported}, which is no lower row"]


def _astray(name: str, imported: str) -> list[str]:
    for library, rooms in BOUND.items():
        if f"{imported}.".startswith(f"{library}."):
            if any(f"{name}.".startswith(f"{room}.") for room in rooms):
                return []
            return [f"{name}: imports {imported}, which belongs in {' or '.join(rooms)}"]
    return []


def circles(plugins: Path) -> list[str]:
    """Modules that import each other in whatever number of steps, for type checkers and inside functions too."""
    files = modules(plugins)
    graph = {name: _neighbours(file, files) - {name} for name, file in files.items()}
    done: set[str] = set()
    found: list[str] = []

    def follow(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            found.append(" -> ".join((*path[path.index(name) :], name)))
        elif name not in done:
            for other in sorted(graph[name]):
                follow(other, (*path, name))
            done.add(name)

    for name in graph:
        follow(name, ())
    return found


def _neighbours(file: Path, files: Collection[str]) -> set[str]:
    """The modules of the package that a module names in its imports, wherever they stand and whatever they are for."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "briefing":
            module = (node.module or "").partition(".")[2]
            for alias in node.names:
                inner = f"{module}.{alias.name}".lstrip(".")
                names.add(inner if inner in files else module)
    return names & set(files) - {""}


def test_imports_go_down_only() -> None:
    assert faults(PLUGINS) == []


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circles(PLUGINS) == []


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("content/model.py", "from briefing.pages import publication", "no lower row"),
        ("publish/folder.py", "from briefing.site import build", "no lower row"),
        ("publish/folder.py", "    from briefing import site", "no lower row"),
        ("pages/stories.py", "import briefing.commands.app", "no lower row"),
        ("__init__.py", "from briefing.commands import app", "no lower row"),
        ("digest/render.py", "from pelican import signals", "belongs in site"),
        ("site/reader.py", "import typer", "belongs in commands"),
        ("checks/mail.py", "import smtplib", "belongs in delivery"),
        ("checks/links.py", "from urllib.request import urlopen", "belongs in publish"),
        ("delivery/ledger.py", "import httpx", "belongs in publish"),
        ("delivery/doctor/dns.py", "import imapclient", "belongs in delivery.inbox"),
        ("publish/live.py", "    import boto3", "belongs in delivery.sending.transports"),
        ("content/library/tree.py", "from .reading import read_library", "is relative"),
        ("gadgets.py", "", "has no row"),
    ],
)
def test_the_gate_sees(tmp_path: Path, file: str, line: str, said: str) -> None:
    bad = tmp_path / "briefing" / file
    bad.parent.mkdir(parents=True, exist_ok=True)
    bad.write_text(f"def late():\n{line}\n" if line.startswith(" ") else line, encoding="utf-8")
    found = faults(tmp_path)
    assert found
    assert all(said in fault for fault in found), found


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("site/reader.py", "from pelican.readers import BaseReader"),
        ("delivery/sending/transports/ses.py", "import httpx"),
        ("content/library/reading.py", "from briefing.content.library.tree import walk"),
        ("publish/folder.py", "from urllib.parse import urlsplit"),
        ("__init__.py", "from briefing import site"),
    ],
)
def test_the_gate_lets_through(tmp_path: Path, file: str, line: str) -> None:
    good = tmp_path / "briefing" / file
    good.parent.mkdir(parents=True, exist_ok=True)
    good.write_text(line, encoding="utf-8")
    assert faults(tmp_path) == []


def test_the_gate_sees_a_circle(tmp_path: Path) -> None:
    folder = tmp_path / "briefing" / "pages"
    folder.mkdir(parents=True)
    for name, other in {"one": "two", "two": "three", "three": "one"}.items():
        (folder / f"{name}.py").write_text(f"from briefing.pages.{other} import x\n", encoding="utf-8")
    assert circles(tmp_path) == ["pages.one -> pages.two -> pages.three -> pages.one"]


def stale_names(plugins: Path) -> list[str]:
    """Names in backticks, in the docstring of a room, that are neither modules nor words of code in that room."""
    found = []
    for init in sorted(plugins.rglob("__init__.py")):
        room = init.parent
        docstring = ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or ""
        code = " ".join(file.read_text(encoding="utf-8") for file in sorted(room.rglob("*.py")) if file != init)
        code += init.read_text(encoding="utf-8").partition('"""\n\n')[2]
        for name in re.findall(r"`([a-z_]+)`", docstring):
            is_module = (room / f"{name}.py").exists() or (room / name).is_dir()
            if not is_module and not re.search(rf"\b{name}\b", code):
                found.append(f"{room.name}: `{name}`")
    return found


def test_a_room_names_only_what_it_contains() -> None:
    assert stale_names(PLUGINS) == []


def test_the_gate_sees_a_stale_name(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""A room with `one`, `two` and `gone`."""\n\nTWO = two = 2\n')
    (tmp_path / "one.py").write_text("")
    assert stale_names(tmp_path) == [f"{tmp_path.name}: `gone`"]
