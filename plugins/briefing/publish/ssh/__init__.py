"""`ssh:`: a folder of releases on another machine, served there through its link `current`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from briefing.publish.contract import TargetKind
from briefing.publish.releases import go_back, put
from briefing.publish.ssh.connection import connection_to
from briefing.publish.ssh.remote_releases import RemoteReleases
from briefing.publish.ssh.shell import opened
from briefing.publish.ssh.url import read_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from briefing.publish.built_output import Built
    from briefing.publish.contract import TargetOptions
    from briefing.publish.report import Published


def read(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - a kind of target
    """See `targets.Read`."""
    connection_to(read_address(address), environment)


def publish(address: str, built: Built, root: Path, options: TargetOptions) -> Published:  # noqa: ARG001 - a kind of target
    """Make `FOLDER/current` on the host lead to the built site; `releases` says what holds at every moment."""
    with _place(address, options) as place:
        return put(place, built, options)


def rollback(address: str, root: Path, options: TargetOptions) -> Published:  # noqa: ARG001 - a kind of target
    """Make `FOLDER/current` lead to the release that it led to before. Raises BriefingError where there is none."""
    with _place(address, options) as place:
        return go_back(place, options)


@contextmanager
def _place(address: str, options: TargetOptions) -> Iterator[RemoteReleases]:
    with opened(connection_to(read_address(address), options.environment)) as shell:
        yield RemoteReleases(shell)


KIND = TargetKind(read, publish, rollback)
