"""A backup that is sealed as it should be and malformed within: one clear line, exit 1, and nothing is written."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
import shutil
import time
from typing import TYPE_CHECKING, Any

import pyrage
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st
from tests.delivery.here import run_here
from tests.delivery.subscribers_parts import SECRET

from briefing.content.model import MessageTemplate
from briefing.delivery.store.backup import contents as reading
from briefing.delivery.store.backup import encryption
from briefing.delivery.store.backup.dump import TABLES
from briefing.delivery.store.backup.encryption import VARIABLE
from briefing.delivery.store.secret import Secret
from briefing.delivery.store.tables import DeliveryState
from briefing.digest.frozen import FrozenDigest, freeze
from briefing.digest.message_template import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import MakePublication

PHRASE = "correct horse battery"
READERS = ("abcdefghijkmnpqr", "bbcdefghijkmnpqr")
SEGMENTS = MessageTemplate((b"To: ", b"\r\n\r\nHello\r\n"), ("to",), ("header",))


def address_hash(address: str) -> str:
    return Secret(SECRET).address_hash(address)


def digest_of(issue: str) -> str:
    return base64.b64encode(freeze(FrozenDigest(issue, "A subject", SEGMENTS, fingerprint(SEGMENTS)))).decode()


def rows_of() -> dict[str, list[list[Any]]]:
    """Rows of every table, as a ledger has them."""
    told = '{"stories": [], "content_hashes": {}, "corrections": []}'
    counts = json.dumps(dict.fromkeys(DeliveryState, 0))
    people = [("ada@example.org", READERS[0]), ("bob@example.net", READERS[1])]
    domains = [(address, address.partition("@")[2], reader) for address, reader in people]
    return {
        "campaigns": [
            [1, "2026-w13", "0" * 64, "smtp", "bytes", "", told, 1000, 2000, 1, counts],
            [2, "2026-w14", "1" * 64, "smtp", "bytes", digest_of("2026-w14"), told, 3000, 0, 2, ""],
        ],
        "confirmations": [["0" * 40, 1, 1000]],
        "days": [["2026-03-30", 5]],
        "deliveries": [[2, 1, "sent", 1, 0, 3001, 3001, "", 1], [2, 2, "pending", 0, 0, 0, 0, "", 0]],
        "events": [["f" * 64, 1000]],
        "notifications": [
            [1, "confirm", READERS[0], 1000, 1000, 0, "", ""],
            [2, "address-changed", READERS[1], 1000, 1000, 0, "old@example.org", address_hash("old@example.org")],
        ],
        "address_changes": [[READERS[0], address_hash("new@example.org"), "new@example.org", 1000]],
        "rates": [["all", 1.5, 0], ["example.org", 0, 2000]],
        "releases": [["2026-w14", "shown", "abc", 1000]],
        "senders": [[1, 2, 1000, "boot", 2]],
        "subscribers": [
            [number, reader, address_hash(address), address, domain, "Zoë", "confirmed", 1, "form", "v1", 1, 1, 0, 0]
            for number, (address, domain, reader) in enumerate(domains, start=1)
        ],
        "suppressions": [["1" * 40, "removed", 1000], ["2" * 40, "bounced", 1000]],
    }


def lines_of(rows: dict[str, list[list[Any]]]) -> list[Any]:
    lines: list[Any] = [{"briefing": 1, "made_at": 1000, "secret": SECRET}]
    for table in TABLES:
        lines += [{"table": table.name, "columns": table.columns.keys()}, *rows[table.name]]
    return [*lines, {"end": {table.name: len(rows[table.name]) for table in TABLES}}]


def text_of(lines: list[Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


class Desk:
    """A publication without a ledger, and `subscribers restore` of what lies in a seal that is left open."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def restore(self, packed: bytes) -> tuple[int, str]:
        """Exit code and errors; whatever the outcome, the publication is as before then."""
        file = self.root.parent / "bad.age"
        file.write_bytes(packed)
        before = sorted(self.root.rglob("*"))
        done = run_here(self.root, "subscribers", "restore", str(file), **{VARIABLE: PHRASE, "BRIEFING_SECRET": ""})
        if done.returncode == 0:
            assert run_here(self.root, "subscribers", "show").returncode == 0
            assert run_here(self.root, "subscribers", "export").returncode == 0
            assert run_here(self.root, "status", "--json").returncode == 0
            shutil.rmtree(self.root / ".briefing")
        else:
            assert done.returncode == 1
            assert done.stderr.count("\n") == 1, done.stderr
            assert not re.search(r"\S@\S", done.stderr)
        assert [path for path in sorted(self.root.rglob("*")) if path.name != "__pycache__"] == before
        return done.returncode, done.stderr


