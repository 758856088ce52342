"""Records are strangers' text: whatever they hold, they are read, and nothing goes round for ever."""

from __future__ import annotations

import ipaddress
import re

from hypothesis import given
from hypothesis import strategies as st

from briefing.delivery.doctor import dmarc, spf, spf_evaluation
from briefing.delivery.doctor.dns_records import DnsAnswer, Records, in_zone, tags
from briefing.delivery.doctor.spf_lookups import survey

NAMES = ("a.example", "b.example", "c.example")
QUALIFIERS = st.sampled_from(["", "+", "-", "~", "?"])
TERMS = st.builds(
    "{}{}{}{}".format,
    QUALIFIERS,
    st.sampled_from(["all", "a", "mx", "ptr", "include", "exists", "ip4", "ip6", "redirect=", "exp=", "%{i}", ""]),
    st.sampled_from(["", *(f":{name}" for name in NAMES), "b.example", ":192.0.2.1", ":2001:db8::", ":%{d}"]),
    st.sampled_from(["", "/24", "/24//64", "//64", "/999", "/x"]),
)
RECORDS = st.lists(TERMS, max_size=6).map(lambda terms: " ".join(["v=spf1", *terms]))
ADDRESS = ipaddress.ip_address("192.0.2.1")


@given(st.text(max_size=80) | RECORDS)
def test_any_text_is_read_as_spf(text: str) -> None:
    policy = spf.read_policy(f"v=spf1 {text}")
    assert policy.fault or all(term.name for term in policy.terms)


@given(st.lists(st.lists(RECORDS, max_size=2), min_size=3, max_size=3), st.booleans())
def test_records_that_name_each_other_come_to_an_end(texts: list[list[str]], exist: bool) -> None:  # noqa: FBT001 - given
    known = {(name, "TXT"): DnsAnswer(tuple(found)) for name, found in zip(NAMES, texts, strict=True)}
    hosts = {
        (name, kind): DnsAnswer((value,))
        for name in NAMES
        for kind, value in (("A", "192.0.2.1"), ("MX", f"1 {name}."))
    }
    records = Records(known | hosts if exist else known)
    seen = survey(NAMES[0], records)
    assert not seen.unanswered & set(records.known)
    assert spf_evaluation.passes(NAMES[0], ADDRESS, records) in {True, False}
    assert len(spf_evaluation.ending(NAMES[0], records)) <= 1


@given(RECORDS)
def test_what_is_added_to_a_record_comes_before_its_end(record: str) -> None:
    added = spf.covering(record, "ip4:198.51.100.7")
    assert sorted(added.split()) == sorted([*record.split(), "ip4:198.51.100.7"])
    policy = spf.read_policy(added)
    names = [term.name for term in policy.terms]
    if not policy.fault and "all" in names:
        place = next(place for place, term in enumerate(policy.terms) if term.value == "198.51.100.7")
        assert place < names.index("all")


@given(st.text(max_size=60))
def test_any_text_is_read_as_tags(text: str) -> None:
    assert all(name == name.strip().lower() for name in tags(text))


@given(st.text(st.characters(codec="ascii", exclude_characters='"\\', categories=["L", "N", "P", "S"]), max_size=900))
def test_a_long_record_is_written_in_strings_that_join_to_it(text: str) -> None:
    written = in_zone("x.example", "TXT", text)
    pieces = re.findall(r'"([^"]*)"', written)
    assert "".join(pieces) == text
    assert all(len(piece) <= 255 for piece in pieces)


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=30).map(".".join))
def test_few_are_asked_for_a_policy_however_long_a_name(domain: str) -> None:
    walk = dmarc.walk(domain)
    assert walk[0] == domain
    assert len(walk) <= 8
    assert len(walk) == 1 or walk[-1] == domain.rpartition(".")[2]
