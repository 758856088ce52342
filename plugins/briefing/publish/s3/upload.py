"""Upload a built site to a bucket, step by step."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING, Final, TypeVar

from briefing.errors import BriefingError
from briefing.publish.built_site import hash_files, require_unchanged
from briefing.publish.lock import locked_file
from briefing.publish.manifest import (
    Manifest,
    ManifestEntry,
    exclude_nested_sites,
    parse_manifest,
    plan_changes,
    refuse_foreign_files,
)
from briefing.publish.report import Published
from briefing.publish.s3.aws_errors import translate_errors
from briefing.publish.s3.bucket import MAX_CONCURRENT, STATE_FOLDER, Bucket, version_of
from briefing.publish.upload_order import read_unchanged, removal_steps, upload_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from briefing.publish.built_site import BuiltSite
    from briefing.publish.contract import TargetOptions
    from briefing.publish.manifest import PublishPlan
    from briefing.publish.s3.location import BucketLocation

Result = TypeVar("Result")
MANIFEST: Final = f"{STATE_FOLDER}published.json"
_BATCH: Final = 500  # the manifest is written after this many files, so a kill repeats no more uploads than these


def upload_site(location: BucketLocation, site: BuiltSite, root: Path, options: TargetOptions) -> Published:
    """Make the bucket contain the site. Writes nothing if it already does, or with `dry_run`."""
    with translate_errors(location), closing(Bucket(location, options.environment)) as bucket:
        hashes = hash_files(site.folder, site.names)
        versions = {name: version_of(name, content_hash) for name, content_hash in hashes.items()}
        plan, stored = _plan(bucket, versions, options)
        # Files that were only adopted change nothing but the manifest.
        if options.dry_run or (not plan.changes and plan.manifest.limited_to(versions) == stored):
            return Published(str(location), site.id, plan.changes, options.dry_run)
        with locked_file(root / ".briefing" / "publish.lock"):
            plan, _ = _plan(bucket, versions, options)
            _apply(bucket, site, plan, hashes)
    return Published(str(location), site.id, plan.changes)


def _plan(bucket: Bucket, versions: Mapping[str, str], options: TargetOptions) -> tuple[PublishPlan, Manifest | None]:
    """Return what to change, and the manifest that the bucket contains now."""
    stored = _read_manifest(bucket)
    manifest = stored or Manifest({})
    etags = exclude_nested_sites(bucket.list_etags(), manifest, versions, MANIFEST)
    plan, foreign = plan_changes(manifest, etags, manifest.versions(etags), versions, adopt=options.adopt)
    refuse_foreign_files(str(bucket.location), foreign, MANIFEST if stored else f"{MANIFEST}, which does not exist")
    return plan, stored


def _apply(bucket: Bucket, site: BuiltSite, plan: PublishPlan, hashes: Mapping[str, str]) -> None:
    require_unchanged(site)
    manifest = written = plan.manifest
    _write_manifest(bucket, written)

    def upload(name: str) -> ManifestEntry:
        return ManifestEntry(
            version_of(name, hashes[name]), bucket.upload(name, read_unchanged(site, name, hashes[name]))
        )

    with ThreadPoolExecutor(MAX_CONCURRENT, thread_name_prefix="s3") as threads:
        for step in upload_steps(plan.changes):
            for start in range(0, len(step), _BATCH):
                batch = step[start : start + _BATCH]
                manifest = manifest.with_files(_run_all(threads, upload, batch))
                if len(batch) == _BATCH:
                    written = manifest
                    _write_manifest(bucket, written)
        for step in removal_steps(plan.changes):
            _run_all(threads, bucket.remove, step)
    _refuse_concurrent_publish(bucket, written, manifest)
    _write_manifest(bucket, manifest.limited_to(hashes))


def _refuse_concurrent_publish(bucket: Bucket, written: Manifest, manifest: Manifest) -> None:
    """Raise BriefingError if another machine has written the manifest since this publish did.

    The stored manifest then contains the files of both, so that the next publish can replace all of them.
    """
    stored = _read_manifest(bucket) or Manifest({})
    if stored != written:
        _write_manifest(bucket, stored.merged_with(manifest))
        msg = f"another machine published to {bucket.location} at the same time: run publish again"
        raise BriefingError(msg)


def _read_manifest(bucket: Bucket) -> Manifest | None:
    content = bucket.read_state(MANIFEST)
    return None if content is None else parse_manifest(content, f"{MANIFEST} in {bucket.location}")


def _write_manifest(bucket: Bucket, manifest: Manifest) -> None:
    bucket.write_state(MANIFEST, manifest.to_json().encode())


def _run_all(threads: ThreadPoolExecutor, run: Callable[[str], Result], names: Sequence[str]) -> dict[str, Result]:
    """Return the result for each name. After the first error no further call starts, and running calls finish."""
    jobs = {threads.submit(run, name): name for name in names}
    _, waiting = wait(jobs, return_when=FIRST_EXCEPTION)
    for job in waiting:
        job.cancel()
    wait(waiting)
    return {name: job.result() for job, name in jobs.items() if not job.cancelled()}
