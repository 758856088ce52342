"""`pelicanconf.py` -> Settings, or every problem in it with its line."""

from __future__ import annotations

import runpy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from briefing import urls
from briefing.errors import Problem, ProblemsFoundError, WrongUseError
from briefing.settings.messages import explain, field_of
from briefing.settings.options import Capitals, Options
from briefing.settings.publication import Settings
from briefing.settings.source import line_of, line_raised
from briefing.settings.values import UNPRINTABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FILE: Final = "pelicanconf.py"
_M = TypeVar("_M", bound=BaseModel)


class SettingsFaultyError(ProblemsFoundError):
    """Problems in `pelicanconf.py`.

    sound: the settings without the faulty ones, or None if too few remain. They serve to find problems elsewhere; nothing
    may be built with them.
    """

    def __init__(self, problems: Iterable[Problem], sound: Settings | None = None) -> None:
        """Keep the problems, and the settings without the faulty ones."""
        super().__init__(problems)
        self.sound = sound


def load(root: Path) -> Settings:
    """Read `pelicanconf.py` in `root` without Pelican.

    Raises WrongUseError if there is none, SettingsFaultyError with every problem in it.
    """
    file = root / FILE
    if not file.is_file():
        msg = f"there is no {FILE} in {root}; run this command in the folder of a publication"
        raise WrongUseError(msg)
    try:
        values = runpy.run_path(str(file))
    except SyntaxError as error:
        raise ProblemsFoundError(
            [Problem(FILE, f"is not valid Python: {error.msg}", "correct the line", line=error.lineno or 1)]
        ) from error
    except (Exception, SystemExit) as error:
        line = line_raised(error, file)
        raise ProblemsFoundError(
            [Problem(FILE, f"fails with {type(error).__name__}: {error}", "correct the line", line=line)]
        ) from error
    missing = _missing(root, values)
    try:
        settings = resolve(root, values)
    except SettingsFaultyError as found:
        raise SettingsFaultyError([*found.problems, *missing], None if missing else found.sound) from None
    if missing:
        raise SettingsFaultyError(missing)
    return settings


def resolve(root: Path, values: Mapping[str, Any]) -> Settings:
    """Pelican's settings mapping, or the names of `pelicanconf.py`, as Settings.

    Raises SettingsFaultyError with every problem, each with its line in `pelicanconf.py`.
    """
    problems: list[Problem] = []
    capitals = _validated(Capitals, {k: v for k, v in values.items() if k in Capitals.model_fields}, "", root, problems)
    options = _validated(Options, values.get("BRIEFING", {}), "BRIEFING", root, problems)
    if options is not None:
        language = capitals.DEFAULT_LANG if capitals else ""
        problems += _slug_problems(options, root, language)
    if capitals is not None:
        problems += _folder_problems(capitals, root)
    if problems or capitals is None or options is None:
        rest = options or _sound_options(values.get("BRIEFING", {}), problems)
        sound = _settings(root, capitals, rest) if capitals and rest else None
        raise SettingsFaultyError(map(_printable, problems), sound)
    return _settings(root, capitals, options)


def _sound_options(values: Any, problems: list[Problem]) -> Options | None:  # noqa: ANN401 - as a person wrote it
    """The options without the faulty ones; None if the topics are faulty, since every story needs them."""
    faulty = {problem.field.split(".")[1] for problem in problems if problem.field.startswith("BRIEFING.")}
    if not isinstance(values, dict) or "topics" in faulty:
        return None
    try:
        return Options.model_validate({key: value for key, value in values.items() if key not in faulty})
    except ValidationError:
        return None


def _settings(root: Path, capitals: Capitals, options: Options) -> Settings:
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


def _printable(problem: Problem) -> Problem:
    what, field = (UNPRINTABLE.sub("\ufffd", text) for text in (problem.what, problem.field))
    return replace(problem, what=what, field=field)


