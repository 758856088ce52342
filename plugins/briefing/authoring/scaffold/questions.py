"""The questions of `init`: their answers, default answers, and errors in answers."""

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
    """The answers, without surrounding spaces. "" means unknown. Each is also an option of `init`."""

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
        """The domain of the site's address; "" if there is none, or it is an IP address or localhost."""
        host = urlsplit(self.url).hostname or ""
        last = host.rpartition(".")[2]
        return "" if ":" in host or last.isdigit() or last == "localhost" else host

    @property
    def curator_id(self) -> str:
        """The name of the curator's file."""
        return file_names.slug_for(self.curator, self.language) if urls.slugify(self.curator) else "editor"


@dataclass(frozen=True, slots=True)
class AnswerError:
    """An error in an answer. what: what is wrong. hint: what to do; may be empty."""

    what: str
    hint: str = ""

    def __str__(self) -> str:
        """`what; hint`."""
        return f"{self.what}; {self.hint}" if self.hint else self.what


QUESTIONS: Final = {
    "name": "Name of the publication",
    "tagline": "Tagline, one line below the name",
    "url": "Address of the site, such as https://example.org (leave empty if you don't know it yet)",
    "language": "Language, such as en or pt-BR",
    "timezone": "Time zone, such as Europe/London",
    "topics": "Topics of stories, separated by commas",
    "sender": "Sender of the email, as Name <name@example.org>",
    "reply_to": "Address for readers' replies",
    "unsubscribe_address": "Address for unsubscribing by email",
    "postal_address": "Postal address in the email's footer, which many laws require",
    "curator": "Your name, as shown with your stories",
}
"""By the name of the answer, in the order in which they are asked."""

_ANSWER_OF_SETTING: Final = {
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
# The settings' own hint names `slugs`, which `init` does not ask for.
_SLUGS_HINT: Final = "rename one, or leave it out now and add it with its `slugs` to pelicanconf.py later"


def with_answer(answers: InitAnswers, question: str, text: str) -> InitAnswers:
    """Return the answers with one of them set to the text that a person wrote."""
    value: Any = text.strip()
    if question == "topics":
        value = tuple(filter(None, (topic.strip() for topic in text.split(","))))
    elif question == "url":
        value = value.rstrip("/")
    return replace(answers, **{question: value})


def default_answer(question: str, answers: InitAnswers) -> str:
    """Return the default for a question, based on the answers before it."""
    if question == "topics":
        return ", ".join(answers.topics)
    if question == "sender" and not answers.sender and answers.domain:
        name = "".join(char for char in answers.name if char not in "<>")
        return f"{name} <post@{answers.domain}>"
    if question == "reply_to" and not answers.reply_to:
        return answers.sender.rpartition("<")[2].rstrip("> ")
    if question == "unsubscribe_address" and not answers.unsubscribe_address and answers.domain:
        return f"leave@{answers.domain}"
    value = getattr(answers, question)
    assert isinstance(value, str)  # noqa: S101 - only the topics are not a text
    return value


def to_settings(answers: InitAnswers) -> dict[str, Any]:
    """Return the answers by their names in `pelicanconf.py`."""
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


def find_errors(answers: InitAnswers, root: Path) -> dict[str, AnswerError]:
    """Return the error in each wrong answer, by the rules of the settings. Empty if all are right."""
    found: dict[str, AnswerError] = {}
    try:
        resolve(root, to_settings(answers))
    except SettingsFaultyError as error:
        for problem in error.problems:
            setting = next(name for name in _ANSWER_OF_SETTING if f"{problem.field}.".startswith(f"{name}."))
            hint = _SLUGS_HINT if "`slugs`" in problem.hint else problem.hint
            found.setdefault(_ANSWER_OF_SETTING[setting], AnswerError(problem.what, hint))
    for header, question in (("From", "sender"), ("Reply-To", "reply_to")):
        if address := getattr(answers, question):
            try:
                mailbox_header(header, address)
            except BriefingError as error:
                found.setdefault(question, AnswerError(str(error).removeprefix(f"{header}: ")))
    for question in ("name", "topics", "curator"):
        if not getattr(answers, question):
            found[question] = AnswerError("is empty", "write it")
    if UNPRINTABLE.search(answers.curator):
        found["curator"] = AnswerError("contains a control character, such as a line break", "remove it")
    return {question: found[question] for question in QUESTIONS if question in found}
