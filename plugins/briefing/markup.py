"""Markdown -> safe HTML."""
SITE_MARK = "\x1e"
