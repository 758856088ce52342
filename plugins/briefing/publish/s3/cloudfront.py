"""CloudFront told of files that changed behind it, so that it drops its copies."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from briefing import urls
from briefing.publish.http_headers import is_page

if TYPE_CHECKING:
    import boto3

    from briefing.publish.report import Changes

_MOST: Final = 30
"""Above it everything is dropped by one path: only the first 1,000 paths of a month are free (Amazon CloudFront pricing)."""
_EVERYTHING: Final = ("/*",)
_INDEX: Final = "index.html"


def invalidate(session: boto3.Session, distribution: str, changes: Changes | None, prefix: str) -> None:
    """Ask a distribution to drop its copies of what changed, or of everything where that is not known (None).

    Raises what boto3 raises.
    """
    paths = _EVERYTHING if changes is None else paths_of(changes, prefix)
    if paths:
        client: Any = session.client("cloudfront")
        batch = {"Paths": {"Quantity": len(paths), "Items": [*paths]}, "CallerReference": secrets.token_hex(16)}
        client.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)


def paths_of(changes: Changes, prefix: str) -> tuple[str, ...]:
    """The paths whose copies are old, percent-encoded; `/*` for many, and for any below a prefix.

    New names are among them: that there was nothing may have been kept too. Whether a distribution serves the prefix as
    its root is not known.
    """
    names = (*changes.changed, *changes.removed, *(name for name in changes.added if is_page(name)))
    if not names:
        return ()
    folders = [name.removesuffix(_INDEX) for name in names if f"/{name}".endswith(f"/{_INDEX}")]
    paths = tuple(sorted({f"/{urls.encoded(name)}" for name in (*names, *folders)}))
    return _EVERYTHING if prefix or len(paths) > _MOST else paths
