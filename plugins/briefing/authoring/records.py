"""Write an issue's records: its proof, its provider draft, what was sent. And publish it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from briefing.authoring import edits, files
from briefing.content.library.records import (
    proof_file,
    proof_text,
    provider_draft_file,
    provider_draft_text,
    sent_file,
    sent_text,
)
from briefing.content.model import Status
from briefing.errors import BriefingError

if TYPE_CHECKING:
    from pathlib import Path

    from briefing.content.model import ProofRecord, ProviderDraftRecord, SentRecord
    from briefing.settings import Settings


def write_proof_record(settings: Settings, record: ProofRecord) -> str:
    """Write the record of a proof, and return its path for messages. Replaces an older record."""
    return _write(settings, proof_file(settings, record.issue), proof_text(record))


def write_sent_record(settings: Settings, record: SentRecord) -> str:
    """Write the record of an issue that was sent, and return its path for messages."""
    return _write(settings, sent_file(settings, record.issue), sent_text(record))


def write_provider_draft_record(settings: Settings, record: ProviderDraftRecord) -> str:
    """Write the record of a draft at a provider, and return its path for messages. Replaces an older record."""
    return _write(settings, provider_draft_file(settings, record.issue), provider_draft_text(record))


def mark_published(settings: Settings, path: str) -> bool:
    """Set the status of a hidden issue to published, in its line only. Return False if it is published already.

    Raises BriefingError if the file cannot be edited.
    """
    file = settings.root / path
    old = file.read_bytes()
    try:
        text = edits.set_key(old.decode(), "status", Status.PUBLISHED.value)
    except edits.EditRefusedError as error:
        msg = f"{path}: {error}; set `status: published` there yourself"
        raise BriefingError(msg) from error
    files.replace([files.FileChange(file, old, text.encode())], settings.content)
    return text.encode() != old


def _write(settings: Settings, file: Path, text: str) -> str:
    new = text.encode()
    try:
        files.create(file, new, settings.content)
    except FileExistsError:
        files.replace([files.FileChange(file, file.read_bytes(), new)], settings.content)
    return os.path.relpath(file, settings.root)
