"""SpamAssassin, asked about a message on this machine, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from functools import lru_cache
from typing import Final

from briefing.errors import BriefingError

_PROGRAM: Final = "spamassassin"
_PATIENCE: Final = 300  # two seconds are enough, but for a machine with much else to do


def report(message: bytes) -> str | None:
    """Its report on a message, by local rules alone; None where it is not installed.

    Raises BriefingError where it fails or takes longer than five minutes.
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        return None
    return _asked(program, message)


@lru_cache(maxsize=32)  # a release judges the same digest more than once
def _asked(program: str, message: bytes) -> str:
    command = [program, "-L", "-t"]
    try:
        done = subprocess.run(command, input=message, capture_output=True, timeout=_PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        msg = f"{_PROGRAM} failed: {said.decode(errors='replace').strip()[:200]}; mend it, or uninstall it"
        raise BriefingError(msg) from error
    return done.stdout.decode(errors="replace")
