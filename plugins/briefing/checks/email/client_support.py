"""Which mail clients support the features that a digest uses, by the caniemail data that is shipped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from briefing.checks.email.accepted import ACCEPTED
from briefing.checks.email.features import used_features
from briefing.checks.email.html_tree import read_page
from briefing.checks.email.report import CheckOutcome, Finding, listed
from briefing.errors import Problem, Weight
from briefing.settings import FILE
from briefing.settings.source import line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from briefing.checks.email.html_tree import HtmlTree
    from briefing.settings import Settings

_FILE: Final = Path(__file__).parent / "data" / "caniemail.json"


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature in the data; `support` has one letter for each client, as data/README.md explains."""

    slug: str
    title: str
    tested: str
    support: str
    limits: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Support:
    """All data: `updated` is its date, `clients` the names in the order of the letters."""

    package: str
    updated: str
    clients: tuple[str, ...]
    features: Mapping[str, Feature]

    def clients_without(self, slug: str) -> tuple[str, ...]:
        """The clients that do not support a feature."""
        letters = self.features[slug].support
        return tuple(client for client, letter in zip(self.clients, letters, strict=True) if letter == "n")


@cache
def read_support() -> Support:
    """The shipped data."""
    whole = json.loads(_FILE.read_text(encoding="utf-8"))
    features = {
        slug: Feature(
            slug,
            found["title"],
            found["tested"],
            found["support"],
            {client: tuple(notes) for client, notes in found["limits"].items()},
        )
        for slug, found in whole["features"].items()
    }
    return Support(whole["package"], whole["updated"], tuple(whole["clients"]), features)


def inspect_support(page: HtmlTree, accepted: Mapping[str, str]) -> CheckOutcome:
    """Each feature that a client does not support, without those in ACCEPTED.

    `accepted`: more features that are accepted, by their names in the data, with the reason.
    """
    support = read_support()
    used = used_features(page, support.features)
    lost = {slug: support.clients_without(slug) for slug in sorted(used)}
    lost = {slug: clients for slug, clients in lost.items() if clients}
    names = {slug: entry.name for entry in ACCEPTED for slug in entry.features} | dict.fromkeys(
        accepted, "accepted in the settings"
    )
    findings = tuple(
        Finding(
            f"{support.features[slug].title} is not supported by {listed(clients, len(support.clients))}",
            f"avoid it, or accept `{slug}` in `email.accepted` with the reason why it is harmless",
        )
        for slug, clients in lost.items()
        if slug not in names
    )
    value = f"{len(used)} features in {len(support.clients)} clients, {len(findings)} unsupported"
    accepted_losses = dict.fromkeys(names[slug] for slug in lost if slug in names)
    return CheckOutcome(
        "clients", value, "0", findings, f"accepted losses: {', '.join(accepted_losses)}" if accepted_losses else ""
    )


def unused(pages: Iterable[HtmlTree], features: Iterable[str]) -> tuple[str, ...]:
    """The features that no page uses, or that every client supports: they need not be accepted."""
    support = read_support()
    used = frozenset[str]().union(*(used_features(page, support.features) for page in pages))
    return tuple(slug for slug in features if slug not in used or not support.clients_without(slug))


def find_unused_acceptances(htmls: Iterable[str], settings: Settings) -> tuple[Problem, ...]:
    """A warning for each feature that the settings accept but no digest loses, or that is not in the data."""
    accepted = settings.options.email.accepted
    if not accepted:
        return ()
    known = read_support().features
    lines = {slug: line_of(settings.root / FILE, ("BRIEFING", "email", "accepted", slug)) for slug in accepted}
    return tuple(
        Problem(
            FILE,
            f"`{slug}` is accepted, but no digest needs it" if slug in known else f"`{slug}` is not a known feature",
            "remove the line" if slug in known else "write the name that `check` prints",
            f"BRIEFING.email.accepted.{slug}",
            lines[slug],
            Weight.WARNING,
        )
        for slug in unused(map(read_page, htmls), accepted)
    )
