"""`ssh:`: a folder of releases on another machine, served there through its link `current`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from briefing.publish.contract import TargetKind
from briefing.publish.releases import publish_release, roll_back
from briefing.publish.ssh.connection import resolve_connection
from briefing.publish.ssh.remote_releases import RemoteReleases
from briefing.publish.ssh.shell import open_shell
from briefing.publish.ssh.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.contract import TargetOptions
    from briefing.publish.report import Published


def validate(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - see `ValidateTarget`
    """See `contract.ValidateTarget`."""
    resolve_connection(parse_url(address), environment)


def publish(address: str, site: BuiltSite, root: Path, options: TargetOptions) -> Published:  # noqa: ARG001 - see `PublishSite`
    """Point `FOLDER/current` on the host to a release that contains the site; see `releases`."""
    with _releases(address, options) as folder:
        return publish_release(folder, site, options)


def rollback(address: str, root: Path, options: TargetOptions) -> Published:  # noqa: ARG001 - see `RollBack`
    """Point `FOLDER/current` to the previous release. Raises BriefingError if there is none."""
    with _releases(address, options) as folder:
        return roll_back(folder, options)


@contextmanager
def _releases(address: str, options: TargetOptions) -> Iterator[RemoteReleases]:
    with open_shell(resolve_connection(parse_url(address), options.environment)) as shell:
        yield RemoteReleases(shell)


KIND = TargetKind(validate, publish, rollback)