@pytest.fixture
def desk(publication: MakePublication, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("briefing.delivery.store.backup.restore.decrypt", lambda sealed, _phrase, _name: sealed)
    return Desk(publication())


def test_the_rows_of_these_tests_are_good(desk: Desk) -> None:
    assert desk.restore(gzip.compress(text_of(lines_of(rows_of())))) == (0, "")


def test_a_real_seal_changes_nothing_of_it(publication: MakePublication) -> None:
    root = publication()
    file = root.parent / "bad.age"
    file.write_bytes(
        encryption.encrypt(gzip.compress(text_of([{"briefing": 1, "made_at": 1, "secret": "../../etc"}])), PHRASE)
    )
    done = run_here(root, "subscribers", "restore", str(file), **{VARIABLE: PHRASE, "BRIEFING_SECRET": ""})
    said = f"error: {file}: line 1: `secret` has 9 characters, but a secret needs at least 32; nothing was restored"
    assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert not (root / ".briefing").exists()


COLUMNS = [
    ("campaigns", "id", 0), ("campaigns", "id", 1 << 40), ("campaigns", "issue", "../../etc/passwd"),
    ("campaigns", "issue", ".hidden"), ("campaigns", "fingerprint", "zz"), ("campaigns", "keeps", "nothing"),
    ("campaigns", "content", "not base 64"), ("campaigns", "content", digest_of("2026-w99")),
    ("campaigns", "stories", "{}"), ("campaigns", "stories", "[" * 100_000), ("campaigns", "counts", '{"sent": -1}'),
    ("campaigns", "recipients", True), ("campaigns", "opened_at", 1 << 60), ("campaigns", "opened_at", 1.5),
    ("days", "day", "today"), ("deliveries", "state", "lost"), ("deliveries", "status", "a\nb"),
    ("notifications", "kind", "love"), ("notifications", "address", "ada@example.org"), ("address_changes", "reader", "../x"),
    ("rates", "free_at", None), ("rates", "free_at", -1), ("releases", "step", "done"),
    ("subscribers", "reader", "short"), ("subscribers", "hash", "0" * 40), ("subscribers", "address", "no address"),
    ("subscribers", "address", "Ada@Example.ORG"), ("subscribers", "domain", "evil.example"),
    ("subscribers", "state", "gone"), ("subscribers", "state_at", "1"), ("subscribers", "name", 7),
    ("subscribers", "name", "\ud800"), ("subscribers", "name", "a\x00b"), ("subscribers", "name", "x" * 100_001),
    ("suppressions", "hash", "1"), ("suppressions", "reason", "whim"), ("suppressions", "at", -1),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value"), COLUMNS, ids=lambda value: repr(value)[:24])
def test_a_value_that_no_ledger_has_is_named_by_line_and_column(
    desk: Desk, table: str, column: str, value: object
) -> None:
    rows = rows_of()
    (found,) = [each for each in TABLES if each.name == table]
    rows[table][-1][found.columns.keys().index(column)] = value
    code, said = desk.restore(gzip.compress(text_of(lines_of(rows))))
    assert (code, f"{table}." in said, ": line " in said) == (1, True, True), said


@pytest.mark.parametrize(
    ("table", "said"),
    [("subscribers", "must be sorted by `id`"), ("deliveries", "`campaign`, `subscriber`"), ("events", "by `id`")],
)
def test_a_row_twice_is_refused(desk: Desk, table: str, said: str) -> None:
    rows = rows_of()
    rows[table].append(rows[table][-1])
    assert said in desk.restore(gzip.compress(text_of(lines_of(rows))))[1]


@pytest.mark.parametrize(("table", "column"), [("subscribers", 1), ("subscribers", 2), ("campaigns", 1)])
def test_what_is_unique_beside_the_key_is_so(desk: Desk, table: str, column: int) -> None:
    rows = rows_of()
    rows[table].append([9, *rows[table][-1][1:]])
    if column == 2:
        rows[table][-1][1] = "cbcdefghijkmnpqr"
    assert "is the same as in an earlier row" in desk.restore(gzip.compress(text_of(lines_of(rows))))[1]


def broken_lines() -> Iterator[tuple[str, list[Any]]]:
    whole = lines_of(rows_of())
    yield "no heading", whole[1:]
    yield "another version", [{**whole[0], "briefing": 2}, *whole[1:]]
    yield "version true", [{**whole[0], "briefing": True}, *whole[1:]]
    yield "no time", [{**whole[0], "made_at": None}, *whole[1:]]
    yield "no secret", [{**whole[0], "secret": None}, *whole[1:]]
    yield "secret of two lines", [{**whole[0], "secret": "s" * 40 + "\n"}, *whole[1:]]
    yield "secret too long", [{**whole[0], "secret": "s" * 2000}, *whole[1:]]
    yield "more in the heading", [{**whole[0], "x": 1}, *whole[1:]]
    yield "no end", whole[:-1]
    yield "two ends", [*whole, whole[-1]]
    yield "another end", [*whole[:-1], {"end": {}}]
    yield "an unknown table", [*whole[:-1], {"table": "meta", "columns": ["name", "value"]}, whole[-1]]
    yield "a table twice", [*whole[:4], whole[1], *whole[4:]]
    yield "no table", [line for line in whole if not (isinstance(line, dict) and line.get("table") == "rates")]
    yield "an unknown column", [whole[0], {**whole[1], "columns": [*whole[1]["columns"], "x"]}, *whole[2:]]
    yield "a column twice", [whole[0], {**whole[1], "columns": ["id", *whole[1]["columns"]]}, *whole[2:]]
    yield "a short row", [*whole[:2], whole[2][:-1], *whole[3:]]
    yield "nothing", []
    yield "null", [None]


@pytest.mark.parametrize(
    ("name", "lines"), list(broken_lines()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_lines_that_make_no_ledger_are_refused(desk: Desk, name: str, lines: list[Any]) -> None:
    code, said = desk.restore(gzip.compress(text_of(lines)))
    assert code == 1, name
    assert ": line " in said or "version 1" in said


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"plain",
        gzip.compress(text_of(lines_of(rows_of())))[:-9],
        gzip.compress(text_of(lines_of(rows_of()))) + b"more",
        gzip.compress(b"[" * 200_000 + b"\n"),
        gzip.compress(b'{"briefing": 1, "briefing": 1, "made_at": 1, "secret": "' + b"s" * 40 + b'"}\n'),
        gzip.compress(b'{"briefing": 1' + b"0" * 10_000 + b"}\n"),
        gzip.compress(b"\xff\xfe{\x00}\x00\n"),
        gzip.compress(b'{"briefing": NaN}\n'),
    ],
    ids=range(9),
)
def test_what_is_not_lines_of_json_is_refused(desk: Desk, packed: bytes) -> None:
    assert desk.restore(packed)[0] == 1


@pytest.mark.parametrize("line", [b" " * (1 << 20), b"\n" * (1 << 20)], ids=["one line", "many lines"])
def test_a_bomb_is_put_out_at_once(desk: Desk, line: bytes) -> None:
    """One that would take all memory and minutes. 200 MB are enough to see which."""
    bomb = gzip.compress(line * 200, compresslevel=1)
    assert len(bomb) < 2_000_000
    began = time.process_time()
    assert desk.restore(bomb)[0] == 1
    assert time.process_time() - began < 5


def test_a_bomb_of_good_rows_is_put_out(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of()
    rows["days"] = [[f"2026-{number:02}-01" + "", 1] for number in range(1, 13)]
    monkeypatch.setattr(reading, "_ALWAYS_ALLOWED", 100)
    monkeypatch.setattr(reading, "_MAX_RATIO", 1)
    assert "unpacks to more than a database can contain" in desk.restore(gzip.compress(text_of(lines_of(rows))))[1]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["", "../../etc", 1 << 63]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


@hypothesis(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_in_the_seal_is_restored_whole_or_refused(desk: Desk, data: st.DataObject) -> None:
    lines = copy.deepcopy(lines_of(rows_of()))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(lines) - 1))
        match data.draw(st.sampled_from(["value", "line", "drop", "again", "swap"])):
            case "value" if isinstance(lines[at], list) and lines[at]:
                lines[at][data.draw(st.integers(0, len(lines[at]) - 1))] = data.draw(VALUES)
            case "value" if isinstance(lines[at], dict) and lines[at]:
                lines[at][data.draw(st.sampled_from(sorted(lines[at])))] = data.draw(VALUES)
            case "drop" if len(lines) > 1:
                del lines[at]
            case "again":
                lines.insert(at, copy.deepcopy(lines[at]))
            case "swap":
                lines[at], lines[0] = lines[0], lines[at]
            case _:
                lines[at] = data.draw(VALUES)
    packed = bytearray(gzip.compress(text_of(lines)))
    if data.draw(st.integers(0, 9)) == 0:
        packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    desk.restore(bytes(packed))


def test_a_file_sealed_to_a_key_is_told_how_to_be_sealed(publication: MakePublication) -> None:
    root = publication()
    file = root.parent / "key.age"
    file.write_bytes(pyrage.encrypt(b"x", [pyrage.x25519.Identity.generate().to_public()]))
    done = run_here(root, "subscribers", "restore", str(file), **{VARIABLE: PHRASE})
    assert (done.returncode, "encrypt it again with `age -p`" in done.stderr) == (1, True)
