"""The records beside an issue: written, read back, and damaged."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing import settings as publication_settings
from briefing.checks.content import find_problems
from briefing.content.library import read_library
from briefing.content.library.records import (
    as_proof,
    as_sent,
    proof_file,
    proof_text,
    read_proof,
    read_sent,
    sent_file,
    sent_text,
)
from briefing.content.model import Counts, ProofRecord, RecordedCorrection, SentRecord
from briefing.errors import ProblemsFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import MakePublication

FRIDAY = dt.datetime(2026, 4, 3, 8, 0, 1, tzinfo=dt.UTC)
FIRST = "2026-03-30-a-first-story"
SECOND = "2026-03-31-a-second-story"
PROOF = ProofRecord(issue="2026-w14", fingerprint="0f" * 32, transport="smtp://mail.example", keeps="bytes", at=FRIDAY)
SENT = SentRecord(
    issue="2026-w14",
    subject="A quiet week 🚀",
    fingerprint="0f" * 32,
    transport="smtp://mail.example",
    keeps="bytes",
    opened=FRIDAY,
    finished=FRIDAY + dt.timedelta(hours=1),
    recipients=10,
    counts=Counts(sent=6, dead=2, suppressed=1, unknown=1),
    stories=(FIRST, SECOND),
    content_hashes={FIRST: "1e" * 32, SECOND: "2d" * 32, "2026-03-20-older": "3c" * 32},
    corrections=(RecordedCorrection("2026-03-20-older", dt.date(2026, 4, 1), "It was the other one.", minor=False),),
)
PROOF_PATH = "content/issues/2026-w14.proof.json"
SENT_PATH = "content/issues/2026-w14.sent.json"

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp")), min_size=1, max_size=30)
sums = st.text("0123456789abcdef", min_size=64, max_size=64)
times = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2100, 1, 1)).map(  # noqa: DTZ001 - the zone follows
    lambda moment: moment.replace(microsecond=0, tzinfo=dt.UTC)
)
keeps = st.sampled_from(["bytes", "content"])
counts = st.builds(Counts, **{name: st.integers(0, 10**7) for name in ("sent", "dead", "suppressed", "unknown")})


@st.composite
def sendings(draw: st.DrawFn) -> SentRecord:
    found = draw(counts)
    stories = draw(st.lists(words, max_size=5))
    corrections = draw(
        st.lists(st.builds(RecordedCorrection, words, st.dates(dt.date(2020, 1, 1)), words, st.booleans()))
    )
    named = (*stories, *(correction.story for correction in corrections))
    return SentRecord(
        issue="2026-w14",
        subject=draw(words),
        fingerprint=draw(sums),
        transport=draw(words),
        keeps=draw(keeps),
        opened=draw(times),
        finished=draw(times),
        recipients=found.sent + found.dead + found.suppressed + found.unknown,
        counts=found,
        stories=tuple(stories),
        content_hashes={story: draw(sums) for story in named},
        corrections=tuple(corrections),
    )


@given(
    st.builds(ProofRecord, issue=st.just("2026-w14"), fingerprint=sums, transport=words, keeps=keeps, at=times),
    sendings(),
)
@settings(deadline=None)
def test_a_record_is_read_as_it_was_written(proof: ProofRecord, sent: SentRecord) -> None:
    assert as_proof(proof_text(proof).encode(), PROOF_PATH) == (proof, [])
    assert as_sent(sent_text(sent).encode(), SENT_PATH) == (sent, [])


def test_a_records_text_is_fit_for_git() -> None:
    assert proof_text(PROOF) == (
        '{\n  "at": "2026-04-03T08:00:01Z",\n'
        f'  "fingerprint": "{"0f" * 32}",\n'
        '  "issue": "2026-w14",\n  "keeps": "bytes",\n  "transport": "smtp://mail.example"\n}\n'
    )
    assert '"subject": "A quiet week 🚀"' in sent_text(SENT)
    assert list(json.loads(sent_text(SENT))) == sorted(json.loads(sent_text(SENT)))
    in_new_york = FRIDAY.astimezone(dt.timezone(dt.timedelta(hours=-4)))
    assert '"at": "2026-04-03T08:00:01Z"' in proof_text(
        ProofRecord(issue="x", fingerprint="", transport="", keeps="", at=in_new_york)
    )


def test_records_lie_beside_their_issue(publication: MakePublication) -> None:
    values = publication_settings.load(publication())
    assert read_proof(values, "2026-w14") is None
    assert read_sent(values, "2026-w14") is None
    proof_file(values, "2026-w14").write_text(proof_text(PROOF), encoding="utf-8")
    sent_file(values, "2026-w14").write_text(sent_text(SENT), encoding="utf-8")
    assert (values.root / PROOF_PATH).is_file()
    assert (values.root / SENT_PATH).is_file()
    assert read_proof(values, "2026-w14") == PROOF
    assert read_sent(values, "2026-w14") == SENT
    library = read_library(values)
    assert library.sent == (SENT,)
    assert library.problems == ()


def changed(**values: Any) -> Callable[[str], str]:
    return lambda text: json.dumps({**json.loads(text), **values}, indent=2, sort_keys=True)


def without(name: str) -> Callable[[str], str]:
    return lambda text: json.dumps({key: value for key, value in json.loads(text).items() if key != name}, indent=2)


DAMAGES: list[tuple[Callable[[str], str], str]] = [
    (lambda _: "", ":1: is not valid JSON"),
    (lambda text: text[:-20], "is not valid JSON"),
    (lambda text: f"<<<<<<< HEAD\n{text}", ":1: is not valid JSON"),
    (lambda text: text.replace('{\n  "', '{\n  "issue": "2026-w14",\n  "', 1), ":1: is not valid JSON"),
    (lambda _: "[" * 100_000, ":1: is not valid JSON"),
    (lambda _: "[]", ":1: is a list, not a mapping"),
    (lambda _: '{"a": "\ud800"}', ":1: is not valid JSON"),
    (changed(fingerprint="0f"), "fingerprint: `0f` is not valid"),
    (changed(fingerprint=7), "fingerprint: is"),
    (changed(keeps="all"), "keeps: `all` is not `bytes` or `content`"),
    (changed(transport="a\nb"), "transport: `a b` is not valid"),
    (changed(transport=""), "transport: is empty"),
    (changed(issue="2026-w15"), "issue: `2026-w15` is not `2026-w14`, the issue in the file's name"),
    (changed(note="x"), "note: is an unknown key"),
    (without("fingerprint"), ":1: fingerprint: is missing"),
    (lambda text: text + " " * 3_000_000, "is larger than"),
]


@pytest.mark.parametrize(("damage", "said"), DAMAGES)
@pytest.mark.parametrize("kind", ["proof", "sent"])
def test_a_damaged_record_is_told_with_what_to_do(
    publication: MakePublication, kind: str, damage: Callable[[str], str], said: str
) -> None:
    text = damage(proof_text(PROOF) if kind == "proof" else sent_text(SENT))
    path = f"content/issues/2026-w14.{kind}.json"
    root = publication()
    (root / path).write_bytes(text.encode(errors="surrogatepass"))
    values = publication_settings.load(root)
    with pytest.raises(ProblemsFoundError) as raised:
        (read_proof if kind == "proof" else read_sent)(values, "2026-w14")
    found = [str(problem) for problem in find_problems(read_library(values))]
    assert found == [str(problem) for problem in raised.value.problems]
    (told,) = found
    assert told.startswith(f"{path}:")
    assert said in told
    assert told.endswith(
        "and run `proof` again" if kind == "proof" else "from git; it records what readers have received"
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (changed(recipients=11), "counts: add up to 10, but `recipients` is 11"),
        (changed(recipients=True), "recipients: "),
        (changed(recipients=-1), "recipients: "),
        (changed(counts={"sent": 10}), "counts.dead: is missing"),
        (changed(counts={"sent": -1, "dead": 0, "suppressed": 11, "unknown": 0}), "counts.sent: "),
        (changed(stories=["a", ""]), "stories.2: is empty"),
        (changed(stories="a"), "stories: is text, not a list"),
        (changed(stories=["a"]), "content_hashes: does not contain `a`"),
        (changed(content_hashes={FIRST: "0f"}), "content_hashes."),
        (changed(content_hashes={}), f"content_hashes: does not contain `{FIRST}`"),
        (without("content_hashes"), "content_hashes: is missing"),
        (changed(corrections=[{"story": FIRST, "date": "soon", "text": "x", "minor": False}]), "corrections.1.date: "),
        (changed(corrections=[{"story": "x", "date": "2026-04-01", "text": "x", "minor": False}]), "not contain `x`"),
        (changed(opened="yesterday"), "opened: is not a valid time such as 2026-04-03T08:00:00Z"),
        (changed(finished=None), "finished: is empty"),
    ],
)
def test_a_damaged_sending_is_told(damage: Callable[[str], str], said: str) -> None:
    record, problems = as_sent(damage(sent_text(SENT)).encode(), SENT_PATH)
    assert record is None
    assert any(said in str(problem) for problem in problems), [str(problem) for problem in problems]


def test_a_fault_is_told_with_its_line() -> None:
    _, (problem,) = as_proof(proof_text(PROOF).replace('"bytes"', '"all"').encode(), PROOF_PATH)
    assert problem.line == 5


def test_a_record_that_cannot_be_read_is_told(publication: MakePublication) -> None:
    root = publication()
    (root / PROOF_PATH).mkdir()
    with pytest.raises(ProblemsFoundError, match="cannot be read"):
        read_proof(publication_settings.load(root), "2026-w14")


@pytest.mark.parametrize("kind", ["proof", "sent"])
def test_a_record_of_no_issue_is_told(publication: MakePublication, kind: str) -> None:
    text = (proof_text(PROOF) if kind == "proof" else sent_text(SENT)).replace("2026-w14", "2026-w13")
    root = publication({f"issues/2026-w13.{kind}.json": text})
    problem, *others = find_problems(read_library(publication_settings.load(root)))
    assert [other.what for other in others] == [
        f"`{story}` was sent with 2026-w13" for story in (FIRST, SECOND) if kind == "sent"
    ]
    remedy = "rename the record like its issue" if kind == "proof" else "restore or rename the issue"
    assert f"2026-w13.{kind}.json:1: there is no issue `2026-w13`; {remedy}" in str(problem)


def test_a_record_elsewhere_is_read_by_nobody(publication: MakePublication) -> None:
    files = {"issues/old/2026-w14.sent.json": "{}", "stories/x.sent.json": "{}"}
    found = find_problems(read_library(publication_settings.load(publication(files))))
    assert {problem.what for problem in found} == {"is not in a folder that the program reads"}
    assert len(found) == 2
