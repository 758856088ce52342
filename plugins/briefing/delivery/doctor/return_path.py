"""The return path's domain: whether its SPF record allows the transport to send."""

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
    """Check the record of a domain, and whether it covers the transport's host."""
    answer = records.get(domain, "TXT")
    if answer is None or answer.fault:
        yield error(CHECK, f"{domain} could not be looked up ({answer.fault if answer else 'not asked'})", "try again")
        return
    found = spf.policies(answer.values)
    if not found:
        record = f"v=spf1 {_mechanism(outlet, records)} -all"
        yield error(
            CHECK,
            f"{domain} has no SPF record, which lists who can send for it",
            f"publish {in_zone(domain, 'TXT', record)}",
        )
        return
    if len(found) > 1:
        what = f"{domain} has {len(found)} SPF records, so none of them applies"
        yield error(CHECK, what, f"replace them with one: {in_zone(domain, 'TXT', _joined(found))}")
        return
    seen = survey(domain, records)
    yield from _of_record(domain, seen)
    yield from _of_ending(domain, found[0], ending(domain, records))
    if not seen.faults and seen.lookups <= spf.LOOKUPS and outlet:
        yield from _of_host(domain, found[0], outlet, seen, records)


def _of_record(domain: str, seen: SpfLookups) -> Iterator[DoctorFinding]:
    for fault in seen.faults:
        yield error(
            CHECK, f"the SPF record of {domain} cannot be used: {fault}", "correct or remove that part of the record"
        )
    if seen.lookups > spf.LOOKUPS:
        what = f"{domain} needs {seen.lookups} DNS lookups, and receivers stop after {spf.LOOKUPS}"
        yield error(CHECK, what, "remove services that you no longer use; ip4: and ip6: need no lookups")
    elif not seen.faults:
        yield ok(CHECK, f"{domain} has one SPF record with {seen.lookups} lookup{'' if seen.lookups == 1 else 's'}")
    if seen.void_lookups > spf.VOID_LOOKUPS:
        what = f"{seen.void_lookups} names in the SPF record of {domain} do not exist, and receivers may stop after {spf.VOID_LOOKUPS}"
        yield warning(CHECK, what, "remove them from the record")
    if seen.has_ptr:
        yield warning(CHECK, f"{domain} uses `ptr`, which many receivers ignore", "use ip4:, ip6: or a: instead")


def _of_ending(domain: str, record: str, last: str) -> Iterator[DoctorFinding]:
    if last == "+":
        corrected = in_zone(domain, "TXT", record.replace("+all", "-all").replace(" all", " -all"))
        yield error(CHECK, f"{domain} allows everyone to send for it (+all)", f"replace it: {corrected}")
    elif last not in {"-", "~"}:
        what = f"{domain} does not forbid others to send for it"
        corrected = record.replace("?all", "-all") if last else f"{record} -all"
        yield warning(CHECK, what, f"replace it: {in_zone(domain, 'TXT', corrected)}")


def _of_host(
    domain: str, record: str, outlet: OutgoingServer, seen: SpfLookups, records: Records
) -> Iterator[DoctorFinding]:
    if not outlet.is_smtp:
        return
    addresses = records.addresses(outlet.host)
    outside = [address for address in addresses if not is_inside(address)]
    if addresses and not outside:
        what = f"{outlet.host} is inside your own network, so the IP address that receivers see is unknown here"
        yield warning(CHECK, what, f"check that {domain} covers that IP address with `ip4:` or `a:`")
    for address in outside:
        if passes(domain, address, records):
            yield ok(CHECK, f"{domain} allows {outlet.host} ({address}) to send")
        else:
            tail = ", apart from its macros, which are not checked" if seen.macros else ""
            what = f"{domain} does not allow {outlet.host} ({address}) to send{tail}"
            corrected = in_zone(domain, "TXT", spf.covering(record, _mechanism(outlet, records)))
            hint = f"if it delivers the mail itself, replace the record: {corrected}\nif it forwards mail to a provider, include that provider"
            yield warning(CHECK, what, hint)
            return


def _mechanism(outlet: OutgoingServer | None, records: Records) -> str:
    """The mechanism that allows the transport to send."""
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
