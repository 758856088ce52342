"""`schema`: the JSON Schemas of front matter, with which editors complete and check it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from briefing.content.schemas import schemas
from briefing.errors import WrongUseError

FOLDER = Path("docs/reference")


def schema(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="story, issue, thread, curator, page or notification. Default: all.")
    ] = "",
    *,
    write: Annotated[bool, typer.Option("--write", help="Update the files in docs/reference/ instead.")] = False,
) -> None:
    """Print the JSON Schemas of front matter, or update their files in docs/reference/.

    With a schema, your editor completes keys and marks errors while you type.
    """
    texts = documents()
    if name and name not in texts:
        msg = f"there is no schema `{name}`: the schemas are {', '.join(texts)}"
        raise WrongUseError(msg)
    for file, text in texts.items():
        if name in {"", file}:
            if write:
                (ctx.obj / path(file)).write_text(text, encoding="utf-8")
            else:
                typer.echo(text, nl=False)


def documents() -> dict[str, str]:
    """The text of each schema file, by the schema's name."""
    return {name: json.dumps(schema, ensure_ascii=False, indent=2) + "\n" for name, schema in schemas().items()}


def path(name: str) -> Path:
    """The path of a schema file, relative to the publication's folder."""
    return FOLDER / f"{name}.schema.json"
