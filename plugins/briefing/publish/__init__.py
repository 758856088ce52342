"""Put a built site where its readers are. The kind of target is told by its URL scheme.

`file:` is a folder of releases behind one atomic link, `pages:` a branch of a git remote. Whatever the
target: readers meet the old site or the new one and never a mixture, a failed or killed publish leaves
the old one serving, and running it again finishes the job.
"""

from __future__ import annotations

from briefing.publish.report import Changes, Published
from briefing.publish.targets import Options, publish, scheme_of

__all__ = ["Changes", "Options", "Published", "publish", "scheme_of"]
