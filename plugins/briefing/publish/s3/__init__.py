"""`s3:`: a bucket of Amazon S3 or of a service that speaks its language (Cloudflare R2, MinIO, Backblaze B2).

A bucket has no releases: each file is served as soon as it is there. So what pages name is put before them, what
nothing names any more is removed last, and a publish that is cut short leaves pages that are each whole, old or new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.publish.contract import TargetKind
from briefing.publish.s3.location import place_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from briefing.publish.built_output import Built
    from briefing.publish.contract import TargetOptions
    from briefing.publish.report import Published


def read(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - a kind of target
    """See `targets.Read`."""
    place_of(address, environment)


def publish(address: str, built: Built, root: Path, options: TargetOptions) -> Published:
    """Make the bucket, below its prefix, hold the built site. Only what differs is uploaded or removed."""
    place = place_of(address, options.environment)
    from briefing.publish.s3.upload import put  # noqa: PLC0415 - boto3 takes long to import

    return put(place, built, root, options)


KIND = TargetKind(read, publish)
