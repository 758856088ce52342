"""Whether From, return path, signature and links belong to one organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from briefing.delivery.doctor import dmarc
from briefing.delivery.doctor.results import error, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.doctor.dns_records import Records
    from briefing.delivery.doctor.plan import DoctorPlan
    from briefing.delivery.doctor.results import DoctorFinding
    from briefing.settings import Settings

CHECK: Final = "alignment"
_NOUNS: Final = {"DKIM": "the signature", "SPF": "the return path"}


def judge_authentication(plan: DoctorPlan, records: Records) -> Iterator[DoctorFinding]:
    """Whether signature or return path align with the sender's domain (RFC 9989, section 4.4): one of them must."""
    policy = dmarc.policy_of(plan.sender, records)
    signing = plan.signer.domain if plan.signer else ""
    aligned = {
        name: bool(domain) and _is_aligned(plan.sender, domain, policy, mode, records)
        for name, domain, mode in (("DKIM", signing, "adkim"), ("SPF", plan.bounces, "aspf"))
    }
    if signing and not aligned["DKIM"]:
        what = f"the DKIM signature of {signing} is not aligned with the sender at {plan.sender}"
        judged = warning if aligned["SPF"] else error
        yield judged(CHECK, what, f"set email.dkim.domain to {plan.sender}")
    if plan.bounces and not aligned["SPF"]:
        what = f"the return path at {plan.bounces} is not aligned with the sender at {plan.sender}"
        judged = warning if aligned["DKIM"] or plan.is_by_service else error
        yield judged(CHECK, what, f"use an email.bounce_address at {plan.sender}")
    if good := [_NOUNS[name] for name, one in aligned.items() if one]:
        yield ok(CHECK, f"{' and '.join(good)} {'are' if len(good) > 1 else 'is'} aligned with the sender")


def judge_links(settings: Settings, sender: str) -> Iterator[DoctorFinding]:
    """Whether site and list server use the sender's domain, as readers and spam filters expect."""
    if not sender:
        return
    named = {"SITEURL": settings.url, "delivery.listserver": settings.options.delivery.listserver}
    for name, url in named.items():
        host = urlsplit(url).hostname or ""
        if host and dmarc.same_organisation(host, sender):
            yield ok(CHECK, f"{name} uses the sender's domain")
        elif host:
            what = f"{name} links to {host}, but mail comes from {sender}: links to other domains look suspicious"
            yield warning(CHECK, what, f"use one domain for both, such as a subdomain of {sender}")


def _is_aligned(sender: str, domain: str, policy: dmarc.DmarcPolicy | None, mode: str, records: Records) -> bool:
    if policy is None:
        return dmarc.same_organisation(sender, domain)
    return dmarc.are_aligned(sender, domain, policy.tags.get(mode, "r").lower(), records)
