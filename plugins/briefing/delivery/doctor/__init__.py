"""What is missing to send well: settings, DNS, TLS, and whether readers can leave.

`plan` reads the settings, `asking` and `certificates` look, and the judges decide over what was seen: `own`,
`return_path` (SPF: `spf`, `survey`, `passing`), `dkim`, `dmarc`, `hosts`, `certificates`. `examination` is the recipe.
"""

from __future__ import annotations

from briefing.delivery.doctor.examination import examine
from briefing.delivery.doctor.results import DoctorFinding, DoctorVerdict

__all__ = ["DoctorFinding", "DoctorVerdict", "examine"]
