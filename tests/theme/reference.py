"""docs/reference/theme.md from the shapes of the views, the templates and the sample publication."""

from __future__ import annotations

import dataclasses
import datetime as dt
import importlib
import pkgutil
import re
from collections import deque
from types import FunctionType
from typing import TYPE_CHECKING, Any

from jinja2.filters import FILTERS as STANDARD_FILTERS
from tests.theme.examples import FILTERS, MACROS, VIEWS

from briefing.digest.text_part import FOOT, LINK, TextView

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.pages.templating import Templates

Shapes = dict[str, type]
MACRO = re.compile(r"(?:\{# ((?:(?!#\}).)*) #\}\n)?\{% macro (\w+)(\(.*?\)) %\}", re.DOTALL)
BLOCK = re.compile(r"\{% block (\w+) %\}")
HASH = re.compile(r"\b[0-9a-f]{10}\b")
PLAIN = {
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "None": "`none`",
    "dt.date": "date",
    "dt.datetime": "datetime",
}
INTRODUCTION = """\
# Theme

<!-- Generated. Run `RENEW_CASES=1 python3 tasks.py test tests/theme/test_reference.py` to renew it. -->

Templates and views are the public interface of a theme. A template receives:

- `view`: what its page shows, an instance of one of the classes below;
- `site`: the publication, the same on every page;
- `fixed(NAME)`: a partial that uses nothing but `site`, rendered once per build.

Any other name is an error, reported with template and line. A URL in a field named `url` is a path on this site without a leading
slash: pass it to `href` or `absolute`. A URL in a field named `href` is complete. The examples show values from the sample
publication. How to override a template is in [change the look](../how-to/change-the-look.md#templates).
"""


def shapes(package: str) -> Shapes:
    """Every dataclass that a module, or a package with all its modules, defines."""
    module = importlib.import_module(package)
    names = [package, *(found.name for found in pkgutil.walk_packages(getattr(module, "__path__", []), f"{package}."))]
    return {
        shape.__name__: shape
        for name in names
        for shape in vars(importlib.import_module(name)).values()
        if isinstance(shape, type) and dataclasses.is_dataclass(shape) and shape.__module__ == name
    }


def page(theme: Path, templates: Templates, received: dict[str, Any]) -> str:
    """The whole reference. received: each template, and a view that it renders."""
    known = {**shapes("briefing.pages.views"), "TextView": TextView}
    richest = instances([*received.values(), templates._environment.globals["site"]])
    given = {template: type(view).__name__ for template, view in received.items()}
    parts = [name for name in reachable(given.values(), known) if name not in given.values()]
    site = type(templates._environment.globals["site"])
    publication = {site.__name__: site, **shapes(site.__module__)}
    text = [INTRODUCTION, *template_table(theme, given), "\n## Page views\n"]
    for name in dict.fromkeys(given.values()):
        text += view_section(known[name], richest, known, rendered(templates, VIEWS[name], richest[name]))
    text.append("\n## Parts of views\n")
    for name in parts:
        text += view_section(known[name], richest, known)
    text.append("\n## The publication\n")
    for shape in publication.values():
        if shape in (site, *(type(value) for value in vars_of(richest[site.__name__]).values())):
            text += view_section(shape, richest, {**known, **publication})
    text.append("\n## List server\n")
    text.append("\nThe pages and notifications of the list server have views, too. `site` is the same.\n")
    for shape in shapes("briefing.delivery.listserver.views").values():
        text += view_section(shape, richest, {**known, **publication})
    text += [*filter_table(templates, richest["StoryView"]), *macro_tables(theme, templates, richest)]
    return re.sub(r"\n{3,}", "\n\n", "".join(text)).strip("\n") + "\n"


def template_table(theme: Path, given: dict[str, str]) -> Iterator[str]:
    yield "\n## Templates\n\n| template | view | blocks |\n| --- | --- | --- |\n"
    yield f"| `base.html`: the base of all pages | | {blocks(theme / 'base.html')} |\n"
    for template, name in sorted(given.items()):
        yield f"| `{template}` | {link(name)} | {blocks(theme / template)} |\n"


def blocks(template: Path) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(BLOCK.findall(template.read_text(encoding="utf-8"))))


def view_section(
    shape: type, richest: dict[str, Any], known: Shapes, example: tuple[str, str] = ("", "")
) -> Iterator[str]:
    """A shape under its name: its docstring, its fields, and the example with what it becomes."""
    fields = dataclasses.fields(shape)
    about, notes = described(shape.__doc__ or "", [field.name for field in fields])
    value = richest.get(shape.__name__)
    yield f"\n### {shape.__name__}\n\n{about}\n\n"
    yield f"| field | type |{' example |' if value else ''}{' notes |' if notes else ''}\n"
    yield f"| --- | --- |{' --- |' if value else ''}{' --- |' if notes else ''}\n"
    for field in fields:
        shown = f" {cell(getattr(value, field.name))} |" if value else ""
        note = f" {notes.get(field.name, '')} |" if notes else ""
        yield f"| `{field.name}` | {type_in_words(str(field.type), known)} |{shown}{note}\n"
    for name, member in vars(shape).items():
        if not name.startswith("_") and isinstance(member, property | FunctionType):
            call = f"view.{name}" if isinstance(member, property) else f"view.{name}(...)"
            yield f"\n`{call}`: {' '.join((member.__doc__ or '').split())}\n"
    if example[0]:
        yield f"\n```jinja\n{example[0]}\n```\n\nbecomes\n\n```\n{example[1]}\n```\n"


