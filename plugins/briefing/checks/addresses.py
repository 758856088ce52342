"""No two things at one address, no two names that a reader or a file system would take for one."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.errors import Problem
from briefing.views.publication import iso_week

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from briefing.library import Library
    from briefing.model import Curator, Issue, Page, Story, Thread

    _Named = Story | Issue | Thread | Curator | Page

_STORY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})-(.+)")
_FURTHER_PAGE: Final = re.compile(r"(.*)page/\d+/index\.html")
_DATED: Final = re.compile(r"^[\d-]+(?=\D|$)")
_ISSUE: Final = re.compile(r"\d{4}-w(?:0[1-9]|[1-4]\d|5[0-3])(?:-[a-z0-9]+)*")
_FIXED: Final = {
    urls.HOME: "the home page",
    urls.ISSUES: "the archive of issues",
    urls.WEEKS: "the list of weeks",
    urls.TOPICS: "the list of topics",
    urls.TAGS: "the list of tags",
    urls.THREADS: "the list of threads",
    urls.SOURCES: "the list of sources",
    urls.CURATORS: "the list of curators",
    urls.CORRECTIONS: "the page of corrections",
    urls.NOT_FOUND: "the 404 page",
    urls.SITEMAP: "the sitemap",
    urls.ROBOTS: "robots.txt",
    urls.BUILD_ID: "the build's id",
    urls.ATOM_ALL: "a feed",
    urls.JSON_ALL: "a feed",
    urls.ATOM_ISSUES: "a feed",
    urls.RSS_ISSUES: "a feed",
}


def find(library: Library) -> Iterator[Problem]:
    """Names of files, identities, and addresses of pages, aliases, topics, tags and sources."""
    yield from _file_names(library)
    for named in (library.stories, library.issues, library.threads, library.curators, library.pages):
        yield from _identities(named)
    yield from _named_addresses(library)
    yield from _claims(library)[1]


def files(library: Library) -> Mapping[str, str]:
    """What stands in every file of the site to be, by its name in the output folder; lists' further pages left out."""
    return _claims(library)[0]


def _file_names(library: Library) -> Iterator[Problem]:
    for story in library.stories:
        match = _STORY.fullmatch(story.id)
        if match is None or not _is_day(match[1]):
            rest = urls.slugify(_DATED.sub("", story.id)) or "story"
            wanted = f"{story.date:%Y-%m-%d}-{rest}.md"
            yield Problem(story.path, "a story's file is named YYYY-MM-DD-slug.md", f"rename it {wanted}", line=1)
        elif urls.slugify(match[2]) != match[2]:
            wanted = f"{match[1]}-{urls.slugify(match[2]) or 'story'}.md"
            yield Problem(story.path, f"`{match[2]}` is no slug", f"rename it {wanted}", line=1)
    taken = {issue.id for issue in library.issues}
    for issue in library.issues:
        if not _ISSUE.fullmatch(issue.id):
            week = iso_week(issue.date)
            wanted = f"{week}.md" if week not in taken else f"{week}-extra.md"
            yield Problem(
                issue.path, "an issue's file is named YYYY-wNN.md, a suffix allowed", f"rename it {wanted}", line=1
            )
    others: tuple[_Named, ...] = (*library.threads, *library.curators, *library.pages)
    for named in others:
        if urls.slugify(named.id) != named.id or not named.id:
            hint = f"rename it {urls.slugify(named.id) or 'name'}.md"
            yield Problem(named.path, f"`{named.id}` cannot stand in an address", hint, line=1)


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _identities(named: Sequence[_Named]) -> Iterator[Problem]:
    known: dict[str, _Named] = {}
    for item in sorted(named, key=lambda item: item.path):
        other = known.setdefault(_folded(item.id), item)
        if other is item:
            continue
        if other.id == item.id:
            what = f"has the same name as {other.path}: the name is the identity"
        else:
            what = f"has a name that differs from {other.path} only by case or Unicode form"
        yield Problem(item.path, what, "rename one of them", line=1)


