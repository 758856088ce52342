"""A preview from its first build to Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from briefing.errors import BriefingError, ProblemsFoundError, counted
from briefing.preview.digest_pages import PREFIX
from briefing.preview.live_reload import Live, PreviewState
from briefing.preview.server import listen
from briefing.preview.watch import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from briefing.preview.server import PreviewServer

    Say = Callable[[str], None]
    Build = Callable[[str], "Rebuilt"]

_NAMED = 3  # changed files that a line names


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a build did: files written and removed, warnings as they are printed, digests not as they were before."""

    written: int
    removed: int
    warnings: tuple[str, ...] = ()
    digests: int = 0


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
    stop = stop or threading.Event()
    with _alone(output.parent) as announce, _listening(port, output) as server:
        announce(server.url)
        live = server.live
        say(f"serving {server.url}/ - Ctrl-C stops it; the digests are at {server.url}{PREFIX}")
        try:
            for changed in changes(watched, stop):
                if changed:
                    say(_named(changed, root))
                _rebuild(build, server.url, live, say)
        except KeyboardInterrupt:
            say("stopped")


class Hosted:
    """A site on this machine for as long as a program looks at it. `url` has no slash behind it."""

    def __init__(self, server: PreviewServer) -> None:
        """Nothing is shown yet: the site may need the address to be built."""
        self.url = server.url
        self._live = server.live

    def show(self) -> None:
        """Show what lies in the folder."""
        self._live.show(PreviewState(str(time.time_ns())))


@contextmanager
def hosting(output: Path) -> Iterator[Hosted]:
    """Serve the site in `output`, as it is, and the digests beside it, on a free port of loopback."""
    with _listening(0, output) as server:
        yield Hosted(server)


@contextmanager
def _listening(port: int | None, output: Path) -> Iterator[PreviewServer]:
    live = Live()
    with listen(port, output, live) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            live.close()
            server.shutdown()
            thread.join()


def _rebuild(build: Build, url: str, live: Live, say: Say) -> None:
    """Build once, show what came of it, then say so."""
    begun, before = time.monotonic(), live.state
    try:
        done = build(url)
    except ProblemsFoundError as error:
        complaints, count = tuple(map(str, error.problems)), counted(error.problems)
    except BriefingError as error:
        complaints, count = (str(error),), "1 error"
    else:
        # The name is new in every session, so that pages of an earlier one are reloaded too.
        same = before.site and not (done.written or done.removed or done.digests)
        live.show(PreviewState(before.site if same else str(time.time_ns())))
        for line in done.warnings:
            say(line)
        number = len(done.warnings)
        count = f", {number:,} warning{'' if number == 1 else 's'}" if number else ""
        say(f"built in {time.monotonic() - begun:.1f} s: {done.written} written, {done.removed} removed{count}")
        return
    live.show(PreviewState(before.site, complaints, count))
    for line in complaints:
        say(line)
    then = "the last good site stays" if before.site else "mend this and it is built at once"
    say(f"not built: {count}; {then}")


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
