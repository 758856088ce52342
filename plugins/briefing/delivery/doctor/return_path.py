"""The return path's domain: whether its SPF record lets the transport send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor import spf
from briefing.delivery.doctor.dns_records import in_zone, is_inside
from briefing.delivery.doctor.results import error, ok, warning
from briefing.delivery.doctor.spf_evaluation import ending, passes
from briefing.delivery.doctor.spf_lookups import survey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.doctor.dns_records import Records
    from briefing.delivery.doctor.outgoing import OutgoingServer
    from briefing.delivery.doctor.results import DoctorFinding
    from briefing.delivery.doctor.spf_lookups import SpfLookups

CHECK: Final = "spf"
_SERVICES: Final = {"ses": "include:amazonses.com", "resend": "include:amazonses.com"}
_THIS: Final = "ip4:THE-PUBLIC-ADDRESS-OF-YOUR-MAIL-SERVER"


def judge(domain: str, outlet: OutgoingServer | None, records: Records) -> Iterator[DoctorFinding]:
    """The record of a domain, and whether it covers the transport's host."""
    said = records.get(domain, "TXT")
    if said is None or said.fault:
        yield error(CHECK, f"{domain} could not be looked up ({said.fault if said else 'not asked'})", "try again")
        return
    found = spf.policies(said.values)
    if not found:
        record = f"v=spf1 {_mechanism(outlet, records)} -all"
        yield error(CHECK, f"{domain} does not say who may send for it", f"publish {in_zone(domain, 'TXT', record)}")
        return
    if len(found) > 1:
        what = f"{domain} has {len(found)} SPF records, so that none counts"
        yield error(CHECK, what, f"replace them by one: {in_zone(domain, 'TXT', _joined(found))}")
        return
    seen = survey(domain, records)
    yield from _of_record(domain, seen)
    yield from _of_ending(domain, found[0], ending(domain, records))
    if not seen.faults and seen.lookups <= spf.LOOKUPS and outlet:
        yield from _of_host(domain, found[0], outlet, seen, records)


def _of_record(domain: str, seen: SpfLookups) -> Iterator[DoctorFinding]:
    for fault in seen.faults:
        yield error(CHECK, f"the record of {domain} cannot be used: {fault}", "mend or remove that part of the record")
    if seen.lookups > spf.LOOKUPS:
        said = f"{domain} costs {seen.lookups} lookups, and receivers give up after {spf.LOOKUPS}"
        yield error(CHECK, said, "remove what you no longer send by; ip4: and ip6: cost nothing")
    elif not seen.faults:
        yield ok(CHECK, f"{domain} has one record, of {seen.lookups} lookup{'' if seen.lookups == 1 else 's'}")
    if seen.void_lookups > spf.VOID_LOOKUPS:
        said = f"{seen.void_lookups} names in the record of {domain} lead to nothing, and receivers may give up after {spf.VOID_LOOKUPS}"
        yield warning(CHECK, said, "remove them from the record")
    if seen.has_ptr:
        yield warning(CHECK, f"{domain} uses `ptr`, which many receivers skip", "write ip4:, ip6: or a: instead")


def _of_ending(domain: str, record: str, last: str) -> Iterator[DoctorFinding]:
    if last == "+":
        mended = in_zone(domain, "TXT", record.replace("+all", "-all").replace(" all", " -all"))
        yield error(CHECK, f"{domain} lets everybody send for it (+all)", f"replace it: {mended}")
    elif last not in {"-", "~"}:
        said = f"{domain} does not say that nobody else may send for it"
        mended = record.replace("?all", "-all") if last else f"{record} -all"
        yield warning(CHECK, said, f"replace it: {in_zone(domain, 'TXT', mended)}")


def _of_host(
    domain: str, record: str, outlet: OutgoingServer, seen: SpfLookups, records: Records
) -> Iterator[DoctorFinding]:
    if not outlet.is_smtp:
        return
    addresses = records.addresses(outlet.host)
    outside = [address for address in addresses if not is_inside(address)]
    if addresses and not outside:
        said = f"{outlet.host} is inside your own network: nobody can tell from here which address receivers see"
        yield warning(CHECK, said, f"see that {domain} covers that address, by `ip4:` or `a:`")
    for address in outside:
        if passes(domain, address, records):
            yield ok(CHECK, f"{domain} lets {outlet.host} ({address}) send")
        else:
            tail = ", as far as can be told without its macros" if seen.macros else ""
            said = f"{domain} does not let {outlet.host} ({address}) send{tail}"
            mended = in_zone(domain, "TXT", spf.covering(record, _mechanism(outlet, records)))
            hint = f"if it delivers the mail itself, replace the record: {mended}\nif it hands on, include its provider"
            yield warning(CHECK, said, hint)
            return


def _mechanism(outlet: OutgoingServer | None, records: Records) -> str:
    """What lets the transport send."""
    if outlet is None or not outlet.is_smtp:
        return _SERVICES.get(outlet.scheme, "mx") if outlet else "mx"
    addresses = records.addresses(outlet.host)
    if not addresses or any(map(is_inside, addresses)):
        return _THIS
    is_literal = str(addresses[0]) == outlet.host.strip("[]")
    return f"ip{addresses[0].version}:{addresses[0]}" if is_literal else f"a:{outlet.host}"


def _joined(found: list[str]) -> str:
    """One record with the terms of several."""
    words = list(dict.fromkeys(word for record in found for word in record.split()[1:]))
    endings = [word for word in words if word.lower().endswith("all") and len(word) <= len("-all")]
    return " ".join(["v=spf1", *(word for word in words if word not in endings), *(endings[:1] or ["-all"])])
