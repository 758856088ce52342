"""Names of files, tags and sources: usable in an address, and unique for readers and file systems."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import Problem, Weight
from briefing.pages import issue_names
from briefing.pages.listing import iso_week

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from briefing.content.library import Library
    from briefing.content.model import Curator, Issue, Page, Story, Thread

    _Named = Story | Issue | Thread | Curator | Page

_STORY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")
_DATED: Final = re.compile(r"^[\d-]+(?=\D|$)")


def find(library: Library) -> Iterator[Problem]:
    """Names that make no address, repeated identities, and tags and sources that share an address."""
    yield from _file_names(library)
    yield from _issue_names(library)
    for named in (library.stories, library.issues, library.threads, library.curators, library.pages):
        yield from _identities(named)
    yield from _named_addresses(library)


def _file_names(library: Library) -> Iterator[Problem]:
    language = library.settings.language
    for story in library.stories:
        story_language = story.lang or language
        match = _STORY.fullmatch(story.id)
        if match is None or not _is_day(match[1]):
            rest = urls.slugify(_DATED.sub("", story.id), story_language) or "story"
            wanted = f"{story.date:%Y-%m-%d}-{rest}.md"
            yield Problem(
                story.path, "a story's file name must be YYYY-MM-DD-slug.md", f"rename it to {wanted}", line=1
            )
        elif urls.slugify(match[2]) != match[2]:
            wanted = f"{match[1]}-{urls.slugify(match[2], story_language) or 'story'}.md"
            yield Problem(story.path, f"`{match[2]}` is not a valid slug", f"rename it to {wanted}", line=1)
    others: tuple[_Named, ...] = (*library.threads, *library.curators, *library.pages)
    for named in others:
        if urls.slugify(named.id) != named.id or not named.id:
            hint = f"rename it to {urls.slugify(named.id, language) or 'name'}.md"
            yield Problem(named.path, f"`{named.id}` is not allowed in an address", hint, line=1)


def _issue_names(library: Library) -> Iterator[Problem]:
    """Issue files with other names; each is proposed a different one."""
    taken = {issue.id for issue in library.issues}
    for issue in sorted(library.issues, key=lambda issue: (issue.date, issue.path)):
        if issue_names.fits(issue.id, issue.date):
            continue
        week = iso_week(issue.date)
        is_one_of_several = any(iso_week(other.date) == week for other in library.issues if other is not issue)
        wanted = issue_names.named(issue.date, taken, by_day=is_one_of_several)
        first = issue_names.named(issue.date, by_day=is_one_of_several)
        is_taken = f": {first} is taken" if first != wanted else ""
        taken.add(wanted)
        if issue_names.is_issue_name(issue.id):
            what = f"{issue.date:%Y-%m-%d} does not match the day or week in the file's name"
            hint = f"rename the file to {wanted}.md, or fix the date{is_taken}"
            yield Problem(issue.path, what, hint, "date", weight=Weight.WARNING)
        else:
            what = f"an issue's file name must be {issue_names.FORMS}"
            yield Problem(issue.path, what, f"rename it to {wanted}.md{is_taken}", line=1)


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _identities(named: Sequence[_Named]) -> Iterator[Problem]:
    known: dict[str, _Named] = {}
    for item in sorted(named, key=lambda item: item.path):
        other = known.setdefault(folded(item.id), item)
        if other is item:
            continue
        if other.id == item.id:
            what = f"has the same name as {other.path}"
        else:
            what = f"has a name that differs from {other.path} only in case or Unicode form"
        yield Problem(item.path, what, "rename one of them", line=1)


def _named_addresses(library: Library) -> Iterator[Problem]:
    """Tags and sources that have no address, or the same one as another."""
    slug = library.settings.slug
    tags: dict[str, str] = {}
    sources: dict[str, str] = {}
    for story in sorted(library.stories, key=lambda story: story.path):
        named = [("tag", tags, tag, f"tags.{place}") for place, tag in enumerate(story.tags, start=1)]
        named += [
            ("source", sources, s.name, f"sources.{place}.name") for place, s in enumerate(story.sources, start=1)
        ]
        for kind, known, name, field in named:
            address = slug(name)
            if not address:
                hint = "use letters or digits, or set its address in BRIEFING.slugs"
                yield Problem(story.path, f"the {kind} `{name}` results in an empty address", hint, field)
            elif fault := urls.length_fault(address):
                hint = "shorten it, or set a shorter address in BRIEFING.slugs"
                yield Problem(story.path, f"the address of the {kind} {fault}", hint, field)
            elif known.setdefault(address, name) != name:
                what = f"the {kind}s `{name}` and `{known[address]}` share the address `/{kind}s/{address}/`"
                yield Problem(
                    story.path,
                    what,
                    "use one name everywhere, make one an alias in BRIEFING.aliases, or set an address for one in BRIEFING.slugs",
                    field,
                )
        for place, tag in enumerate(story.tags):
            if tag in story.tags[:place]:
                yield Problem(story.path, f"the tag `{tag}` is listed twice", "remove one", f"tags.{place + 1}")


def folded(name: str) -> str:
    """A name as file systems compare it that ignore case and Unicode form."""
    return unicodedata.normalize("NFC", name.casefold())
