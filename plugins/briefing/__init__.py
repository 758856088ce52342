"""Briefing: curated summaries in Markdown become a static site and an email digest. A Pelican plugin.

`PLUGINS = ["briefing"]` with `PLUGIN_PATHS = ["plugins"]` in `pelicanconf.py` is all that Pelican needs.
"""


def register() -> None:
    """Pelican's hook: connect our reader, generators and writer."""
    from briefing.site import signals  # noqa: PLC0415 - other parts of the package work without Pelican

    signals.connect()
