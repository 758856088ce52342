"""A built site into a bucket, step by step."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING, Final, TypeVar

from briefing.publish.built_output import hashes, still_the_same
from briefing.publish.manifest import (
    Manifest,
    ManifestEntry,
    read_record,
    refuse_strangers,
    settle,
    without_other_sites,
)
from briefing.publish.report import Published
from briefing.publish.s3.aws_errors import translated
from briefing.publish.s3.bucket import AT_ONCE, OURS, Bucket, version_of
from briefing.publish.s3.cloudfront import invalidate
from briefing.publish.s3.lock import CLAIM, claimed
from briefing.publish.upload_order import read_same, removals, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from briefing.publish.built_output import Built
    from briefing.publish.contract import TargetOptions
    from briefing.publish.manifest import Work
    from briefing.publish.s3.location import BucketLocation
    from briefing.publish.s3.lock import PublishLock

Done = TypeVar("Done")
RECORD: Final = f"{OURS}published.json"
_PART: Final = 500  # files after which the record is renewed: no more are put twice after a kill
_LOOK: Final = 15.0  # seconds between two looks whether the claim has to be renewed


def put(place: BucketLocation, built: Built, root: Path, options: TargetOptions) -> Published:
    """Make the place hold the site. Nothing at all is written where it does already, or with `dry_run`."""
    with translated(place), closing(Bucket(place, options.environment)) as bucket:
        seen = hashes(built.folder, built.names)
        wanted = {name: version_of(name, content) for name, content in seen.items()}
        work, record = _look(bucket, wanted, options)
        # Files that only were adopted change nothing but the record.
        if options.dry_run or (not work.changes and work.record.done(wanted) == record):
            return Published(str(place), built.id, work.changes, options.dry_run)
        with claimed(bucket, root / ".briefing") as claim:
            work, record = _look(bucket, wanted, options)
            done = _put(bucket, claim, built, work, seen)
            if options.cloudfront_distribution:
                bucket.write(RECORD, done.text().encode())  # what CloudFront may refuse does not undo what is there
                # Which copies an unfinished publish left old is not known.
                changes = work.changes if record.finished else None
                invalidate(bucket.session, options.cloudfront_distribution, changes, place.prefix)
            bucket.write(RECORD, done.done(wanted).text().encode())
    return Published(str(place), built.id, work.changes)


def _look(bucket: Bucket, wanted: Mapping[str, str], options: TargetOptions) -> tuple[Work, Manifest]:
    stored = bucket.read(RECORD)
    record = Manifest({}) if stored is None else read_record(stored.content, f"{RECORD} in {bucket.place}")
    marks = without_other_sites(bucket.listing(), record, wanted, (RECORD, CLAIM))
    work, strangers = settle(record, marks, record.versions(marks), wanted, adopt=options.adopt)
    refuse_strangers(str(bucket.place), strangers, RECORD if stored else f"{RECORD}, which is not there")
    return work, record


def _put(bucket: Bucket, claim: PublishLock, built: Built, work: Work, seen: Mapping[str, str]) -> Manifest:
    still_the_same(built)
    record = work.record
    bucket.write(RECORD, record.text().encode())

    def upload(name: str) -> ManifestEntry:
        return ManifestEntry(version_of(name, seen[name]), bucket.upload(name, read_same(built, name, seen[name])))

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="s3") as threads:
        for step in steps(work.changes):
            for start in range(0, len(step), _PART):
                claim.confirm()
                part = step[start : start + _PART]
                record = record.with_put(_all(threads, claim, upload, part))
                if len(part) == _PART:
                    bucket.write(RECORD, record.text().encode())
        for step in removals(work.changes):
            claim.confirm()
            _all(threads, claim, bucket.remove, step)
    return record


def _all(
    threads: ThreadPoolExecutor, claim: PublishLock, do: Callable[[str], Done], names: Sequence[str]
) -> dict[str, Done]:
    """What came of each name, done in several threads; the first failure ends it, and what has begun is waited for."""
    jobs = {threads.submit(do, name): name for name in names}
    left = set(jobs)
    try:
        while left:
            done, left = wait(left, timeout=_LOOK, return_when=FIRST_COMPLETED)
            for job in done:
                job.result()
            claim.keep()
    finally:
        for job in left:
            job.cancel()
    return {name: job.result() for job, name in jobs.items()}
