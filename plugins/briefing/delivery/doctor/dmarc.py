"""DMARC (RFC 9989): the policy that applies to a sender, and which domains align with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from briefing.delivery.doctor.dns_records import in_zone, parents, tags
from briefing.delivery.doctor.results import error, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from briefing.delivery.doctor.dns_records import Records
    from briefing.delivery.doctor.results import DoctorFinding

CHECK: Final = "dmarc"
_STEPS: Final = 8  # section 4.10: the maximum number of queries
_POLICIES: Final = frozenset({"none", "quarantine", "reject"})
_MAIL: Final = re.compile(r"mailto:[^@,!\s]+@([^@,!\s]+)(?:!\w+)?", re.IGNORECASE)
# Second-level domains under which names are registered. The full list is long and changes; this is only for advice.
_LOWER: Final = frozenset({"ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"})


@dataclass(frozen=True, slots=True)
class DmarcPolicy:
    """A record, and the domain that has it."""

    domain: str
    tags: dict[str, str]

    @property
    def word(self) -> str:
        """What receivers should do with mail that fails: none, quarantine or reject."""
        return self.tags.get("p", "none").lower()


def walk(domain: str) -> tuple[str, ...]:
    """The domains that are queried for a policy: itself and its parents (section 4.10)."""
    above = [one for one in parents(domain) if one.count(".") < _STEPS - 1]
    return (domain, *above)


def place(domain: str) -> str:
    """The DNS name of a domain's policy."""
    return f"_dmarc.{domain}"


def reporting(policy: DmarcPolicy) -> tuple[tuple[str, str], ...]:
    """For each external domain that receives reports: the domain, and the DNS name at which it must accept them."""
    hosts = dict.fromkeys(host.lower() for host in _MAIL.findall(policy.tags.get("rua", "")))
    return tuple(
        (host, f"{policy.domain}._report._dmarc.{host}") for host in hosts if not same_organisation(host, policy.domain)
    )


def policies(domain: str, records: Records) -> list[DmarcPolicy]:
    """The policies of a domain and its parents, nearest first."""
    found = []
    for one in walk(domain):
        texts = _texts(one, records)
        if len(texts) == 1:
            found.append(DmarcPolicy(one, tags(texts[0])))
    return found


def policy_of(domain: str, records: Records) -> DmarcPolicy | None:
    """The policy for senders of this domain: its own, else its organisation's."""
    found = policies(domain, records)
    own = next((one for one in found if one.domain in {domain, organisation(domain, records)}), None)
    return own or (found[0] if found else None)


def organisation(domain: str, records: Records) -> str:
    """The organisational domain (section 4.10.2): the highest that has a policy, below those of registries."""
    found = policies(domain, records)
    for one in found:
        if one.tags.get("psd") == "n":
            return one.domain
        if one.tags.get("psd") == "y" and one.domain != domain:
            labels = one.domain.count(".") + 2
            return ".".join(domain.split(".")[-labels:])
    return found[-1].domain if found else domain


def are_aligned(sender: str, other: str, mode: str, records: Records) -> bool:
    """Whether a domain aligns with the sender's. `mode` "s": only the same domain; "r": any of the same organisation."""
    if sender == other:
        return True
    return mode != "s" and organisation(sender, records) == organisation(other, records)


def same_organisation(one: str, other: str) -> bool:
    """Whether two domains seem to belong to one organisation, without DNS queries."""
    return _registered(one) == _registered(other)


def judge(sender: str, records: Records) -> Iterator[DoctorFinding]:
    """Check the policy of the sender's domain, and where its reports go."""
    failing = next(
        (answer for one in walk(sender) if (answer := records.get(place(one), "TXT")) and answer.fault), None
    )
    if failing:
        yield error(CHECK, f"the policy of {sender} could not be looked up ({failing.fault})", "try again")
        return
    if len(texts := _texts(sender, records)) > 1:
        what = f"{place(sender)} has {len(texts)} records, so none of them applies"
        yield error(CHECK, what, f"keep one of them: {in_zone(place(sender), 'TXT', texts[0])}")
        return
    policy = policy_of(sender, records)
    if policy is None:
        record = f"v=DMARC1; p=none; rua=mailto:dmarc@{sender}"
        what = f"{sender} has no policy, and large providers refuse bulk mail without one"
        yield error(CHECK, what, f"publish {in_zone(place(sender), 'TXT', record)}")
        return
    if policy.word not in _POLICIES:
        what = f"{place(policy.domain)} has p={policy.word}, which is not a valid policy"
        yield error(CHECK, what, "use p=none, p=quarantine or p=reject")
        return
    tail = ", so forged mail is not refused" if policy.word == "none" else ""
    yield ok(CHECK, f"{place(policy.domain)} has p={policy.word}{tail}")
    yield from _of_reports(policy, records)


def _of_reports(policy: DmarcPolicy, records: Records) -> Iterator[DoctorFinding]:
    if not _MAIL.findall(policy.tags.get("rua", "")):
        what = f"{place(policy.domain)} names no address for reports about failing mail"
        yield warning(CHECK, what, f"add to the record: rua=mailto:dmarc@{policy.domain}")
    for host, name in reporting(policy):
        if not any(_is_dmarc(text) for text in records.values(name, "TXT")):
            what = f"{host} does not accept reports about {policy.domain}, so none are sent there"
            yield warning(CHECK, what, f"ask its owner to publish {in_zone(name, 'TXT', 'v=DMARC1')}")


def _texts(domain: str, records: Records) -> list[str]:
    return [text for text in records.values(place(domain), "TXT") if _is_dmarc(text)]


def _is_dmarc(text: str) -> bool:
    return re.match(r"v\s*=\s*DMARC1\s*(;|$)", text) is not None


def _registered(domain: str) -> str:
    """The registered domain, by heuristic."""
    labels = domain.lower().rstrip(".").split(".")
    is_lower = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _LOWER  # noqa: PLR2004 - country codes
    return ".".join(labels[-3 if is_lower else -2 :])
