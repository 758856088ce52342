"""Addresses that two pages or files claim, or that are too long for a file system."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from briefing import urls
from briefing.checks.content import aliases
from briefing.checks.content.names import folded
from briefing.errors import Problem
from briefing.pages.listing import iso_week
from briefing.pages.redirects import former_addresses
from briefing.settings import FILE, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from briefing.content.library import Library
    from briefing.content.model import Page, Story

_FURTHER_PAGE: Final = re.compile(r"(.*)page/\d+/index\.html")
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
    """Addresses that are claimed twice or are too long."""
    yield from _claims(library)[1]


def files(library: Library) -> Mapping[str, str]:
    """What each file of the future site contains, by its name in the output folder, without further pages of lists."""
    return _claims(library)[0]


def _claims(library: Library) -> tuple[dict[str, str], list[Problem]]:
    """The owner of each file, and a problem for each later claim."""
    owners: dict[str, str] = {urls.file_of(address): owner for address, owner in _fixed(library)}
    taken = {folded(file): owner for file, owner in owners.items()}
    folders = {folder for file in taken for folder in _folders(file)}
    lists = dict(taken)
    problems: list[Problem] = []
    reported: set[tuple[str, str]] = set()  # a former name claims a page and a feed: report only one of them

    def claim(file: str, owner: str, path: str, field: str, line: int) -> None:
        if (path, field) in reported:
            return
        if fault := urls.length_fault(file):
            reported.add((path, field))
            hint = "choose a shorter address" if field else "rename the file"
            problems.append(Problem(path, f"the address /{_shown(file)} {fault}", hint, field, line))
            return
        name = folded(file)
        owner_before = next((taken[above] for above in (name, *_folders(name)) if above in taken), None)
        further = _FURTHER_PAGE.fullmatch(name)
        if further and further[1] + "index.html" in lists:
            owner_before = f"the further pages of {lists[further[1] + 'index.html']}"
        if name in folders:
            owner_before = "a folder of the site"
        if owner_before is not None:
            reported.add((path, field))
            what = f"the address /{_shown(file)} is taken by {owner_before}"
            hint = "choose another address" if field else "rename the file"
            problems.append(Problem(path, what, hint, field, line))
            return
        owners[file] = taken[name] = owner
        folders.update(_folders(name))

    for claimed in _claimed(library):
        claim(*claimed)
    return owners, problems


def _claimed(library: Library) -> Iterator[tuple[str, str, str, str, int]]:
    """Each claimed file of the output: its name, its owner, and the path, field and line of the claim."""
    pages = [(story.path, urls.story(story.id)) for story in library.stories]
    pages += [(issue.path, urls.issue(issue.id)) for issue in library.issues]
    pages += [(thread.path, urls.thread(thread.id)) for thread in library.threads]
    pages += [(curator.path, urls.curator(curator.id)) for curator in library.curators]
    pages += [(page.path, urls.page(page.id)) for page in library.pages]
    for path, address in {folded(page[1]): page for page in pages}.values():  # `names` reports the same name twice
        yield urls.file_of(address), path, path, "", 1
    content = library.settings.content.name
    for file in library.files:
        yield urls.of_file(file) or file, f"{content}/{file}", f"{content}/{file}", "", 1
    owners: tuple[Story | Page, ...] = (*library.stories, *library.pages)
    for owner in owners:
        for place, alias in enumerate(owner.aliases, start=1):
            yield urls.file_of(urls.of_alias(alias)), f"an alias of {owner.path}", owner.path, f"aliases.{place}", 0
    faulty = {problem.field for problem in aliases.find(library)}
    for former in former_addresses(library):
        keys = ("BRIEFING", "aliases", former.kind, former.name, str(former.place))
        field, line = ".".join((*keys[:4], str(former.place + 1))), line_of(library.settings.root / FILE, keys)
        if {field, ".".join(keys[:4])} & faulty:  # `aliases` has reported it
            continue
        for address in filter(None, (former.old, former.feed)):
            yield urls.file_of(address), f"an alias of {former.name}", FILE, field, line


def _shown(file: str) -> str:
    return file.removesuffix("index.html")


def _fixed(library: Library) -> Iterator[tuple[str, str]]:
    """The addresses that do not come from files of content/."""
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
