"""The recipe: plan, observe, evaluate."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from briefing.delivery.doctor import alignment, certificates, dkim, dmarc, hosts, own_settings, return_path
from briefing.delivery.doctor.plan import read_plan
from briefing.delivery.doctor.probes import observe
from briefing.delivery.doctor.results import DoctorVerdict, error, ok

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.delivery.doctor.plan import DoctorPlan
    from briefing.delivery.doctor.probes import Observations
    from briefing.delivery.doctor.results import DoctorFinding
    from briefing.settings import Settings

DNS = "dns"
ONE_CLICK = "one-click"


def examine(
    settings: Settings, environment: Mapping[str, str], *, via: str = "", resolver: str = "", now: int
) -> tuple[DoctorFinding, ...]:
    """Every finding about how a publication sends, in the order of the checks.

    via: the transport's URL, which overrides environment and settings. resolver: ADDRESS[:PORT], or "" for the machine's own.
    Changes nothing anywhere. Takes up to two minutes if nothing responds. Raises WrongUseError if `via` or `resolver` is
    invalid. Must not be called from within an event loop.
    """
    plan = read_plan(settings, environment, via)
    seen = asyncio.run(observe(plan, resolver))
    return (
        *own_settings.judge(settings, plan),
        *(_of_dns(plan, seen) if plan.sender else ()),
        *_of_certificates(plan, seen, now),
        *_of_one_click(plan, seen),
        *alignment.judge_links(settings, plan.sender),
    )


def _of_dns(plan: DoctorPlan, seen: Observations) -> Iterator[DoctorFinding]:
    if seen.dead:
        yield error(
            DNS, f"{seen.dead}, so no record could be checked", "check the network, or pass another with --resolver"
        )
        return
    for finding in return_path.judge(plan.bounces or plan.sender, plan.outlet, seen.records):
        # A service uses its own return path, unless it is configured to use this one.
        yield replace(finding, verdict=DoctorVerdict.WARNING) if plan.is_by_service and finding.hint else finding
    yield from dkim.judge(plan.signer, plan.signer_fault, seen.records, service_signs=plan.is_by_service)
    yield from dmarc.judge(plan.sender, seen.records)
    yield from alignment.judge_authentication(plan, seen.records)
    for domain, what in plan.mailboxes:
        yield hosts.judge_exchange(domain, what, seen.records)
    if plan.outlet and plan.outlet.is_smtp:
        yield from hosts.judge_reverse(plan.outlet.host, plan.sender, seen.records)


def _of_certificates(plan: DoctorPlan, seen: Observations, now: int) -> Iterator[DoctorFinding]:
    if plan.outlet and seen.outlet:
        yield from certificates.judge_outlet(seen.outlet, plan.outlet, now)
    for place, found in zip(plan.places, seen.handshakes, strict=True):
        yield certificates.judge(found, now, place.what)


def _of_one_click(plan: DoctorPlan, seen: Observations) -> Iterator[DoctorFinding]:
    if plan.one_click_fault:
        hint = "then run doctor again, with the BRIEFING_SECRET of the list server, which makes the links"
        yield error(ONE_CLICK, plan.one_click_fault, hint)
    elif plan.one_click:
        for fault in seen.one_click:
            yield error(ONE_CLICK, fault, "start `listserver`, and forward delivery.listserver's URL to it unchanged")
        if not seen.one_click:
            yield ok(ONE_CLICK, "a one-click unsubscribe link works, and its page opens")
