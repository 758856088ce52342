"""content/ -> Library, read once: every model, every file to be copied, and every problem found on the way."""

from briefing.library.collection import Library
from briefing.library.reading import read_library

__all__ = ["Library", "read_library"]
