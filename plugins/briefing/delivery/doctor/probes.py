"""Observations: DNS, certificates and the list server, collected concurrently."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor import certificates, dkim, dmarc, hosts
from briefing.delivery.doctor.dns_queries import DnsClient, ResolverError
from briefing.delivery.doctor.dns_records import Records, exchanges, is_inside
from briefing.delivery.doctor.spf_lookups import survey
from briefing.delivery.one_click import one_click_problems

if TYPE_CHECKING:
    from briefing.delivery.doctor.certificates import Handshake
    from briefing.delivery.doctor.plan import DoctorPlan

_ROUNDS: Final = 20  # of queries that follow from answers


@dataclass(slots=True)
class Observations:
    """What was observed.

    dead: why the DNS could not be asked. handshakes: one for each of `DoctorPlan.places`. one_click: what is wrong with it.
    """

    records: Records = field(default_factory=Records)
    dead: str = ""
    outlet: Handshake | None = None
    handshakes: list[Handshake] = field(default_factory=list)
    one_click: tuple[str, ...] = ()


async def observe(plan: DoctorPlan, resolver: str) -> Observations:
    """Observe everything in a plan. Raises WrongUseError for an invalid `resolver`, and nothing for what it observes."""
    seen = Observations()
    try:
        asker = DnsClient(resolver)
        await asker.require_answers()
        seen.records = asker.records
        await _ask(asker, plan)
    except ResolverError as dead:
        seen.dead = str(dead)
    async with asyncio.TaskGroup() as group:
        outlet = group.create_task(_outlet(plan, seen.records))
        one_click = group.create_task(_one_click(plan))
        places = [
            group.create_task(certificates.check_tls(place.host, [place.host], place.port, starts_tls=False))
            for place in plan.places
        ]
    seen.outlet, seen.one_click = outlet.result(), one_click.result()
    seen.handshakes = [place.result() for place in places]
    return seen


async def _ask(asker: DnsClient, plan: DoctorPlan) -> None:
    """Every query, and those that follow from answers."""
    records = asker.records
    policies = {dmarc.place(one) for domain in (plan.sender, plan.bounces) if domain for one in dmarc.walk(domain)}
    keys = dkim.names(plan.signer)
    if plan.signer:
        policies |= {dmarc.place(one) for one in dmarc.walk(plan.signer.domain)}
    mailboxes = [domain for domain, _ in plan.mailboxes]
    await asyncio.gather(
        asker.query((name, "TXT") for name in (*policies, *keys)),
        asker.query((domain, "MX") for domain in mailboxes),
        asker.query_addresses([*mailboxes, *([plan.outlet.host] if plan.outlet else [])]),
        _ask_spf(asker, plan.bounces or plan.sender),
    )
    await asker.query_addresses(host for domain in mailboxes for host in exchanges(records.values(domain, "MX")))
    if policy := dmarc.policy_of(plan.sender, records):
        await asker.query((name, "TXT") for _, name in dmarc.reporting(policy))
    if plan.outlet and plan.outlet.is_smtp:
        await _ask_reverse(asker, plan.outlet.host)


async def _ask_spf(asker: DnsClient, domain: str) -> None:
    for _ in range(_ROUNDS if domain else 0):
        missing = survey(domain, asker.records).unanswered
        if not missing:
            return
        await asker.query(missing)


async def _ask_reverse(asker: DnsClient, host: str) -> None:
    names = [hosts.reverse(address) for address in asker.records.addresses(host) if not is_inside(address)]
    await asker.query((name, "PTR") for name in names)
    await asker.query_addresses(found.rstrip(".") for name in names for found in asker.records.values(name, "PTR"))


async def _outlet(plan: DoctorPlan, records: Records) -> Handshake | None:
    outlet = plan.outlet
    if not outlet or not outlet.is_smtp:
        return None
    addresses = [str(address) for address in records.addresses(outlet.host)] or [outlet.host]
    return await certificates.check_tls(
        outlet.host, addresses, outlet.port, starts_tls=outlet.starts_tls, is_open=outlet.is_open
    )


async def _one_click(plan: DoctorPlan) -> tuple[str, ...]:
    return await asyncio.to_thread(one_click_problems, plan.one_click) if plan.one_click else ()
