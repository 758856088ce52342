"""Bring files to a host by rsync."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.publish.ssh.ssh_errors import IN_SSH, failed, fault

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from briefing.publish.ssh.connection import Connection

_OPTIONS: Final = (
    "--files-from=-",  # these names and no others,
    "--from0",  # whatever is in them
    "--protect-args",  # and whatever is in the folder's
    "--checksum",  # times say nothing: a build may write a file anew without changing it
    "--chmod=ugo=rwX",  # what the host's umask says, whatever the files have here
    "--out-format=%n",  # a name a file: an rsync whose publish was killed ends at the next, having nobody to tell
    "--timeout=120",
)
_ERRNO: Final = re.compile(r"\(\d+\)$")
_NOISE: Final = re.compile(r"rsync(?: error)?: (?:\[[\w=.-]+\] )?")


def upload(connection: Connection, folder: Path, names: Iterable[str], to: str, link_dest: str) -> None:
    """Bring the named files below `folder` into the empty folder `to`, a path from the account's home or absolute.

    Each is whole or not there. link_dest: a folder, relative to `to`, whose files are hard-linked where their bytes
    are the same, and copied on the host where its file system does not link; "" is none. Raises BriefingError.
    """
    address = connection.address
    user = f"{address.user}@" if address.user else ""
    linked = [f"--link-dest={link_dest}"] if link_dest else []
    try:
        done = subprocess.run(
            [  # noqa: S607 - found in PATH, as ssh is
                "rsync",
                *_OPTIONS,
                *linked,
                f"--rsh={connection.for_rsync}",
                "--",
                f"{folder.resolve()}/",
                f"{user}{address.host}:{to}/",
            ],
            env=dict(connection.environment),
            input="".join(f"{name}\0" for name in names).encode(),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        msg = f"publishing over ssh needs rsync, which cannot be run: {error.strerror}"
        raise BriefingError(msg) from error
    said = done.stderr.decode(errors="replace")
    if done.returncode == IN_SSH:  # handed on by rsync
        raise fault(connection, "\n".join(line for line in said.splitlines() if not line.startswith("rsync")))
    if done.returncode:
        raise failed(connection, _reason(said) or f"rsync ended with {done.returncode}")


def _reason(said: str) -> str:
    """What rsync complained of first: of what an operating system refused, else of anything."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    refused = [line for line in lines if _ERRNO.search(line)]
    own = [line for line in lines if not line.startswith("rsync error:")]
    return _NOISE.sub("", (refused or own or lines or [""])[0])
