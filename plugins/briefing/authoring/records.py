"""What the program writes beside an issue: its proof, its provider draft, its sending, and that it is published now."""

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


def keep_proof(settings: Settings, record: ProofRecord) -> str:
    """Write an issue's proof record in place of an older one; its path as a person writes it."""
    return _keep(settings, proof_file(settings, record.issue), proof_text(record))


def keep_sent(settings: Settings, record: SentRecord) -> str:
    """Write the record of an issue that has been sent; its path as a person writes it."""
    return _keep(settings, sent_file(settings, record.issue), sent_text(record))


def keep_provider_draft(settings: Settings, record: ProviderDraftRecord) -> str:
    """Write the record of an issue that a provider was given, in place of an older one; its path as a person writes it."""
    return _keep(settings, provider_draft_file(settings, record.issue), provider_draft_text(record))


def mark_published(settings: Settings, path: str) -> bool:
    """Let a hidden issue, given by its path, be published; False where it is already. Only that line changes.

    Raises BriefingError where the file cannot be edited.
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


def _keep(settings: Settings, file: Path, text: str) -> str:
    new = text.encode()
    try:
        files.create(file, new, settings.content)
    except FileExistsError:
        files.replace([files.FileChange(file, file.read_bytes(), new)], settings.content)
    return os.path.relpath(file, settings.root)