def _missing(root: Path, values: Mapping[str, Any]) -> list[Problem]:
    """Folders that do not exist, and a Pelican configuration without this plugin."""
    problems = []
    for name, default in (("PATH", "content"), ("THEME", "theme")):
        folder = values.get(name)
        within = "templates" if name == "THEME" else ""
        if folder is None:
            hint = f'write {name} = "{default}"; otherwise Pelican uses another folder'
            problems.append(Problem(FILE, "is missing", hint, name, line_of(root / FILE, (name,))))
        elif isinstance(folder, str) and not UNPRINTABLE.search(folder) and not (root / folder / within).is_dir():
            what = f"there is no folder `{folder}`" + (" that contains `templates`" if within else "")
            problems.append(
                Problem(FILE, what, "create it, or set another folder", name, line_of(root / FILE, (name,)))
            )
    if "briefing" not in (values.get("PLUGINS") or ()):
        hint = 'write PLUGINS = ["briefing"]'
        problems.append(
            Problem(FILE, "does not contain `briefing`", hint, "PLUGINS", line_of(root / FILE, ("PLUGINS",)))
        )
    return problems


def _folder_problems(capitals: Capitals, root: Path) -> list[Problem]:
    """A build replaces the whole output folder: nobody's own files may be in it, and it may not be among them."""
    output = (root / capitals.OUTPUT_PATH).resolve()
    content, theme = (root / (capitals.PATH or "content")).resolve(), (root / capitals.THEME).resolve()
    others = [content, theme, *(root.resolve() / name for name in (".git", "docs", "outbox", "plugins"))]
    is_safe = not any(kept.is_relative_to(output) for kept in (root.resolve(), *others))
    if is_safe and not any(output.is_relative_to(other) for other in others):
        return []
    what = f"`{capitals.OUTPUT_PATH}` is a folder with another purpose, contains one, or is in one"
    line = line_of(root / FILE, ("OUTPUT_PATH",))
    return [Problem(FILE, what, "choose a separate folder, such as output", "OUTPUT_PATH", line)]


def _validated(model: type[_M], values: object, under: str, root: Path, problems: list[Problem]) -> _M | None:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for found in error.errors():
            what, hint = explain(found, model)
            place = (*([under] if under else []), *map(str, found["loc"]))
            line = line_of(root / FILE, place)
            problems.append(Problem(FILE, what, hint, ".".join(field_of(under, found)), line))
        return None


def _slug_problems(options: Options, root: Path, language: str) -> list[Problem]:
    problems = []
    seen: dict[str, str] = {}
    for place, name in enumerate(options.topics):
        slug = options.slugs.get(name) or urls.slugify(name, language)
        line = line_of(root / FILE, ("BRIEFING", "topics", str(place)))
        field = f"BRIEFING.topics.{place + 1}"
        if not slug:
            problems.append(Problem(FILE, f"`{name}` results in an empty address", "set one in `slugs`", field, line))
        elif fault := urls.length_fault(slug):
            hint = "shorten it, or set a shorter address in `slugs`"
            problems.append(Problem(FILE, f"its address {fault}", hint, field, line))
        elif slug in seen:
            what = f"`{name}` and `{seen[slug]}` share the address `{slug}`"
            problems.append(Problem(FILE, what, "set another one in `slugs`", field, line))
        seen.setdefault(slug, name)
    for name, slug in options.slugs.items():
        if slug != urls.slugify(slug) or not slug:
            line = line_of(root / FILE, ("BRIEFING", "slugs", name))
            hint = f"write `{urls.slugify(slug, language) or 'name'}`, with letters, digits and hyphens"
            problems.append(
                Problem(FILE, f"`{slug}` is not a valid address part", hint, f"BRIEFING.slugs.{name}", line)
            )
        elif fault := urls.length_fault(slug):
            line = line_of(root / FILE, ("BRIEFING", "slugs", name))
            problems.append(Problem(FILE, fault, "shorten it", f"BRIEFING.slugs.{name}", line))
    return problems
