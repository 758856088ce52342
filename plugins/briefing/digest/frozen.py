"""A digest as bytes for the ledger, so that a campaign sends what it was opened with, whatever happens to the outbox.

The first line is `briefing-digest 1 SHA-256`, with the hash of the JSON that follows. The same digest gives the same
bytes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.content.model import MessageTemplate
from briefing.digest.message_template import fingerprint
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from briefing.content.model import Digest

_NAME: Final = b"briefing-digest"
_VERSION: Final = 1
_DAMAGED: Final = (
    "the digest in the ledger is damaged: restore the ledger from a backup; nothing can be sent until then"
)


@dataclass(frozen=True, slots=True)
class FrozenDigest:
    """The fields of a Digest that are needed to send it."""

    issue: str
    subject: str
    template: MessageTemplate
    fingerprint: str


def freeze(digest: Digest | FrozenDigest) -> bytes:
    """Serialize a digest for the ledger."""
    content = {
        "issue": digest.issue,
        "subject": digest.subject,
        "fingerprint": digest.fingerprint,
        "parts": [part.decode("ascii") for part in digest.template.parts],
        "placeholders": digest.template.placeholders,
        "places": digest.template.places,
    }
    text = json.dumps(content, ensure_ascii=True, sort_keys=True).encode("ascii")
    return b"%b %d %b\n%b" % (_NAME, _VERSION, _hash_of(text), text)


def thaw(data: bytes) -> FrozenDigest:
    """Read a frozen digest. Raises BriefingError if a byte has changed, or if a newer version wrote it."""
    line, _, text = data.partition(b"\n")
    name, _, rest = line.partition(b" ")
    version, _, digest_hash = rest.partition(b" ")
    if name == _NAME and version.isdigit() and int(version) > _VERSION:
        msg = f"the digest in the ledger is of version {int(version)}, written by a newer version: update this program"
        raise BriefingError(msg)
    if (name, version, digest_hash) != (_NAME, b"%d" % _VERSION, _hash_of(text)):
        raise BriefingError(_DAMAGED)
    try:  # the hash shows accidental changes only: a restored backup can come from anyone
        content = json.loads(text)
        parts = tuple(part.encode("ascii") for part in content["parts"])
        template = MessageTemplate(parts, tuple(content["placeholders"]), tuple(content["places"]))
        found = FrozenDigest(content["issue"], content["subject"], template, content["fingerprint"])
        names = found.issue, found.subject, found.fingerprint, *template.placeholders, *template.places
        is_whole = len(parts) == len(template.placeholders) + 1 == len(template.places) + 1
        if not is_whole or not all(isinstance(name, str) for name in names):
            raise BriefingError(_DAMAGED)
        if fingerprint(template) != found.fingerprint:
            raise BriefingError(_DAMAGED)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BriefingError(_DAMAGED) from error
    return found


def _hash_of(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode("ascii")
