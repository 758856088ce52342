"""Checks what you need to send well: settings, DNS, TLS and one-click unsubscribe.

`plan` reads the settings. `probes`, `dns_queries` and `certificates` collect observations. The checks evaluate them:
`own_settings`, `return_path` (SPF: `spf`, `spf_lookups`, `spf_evaluation`), `dkim`, `dmarc`, `alignment`, `hosts` and
`certificates`. `examination` is the recipe.
"""

from __future__ import annotations

from briefing.delivery.doctor.examination import examine
from briefing.delivery.doctor.results import DoctorFinding, DoctorVerdict

__all__ = ["DoctorFinding", "DoctorVerdict", "examine"]
