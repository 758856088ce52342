"""A preview session, from the first build to Ctrl-C."""

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
from briefing.preview.live_reload import LiveState, PreviewState
from briefing.preview.server import start_server
from briefing.preview.watch import watch_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from briefing.preview.server import PreviewServer

    Build = Callable[[str], "RebuildReport"]
    Print = Callable[[str], None]

_MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """The result of a build: files written and removed, warnings as they are printed, and digests that changed."""

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
    print_line: Print,
    stop: threading.Event | None = None,
) -> None:
    """Build the site, serve it on loopback, and build it again after every change of a watched file, until Ctrl-C.

    build: builds the site into `output` for the address that it is given. It raises BriefingError if it fails; then the
    last successful build stays and the browser shows why. port: None for 8000 or the next free one. root: the
    publication's folder. watched: folders, including their subfolders, and single files. print_line: prints to the
    terminal. Raises BriefingError if the port is in use or the publication is already being served.
    """
    stop = stop or threading.Event()
    with _session_lock(output.parent) as write_address, _running_server(port, output) as server:
        write_address(server.url)
        live = server.live
        print_line(f"serving {server.url}/ - press Ctrl-C to stop; the digests are at {server.url}{PREFIX}")
        try:
            for changed in watch_changes(watched, stop):
                if changed:
                    print_line(_describe(changed, root))
                _rebuild(build, server.url, live, print_line)
        except KeyboardInterrupt:
            print_line("stopped")


class HostedSite:
    """A site that is served on this machine. url: without a slash at the end."""

    def __init__(self, server: PreviewServer) -> None:
        """Serve nothing yet, because building the site may need its address."""
        self.url = server.url
        self._live = server.live

    def show(self) -> None:
        """Serve the folder."""
        self._live.update(PreviewState(str(time.time_ns())))


@contextmanager
def host_site(output: Path) -> Iterator[HostedSite]:
    """Serve the site in `output` and the digests beside it, without builds, on a free port of loopback."""
    with _running_server(0, output) as server:
        yield HostedSite(server)


@contextmanager
def _running_server(port: int | None, output: Path) -> Iterator[PreviewServer]:
    live = LiveState()
    with start_server(port, output, live) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            live.close()
            server.shutdown()
            thread.join()


def _rebuild(build: Build, url: str, live: LiveState, print_line: Print) -> None:
    """Build once, show the result in the browser, then print it."""
    started, before = time.monotonic(), live.state
    try:
        report = build(url)
    except ProblemsFoundError as error:
        problems, count = tuple(map(str, error.problems)), counted(error.problems)
    except BriefingError as error:
        problems, count = (str(error),), "1 error"
    else:
        # The id is new in every session, so that pages of an earlier one are reloaded too.
        same = before.site and not (report.written or report.removed or report.digests)
        live.update(PreviewState(before.site if same else str(time.time_ns())))
        for line in report.warnings:
            print_line(line)
        number = len(report.warnings)
        warnings = f", {number:,} warning{'' if number == 1 else 's'}" if number else ""
        files = f"{report.written} written, {report.removed} removed"
        print_line(f"built in {time.monotonic() - started:.1f} s: {files}{warnings}")
        return
    live.update(PreviewState(before.site, problems, count))
    for line in problems:
        print_line(line)
    hint = "showing the last successful build" if before.site else "fix this to start a new build"
    print_line(f"build failed: {count}; {hint}")


def _describe(changed: Sequence[str], root: Path) -> str:
    existing = [path for path in changed if os.path.lexists(path)]  # editors use temporary files to save
    names = [os.path.relpath(path, root) for path in existing or changed]
    more = f" and {len(names) - _MAX_NAMED} more" if len(names) > _MAX_NAMED else ""
    return f"changed: {', '.join(names[:_MAX_NAMED])}{more}"


@contextmanager
def _session_lock(folder: Path) -> Iterator[Callable[[str], None]]:
    """Refuse a second preview in `folder`. Yields a function that stores this one's address for the error message."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "address").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            msg = f"this publication is already being served at {file.read()}: use that, or stop it first"
            raise BriefingError(msg) from error

        def write_address(address: str) -> None:
            file.truncate(0)
            file.write(address + "/")
            file.flush()

        yield write_address
