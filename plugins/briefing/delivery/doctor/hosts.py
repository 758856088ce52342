"""Mail servers' names: where answers and bounces arrive, and who the transport's host says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor.dmarc import are_kin
from briefing.delivery.doctor.dns_records import in_zone, is_inside
from briefing.delivery.doctor.results import DoctorFinding, DoctorVerdict, error, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.doctor.dns_records import Address, Records

MX: Final = "mx"
PTR: Final = "ptr"


def reverse(address: Address) -> str:
    """Where the DNS has the name of an address."""
    return address.reverse_pointer


def judge_exchange(domain: str, what: str, records: Records) -> DoctorFinding:
    """Whether mail to a domain arrives somewhere (RFC 5321, section 5.1). `what`: whose mail it is."""
    said = records.get(domain, "MX")
    if said is None or said.fault:
        return error(MX, f"{domain} could not be looked up ({said.fault if said else 'not asked'})", "try again")
    found = [value.split()[-1].rstrip(".") for value in said.values]
    dead = [host for host in found if not records.addresses(host)]
    publish = f"publish {in_zone(domain, 'MX', f'10 mail.{domain}.')} with your mail server's name"
    if found and not dead:
        return ok(MX, f"{domain} takes {what} at {', '.join(found)}")
    if len(dead) < len(found):
        return warning(MX, f"{', '.join(dead)} has no address", f"remove it from the MX records of {domain}")
    if not found and records.addresses(domain):
        return warning(MX, f"{domain} has no MX record; servers try its web address instead for {what}", publish)
    if not found:
        return error(MX, f"{domain} has no MX record, so that {what} get lost", publish)
    why = f"{', '.join(dead)} has no address" if any(dead) else f"{domain} takes no mail (RFC 7505)"
    return error(MX, f"{why}, so that {what} get lost", publish)


def judge_reverse(host: str, sender: str, records: Records) -> Iterator[DoctorFinding]:
    """Whether the host's addresses are named, and the names lead back to them (RFC 1912, section 2.1)."""
    addresses = records.addresses(host)
    outside = [address for address in addresses if not is_inside(address)]
    if not addresses:
        yield error(PTR, f"{host} has no address in the DNS", f"publish {in_zone(host, 'A', 'ITS-ADDRESS')}")
    elif not outside:
        said = f"{host} is inside your own network: the address that receivers see cannot be told from here"
        yield warning(PTR, said, "see with who gave you that address that it has a name (PTR) which leads back to it")
    # The host of a provider may be only where mail is handed over: what delivers it has other addresses.
    verdict = DoctorVerdict.ERROR if are_kin(host, sender) else DoctorVerdict.WARNING
    for address in outside:
        names = [name.rstrip(".") for name in records.values(reverse(address), "PTR")]
        leading_back = [name for name in names if address in records.addresses(name)]
        record = in_zone(reverse(address), "PTR", f"{host}.")
        if leading_back:
            yield ok(PTR, f"{address} is called {leading_back[0]}, which leads back to it")
        elif names:
            said = f"{address} is called {names[0]}, which does not lead back to it"
            kind = "A" if address.version == 4 else "AAAA"  # noqa: PLR2004 - IPv4
            yield DoctorFinding(PTR, verdict, said, f"publish {in_zone(names[0], kind, str(address))}")
        else:
            said = f"{address}, of {host}, has no name, and large providers refuse mail from such addresses"
            yield DoctorFinding(PTR, verdict, said, f"ask who gave you the address for {record}")
