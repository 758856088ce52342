"""A finished digest, looked at as mail programs and their readers will see it: a table, and problems with their files."""

from __future__ import annotations

from briefing.checks.email.client_support import unneeded
from briefing.checks.email.inspection import Around, inspect
from briefing.checks.email.report import Inspection, ReportRow

__all__ = ["Around", "Inspection", "ReportRow", "inspect", "unneeded"]
