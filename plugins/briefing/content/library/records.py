"""The records beside an issue: of its proof, of its draft at a provider, and of its sending.

ISSUE.proof.json records what was mailed as a proof, ISSUE.draft.json what a provider received, and ISSUE.sent.json what
readers received. Programs write them and people commit them; none contains a reader's address. Times are in UTC, to the
second.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, TypeVar

from briefing.content.frontmatter.keys import adapter_of
from briefing.content.library.contents import story_without_hash
from briefing.content.library.record_schema import parse_record, problem_at
from briefing.content.model import ProofRecord, ProviderDraftRecord, SentRecord
from briefing.errors import Problem, ProblemsFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from briefing.settings import Settings

_PROOF: Final = ".proof.json"
_SENT: Final = ".sent.json"
_DRAFT: Final = ".draft.json"
_AGAIN: Final = "delete the file and run `proof` again"
_HAND_OVER: Final = "delete the file and send the issue to the provider again; this finds the existing draft"
_RESTORE: Final = "restore the file from git; it records what readers have received"
_R = TypeVar("_R", ProofRecord, SentRecord, ProviderDraftRecord)


def proof_file(settings: Settings, issue: str) -> Path:
    """The file that records the proof of an issue."""
    return settings.content / "issues" / f"{issue}{_PROOF}"


def sent_file(settings: Settings, issue: str) -> Path:
    """The file that records the sending of an issue."""
    return settings.content / "issues" / f"{issue}{_SENT}"


def provider_draft_file(settings: Settings, issue: str) -> Path:
    """The file that records the draft of an issue at a provider."""
    return settings.content / "issues" / f"{issue}{_DRAFT}"


def read_proof(settings: Settings, issue: str) -> ProofRecord | None:
    """The record of an issue's proof, or None. Raises ProblemsFoundError if it is damaged."""
    return _read(settings, proof_file(settings, issue), as_proof)


def read_sent(settings: Settings, issue: str) -> SentRecord | None:
    """The record of an issue's sending, or None. Raises ProblemsFoundError if it is damaged."""
    return _read(settings, sent_file(settings, issue), as_sent)


def read_provider_draft(settings: Settings, issue: str) -> ProviderDraftRecord | None:
    """The record of an issue's draft at a provider, or None. Raises ProblemsFoundError if it is damaged."""
    return _read(settings, provider_draft_file(settings, issue), as_provider_draft)


def proof_text(record: ProofRecord) -> str:
    """The text of ISSUE.proof.json; the same record gives the same text."""
    return _text(record)


def sent_text(record: SentRecord) -> str:
    """The text of ISSUE.sent.json; the same record gives the same text."""
    return _text(record)


def provider_draft_text(record: ProviderDraftRecord) -> str:
    """The text of ISSUE.draft.json; the same record gives the same text."""
    return _text(record)


def as_proof(data: bytes, path: str) -> tuple[ProofRecord | None, list[Problem]]:
    """The record in a file's bytes, or None and every problem; `path` is relative to the root."""
    record, problems = parse_record(ProofRecord, data, path, _AGAIN)
    return _of_its_issue(record, data, path, _AGAIN) if record else (None, problems)


def as_provider_draft(data: bytes, path: str) -> tuple[ProviderDraftRecord | None, list[Problem]]:
    """The record in a file's bytes, or None and every problem; `path` is relative to the root."""
    record, problems = parse_record(ProviderDraftRecord, data, path, _HAND_OVER)
    if record is None:
        return None, problems
    if story := story_without_hash(record):
        return None, [problem_at(path, data, f"does not contain `{story}`", "content_hashes", _HAND_OVER)]
    return _of_its_issue(record, data, path, _HAND_OVER)


def as_sent(data: bytes, path: str) -> tuple[SentRecord | None, list[Problem]]:
    """The record in a file's bytes, or None and every problem; `path` is relative to the root."""
    record, problems = parse_record(SentRecord, data, path, _RESTORE)
    if record is None:
        return None, problems
    if story := story_without_hash(record):
        return None, [problem_at(path, data, f"does not contain `{story}`", "content_hashes", _RESTORE)]
    total = sum(asdict(record.counts).values())
    if total != record.recipients:
        what = f"add up to {total}, but `recipients` is {record.recipients}"
        return None, [problem_at(path, data, what, "counts", _RESTORE)]
    return _of_its_issue(record, data, path, _RESTORE)


def read_all(
    settings: Settings, files: Collection[str], issues: Collection[str]
) -> tuple[tuple[SentRecord, ...], tuple[ProviderDraftRecord, ...], list[Problem]]:
    """What was sent, what providers have as drafts, and every problem of the records.

    files: paths under content/. issues: the ids of the issues that exist.
    """
    sent: list[SentRecord] = []
    drafts: list[ProviderDraftRecord] = []
    found: list[Problem] = []
    for path in (settings.content / file for file in files):
        issue = _issue_of(path.name)
        ending = path.name.removeprefix(issue)
        try:
            record = _READERS[ending](settings, issue)
        except ProblemsFoundError as error:
            found.extend(error.problems)
            continue
        if issue not in issues:
            hint = (
                "restore or rename the issue" if ending == _SENT else "rename the record like its issue, or delete it"
            )
            found.append(Problem(_named(settings, path), f"there is no issue `{issue}`", hint, line=1))
        if isinstance(record, SentRecord):
            sent.append(record)
        elif isinstance(record, ProviderDraftRecord):
            drafts.append(record)
    return tuple(sent), tuple(drafts), found


def _read(settings: Settings, path: Path, parse: Callable[[bytes, str], tuple[_R | None, list[Problem]]]) -> _R | None:
    named = _named(settings, path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = Problem(named, f"cannot be read: {error.strerror}", "check its permissions", line=1)
        raise ProblemsFoundError([problem]) from error
    record, problems = parse(data, named)
    if record is None:
        raise ProblemsFoundError(problems)
    return record


def _of_its_issue(record: _R, data: bytes, path: str, hint: str) -> tuple[_R | None, list[Problem]]:
    """The record, or None and a problem if it was copied from another issue's."""
    name = _issue_of(path.rpartition("/")[2])
    if record.issue == name:
        return record, []
    what = f"`{record.issue}` is not `{name}`, the issue in the file's name"
    return None, [problem_at(path, data, what, "issue", hint)]


def _issue_of(name: str) -> str:
    """The issue in a record's file name."""
    return next(name.removesuffix(ending) for ending in _READERS if name.endswith(ending))


def _named(settings: Settings, path: Path) -> str:
    return os.path.relpath(path, settings.root).replace(os.sep, "/")


def _text(record: ProofRecord | SentRecord | ProviderDraftRecord) -> str:
    values = adapter_of(type(record)).dump_python(record, mode="json")
    return json.dumps(values, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


_READERS: Final[Mapping[str, Callable[[Settings, str], ProofRecord | SentRecord | ProviderDraftRecord | None]]] = {
    _PROOF: read_proof,
    _SENT: read_sent,
    _DRAFT: read_provider_draft,
}
