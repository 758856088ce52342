"""What `doctor` finds in the DNS: each check, and how it fails."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from tests.delivery.doctor_parts import Nameserver, free_port, good_zone, in_strings

from briefing import settings as configuration
from briefing.delivery.doctor import certificates, dns_queries, examine
from briefing.digest.dkim_keys import dns_records
from briefing.digest.signing import Signer
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import MakePublication

    from briefing.delivery.doctor import DoctorFinding

Zone = dict[tuple[str, str], list[str] | None]

SETTINGS = """
SITEURL = ""
BRIEFING["email"] |= {
    "sender": "The Example <briefing@example.org>",
    "reply_to": "desk@example.org",
    "bounce_address": "bounces@example.org",
    "unsubscribe_address": "leave@example.org",
    "dkim": {"selector": "s1", "ed25519_selector": "e1"},
}
BRIEFING["delivery"] = {"transport": "smtp://mail.example.org:587"}
"""


def pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer("example.org", "s1", generate_private_key(65537, 2048), "e1", Ed25519PrivateKey.generate())


@pytest.fixture
def nameserver(signer: Signer) -> Iterator[Nameserver]:
    server = Nameserver(good_zone(dns_records(signer)))
    yield server
    server.close()


@pytest.fixture
def diagnose(
    publication: MakePublication, nameserver: Nameserver, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[DoctorFinding]]:
    """What is found, but for the verdict ok, with records of the good zone replaced or (None) left out."""

    async def check_tls(host: str, _: object, port: int, **__: object) -> certificates.Handshake:
        return certificates.Handshake(host, port, expires=90 * 86_400)

    monkeypatch.setattr(
        certificates, "check_tls", check_tls
    )  # the hosts here have no addresses that may be connected to
    keys = {"BRIEFING_DKIM_KEY": pem(signer.rsa), "BRIEFING_DKIM_ED25519_KEY": pem(signer.ed25519 or signer.rsa)}

    def find(changes: Zone | None = None, settings: str = "", check: str = "", **options: Any) -> list[DoctorFinding]:
        for question, records in (changes or {}).items():
            nameserver.zone.pop(question, None)
            if records is not None:
                nameserver.zone[question] = records
        loaded = configuration.load(publication(settings=SETTINGS + settings))
        options.setdefault("resolver", nameserver.address)
        found = examine(loaded, options.pop("environment", keys), now=0, **options)
        return [one for one in found if (one.verdict != "ok" if not check else one.check == check)]

    return find


def only(found: list[DoctorFinding], check: str) -> DoctorFinding:
    """The one finding of a check that is not ok."""
    (one,) = [finding for finding in found if finding.check == check and finding.verdict != "ok"]
    return one


def spf(record: str) -> Zone:
    return {("example.org", "TXT"): [in_strings(record)]}


def test_a_good_domain_has_no_findings(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    assert [one for one in diagnose() if one.check != "settings"] == []


def test_nothing_is_asked_twice(nameserver: Nameserver) -> None:
    async def query() -> dns_queries.DnsClient:
        asker = dns_queries.DnsClient(nameserver.address)
        await asyncio.gather(*(asker.query([("Example.org.", "MX")]) for _ in range(5)))
        await asker.query([("example.org", "MX")])
        return asker

    assert asyncio.run(query()).records.values("example.org", "MX") == ("10 mail.example.org.",)
    assert nameserver.asked == [("example.org", "MX")]


@pytest.mark.parametrize(
    ("record", "verdict", "said", "hint"),
    [
        ("v=spf1x -all", "error", "has no SPF record", 'example.org. TXT "v=spf1 a:mail.example.org -all"'),
        ("v=spf1 a:mail.example.org +all", "error", "allows everyone to send", '"v=spf1 a:mail.example.org -all"'),
        ("v=spf1 a:mail.example.org all", "error", "allows everyone to send", '"v=spf1 a:mail.example.org -all"'),
        ("v=spf1 a:mail.example.org ?all", "warning", "does not forbid others", '"v=spf1 a:mail.example.org -all"'),
        ("v=spf1 a:mail.example.org", "warning", "does not forbid others", '"v=spf1 a:mail.example.org -all"'),
        ("v=spf1 a:mail.example.org ptr -all", "warning", "uses `ptr`", "use ip4:"),
        (
            "v=spf1 a:mail.example.org ipv4:192.0.2.1 -all",
            "error",
            "`ipv4:192.0.2.1` is not a valid SPF term",
            "correct or remove",
        ),
        ("v=spf1 a:mail.example.org ip4:192.0.2.300 -all", "error", "`ip4:192.0.2.300` is not a valid SPF term", ""),
        ("v=spf1 a:mail.example.org ip4:2001:db8::1 -all", "error", "`ip4:2001:db8::1` is not a valid SPF term", ""),
        ("v=spf1 a:mail.example.org include: -all", "error", "`include:` is not a valid SPF term", ""),
        ("v=spf1 include:none.example.org -all", "error", "none.example.org has no SPF record", ""),
        ("v=spf1 include:example.org -all", "error", "example.org includes itself", ""),
        ("v=spf1 redirect=example.org", "error", "example.org includes itself", ""),
        (
            "v=spf1 ip4:192.0.2.99 -all",
            "warning",
            "does not allow mail.example.org (192.0.2.25) to send",
            "ip4:192.0.2.99 a:mail",
        ),
        ("v=spf1 -a:mail.example.org a:mail.example.org -all", "warning", "does not allow mail.example.org", ""),
        ("v=spf1 exists:%{i}.example.org -all", "warning", "apart from its macros", ""),
    ],
)
def test_a_fault_of_spf_is_found(
    diagnose: Callable[..., list[DoctorFinding]], record: str, verdict: str, said: str, hint: str
) -> None:
    found = [one for one in diagnose(spf(record)) if one.check == "spf" and said in one.message]
    assert [one.verdict for one in found] == [verdict]
    assert hint in found[0].hint


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 mx -all",
        "V=SPF1 A:MAIL.EXAMPLE.ORG ~ALL",
        "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all",
        "v=spf1 a:other.example.org/24//64 -all",
        "v=spf1 include:sub.example.org -all",
        "v=spf1 redirect=sub.example.org",
        "v=spf1 exists:sub.example.org exp=why.example.org unknown=x -all",
        "v=spf1 ?include:sub.example.org a:mail.example.org -all",
    ],
)
def test_a_record_that_lets_the_transport_send_is_good(
    diagnose: Callable[..., list[DoctorFinding]], record: str
) -> None:
    zone: Zone = {
        ("other.example.org", "A"): ["192.0.2.1"],
        ("other.example.org", "AAAA"): ["2001:db8::1"],
        ("sub.example.org", "TXT"): ['"v=spf1 ip4:192.0.2.25 ip6:2001:db8::25 -all"'],
        ("sub.example.org", "A"): ["127.0.0.2"],
    }
    is_neutral = record.startswith("v=spf1 ?include")
    found = diagnose({**zone, **spf(record)}, check="spf")
    assert {str(one.verdict) for one in found} == ({"ok", "warning"} if is_neutral else {"ok"})


def test_a_second_record_of_spf_is_found(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    records = ['"v=spf1 include:one.example -all"', '"v=spf1 a:mail.example.org ~all"']
    found = only(diagnose({("example.org", "TXT"): records}), "spf")
    assert found.verdict == "error"
    assert found.hint.endswith('"v=spf1 a:mail.example.org include:one.example ~all"')


@pytest.mark.parametrize(("count", "verdict"), [(10, "ok"), (11, "error")])
def test_lookups_are_counted_through_includes(
    diagnose: Callable[..., list[DoctorFinding]], count: int, verdict: str
) -> None:
    zone: Zone = {}
    for number in range(count - 1):
        zone["example.org" if not number else f"i{number}.example.org", "TXT"] = [
            f'"v=spf1 include:i{number + 1}.example.org -all"'
        ]
    zone[f"i{count - 1}.example.org", "TXT"] = ['"v=spf1 a:mail.example.org -all"']
    found = diagnose(zone, check="spf")
    assert found[0].verdict == verdict
    assert f"{count} " in found[0].message


def test_names_that_lead_to_nothing_are_counted(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    found = only(diagnose(spf("v=spf1 a:mail.example.org a:a.example a:b.example mx:c.example -all")), "spf")
    assert found.verdict == "warning"
    assert "3 names" in found.message


def test_more_mail_servers_than_spf_looks_at(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    many = [f"10 m{number}.example.org." for number in range(11)]
    found = diagnose({**spf("v=spf1 a:mail.example.org mx:many.example.org -all"), ("many.example.org", "MX"): many})
    assert "11 mail servers" in only(found, "spf").message


def test_a_transport_inside_cannot_be_judged(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    found = diagnose(via="smtp://127.0.0.1:2525?tls=none")
    assert "inside your own network" in only(found, "spf").message
    assert "inside your own network" in only(found, "ptr").message
    assert {one.verdict for one in found if one.check in {"spf", "ptr"}} == {"warning"}


def test_a_transport_by_its_number(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    assert [one for one in diagnose(via="smtp://192.0.2.25") if one.check in {"spf", "ptr"}] == []


@pytest.mark.parametrize("via", ["ses://eu-west-1", "resend://"])
def test_a_service_is_not_known_from_here(diagnose: Callable[..., list[DoctorFinding]], via: str) -> None:
    changes: Zone = {("example.org", "TXT"): None}
    found = diagnose(changes, settings='BRIEFING["email"]["dkim"] = {}\n', via=via)
    assert only(found, "spf").verdict == only(found, "dkim").verdict == "warning"
    assert "include:amazonses.com" in only(found, "spf").hint
    assert not [one for one in found if one.check == "ptr"]


def test_an_answer_that_is_too_long_for_a_packet(
    diagnose: Callable[..., list[DoctorFinding]], nameserver: Nameserver
) -> None:
    others = [f'"{"x" * 200}{number}"' for number in range(10)]
    zone: Zone = {("example.org", "TXT"): [*others, '"v=spf1 a:mail.example.org -all"']}
    assert {str(one.verdict) for one in diagnose(zone, check="spf")} == {"ok"}
    assert nameserver.asked.count(("example.org", "TXT")) == 2


S1 = "s1._domainkey.example.org"


def test_a_missing_key_is_printed_as_it_is_published(
    diagnose: Callable[..., list[DoctorFinding]], signer: Signer
) -> None:
    found = only(diagnose({(S1, "TXT"): None}), "dkim")
    record = dns_records(signer)[S1]
    assert found.verdict == "error"
    assert found.hint == f'publish {S1}. TXT "{record[:255]}" "{record[255:]}"'


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda record: record.replace("p=M", "p=N"), "different key"),
        (lambda record: record.replace("k=rsa", "k=ed25519"), "different key"),
        (lambda record: record.partition("p=")[0] + "p=", "revoked"),
        (lambda record: record.partition("p=")[0], "contains no key"),
        (lambda record: record.replace("DKIM1", "DKIM2"), "not a valid DKIM record"),
        (lambda record: f"{record}; h=sha1", "does not allow SHA-256"),
        (lambda record: f"{record}; s=tlsrpt", "not for email"),
    ],
)
def test_a_wrong_key_is_found(
    diagnose: Callable[..., list[DoctorFinding]], signer: Signer, change: Callable[[str], str], said: str
) -> None:
    record = dns_records(signer)[S1]
    found = only(diagnose({(S1, "TXT"): [in_strings(change(record))]}), "dkim")
    assert found.verdict == "error"
    assert said in found.message
    assert found.hint.startswith(f"replace it: publish {S1}. TXT")


@pytest.mark.parametrize(
    "change", [lambda text: text.removeprefix("v=DKIM1; "), lambda text: f"{text}; t=s; n=note; s=*; h=sha256:sha1"]
)
def test_a_key_may_be_written_otherwise(
    diagnose: Callable[..., list[DoctorFinding]], signer: Signer, change: Callable[[str], str]
) -> None:
    record = dns_records(signer)[S1]
    assert not [one for one in diagnose({(S1, "TXT"): [in_strings(change(record))]}) if one.check == "dkim"]


def test_a_key_in_test_and_two_at_one_name(diagnose: Callable[..., list[DoctorFinding]], signer: Signer) -> None:
    one, two = dns_records(signer).items()
    zone: Zone = {
        (one[0], "TXT"): [in_strings(f"{one[1]}; t=s:y")],
        (two[0], "TXT"): [in_strings(two[1]), in_strings(one[1])],
    }
    marked, twice = [finding for finding in diagnose(zone) if finding.check == "dkim"]
    assert (marked.verdict, twice.verdict) == ("warning", "error")
    assert "t=y" in marked.message
    assert "2 records" in twice.message


def test_no_key_at_all(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    unsigned = only(diagnose(settings='BRIEFING["email"]["dkim"] = {}\n'), "dkim")
    assert unsigned.verdict == "error"
    assert "openssl genrsa" in unsigned.hint


def test_a_key_that_cannot_be_read(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    found = only(diagnose(environment={}), "dkim")
    assert found.verdict == "error"
    assert "BRIEFING_DKIM_KEY" in found.message


DMARC = ("_dmarc.example.org", "TXT")


@pytest.mark.parametrize(
    ("records", "verdict", "said", "hint"),
    [
        (None, "error", "has no policy", '_dmarc.example.org. TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.org"'),
        (['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'], "error", "2 records", "keep one of them"),
        (['"v=DMARC1; p=drop; rua=mailto:a@example.org"'], "error", "p=drop", "p=none, p=quarantine or p=reject"),
        (['"v=DMARC1; p=none"'], "warning", "names no address for reports", "rua=mailto:dmarc@example.org"),
        (['"v=DMARC1; p=none; rua=mailto:a@reports.example"'], "warning", "reports.example does not accept",
         'example.org._report._dmarc.reports.example. TXT "v=DMARC1"'),
    ],
)  # fmt: skip
def test_a_fault_of_dmarc_is_found(
    diagnose: Callable[..., list[DoctorFinding]], records: list[str] | None, verdict: str, said: str, hint: str
) -> None:
    found = only(diagnose({DMARC: records}), "dmarc")
    assert found.verdict == verdict
    assert said in found.message
    assert hint in found.hint


def test_reports_to_another_domain_that_takes_them(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    zone: Zone = {
        DMARC: ['"v=DMARC1; p=none; rua=mailto:a@reports.example!10m,mailto:b@mail.example.org"'],
        ("example.org._report._dmarc.reports.example", "TXT"): ['"v=DMARC1;"'],
    }
    assert not [one for one in diagnose(zone) if one.check == "dmarc"]


NEWS = """
BRIEFING["email"]["sender"] = "a@news.example.org"
BRIEFING["email"]["dkim"]["domain"] = "example.org"
"""


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ({}, "_dmarc.example.org has p=quarantine"),
        ({("_dmarc.news.example.org", "TXT"): ['"v=DMARC1; p=none"']}, "_dmarc.news.example.org has p=none"),
        ({DMARC: None, ("_dmarc.org", "TXT"): ['"v=DMARC1; p=reject; psd=y"']}, "_dmarc.org has p=reject"),
    ],
)
def test_the_policy_is_looked_for_above_the_sender(
    diagnose: Callable[..., list[DoctorFinding]], zone: Zone, said: str
) -> None:
    found = diagnose({("news.example.org", "MX"): ["1 mail.example.org."], **zone}, NEWS, check="dmarc")
    assert said in found[0].message


@pytest.mark.parametrize(
    ("policy", "settings", "verdicts", "said"),
    [
        ("adkim=s; aspf=s", NEWS, ["error", "error"], "the DKIM signature of example.org is not aligned"),
        ("adkim=s", NEWS, ["warning"], "the DKIM signature of example.org is not aligned"),
        ("aspf=s", NEWS, ["warning"], "the return path at example.org is not aligned"),
        ("psd=y", NEWS, ["error", "error"], "is not aligned with the sender at news.example.org"),
        ("psd=n", NEWS, [], ""),
        (
            "",
            'BRIEFING["email"]["bounce_address"] = "b@mailer.example"\n',
            ["warning"],
            "return path at mailer.example",
        ),
    ],
)
def test_alignment_is_judged_as_receivers_do(
    diagnose: Callable[..., list[DoctorFinding]], policy: str, settings: str, verdicts: list[str], said: str
) -> None:
    zone: Zone = {DMARC: [f'"v=DMARC1; p=none; rua=mailto:a@example.org; {policy}"']}
    found = [one for one in diagnose(zone, settings) if one.check == "alignment"]
    assert [one.verdict for one in found] == verdicts
    assert all(said in one.message for one in found[:1])


def test_domains_without_any_policy_are_compared_by_their_names(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    settings = (
        'BRIEFING["email"] |= {"sender": "a@news.example.co.uk", "bounce_address": "b@other.co.uk", "dkim": {}}\n'
    )
    found = [one for one in diagnose(settings=settings) if one.check == "alignment"]
    assert [one.verdict for one in found] == ["error"]


REVERSE = ("25.2.0.192.in-addr.arpa", "PTR")


@pytest.mark.parametrize(
    ("zone", "said", "hint"),
    [
        ({REVERSE: None}, "has no name", "25.2.0.192.in-addr.arpa. PTR mail.example.org."),
        ({REVERSE: ["host25.provider.example."]}, "does not resolve back", "host25.provider.example. A 192.0.2.25"),
    ],
)
def test_a_missing_name_of_the_host_is_found(
    diagnose: Callable[..., list[DoctorFinding]], zone: Zone, said: str, hint: str
) -> None:
    found = only(diagnose(zone), "ptr")
    assert found.verdict == "error"
    assert said in found.message
    assert hint in found.hint


def test_a_providers_host_may_be_without_a_name(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    zone: Zone = {("smtp.provider.example", "A"): ["192.0.2.77"]}
    assert only(diagnose(zone, via="smtp://smtp.provider.example"), "ptr").verdict == "warning"


def test_a_host_without_address(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    found = only(diagnose(via="smtp://nowhere.example.org"), "ptr")
    assert "has no IP address" in found.message


@pytest.mark.parametrize(
    ("zone", "verdict", "said"),
    [
        ({("example.org", "MX"): None}, "error", "has no MX record"),
        ({("example.org", "MX"): None, ("example.org", "A"): ["192.0.2.1"]}, "warning", "web server instead"),
        ({("example.org", "MX"): ["0 ."]}, "error", "accepts no mail"),
        ({("example.org", "MX"): ["5 gone.example.org."]}, "error", "gone.example.org has no IP address"),
        ({("example.org", "MX"): ["5 gone.example.org.", "9 mail.example.org."]}, "warning", "gone.example.org has no"),
    ],
)
def test_mail_that_would_not_arrive_is_found(
    diagnose: Callable[..., list[DoctorFinding]], zone: Zone, verdict: str, said: str
) -> None:
    found = only(diagnose(zone), "mx")
    assert found.verdict == verdict
    assert said in found.message


def test_every_mailbox_is_looked_at(diagnose: Callable[..., list[DoctorFinding]]) -> None:
    settings = 'BRIEFING["email"] |= {"reply_to": "a@one.example", "unsubscribe_address": "b@two.example"}\n'
    found = [one.message for one in diagnose(settings=settings) if one.check == "mx"]
    assert found == [
        "one.example has no MX record, so replies are lost",
        "two.example has no MX record, so unsubscribe mails are lost",
    ]


def test_a_name_that_cannot_be_asked_for_is_told_once_a_check(
    diagnose: Callable[..., list[DoctorFinding]], nameserver: Nameserver
) -> None:
    nameserver.failing = {"example.org", "_dmarc.example.org", S1}
    found = {one.check: one for one in diagnose() if one.check != "settings"}
    assert set(found) >= {"spf", "dkim", "dmarc", "mx"}
    assert all(
        "could not be looked up (the resolver refuses or fails)" in found[check].message for check in ("spf", "mx")
    )


def test_a_name_that_is_never_answered_costs_seconds(
    diagnose: Callable[..., list[DoctorFinding]], nameserver: Nameserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_queries, "_WAIT", 0.3)
    nameserver.silent = {"silent.example.org"}
    found = diagnose(spf("v=spf1 include:silent.example.org -all"))
    assert "the DNS of silent.example.org does not respond (no answer in time)" in only(found, "spf").message


def test_a_dead_resolver_is_one_line(
    diagnose: Callable[..., list[DoctorFinding]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_queries, "_ALIVE", 0.5)
    started = time.monotonic()
    found = diagnose(resolver=f"127.0.0.1:{free_port()}")
    assert time.monotonic() - started < 5
    dead = only(found, "dns")
    assert dead.verdict == "error"
    assert "does not respond" in dead.message
    assert "--resolver" in dead.hint
    assert {one.check for one in found} <= {"dns", "settings"}


@pytest.mark.parametrize("address", ["example.org", "192.0.2.1:0", "192.0.2.1:99999", "1.2.3.4.5", "[::1", "::1:x"])
def test_a_resolver_that_is_none_is_wrong_use(diagnose: Callable[..., list[DoctorFinding]], address: str) -> None:
    with pytest.raises(WrongUseError, match="--resolver"):
        diagnose(resolver=address)


@pytest.mark.parametrize("address", ["192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353"])
def test_a_resolver_by_its_number(address: str) -> None:
    assert dns_queries.DnsClient(address).records.known == {}
