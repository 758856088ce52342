"""One publish at a time to a bucket: an object that says who publishes.

It is put on the condition that there is none (`If-None-Match: *`; Amazon S3, Cloudflare R2, MinIO), renewed while the
publish lasts, and counts for nothing once it is old. Services that refuse conditions (Backblaze B2), or do not heed
them, keep a gap: who began in the same moment sees at the next step that the object is another's, and stops.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import secrets
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from briefing.errors import BriefingError
from briefing.publish.s3.aws_errors import code_of, status_of
from briefing.publish.s3.bucket import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from briefing.publish.s3.bucket import Bucket

CLAIM: Final = f"{OURS}publishing.json"
LASTS: Final = 300  # seconds without renewal after which a claim counts for nothing
_RENEWED: Final = 60  # seconds
_TAKEN: Final = frozenset({404, 409, 412})  # what was to be replaced is gone, is being put, is another's
_UNHEARD: Final = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest", "400", "501"})


@dataclass(slots=True)
class PublishLock:
    """That this publish owns the place."""

    bucket: Bucket
    owner: str
    tag: str = ""
    renewed: float = 0.0

    def take(self) -> None:
        """Own the place. Raises BriefingError where another publish does, or began in the same moment."""
        found = self.bucket.read(CLAIM)
        if found and self._owner_in(found.content) != self.owner and found.age < LASTS:
            wait = round(LASTS - max(found.age, 0.0))
            msg = (
                f"another publish to {self.bucket.place} is under way, or was stopped less than {LASTS // 60} minutes "
                f"ago: run publish again after its end, or in {wait} seconds"
            )
            raise BriefingError(msg)
        self._write(**({"IfMatch": f'"{found.tag}"'} if found else {"IfNoneMatch": "*"}))
        self.confirm()

    def keep(self) -> None:
        """Renew the claim once a minute. Raises BriefingError where another publish has taken it."""
        if time.monotonic() - self.renewed >= _RENEWED:
            self.confirm()
            self._write(IfMatch=f'"{self.tag}"')

    def confirm(self) -> None:
        """Raise BriefingError where the place is no longer this publish's."""
        found = self.bucket.read(CLAIM)
        if found is None or self._owner_in(found.content) != self.owner:
            raise self._lost()

    def drop(self) -> None:
        """Give the place free, where it is still this publish's."""
        found = self.bucket.read(CLAIM)
        if found and self._owner_in(found.content) == self.owner:
            self.bucket.remove(CLAIM)

    def _write(self, **condition: str) -> None:
        content = json.dumps({"owner": self.owner}).encode()
        try:
            self.tag = self.bucket.write(CLAIM, content, **condition)
        except ClientError as error:
            if status_of(error) in _TAKEN:
                # Or this publish's own request was heard, its answer lost, and it was repeated.
                self.confirm()
            elif code_of(error) in _UNHEARD:
                self.tag = self.bucket.write(CLAIM, content)
            else:
                raise
        self.renewed = time.monotonic()

    def _lost(self) -> BriefingError:
        msg = f"another publish to {self.bucket.place} began in the meantime: run publish again after its end"
        return BriefingError(msg)

    @staticmethod
    def _owner_in(content: bytes) -> str:
        try:
            stated = json.loads(content)
        except ValueError:
            return ""
        return str(stated.get("owner", "")) if isinstance(stated, dict) else ""


@contextmanager
def claimed(bucket: Bucket, private: Path) -> Iterator[PublishLock]:
    """Own the place while the block lasts. `private`: this machine's folder for its state.

    What a killed publish of this machine left does not stand in its own way. Raises BriefingError where another
    publish owns the place.
    """
    try:
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = os.fdopen(os.open(private / "publish-s3.json", os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
    except OSError as error:
        msg = f"cannot keep this machine's state in {private}: {error.strerror}; it must be a folder of yours"
        raise BriefingError(msg) from error
    with state:
        try:
            fcntl.flock(state, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = "another publish from this folder is under way: wait for its end and run publish again"
            raise BriefingError(msg) from error
        claim = PublishLock(bucket, _owner(state.read(), state.fileno()))
        claim.take()
        try:
            yield claim
        finally:
            claim.drop()


def _owner(kept: str, handle: int) -> str:
    """The name of this folder on this machine: random, so that it tells nothing, and no copy's of the folder."""
    if not kept:
        kept = secrets.token_hex(16)
        os.pwrite(handle, kept.encode(), 0)
        os.fsync(handle)
    return hashlib.sha256(f"{kept} {platform.node()}".encode()).hexdigest()[:32]
