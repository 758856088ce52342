"""A build's digests -> the preview's records of them. It runs in the build's own process."""

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


def keep_digests(
    folder: Path,
    digests: Iterable[tuple[DigestView, Digest]],
    settings: Settings,
    around: Callable[[DigestView], Around],
    code: object,
) -> int:
    """Make the folder hold a record of each of these digests; how many records changed.

    settings: those that the digests were made with. around: what each is compared with. code: changes whenever the
    checks might. A digest is inspected again only where something that a finding may depend on is not as before.
    """
    known = read_records(folder)

    def record(view: DigestView, digest: Digest) -> DigestRecord:
        near = around(view)
        key = _key(view, digest, settings, near, code)
        before = known.get(digest.issue)
        if before is not None and before.key == key:
            return before
        return _record(view, digest, settings, inspect(view, digest, settings, near), key)

    return write_records(folder, [record(view, digest) for view, digest in digests])


def _key(view: DigestView, digest: Digest, settings: Settings, near: Around, code: object) -> str:
    """A hash over all that findings and their lines come from."""
    mark = hashlib.sha256(repr((view, digest, settings, near.page, code)).encode())
    for name in sorted(near.files or ()):
        mark.update(name.encode() + b"\0")
    for file in _files(view, settings, near):
        mark.update(file.read_bytes() + b"\0")
    return mark.hexdigest()


def _files(view: DigestView, settings: Settings, near: Around) -> Iterator[Path]:
    """The files in which the issue and its stories are written."""
    issue = view.issue
    items = (*filter(None, [issue.lead]), *(item for section in issue.sections for item in section.items))
    names = (f"content/issues/{issue.id}.md", *(near.stories.get(item.card.id, "") for item in items))
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
        remote_pictures=settings.options.allow_remote_images,
        message=digest.message.decode("ascii"),
        fingerprint=digest.fingerprint,
        findings=tuple(RecordedFinding(row.check, row.value, row.limit, row.verdict, row.note) for row in found.rows),
        problems=tuple(map(str, found.problems)),
        key=key,
    )
