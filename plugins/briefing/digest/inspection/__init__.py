"""A finished digest, looked at as mail programs and their readers will see it: a table, and problems with their files."""

from __future__ import annotations

from briefing.digest.inspection.inspecting import Around, inspect
from briefing.digest.inspection.report import Inspection, Row
from briefing.digest.inspection.support import unneeded

__all__ = ["Around", "Inspection", "Row", "inspect", "unneeded"]
