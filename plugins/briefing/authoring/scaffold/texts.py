"""Answers -> the files of a publication that has just begun. Pure, but for reading the program's own texts."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from briefing.authoring.yaml_scalars import quoted, written

if TYPE_CHECKING:
    from briefing.authoring.scaffold.questions import InitAnswers

_FOLDER: Final = Path(__file__).parent / "files"


def files(answers: InitAnswers) -> dict[str, bytes]:
    """Every file that the publication begins with, by its path in the repository.

    The settings, a README, one curator, a page about the publication and a draft of a page on privacy: a site that
    builds without an error or warning and shows nothing that has still to be written.
    """
    texts = {
        "pelicanconf.py": settings(answers),
        "README.md": _filled("README.md", name=answers.name, tagline=_paragraph(answers.tagline)),
        f"content/curators/{answers.curator_id}.md": _filled("curator.md", curator=written(answers.curator)),
        "content/pages/about.md": _filled("about.md", title=quoted(f"About {answers.name}")),
        "content/pages/privacy.md": _filled("privacy.md"),
    }
    return {name: text.encode() for name, text in texts.items()}


def settings(answers: InitAnswers) -> str:
    """`pelicanconf.py`, with what may be set later behind a `#`."""
    return _filled(
        "pelicanconf.txt",
        name=literal(answers.name),
        url=literal(answers.url),
        timezone=literal(answers.timezone),
        language=literal(answers.language),
        tagline=literal(answers.tagline),
        topics="\n".join(f"        {literal(topic)}," for topic in answers.topics),
        sender=literal(answers.sender),
        reply_to=literal(answers.reply_to),
        unsubscribe_address=literal(answers.unsubscribe_address),
        postal_address=literal(answers.postal_address),
        host=answers.domain or "example.org",
    )


def literal(text: str) -> str:
    """A printable text as a string of Python, in the quotation marks that need fewer backslashes."""
    mark = "'" if text.count('"') > text.count("'") else '"'
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace(mark, f"\\{mark}")
    return f"{mark}{escaped}{mark}"


def _paragraph(text: str) -> str:
    return f"\n{text}\n" if text else ""


def _filled(file: str, /, **values: str) -> str:
    return Template((_FOLDER / file).read_text(encoding="utf-8")).substitute(values)
