"""Every option and its default, in one typed place.

The publication's own settings are one dict in `pelicanconf.py`, `BRIEFING = {...}`; of Pelican's
capitals this program reads those of `Capitals`. Both are read once, into a `Settings`.
"""

from __future__ import annotations

import ast
import difflib
import re
import runpy
from functools import cached_property
from pathlib import Path  # noqa: TC003 - pydantic reads the annotations at run time
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from briefing import urls
from briefing.errors import Problem, ProblemsFoundError, WrongUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "pelicanconf.py"
_COLOUR = r"^#[0-9a-fA-F]{6}$"
_M = TypeVar("_M", bound=BaseModel)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        msg = f"`{name}` is no time zone; use an IANA name such as Europe/London"
        raise ValueError(msg) from error
    return name


def _web_address(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment):
        msg = f"`{url}` is no site address; write it as https://host or https://host/path"
        raise ValueError(msg)
    return url.rstrip("/")


def _one_line(text: str) -> str:
    if any(ord(char) < 32 for char in text):  # noqa: PLR2004 - the C0 controls
        msg = "holds a line break or control character"
        raise ValueError(msg)
    return text


Line = Annotated[str, AfterValidator(_one_line)]
Colour = Annotated[str, Field(pattern=_COLOUR)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Brand(_Strict):
    """Colours shared by site and email, `#rrggbb`, for light and dark."""

    ink: Colour = "#1a1c23"
    muted: Colour = "#555b6b"
    paper: Colour = "#fbfaf7"
    line: Colour = "#dcd8ce"
    accent: Colour = "#1d4e89"
    ink_dark: Colour = "#ecebe6"
    muted_dark: Colour = "#a9adb8"
    paper_dark: Colour = "#14161c"
    line_dark: Colour = "#343844"
    accent_dark: Colour = "#8fbcf0"


class Email(_Strict):
    """What every digest says about its sender. Addresses are the publication's own, not readers'."""

    sender: Line = Field(default="", description="The From address, `Name <address>` or the address alone.")
    reply_to: Line = Field(default="", description="Where readers' answers go.")
    postal_address: str = Field(default="", description="Shown in every footer; many laws ask for it.")
    list_id: Line = Field(
        default="", description="RFC 2919: a host-like name of the list; default: made from the site's host."
    )


class Options(_Strict):
    """The dict `BRIEFING` of `pelicanconf.py`."""

    tagline: Line = Field(default="", description="One line below the publication's name.")
    description: Line = Field(default="", description="One or two sentences for search engines and feeds.")
    topics: list[Line] = Field(min_length=1, description="The names that a story's `topic` may have, in order.")
    slugs: dict[str, str] = Field(
        default_factory=dict,
        description="Addresses of topics, tags and sources whose names make none or the same one: `{'C++': 'cpp'}`.",
    )
    brand: Brand = Field(default_factory=Brand, description="Colours of site and email.")
    email: Email = Field(default_factory=Email, description="The digest's sender and footer.")
    licence: Line = Field(default="", description="The licence of the texts, shown in the footer.")
    menu: dict[str, str] = Field(
        default_factory=dict, description="Further entries of the menu: name to address (https or a path of this site)."
    )
    page_size: int = Field(default=20, ge=1, le=500, description="Stories on one page of a list.")
    feed_size: int = Field(default=30, ge=1, le=500, description="Stories in a feed.")
    allow_remote_images: bool = Field(default=False, description="Let Markdown show pictures of other hosts.")
    allow_svg: bool = Field(default=False, description="Let Markdown and front matter show SVG files under content/.")


class Capitals(BaseModel):
    """The settings of Pelican's that this program reads, under Pelican's names."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    SITENAME: Line = Field(min_length=1)
    SITEURL: Annotated[str, AfterValidator(_web_address)] = ""
    TIMEZONE: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    DEFAULT_LANG: Line = Field(default="en", min_length=2)
    PATH: str | None = "content"
    OUTPUT_PATH: str = "output"
    THEME: str = "theme"
    OUTPUT_RETENTION: list[str] = Field(default_factory=list)


class Settings(BaseModel):
    """The whole of it, frozen. `root` is the folder of `pelicanconf.py`; all folders are absolute."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True, ignored_types=(cached_property,))

    root: Path
    name: str
    url: str
    language: str
    timezone: str
    content: Path
    output: Path
    theme: Path
    keep: tuple[str, ...]
    options: Options

    @cached_property
    def zone(self) -> ZoneInfo:
        """The publication's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def base(self) -> str:
        """The path under which the site lies on its host: "" or "/folder"."""
        return urlsplit(self.url).path

    @property
    def private(self) -> Path:
        """Where this machine's own state lies; never published."""
        return self.root / ".briefing"

    @property
    def outbox(self) -> Path:
        """Where a plain build puts the digests."""
        return self.root / "outbox"

    @property
    def overrides(self) -> Path:
        """The user's templates, laid over the theme's."""
        return self.content / "overrides"

    def slug(self, name: str) -> str:
        """The address part of a topic, tag or source: the settings' own, or made from the name."""
        known = self._slugs.get(name)
        if known is None:
            known = self._slugs[name] = self.options.slugs.get(name) or urls.slugify(name)
        return known

    @cached_property
    def _slugs(self) -> dict[str, str]:
        return {}


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
        line = _line_raised(error, file)
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
                    line=_line_of(root / FILE, keys),
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
        line = _line_of(root / FILE, ("BRIEFING", "topics", str(place)))
        field = f"BRIEFING.topics.{place + 1}"
        if not slug:
            problems.append(Problem(FILE, f"`{name}` makes an empty address", "give it one in `slugs`", field, line))
        elif slug in seen:
            what = f"`{name}` and `{seen[slug]}` share the address `{slug}`"
            problems.append(Problem(FILE, what, "give one of them its own in `slugs`", field, line))
        seen.setdefault(slug, name)
    for name, slug in options.slugs.items():
        if slug != urls.slugify(slug) or not slug:
            line = _line_of(root / FILE, ("BRIEFING", "slugs", name))
            hint = f"write `{urls.slugify(slug) or 'name'}`: letters, digits and hyphens"
            problems.append(Problem(FILE, f"`{slug}` is no address part", hint, f"BRIEFING.slugs.{name}", line))
    return problems


def _line_of(file: Path, keys: tuple[str, ...]) -> int:
    """The line of a setting in the source, of its nearest parent where it is not there itself."""
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


def _line_raised(error: BaseException, file: Path) -> int:
    line = 1
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
