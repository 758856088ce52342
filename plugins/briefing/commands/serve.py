"""`serve`: the site on this machine, built and shown anew on every change."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from briefing import settings as configuration
from briefing.preview.digest_records import records_folder
from briefing.preview.session import RebuildReport
from briefing.preview.session import serve as preview
from briefing.preview.worker import Worker, code_fingerprint


def serve(
    ctx: typer.Context,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="8000, or the next that is free, unless given.")
    ] = None,
    *,
    drafts: Annotated[bool, typer.Option(help="Whether to show drafts.")] = True,
) -> None:
    """Build the site, serve it on this machine alone, and rebuild it and reload the browser on every change.

    Every digest is shown at /_briefing/digests/, with what the checks find in it. Where a build finds problems,
    terminal and browser list them, and the last good site stays. It is built under .briefing/preview/; output/ and
    outbox/ are not touched. Ctrl-C stops it.
    """
    root = Path(ctx.obj)
    settings = configuration.load(root)
    output = settings.private / "preview" / "site"
    settings.private.mkdir(mode=0o700, exist_ok=True)
    code = root / "plugins"
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the waiting process is ended, too
    worker = Worker(rebuild, load_builder, [code])
    worker.start()
    try:
        preview(
            lambda url: worker(root, url, output, drafts),
            output,
            root=root,
            port=port,
            watched=[settings.content, settings.theme, code, root / configuration.FILE],
            print_line=lambda line: print(line, flush=True),
        )
    finally:
        worker.close()


def rebuild(root: Path, url: str, output: Path, drafts: bool) -> RebuildReport:  # noqa: FBT001 - called through Worker
    """Build the preview, in a process of its own; its digests lead to the publication's address, as when they are sent."""
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