def _named_addresses(library: Library) -> Iterator[Problem]:
    """Tags and sources: an address for each name, and one name for each address."""
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
                hint = "name it with letters or digits, or give it an address in `slugs` of BRIEFING"
                yield Problem(story.path, f"the {kind} `{name}` makes an empty address", hint, field)
            elif known.setdefault(address, name) != name:
                what = f"the {kind}s `{name}` and `{known[address]}` share the address {address}"
                yield Problem(
                    story.path, what, "write one name everywhere, or give one an address in `slugs` of BRIEFING", field
                )
        for place, tag in enumerate(story.tags):
            if tag in story.tags[:place]:
                yield Problem(story.path, f"the tag `{tag}` stands twice", "remove one", f"tags.{place + 1}")


def _claims(library: Library) -> tuple[dict[str, str], list[Problem]]:
    """Who has which file, and who came too late."""
    owners: dict[str, str] = {urls.file_of(address): owner for address, owner in _fixed(library)}
    taken = {_folded(file): owner for file, owner in owners.items()}
    folders = {folder for file in taken for folder in _folders(file)}
    lists = dict(taken)
    problems: list[Problem] = []

    def claim(file: str, owner: str, path: str, field: str) -> None:
        name = _folded(file)
        in_the_way = next((taken[above] for above in (name, *_folders(name)) if above in taken), None)
        further = _FURTHER_PAGE.fullmatch(name)
        if further and further[1] + "index.html" in lists:
            in_the_way = f"the further pages of {lists[further[1] + 'index.html']}"
        if name in folders:
            in_the_way = "a folder of the site"
        if in_the_way is not None:
            what = f"the address /{file.removesuffix('index.html')} is taken by {in_the_way}"
            hint = "choose another address" if field else "rename the file"
            problems.append(Problem(path, what, hint, field, 0 if field else 1))
            return
        owners[file] = taken[name] = owner
        folders.update(_folders(name))

    pages = [(story.path, urls.story(story.id)) for story in library.stories]
    pages += [(issue.path, urls.issue(issue.id)) for issue in library.issues]
    pages += [(thread.path, urls.thread(thread.id)) for thread in library.threads]
    pages += [(curator.path, urls.curator(curator.id)) for curator in library.curators]
    pages += [(page.path, urls.page(page.id)) for page in library.pages]
    for path, address in {_folded(page[1]): page for page in pages}.values():  # twins are said by _identities
        claim(urls.file_of(address), path, path, "")
    content = library.settings.content.name
    for file in library.files:
        claim(urls.of_file(file) or file, f"{content}/{file}", f"{content}/{file}", "")
    owners_of_aliases: tuple[Story | Page, ...] = (*library.stories, *library.pages)
    for owner in owners_of_aliases:
        for place, alias in enumerate(owner.aliases, start=1):
            claim(urls.file_of(urls.of_alias(alias)), f"an alias of {owner.path}", owner.path, f"aliases.{place}")
    return owners, problems


def _folded(name: str) -> str:
    """A name as file systems see it that do not tell case and Unicode forms apart."""
    return unicodedata.normalize("NFC", name.casefold())


def _fixed(library: Library) -> Iterator[tuple[str, str]]:
    """The addresses that no file of content/ chooses."""
    yield from _FIXED.items()
    slug = library.settings.slug
    for topic in library.settings.options.topics:
        yield urls.topic(slug(topic)), f"the topic {topic}"
        yield urls.atom_topic(slug(topic)), "a feed"
    for tag in {tag for story in library.stories for tag in story.tags}:
        yield urls.tag(slug(tag)), f"the tag {tag}"
    for source in {source.name for story in library.stories for source in story.sources}:
        yield urls.source(slug(source)), f"the source {source}"
    for week in {iso_week(story.date) for story in library.stories}:
        yield urls.week(week), f"the week {week}"
    static = library.settings.theme / "static"
    for path in static.rglob("*") if static.is_dir() else ():
        yield f"{urls.THEME}{path.relative_to(static).as_posix()}", "a file of the theme"


def _folders(file: str) -> Iterable[str]:
    parts = file.split("/")[:-1]
    return ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
