"""Record a build's digests for the preview. Runs in the build's own process."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from briefing.checks.email import inspect
from briefing.preview.digest_records import DigestRecord, RecordedFinding, read_records, write_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from briefing.checks.email import Around, Inspection
    from briefing.content.model import Digest
    from briefing.pages.views import DigestView
    from briefing.settings import Settings


def record_digests(
    folder: Path,
    digests: Iterable[tuple[DigestView, Digest]],
    settings: Settings,
    context_of: Callable[[DigestView], Around],
    code: object,
) -> int:
    """Make the folder contain a record of each of these digests. Return how many records changed.

    settings: those that the digests were made with. context_of: what each digest is compared with. code: changes if the
    checks do. A digest is inspected again only if anything that its findings depend on has changed.
    """
    known = read_records(folder)

    def record(view: DigestView, digest: Digest) -> DigestRecord:
        context = context_of(view)
        key = _key(view, digest, settings, context, code)
        before = known.get(digest.issue)
        if before is not None and before.key == key:
            return before
        return _record(view, digest, settings, inspect(view, digest, settings, context), key)

    return write_records(folder, [record(view, digest) for view, digest in digests])


def _key(view: DigestView, digest: Digest, settings: Settings, context: Around, code: object) -> str:
    """Return a hash of everything that the findings and their lines depend on."""
    fingerprint = hashlib.sha256(repr((view, digest, settings, context.page, code)).encode())
    for name in sorted(context.files or ()):
        fingerprint.update(name.encode() + b"\0")
    for file in _files(view, settings, context):
        fingerprint.update(file.read_bytes() + b"\0")
    return fingerprint.hexdigest()


def _files(view: DigestView, settings: Settings, context: Around) -> Iterator[Path]:
    """Yield the files of the issue and its stories."""
    issue = view.issue
    items = (*filter(None, [issue.lead]), *(item for section in issue.sections for item in section.items))
    names = (f"content/issues/{issue.id}.md", *(context.stories.get(item.card.id, "") for item in items))
    for name in names:
        file = settings.root / PurePosixPath(name)
        if file.is_file():
            yield file


def _record(view: DigestView, digest: Digest, settings: Settings, found: Inspection, key: str) -> DigestRecord:
    return DigestRecord(
        issue=digest.issue,
        number=view.issue.number,
        title=view.issue.title,
        date=view.issue.date.isoformat(),
        site=settings.url,
        remote_images=settings.options.allow_remote_images,
        message=digest.message.decode("ascii"),
        fingerprint=digest.fingerprint,
        findings=tuple(RecordedFinding(row.check, row.value, row.limit, row.verdict, row.note) for row in found.rows),
        problems=tuple(map(str, found.problems)),
        key=key,
    )
