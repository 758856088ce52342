"""Put a built site where its readers are, and see that it arrived. The kind of target is told by its URL scheme.

`file:` and `ssh:` are folders of releases behind one atomic link, `pages:` a branch of a git remote: readers meet the old
site or the new one. `s3:` and `folder:` are replaced file by file, each page whole. Whatever the target: a failed or
killed publish leaves a site that works, and running it again finishes the job.
"""

from __future__ import annotations

from briefing.publish.contract import TargetOptions
from briefing.publish.report import Changes, Published
from briefing.publish.targets import publish, require_target

__all__ = ["Changes", "Published", "TargetOptions", "publish", "require_target"]
