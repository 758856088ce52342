"""Upload files to a host with rsync."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Final

from briefing.errors import BriefingError
from briefing.publish.ssh.ssh_errors import SSH_FAILED, connection_error, remote_error

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from briefing.publish.ssh.connection import Connection

_OPTIONS: Final = (
    "--files-from=-",  # only these files
    "--from0",  # names may contain any character
    "--protect-args",  # and so may the folder's name
    "--checksum",  # not times: a build may rewrite a file without changing it
    "--chmod=ugo=rwX",  # permissions by the host's umask, not by the local files
    "--out-format=%n",  # output for each file, so that rsync ends with the publish if that is killed
    "--timeout=120",
)
_ERRNO: Final = re.compile(r"\(\d+\)$")
_PREFIX: Final = re.compile(r"rsync(?: error)?: (?:\[[\w=.-]+\] )?")


def upload(connection: Connection, folder: Path, names: Iterable[str], to: str, link_dest: str) -> None:
    """Upload the named files below `folder` to the empty folder `to`, a path from the home folder or absolute.

    Each file is whole or missing. link_dest: a folder on the host, relative to `to`, whose files are hard-linked if
    their bytes are the same, or copied if its file system has no links; "" for none. Raises BriefingError.
    """
    target = connection.target
    user = f"{target.user}@" if target.user else ""
    linked = [f"--link-dest={link_dest}"] if link_dest else []
    try:
        done = subprocess.run(
            [  # noqa: S607 - found in PATH, like ssh
                "rsync",
                *_OPTIONS,
                *linked,
                f"--rsh={connection.rsync_shell}",
                "--",
                f"{folder.resolve()}/",
                f"{user}{target.host}:{to}/",
            ],
            env=dict(connection.environment),
            input="".join(f"{name}\0" for name in names).encode(),
            capture_output=True,
            check=False,
        )
    except OSError as error:
        msg = f"cannot run rsync, which publishing over ssh needs: {error.strerror}; install it"
        raise BriefingError(msg) from error
    stderr = done.stderr.decode(errors="replace")
    if done.returncode == SSH_FAILED:  # passed on by rsync
        raise connection_error(
            connection, "\n".join(line for line in stderr.splitlines() if not line.startswith("rsync"))
        )
    if done.returncode:
        raise remote_error(connection, _first_error(stderr) or f"rsync ended with exit code {done.returncode}")


def _first_error(stderr: str) -> str:
    """Return rsync's first error of the operating system, or else its first error."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    system = [line for line in lines if _ERRNO.search(line)]
    own = [line for line in lines if not line.startswith("rsync error:")]
    return _PREFIX.sub("", (system or own or lines or [""])[0])
