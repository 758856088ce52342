"""The findings of checks: a verdict, what was found, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DoctorVerdict(StrEnum):
    """ok: nothing to do. warning: mail is sent, but delivery may suffer. error: fix it before you send."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One finding of one check. hint: what to do, one step per line; "" if there is nothing to do."""

    check: str
    verdict: DoctorVerdict
    message: str
    hint: str = ""


def ok(check: str, message: str) -> DoctorFinding:
    """A finding that needs no action."""
    return DoctorFinding(check, DoctorVerdict.OK, message)


def warning(check: str, message: str, hint: str) -> DoctorFinding:
    """A finding that should be fixed."""
    return DoctorFinding(check, DoctorVerdict.WARNING, message, hint)


def error(check: str, message: str, hint: str) -> DoctorFinding:
    """A finding that must be fixed."""
    return DoctorFinding(check, DoctorVerdict.ERROR, message, hint)
