"""`s3:`: a bucket of Amazon S3 or of a compatible service (Cloudflare R2, MinIO, Backblaze B2).

A bucket has no releases and serves each file at once. So files are uploaded before the pages that link to them, and
removed last. A publish that is interrupted leaves whole pages, old or new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from briefing.publish.contract import TargetKind
from briefing.publish.s3.location import parse_location

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.contract import TargetOptions
    from briefing.publish.report import Published


def validate(address: str, output: Path, root: Path, environment: Mapping[str, str]) -> None:  # noqa: ARG001 - see `ValidateTarget`
    """See `contract.ValidateTarget`."""
    parse_location(address, environment)


def publish(address: str, site: BuiltSite, root: Path, options: TargetOptions) -> Published:
    """Make the bucket, below its prefix, contain the site. Uploads and removes only files that differ."""
    location = parse_location(address, options.environment)
    from briefing.publish.s3.upload import upload_site  # noqa: PLC0415 - importing boto3 is slow

    return upload_site(location, site, root, options)


KIND = TargetKind(validate, publish)
