"""What a check says: the verdict, what was seen, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DoctorVerdict(StrEnum):
    """ok: nothing to do. warning: mail goes out, but some of it less surely. error: mend it before you send."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One finding of one check. `mend`: what to do, one step a line; "" where nothing is to be done."""

    check: str
    verdict: DoctorVerdict
    message: str
    hint: str = ""


def ok(check: str, said: str) -> DoctorFinding:
    """What is as it should be."""
    return DoctorFinding(check, DoctorVerdict.OK, said)


def warning(check: str, said: str, hint: str) -> DoctorFinding:
    """What should be better."""
    return DoctorFinding(check, DoctorVerdict.WARNING, said, hint)


def error(check: str, said: str, hint: str) -> DoctorFinding:
    """What must be mended."""
    return DoctorFinding(check, DoctorVerdict.ERROR, said, hint)
