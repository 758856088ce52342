"""Publish a built site to its host, and verify that it is live. The URL scheme names the kind of target.

`file:` and `ssh:` keep releases behind one atomic link, and `pages:` commits to a branch of a git remote: readers see the
old site or the new one. `s3:` and `folder:` are replaced file by file, each page whole. For every kind: a failed or
killed publish leaves a site that works, and running it again finishes the job.
"""

from __future__ import annotations

from briefing.publish.contract import TargetOptions
from briefing.publish.report import Changes, Published
from briefing.publish.targets import publish, require_target

__all__ = ["Changes", "Published", "TargetOptions", "publish", "require_target"]
