"""content/ -> Library, read once: every model, every file to copy, and every problem."""

from briefing.content.library.collection import Library
from briefing.content.library.reading import read_library

__all__ = ["Library", "read_library"]
