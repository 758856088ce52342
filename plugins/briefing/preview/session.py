"""A preview from its first build to Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.errors import BriefingError, ProblemsFoundError
from briefing.preview.live import Live, State
from briefing.preview.server import listen
from briefing.preview.watch import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    Say = Callable[[str], None]
    Build = Callable[[str], "Rebuilt"]

_NAMED = 3  # changed files that a line names


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a build did: how many files it wrote and removed, and its warnings as they are printed."""

    written: int
    removed: int
    warnings: tuple[str, ...] = ()


def serve(
    build: Build,
    output: Path,
    *,
    root: Path,
    port: int | None,
    watched: Sequence[Path],
    say: Say,
    stop: threading.Event | None = None,
) -> None:
    """Build the site, serve it on loopback, and build it again whenever a watched file changes, until Ctrl-C.

    build: puts the site in `output`, given the address it is served at, and raises BriefingError where it cannot;
    then the last good site stays and the browser shows why. port: None for 8000 or the next that is free.
    root: the publication's folder. watched: folders, with all below them, and single files. say: is given each line for the terminal.
    Raises BriefingError where the port is taken or the publication is being served already.
    """
    live = Live()
    stop = stop or threading.Event()
    with _alone(output.parent) as announce, listen(port, output, live) as server:
        announce(server.url)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        say(f"serving {server.url}/ - Ctrl-C stops it")
        try:
            for changed in changes(watched, stop):
                if changed:
                    say(_named(changed, root))
                live.show(_built(build, server.url, live.state, say))
        except KeyboardInterrupt:
            say("stopped")
        finally:
            live.close()
            server.shutdown()
            thread.join()


def _built(build: Build, url: str, before: State, say: Say) -> State:
    """The state after one build, which is told."""
    begun = time.monotonic()
    try:
        done = build(url)
    except ProblemsFoundError as error:
        complaints = tuple(map(str, error.problems))
    except BriefingError as error:
        complaints = (str(error),)
    else:
        for line in done.warnings:
            say(line)
        say(f"built in {time.monotonic() - begun:.1f} s: {done.written} written, {done.removed} removed")
        # The name is new in every session, so that pages of an earlier one are reloaded too.
        same = before.site and not done.written and not done.removed
        return State(before.site if same else str(time.time_ns()))
    for line in complaints:
        say(line)
    say("not built; the last good site stays" if before.site else "not built; mend this and it is built at once")
    return State(before.site, complaints)


def _named(changed: Sequence[str], root: Path) -> str:
    there = [path for path in changed if os.path.lexists(path)]  # editors save through files that are gone by now
    names = [os.path.relpath(path, root) for path in there or changed]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"changed: {', '.join(names[:_NAMED])}{more}"


@contextmanager
def _alone(folder: Path) -> Iterator[Callable[[str], None]]:
    """Be the only preview that builds in `folder`; gives a function that tells others the address it has."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "address").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            msg = f"this publication is being served already, at {file.read()}: use that one, or stop it first"
            raise BriefingError(msg) from error

        def announce(address: str) -> None:
            file.truncate(0)
            file.write(address + "/")
            file.flush()

        yield announce
