"""DKIM (RFC 6376): whether the DNS has the public keys of our signatures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor.dns_records import in_zone, tags
from briefing.delivery.doctor.results import error, ok, warning
from briefing.digest.dkim_keys import dns_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.delivery.doctor.dns_records import Records
    from briefing.delivery.doctor.results import DoctorFinding
    from briefing.digest.signing import Signer

CHECK: Final = "dkim"
UNSIGNED: Final = (
    "create a key: openssl genrsa -out dkim.pem 2048\n"
    'set it: BRIEFING["email"]["dkim"]["selector"] = "s1" in pelicanconf.py, and BRIEFING_DKIM_KEY=dkim.pem\n'
    "run doctor again, which shows the record to publish"
)


def names(signer: Signer | None) -> tuple[str, ...]:
    """The DNS names of the keys."""
    return tuple(dns_records(signer)) if signer else ()


def judge(signer: Signer | None, fault: str, records: Records, *, service_signs: bool) -> Iterator[DoctorFinding]:
    """Check each key of the signer. `fault`: why there is no signer although the settings name one."""
    if fault:
        yield error(CHECK, fault, "then run doctor again, which compares the key with the DNS")
    elif signer is None and service_signs:
        what = "the service signs with its own keys, which cannot be checked from here"
        yield warning(CHECK, what, "check in the service that your domain is verified for DKIM")
    elif signer is None:
        yield error(CHECK, "messages are not signed, and large providers refuse unsigned bulk mail", UNSIGNED)
    else:
        for name, wanted in dns_records(signer).items():
            size = f"{signer.rsa.key_size} bits" if "k=rsa" in wanted else "Ed25519"
            yield _of_key(name, wanted, size, records)


def _of_key(name: str, wanted: str, size: str, records: Records) -> DoctorFinding:
    found = records.get(name, "TXT")
    publish = f"publish {in_zone(name, 'TXT', wanted)}"
    if found is None or found.fault:
        return error(CHECK, f"{name} could not be looked up ({found.fault if found else 'not asked'})", "try again")
    if not found.values:
        return error(CHECK, f"{name} has no record, so no signature can be verified", publish)
    if len(found.values) > 1:
        return error(
            CHECK, f"{name} has {len(found.values)} records, of which receivers use any one", f"keep one: {publish}"
        )
    if fault := _fault(tags(found.values[0]), tags(wanted)):
        return error(CHECK, f"{name} {fault}", f"replace it: {publish}")
    if "y" in tags(found.values[0]).get("t", "").replace(" ", "").split(":"):
        return warning(CHECK, f"{name} is marked as a test (t=y)", "remove t=y from the record once you are done")
    return ok(CHECK, f"{name} has the key of our signatures ({size})")


def _fault(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """What is wrong with a key's record (RFC 6376, section 3.6.1); "" if nothing is."""
    if found.get("v", "DKIM1") != "DKIM1":
        return "is not a valid DKIM record: it must start with v=DKIM1"
    key = re.sub(r"\s+", "", found.get("p", ""))
    if not key:
        return "has been revoked: its p= is empty" if "p" in found else "contains no key: it has no p="
    if found.get("k", "rsa").lower() != wanted["k"] or key != wanted["p"]:
        return "has a different key from the one that signs"
    if "sha256" not in _list(found.get("h", "sha256")):
        return "does not allow SHA-256 (h=)"
    return "" if {"*", "email"} & _list(found.get("s", "*")) else "is not for email (s=)"


def _list(value: str) -> set[str]:
    return {part.strip() for part in value.split(":")}
