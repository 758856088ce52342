"""Redirects from the addresses of former names of topics, tags, sources, threads and curators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing import urls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from briefing.content.library import Library
    from briefing.settings import Settings


@dataclass(frozen=True, slots=True)
class FormerAddress:
    """A former address of a page. title, to: the page it redirects to. feed, feed_to: a topic's feeds, or "".

    kind, name, place: its position in the setting `aliases`: `aliases[kind][name][place]`.
    """

    old: str
    title: str
    to: str
    feed: str
    feed_to: str
    kind: str
    name: str
    place: int


def former_addresses(library: Library) -> Iterator[FormerAddress]:
    """One for each former name whose address differs from that of the current name."""
    for kind, names in library.settings.options.aliases.kinds():
        address = _address_of(kind, library.settings)
        for name, former in names.items():
            for place, old in enumerate(former):
                if address(old) in {address(name), address("")}:
                    continue
                feed, feed_to = (_feed_of(text, library.settings) if kind == "topics" else "" for text in (old, name))
                title = _title(kind, name, library)
                yield FormerAddress(address(old), title, address(name), feed, feed_to, kind, name, place)


def _address_of(kind: str, settings: Settings) -> Callable[[str], str]:
    by_name: Mapping[str, Callable[[str], str]] = {"topics": urls.topic, "tags": urls.tag, "sources": urls.source}
    if kind in by_name:
        return lambda name: by_name[kind](settings.slug(name))
    return urls.thread if kind == "threads" else urls.curator


def _feed_of(topic: str, settings: Settings) -> str:
    return urls.atom_topic(settings.slug(topic))


def _title(kind: str, name: str, library: Library) -> str:
    if kind == "threads" and name in library.thread_by_id:
        return library.thread_by_id[name].title
    if kind == "curators" and name in library.curator_by_id:
        return library.curator_by_id[name].name
    return name
