"""What a new publication is asked: its answers, what each is by default, and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from briefing import urls
from briefing.authoring import file_names
from briefing.digest.headers import mailbox_header
from briefing.errors import BriefingError
from briefing.settings import SettingsFaultyError, resolve
from briefing.settings.values import UNPRINTABLE

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class InitAnswers:
    """All texts without spaces around them, and "" where nothing is said yet. Each is an option of `init`, too."""

    name: str
    tagline: str = ""
    url: str = ""
    language: str = "en"
    timezone: str = "UTC"
    topics: tuple[str, ...] = ("News",)
    sender: str = ""
    reply_to: str = ""
    unsubscribe_address: str = ""
    postal_address: str = ""
    curator: str = "The editor"

    @property
    def domain(self) -> str:
        """The domain of the site's address; "" where there is none yet, or it is that of a try: a number, localhost."""
        host = urlsplit(self.url).hostname or ""
        last = host.rpartition(".")[2]
        return "" if ":" in host or last.isdigit() or last == "localhost" else host

    @property
    def curator_id(self) -> str:
        """The name of the curator's file."""
        return file_names.slug_of(self.curator, self.language) if urls.slugify(self.curator) else "editor"


QUESTIONS: Final = {
    "name": "The publication's name",
    "tagline": "One line below the name",
    "url": "The site's address, such as https://example.org (empty: not known yet)",
    "language": "The language of the texts, such as en or pt-BR",
    "timezone": "The time zone, such as Europe/London",
    "topics": "Topics of stories, with commas between them",
    "sender": "Who the email is from, as Name <name@example.org>",
    "reply_to": "Where readers' answers go, an address that you read",
    "unsubscribe_address": "Where a mail unsubscribes, an address that you read",
    "postal_address": "The postal address in the email's footer; many laws ask for one",
    "curator": "Your name, or the desk's, as it stands with stories",
}
"""By the name of the answer, in the order in which they are asked."""

_SETTING: Final = {
    "SITENAME": "name",
    "SITEURL": "url",
    "DEFAULT_LANG": "language",
    "TIMEZONE": "timezone",
    "BRIEFING.tagline": "tagline",
    "BRIEFING.topics": "topics",
    "BRIEFING.email.sender": "sender",
    "BRIEFING.email.reply_to": "reply_to",
    "BRIEFING.email.unsubscribe_address": "unsubscribe_address",
    "BRIEFING.email.postal_address": "postal_address",
}
# The settings have an address for each topic, which is not asked for.
_WITHOUT_SLUGS: Final = "name one otherwise now, or leave it out and add it with its `slugs` to pelicanconf.py later"


def with_said(answers: InitAnswers, question: str, said: str) -> InitAnswers:
    """The answers with one of them as a person wrote it."""
    value: Any = said.strip()
    if question == "topics":
        value = tuple(filter(None, (topic.strip() for topic in said.split(","))))
    elif question == "url":
        value = value.rstrip("/")
    return replace(answers, **{question: value})


def default_of(question: str, answers: InitAnswers) -> str:
    """What is proposed for a question, given the answers before it."""
    if question == "topics":
        return ", ".join(answers.topics)
    if question == "sender" and not answers.sender and answers.domain:
        said = "".join(char for char in answers.name if char not in "<>")
        return f"{said} <post@{answers.domain}>"
    if question == "reply_to" and not answers.reply_to:
        return answers.sender.rpartition("<")[2].rstrip("> ")
    if question == "unsubscribe_address" and not answers.unsubscribe_address and answers.domain:
        return f"leave@{answers.domain}"
    value = getattr(answers, question)
    assert isinstance(value, str)  # noqa: S101 - only the topics are no text
    return value


def settings_of(answers: InitAnswers) -> dict[str, Any]:
    """The answers under the names of `pelicanconf.py`."""
    return {
        "SITENAME": answers.name,
        "SITEURL": answers.url,
        "TIMEZONE": answers.timezone,
        "DEFAULT_LANG": answers.language,
        "BRIEFING": {
            "tagline": answers.tagline,
            "topics": list(answers.topics),
            "email": {
                "sender": answers.sender,
                "reply_to": answers.reply_to,
                "unsubscribe_address": answers.unsubscribe_address,
                "postal_address": answers.postal_address,
            },
        },
    }


def faults(answers: InitAnswers, root: Path) -> dict[str, str]:
    """What is wrong with which answer, by the rules of the settings: what, and what to do. Empty: nothing is."""
    found: dict[str, str] = {}
    try:
        resolve(root, settings_of(answers))
    except SettingsFaultyError as error:
        for problem in error.problems:
            setting = next(name for name in _SETTING if f"{problem.field}.".startswith(f"{name}."))
            hint = _WITHOUT_SLUGS if "`slugs`" in problem.hint else problem.hint
            found.setdefault(_SETTING[setting], f"{problem.what}; {hint}")
    for header, question in (("From", "sender"), ("Reply-To", "reply_to")):
        if said := getattr(answers, question):
            try:
                mailbox_header(header, said)
            except BriefingError as error:
                found.setdefault(question, str(error).removeprefix(f"{header}: "))
    for question in ("name", "topics", "curator"):
        if not getattr(answers, question):
            found[question] = "is empty; write it"
    if UNPRINTABLE.search(answers.curator):
        found["curator"] = "holds a control character, such as a line break"
    return {question: found[question] for question in QUESTIONS if question in found}
