"""Checks of a finished digest as mail programs show it: a table, and problems with their files."""

from __future__ import annotations

from briefing.checks.email.client_support import find_unused_acceptances
from briefing.checks.email.inspection import Around, inspect
from briefing.checks.email.report import Inspection, ReportRow

__all__ = ["Around", "Inspection", "ReportRow", "find_unused_acceptances", "inspect"]