def described(docstring: str, fields: list[str]) -> tuple[str, dict[str, str]]:
    """A docstring without what it says of single fields (`name: ...` at the start of a sentence), and that."""
    text = re.sub(r"\s*\n\s*", "\n", docstring.strip())
    names = "|".join(map(re.escape, fields))
    pieces = re.split(rf"(?:^|(?<=\. )|(?<=\n))((?:(?:{names}), )*(?:{names})): ", text)
    notes: dict[str, str] = {}
    for group, note in zip(pieces[1::2], pieces[2::2], strict=True):
        meaning = " ".join(note.split()).rstrip(".")
        notes |= dict.fromkeys(group.split(", "), meaning.replace("|", r"\|"))
    return " ".join(pieces[0].split()), notes


def type_in_words(annotation: str, known: Shapes) -> str:
    if inner := re.fullmatch(r"tuple\[(.+), \.\.\.\]", annotation):
        return f"list of {type_in_words(inner[1], known)}"
    words = [PLAIN.get(part) or (link(part) if part in known else f"`{part}`") for part in annotation.split(" | ")]
    return " or ".join(words)


def link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def cell(value: object) -> str:
    """A value as an example in a table; "" of a view within a view, which has a table for itself."""
    match value:
        case str():
            text = HASH.sub("0123456789", " ".join(re.sub(r"[\x00-\x1f`]", " ", value).split()))
            short = text if len(text) <= 60 else f"{text[:57].rstrip()}…"
            return code(short or '""')
        case tuple():
            return {0: "empty", 1: "1 item"}.get(len(value), f"{len(value)} items")
        case None | int() | dt.date():
            return f"`{value.isoformat() if isinstance(value, dt.date) else str(value).lower()}`"
    name = type(value).__name__
    return "" if dataclasses.is_dataclass(value) else f"[{name.lower()} settings](settings.md#{name.lower()})"


def vars_of(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def instances(roots: list[object]) -> dict[str, Any]:
    """For each class found in the values, the first instance that has the most fields filled."""
    best: dict[str, tuple[int, Any]] = {}
    waiting: deque[object] = deque(roots)
    while waiting:
        value = waiting.popleft()
        if isinstance(value, tuple):
            waiting.extend(value)
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = vars_of(value)
            filled = sum(bool(one) for one in fields.values())
            if filled > best.get(type(value).__name__, (-1, None))[0]:
                best[type(value).__name__] = (filled, value)
            waiting.extend(fields.values())
    return {name: value for name, (_, value) in best.items()}


def reachable(names: Any, known: Shapes) -> list[str]:
    """All shapes that the fields of these lead to, nearest first."""
    found = dict.fromkeys(names)
    waiting = deque(found)
    while waiting:
        for field in dataclasses.fields(known[waiting.popleft()]):
            for name in re.findall(r"\w+", str(field.type)):
                if name in known and name not in found:
                    found[name] = None
                    waiting.append(name)
    return [*found]


def rendered(templates: Templates, source: str, view: object, imports: str = "") -> tuple[str, str]:
    """An example and what it becomes, in one line that fits a page."""
    template = templates._environment.from_string(f"{imports}{source}", globals=templates._environment.globals)
    text = " ".join(template.render(view=view).split())
    text = re.sub(f"{LINK}[^{LINK}]*{LINK}", "[1]", text).replace(FOOT, "")
    return source, text


def filter_table(templates: Templates, view: object) -> Iterator[str]:
    yield "\n## Filters\n\nAll of [Jinja's filters](https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters), and:\n\n"
    yield "| filter | returns | example | becomes |\n| --- | --- | --- | --- |\n"
    for name in sorted(templates._environment.filters.keys() - STANDARD_FILTERS.keys()):
        returns, source = FILTERS[name]
        yield f"| `{name}` | {returns} | {code(source)} | {cell(rendered(templates, source, view)[1])} |\n"


def macro_tables(theme: Path, templates: Templates, richest: dict[str, Any]) -> Iterator[str]:
    yield '\n## Macros\n\nImport a macro before you use it: `{% from "partials/macros.html" import link_to %}`.\n'
    for name in sorted(file.relative_to(theme).as_posix() for file in theme.rglob("*") if "{% macro " in text_of(file)):
        text = text_of(theme / name)
        view, examples = MACROS[name]
        about = re.match(r"\{#\s*(.*?)\s*#\}\n", text, re.DOTALL)
        yield f"\n### {name}\n\n{' '.join(about[1].split()) if about else ''}\n\n| macro | example |\n| --- | --- |\n"
        for comment, macro, arguments in MACRO.findall(text):
            imports = f'{{% from "{name}" import {macro} with context %}}'
            source, result = rendered(templates, examples[macro], richest[view], imports)
            note = f"<br>{' '.join(comment.split())}" if comment and about and comment.strip() != about[1] else ""
            short = f"<br>becomes {cell(result)}" if result and len(result) <= 60 else ""
            yield f"| `{macro}{arguments}`{escaped(note)} | {code(source)}{short} |\n"


def text_of(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.suffix in {".html", ".txt", ".xml", ".json"} else ""


def escaped(text: str) -> str:
    return text.replace("<bdi>", "`<bdi>`").replace("|", r"\|")


def code(source: str) -> str:
    return f"`{source}`".replace("|", r"\|")
