"""Briefing: a Pelican plugin that makes a static site and an email digest from summaries in Markdown.

In `pelicanconf.py`, Pelican needs only `PLUGINS = ["briefing"]` and `PLUGIN_PATHS = ["plugins"]`.
"""


def register() -> None:
    """Connect our reader, generators and writer. Pelican calls this."""
    from briefing.site import signals  # noqa: PLC0415 - the rest of the package works without Pelican

    signals.connect()
