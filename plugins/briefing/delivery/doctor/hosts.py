"""Names of mail servers: where replies and bounces arrive (MX), and the transport's reverse DNS (PTR)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor.dmarc import same_organisation
from briefing.delivery.doctor.dns_records import in_zone, is_inside
from briefing.delivery.doctor.results import DoctorFinding, DoctorVerdict, error, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.doctor.dns_records import Address, Records

MX: Final = "mx"
PTR: Final = "ptr"


def reverse(address: Address) -> str:
    """The DNS name of an address's PTR record."""
    return address.reverse_pointer


def judge_exchange(domain: str, what: str, records: Records) -> DoctorFinding:
    """Whether mail to a domain can arrive (RFC 5321, section 5.1). `what`: which mail, such as "replies"."""
    answer = records.get(domain, "MX")
    if answer is None or answer.fault:
        return error(MX, f"{domain} could not be looked up ({answer.fault if answer else 'not asked'})", "try again")
    found = [value.split()[-1].rstrip(".") for value in answer.values]
    dead = [host for host in found if not records.addresses(host)]
    publish = f"publish {in_zone(domain, 'MX', f'10 mail.{domain}.')} with your mail server's name"
    if found and not dead:
        return ok(MX, f"{domain} accepts {what} at {', '.join(found)}")
    if len(dead) < len(found):
        return warning(MX, f"{', '.join(dead)} has no IP address", f"remove it from the MX records of {domain}")
    if not found and records.addresses(domain):
        return warning(MX, f"{domain} has no MX record; servers send {what} to its web server instead", publish)
    if not found:
        return error(MX, f"{domain} has no MX record, so {what} are lost", publish)
    why = f"{', '.join(dead)} has no IP address" if any(dead) else f"{domain} accepts no mail (RFC 7505)"
    return error(MX, f"{why}, so {what} are lost", publish)


def judge_reverse(host: str, sender: str, records: Records) -> Iterator[DoctorFinding]:
    """Whether the host's IP addresses have names that resolve back to them (RFC 1912, section 2.1)."""
    addresses = records.addresses(host)
    outside = [address for address in addresses if not is_inside(address)]
    if not addresses:
        yield error(PTR, f"{host} has no IP address in the DNS", f"publish {in_zone(host, 'A', 'ITS-ADDRESS')}")
    elif not outside:
        what = f"{host} is inside your own network, so the IP address that receivers see is unknown here"
        yield warning(PTR, what, "ask your provider whether that IP address has a name (PTR) that resolves back to it")
    # A provider may deliver from other IP addresses than the host that accepts the mail.
    verdict = DoctorVerdict.ERROR if same_organisation(host, sender) else DoctorVerdict.WARNING
    for address in outside:
        names = [name.rstrip(".") for name in records.values(reverse(address), "PTR")]
        matching = [name for name in names if address in records.addresses(name)]
        record = in_zone(reverse(address), "PTR", f"{host}.")
        if matching:
            yield ok(PTR, f"{address} has the name {matching[0]}, which resolves back to it")
        elif names:
            what = f"{address} has the name {names[0]}, which does not resolve back to it"
            kind = "A" if address.version == 4 else "AAAA"  # noqa: PLR2004 - IPv4
            yield DoctorFinding(PTR, verdict, what, f"publish {in_zone(names[0], kind, str(address))}")
        else:
            what = f"{address} of {host} has no name, and large providers refuse mail from such addresses"
            yield DoctorFinding(PTR, verdict, what, f"ask your provider for {record}")
