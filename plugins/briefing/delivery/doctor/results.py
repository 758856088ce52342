"""What a check says: the verdict, what was seen, and how to mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """ok: nothing to do. warning: mail goes out, but some of it less surely. error: mend it before you send."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of one check. `mend`: what to do, one step a line; "" where nothing is to be done."""

    check: str
    verdict: Verdict
    said: str
    mend: str = ""


def ok(check: str, said: str) -> Finding:
    """What is as it should be."""
    return Finding(check, Verdict.OK, said)


def warning(check: str, said: str, mend: str) -> Finding:
    """What should be better."""
    return Finding(check, Verdict.WARNING, said, mend)


def error(check: str, said: str, mend: str) -> Finding:
    """What must be mended."""
    return Finding(check, Verdict.ERROR, said, mend)
