"""The documentation says what the code does: every command, option, setting, key, link and schema."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from pydantic import BaseModel
from typer.core import TyperGroup

from briefing import urls
from briefing.commands import app, schema
from briefing.content.schemas import schemas
from briefing.settings import Capitals, Options

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
WHERE = {
    "story": "story",
    "issue": "issue",
    "thread": "other-files",
    "curator": "other-files",
    "page": "other-files",
    "notification": "other-files",
}
SECTION = {"thread": "Threads", "curator": "Curators", "page": "Pages", "notification": "Notifications"}
RUN = re.compile(r"python3 tasks\.py ([^`\n]+)")


def read(name: str) -> str:
    """A page of the reference."""
    return (REFERENCE / f"{name}.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What stands between a heading of the second level and the next; "" where there is none."""
    match = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return match[1] if match else ""


def row(text: str, name: str) -> str:
    """The table row that begins with a name; "" where there is none."""
    match = re.search(rf"^\| `{re.escape(name)}` \|.*$", text, re.MULTILINE)
    return match[0] if match else ""


def commands() -> dict[str, list[str]]:
    """Every command by its full name, and its options as they are typed."""
    group = typer.main.get_command(app.application())
    assert isinstance(group, TyperGroup)
    return dict(_commands(group, ""))


def _commands(group: TyperGroup, above: str) -> Iterator[tuple[str, list[str]]]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{above}{name} ")
        else:
            options = [
                option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)
            ]
            yield f"{above}{name}", [option for option in options if option.startswith("-")]


def undocumented(known: dict[str, list[str]], text: str) -> list[str]:
    """Commands without a section, and options that neither their section nor the introduction names."""
    introduction = text.partition("\n## ")[0]
    missing = []
    for name, options in known.items():
        found = section(text, name)
        missing += [] if found else [name]
        missing += [f"{name} {option}" for option in options if found and f"`{option}" not in introduction + found]
    return missing


def settings(shape: type[BaseModel], above: str = "") -> Iterator[tuple[str, str]]:
    """Every setting by its dotted name, and its default as the reference writes it."""
    for name, field in shape.model_fields.items():
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        nested = isinstance(default, BaseModel)
        written = "required" if field.is_required() else "see below" if nested else f"`{json.dumps(default)}`"
        yield f"{above}{name}", written
        if isinstance(default, BaseModel):
            yield from settings(type(default), f"{above}{name}.")


def keys(shape: dict[str, Any], whole: dict[str, Any], above: str = "") -> Iterator[tuple[str, bool]]:
    """Every key of a JSON Schema by its dotted name, and whether it is required."""
    for name, value in shape["properties"].items():
        yield f"{above}{name}", name in shape.get("required", [])
        for part in (value, value.get("items", {}), *value.get("anyOf", [])):
            if "$ref" in part:
                yield from keys(whole["$defs"][part["$ref"].rpartition("/")[2]], whole, f"{above}{name}.")


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links of a Markdown page whose file or heading is not there."""
    prose = re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    broken = []
    for target in re.findall(r"(?<!\\)\]\(([^)\s]+)[^)]*\)", prose):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file.read_text(encoding="utf-8"))):
            broken.append(f"{page.name}: {target}")
    return broken


def anchors(text: str) -> set[str]:
    """The anchors that code hosts make from a page's headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def wrong_runs(text: str, known: dict[str, list[str]]) -> list[str]:
    """What a page tells its reader to type, where there is no such command or option."""
    wrong = []
    for typed in RUN.findall(text):
        words = shlex.split(typed)
        name = next((name for name in known if words[: len(name.split())] == name.split()), None)
        options = {word.partition("=")[0] for word in words if word.startswith("-")}
        if words[0].isupper() or words == ["--help"]:
            continue
        if name is None or (name != "test" and not options <= {*known[name], "--help"}):
            wrong.append(typed.strip())
    return wrong


def test_every_command_and_option_is_documented() -> None:
    assert undocumented(commands(), read("commands")) == []


def test_an_undocumented_option_is_seen() -> None:
    text = "## build\n| `--full` | x |\n\n## check\n"
    assert undocumented({"build": ["--full", "--drafts"], "check": [], "new": []}, text) == ["build --drafts", "new"]


def test_no_command_is_documented_that_is_not_there() -> None:
    assert sorted(re.findall(r"^## (.+)$", read("commands"), re.MULTILINE)) == sorted(commands())


@pytest.mark.parametrize("shape", [Options, Capitals])
def test_every_setting_is_documented_with_its_default(shape: type[BaseModel]) -> None:
    text = read("settings")
    assert [name for name, default in settings(shape) if default not in row(text, name)] == []


def test_an_undocumented_setting_is_seen() -> None:
    assert not row("| `topics` | list | required | x |", "tagline")
    assert ("email.sender", '`""`') in settings(Options)


@pytest.mark.parametrize("kind", schemas())
def test_every_key_is_documented(kind: str) -> None:
    text = section(read(WHERE[kind]), SECTION.get(kind, "Front matter"))
    whole = schemas()[kind]
    known = dict(keys(whole, whole))
    documented = re.findall(r"^\| `([a-z_.]+)` \|", text, re.MULTILINE)
    assert sorted(documented) == sorted(known)
    assert [name for name in known if ("| required |" in row(text, name)) != known[name]] == []


def test_keys_are_found_at_every_depth() -> None:
    whole = schemas()["issue"]
    assert {("sponsor.image.alt", True), ("links.note", False), ("title", True), ("lead", False)} <= set(
        keys(whole, whole)
    )


def test_every_fixed_address_is_documented() -> None:
    text = read("addresses")
    fixed = [
        value for name, value in vars(urls).items() if re.match("[A-Z]+(_[A-Z]+)*$", name) and isinstance(value, str)
    ]
    assert [address for address in fixed if f"`/{address}" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken_links(page, page.read_text(encoding="utf-8")) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("# One title, two\n", encoding="utf-8")
    text = "[x](b.md) [y](a.md#other) [z](#one-title-two) [w](https://x.example/b.md) `[v](c.md)`"
    assert broken_links(page, text) == ["a.md: b.md", "a.md: a.md#other"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_reader_is_told_to_type_exists(page: Path) -> None:
    assert wrong_runs(page.read_text(encoding="utf-8"), commands()) == []


def test_a_wrong_line_to_type_is_seen() -> None:
    known = {"build": ["--full"], "new story": []}
    lines = ["build --fast", "new story 'A title'", "bild", "--help", "COMMAND", "new story X --full", "build --help"]
    text = "\n".join(f"Type `python3 tasks.py {line}`." for line in lines)
    assert wrong_runs(text, known) == ["build --fast", "bild", "new story X --full"]


@pytest.mark.parametrize("kind", schemas())
def test_schemas_are_up_to_date(kind: str) -> None:
    assert (ROOT / schema.path(kind)).read_text(encoding="utf-8") == schema.documents()[kind], "run schema --write"


def test_editors_are_given_the_schemas() -> None:
    given = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert sorted(given) == sorted(f"./{schema.path(kind)}" for kind in schemas())
