"""Render the files of a new publication from the answers. Pure, except for reading the templates in `files/`."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from briefing.authoring.yaml_scalars import quoted, to_yaml

if TYPE_CHECKING:
    from briefing.authoring.scaffold.questions import InitAnswers

_TEMPLATES: Final = Path(__file__).parent / "files"


def render_files(answers: InitAnswers) -> dict[str, bytes]:
    """Return every file of the new publication, by its path in the repository.

    These are the settings, a README, one curator, a page about the publication, and a draft of a privacy page. The site
    builds without errors or warnings, and shows nothing unfinished.
    """
    texts = {
        "pelicanconf.py": render_settings(answers),
        "README.md": _render("README.md", name=answers.name, tagline=_paragraph(answers.tagline)),
        f"content/curators/{answers.curator_id}.md": _render("curator.md", curator=to_yaml(answers.curator)),
        "content/pages/about.md": _render("about.md", title=quoted(f"About {answers.name}")),
        "content/pages/privacy.md": _render("privacy.md"),
    }
    return {name: text.encode() for name, text in texts.items()}


def render_settings(answers: InitAnswers) -> str:
    """Return `pelicanconf.py`, with common optional settings commented out."""
    return _render(
        "pelicanconf.txt",
        name=to_python(answers.name),
        url=to_python(answers.url),
        timezone=to_python(answers.timezone),
        language=to_python(answers.language),
        tagline=to_python(answers.tagline),
        topics="\n".join(f"        {to_python(topic)}," for topic in answers.topics),
        sender=to_python(answers.sender),
        reply_to=to_python(answers.reply_to),
        unsubscribe_address=to_python(answers.unsubscribe_address),
        postal_address=to_python(answers.postal_address),
        host=answers.domain or "example.org",
    )


def to_python(text: str) -> str:
    """Return a printable text as a Python string, in the quotes that need fewer backslashes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace(quote, f"\\{quote}")
    return f"{quote}{escaped}{quote}"


def _paragraph(text: str) -> str:
    return f"\n{text}\n" if text else ""


def _render(file: str, /, **values: str) -> str:
    return Template((_TEMPLATES / file).read_text(encoding="utf-8")).substitute(values)
