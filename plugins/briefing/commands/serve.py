"""`serve`: a preview of the site that reloads on every change."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Annotated

import typer

from briefing import settings as configuration
from briefing.commands.log import is_verbose, logged, start_verbose
from briefing.preview.digest_records import records_folder
from briefing.preview.process_runner import ProcessRunner, code_fingerprint
from briefing.preview.session import RebuildReport
from briefing.preview.session import serve as preview


def serve(
    ctx: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The port. Default: 8000, or the next free one.")
    ] = None,
    *,
    drafts: Annotated[bool, typer.Option(help="Show drafts.")] = True,
) -> None:
    """Build the site, serve it on this machine only, and reload the browser on every change.

    /_briefing/digests/ shows every digest with the results of its checks. If a build finds problems, the terminal and the
    browser list them, and the last good site stays. The preview is in .briefing/preview/; output/ and outbox/ are not
    touched. Stop it with Ctrl-C.
    """
    root = Path(ctx.obj)
    settings = configuration.load(root)
    output = settings.private / "preview" / "site"
    settings.private.mkdir(mode=0o700, exist_ok=True)
    code = root / "plugins"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C, so that the worker process ends too
    worker = ProcessRunner(rebuild_logged, load_builder, [code])
    worker.start()
    try:
        preview(
            lambda url: worker(root, url, output, drafts, is_verbose()),
            output,
            root=root,
            port=port,
            watched=[settings.content, settings.theme, code, root / configuration.FILE],
            print_line=lambda line: print(line, flush=True),
        )
    finally:
        worker.close()


def rebuild_logged(root: Path, url: str, output: Path, drafts: bool, verbose: bool) -> RebuildReport:  # noqa: FBT001 - called through ProcessRunner
    """Build the preview in a process of its own, which has a log of its own."""
    with logged("serve", os.environ):
        if verbose:
            start_verbose()
        return rebuild(root, url, output, drafts)


def rebuild(root: Path, url: str, output: Path, drafts: bool) -> RebuildReport:  # noqa: FBT001 - as above
    """Build the preview. Its digests link to the publication's address, as they do when they are sent."""
    from briefing.preview.snapshots import record_digests
    from briefing.site.build import BuildOptions, build
    from briefing.site.gate import digest_contexts

    mail_url = configuration.load(root).url or url
    done = build(root, BuildOptions(drafts=drafts, url=url, mail_url=mail_url, output=output))
    edition, code = done.edition, sorted(code_fingerprint([root / "plugins"]))
    digests = record_digests(
        records_folder(output), edition.digests, edition.mail_settings, digest_contexts(edition), code
    )
    return RebuildReport(done.written, done.removed, tuple(map(str, done.problems)), digests)


def load_builder() -> None:
    """Import all that `rebuild` needs."""
    import briefing.preview.snapshots
    import briefing.site.build
    import briefing.site.gate  # noqa: F401
