"""Check a message with SpamAssassin on this machine, if it is installed."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from typing import Final

from briefing.errors import BriefingError

_PROGRAM: Final = "spamassassin"
_TIMEOUT: Final = 300  # seconds; two are enough unless the machine is busy


def report(message: bytes) -> str | None:
    """Return SpamAssassin's report on a message, by local rules only; None if it is not installed.

    Raises BriefingError if it fails or takes longer than five minutes.
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        return None
    return _run(program, message)


@lru_cache(maxsize=32)  # a release checks the same digest more than once
def _run(program: str, message: bytes) -> str:
    command = [program, "-L", "-t"]
    try:
        done = subprocess.run(command, input=message, capture_output=True, timeout=_TIMEOUT, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        stderr = getattr(error, "stderr", None) or str(error).encode()
        msg = f"{_PROGRAM} failed: {stderr.decode(errors='replace').strip()[:200]}; fix it, or uninstall it"
        raise BriefingError(msg) from error
    return done.stdout.decode(errors="replace")
