"""`pelicanconf.py` -> Settings, or every fault in it with its line."""

from __future__ import annotations

import difflib
import runpy
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from briefing import urls
from briefing.errors import Problem, ProblemsFoundError, WrongUseError
from briefing.settings.options import Capitals, Options, Settings
from briefing.settings.source import line_of, line_raised

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE: Final = "pelicanconf.py"
_M = TypeVar("_M", bound=BaseModel)


def load(root: Path) -> Settings:
    """Read `pelicanconf.py` in `root` without Pelican.

    Raises WrongUseError where there is none, ProblemsFoundError with every fault in it.
    """
    file = root / FILE
    if not file.is_file():
        msg = f"there is no {FILE} in {root}: run this in the folder of a publication"
        raise WrongUseError(msg)
    try:
        values = runpy.run_path(str(file))
    except SyntaxError as error:
        raise ProblemsFoundError(
            [Problem(FILE, f"is not valid Python: {error.msg}", "mend the line", line=error.lineno or 1)]
        ) from error
    except Exception as error:
        line = line_raised(error, file)
        raise ProblemsFoundError(
            [Problem(FILE, f"fails with {type(error).__name__}: {error}", "mend the line", line=line)]
        ) from error
    return resolve(root, values)


def resolve(root: Path, values: Mapping[str, Any]) -> Settings:
    """Pelican's settings mapping, or the names of `pelicanconf.py`, as Settings.

    Raises ProblemsFoundError with every fault in it, each with its line in `pelicanconf.py`.
    """
    problems: list[Problem] = []
    capitals = _validated(Capitals, {k: v for k, v in values.items() if k in Capitals.model_fields}, "", root, problems)
    options = _validated(Options, values.get("BRIEFING", {}), "BRIEFING", root, problems)
    if options is not None:
        problems += _slug_problems(options, root)
    if problems or capitals is None or options is None:
        raise ProblemsFoundError(problems)
    return Settings(
        root=root,
        name=capitals.SITENAME,
        url=capitals.SITEURL,
        language=capitals.DEFAULT_LANG,
        timezone=capitals.TIMEZONE,
        content=root / (capitals.PATH or "content"),
        output=root / capitals.OUTPUT_PATH,
        theme=root / capitals.THEME,
        keep=tuple(capitals.OUTPUT_RETENTION),
        options=options,
    )


def _validated(model: type[_M], values: object, under: str, root: Path, problems: list[Problem]) -> _M | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for found in error.errors():
            keys = (*([under] if under else []), *(str(part) for part in found["loc"]))
            problems.append(
                Problem(
                    FILE,
                    _what(found),
                    _hint(found, model),
                    field=".".join(keys),
                    line=line_of(root / FILE, keys),
                )
            )
        return None


def _what(found: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails, whose parts vary
    match found["type"]:
        case "extra_forbidden":
            return "is no setting"
        case "missing":
            return "is missing"
        case "value_error":
            return str(found["ctx"]["error"])
        case _:
            return f"{found['input']!r}: {found['msg'][0].lower()}{found['msg'][1:]}"


def _hint(found: Any, model: type[BaseModel]) -> str:  # noqa: ANN401
    fields = model.model_fields
    for part in found["loc"][:-1]:
        annotation = fields[part].annotation if part in fields else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = annotation.model_fields
    name = str(found["loc"][-1]) if found["loc"] else ""
    if found["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, fields, n=1)
        return f"did you mean `{near[0]}`?" if near else f"the settings here are {', '.join(fields)}"
    said = fields[name].description if name in fields else None
    return said or "see the reference of settings"


def _slug_problems(options: Options, root: Path) -> list[Problem]:
    problems = []
    seen: dict[str, str] = {}
    for place, name in enumerate(options.topics):
        slug = options.slugs.get(name) or urls.slugify(name)
        line = line_of(root / FILE, ("BRIEFING", "topics", str(place)))
        field = f"BRIEFING.topics.{place + 1}"
        if not slug:
            problems.append(Problem(FILE, f"`{name}` makes an empty address", "give it one in `slugs`", field, line))
        elif slug in seen:
            what = f"`{name}` and `{seen[slug]}` share the address `{slug}`"
            problems.append(Problem(FILE, what, "give one of them its own in `slugs`", field, line))
        seen.setdefault(slug, name)
    for name, slug in options.slugs.items():
        if slug != urls.slugify(slug) or not slug:
            line = line_of(root / FILE, ("BRIEFING", "slugs", name))
            hint = f"write `{urls.slugify(slug) or 'name'}`: letters, digits and hyphens"
            problems.append(Problem(FILE, f"`{slug}` is no address part", hint, f"BRIEFING.slugs.{name}", line))
    return problems
