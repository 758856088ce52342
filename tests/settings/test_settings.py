"""The settings as they are read: defaults, what follows from them, and the line of every fault."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from briefing.delivery.sending.preconditions import require_settings
from briefing.errors import ProblemsFoundError, WrongUseError
from briefing.settings import Brand, Email, Options, line_of, load, resolve

if TYPE_CHECKING:
    from pydantic import BaseModel

REPOSITORY = Path(__file__).resolve().parents[2]
LEAST = {"SITENAME": "X", "BRIEFING": {"topics": ["Law"]}}
SOURCE = """\
SITENAME = "X"; PATH = "content"
THEME = "theme"
PLUGINS = ["briefing"]
BRIEFING = {
    "topics": [
        "Law",
        "Science",
    ],
    "email": {
        "sender": "a@b.example",
    },
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "content").mkdir()
    (tmp_path / "theme/templates").mkdir(parents=True)
    (tmp_path / "pelicanconf.py").write_text(SOURCE)
    return tmp_path


def faults(root: Path, more: str = "", source: str = SOURCE) -> list[tuple[int, str]]:
    (root / "pelicanconf.py").write_text(source + more)
    with pytest.raises(ProblemsFoundError) as found:
        load(root)
    assert {problem.path for problem in found.value.problems} == {"pelicanconf.py"}
    return [(problem.line, problem.field) for problem in found.value.problems]


def test_a_name_and_one_topic_are_enough() -> None:
    made = resolve(Path("/x"), LEAST)
    assert (made.name, made.url, made.base, made.language, made.timezone) == ("X", "", "", "en", "UTC")
    assert (made.content, made.output, made.theme) == (Path("/x/content"), Path("/x/output"), Path("/x/theme"))
    assert (made.private, made.outbox, made.overrides) == (
        Path("/x/.briefing"),
        Path("/x/outbox"),
        Path("/x/content/overrides"),
    )
    assert made.options.topics == ["Law"]


def test_the_file_is_read(root: Path) -> None:
    made = load(root)
    assert (made.root, made.options.topics, made.options.email.sender) == (root, ["Law", "Science"], "a@b.example")


def test_a_folder_without_settings_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(WrongUseError, match=r"there is no pelicanconf\.py"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://x.example", ""),
        ("https://x.example/", ""),
        ("https://x.example/news", "/news"),
        ("https://x.example/a/b/", "/a/b"),
        ("http://127.0.0.1:8000", ""),
    ],
)
def test_the_base_is_the_path_of_the_address(url: str, base: str) -> None:
    made = resolve(Path("/x"), {**LEAST, "SITEURL": url})
    assert made.base == base
    assert made.url == url.rstrip("/")


def test_slugs_of_the_settings_come_first() -> None:
    made = resolve(Path("/x"), {**LEAST, "BRIEFING": {"topics": ["C", "C++"], "slugs": {"C++": "cpp"}}})
    assert [made.slug(name) for name in ("C", "C++", "C++", "Größe")] == ["c", "cpp", "cpp", "grosse"]


def test_every_fault_is_told_with_its_line(root: Path) -> None:
    source = SOURCE.replace('"X"', '""').replace('"Science"', '"law"').replace('"sender"', '"sendr"')
    assert faults(root, 'SITEURL = "x"\nTIMEZONE = "x"\nOUTPUT_PATH = "content"\n', source) == [
        (1, "SITENAME"),
        (10, "BRIEFING.email.sendr"),
        (13, "SITEURL"),
        (14, "TIMEZONE"),
    ]
    assert faults(root, "", SOURCE.replace('"Science"', '"law"').replace('"theme"', '"none"')) == [
        (2, "THEME"),
        (7, "BRIEFING.topics.2"),
    ]


@pytest.mark.parametrize("sign", ["\\n", "\\x00", "\\x1b", "\\x7f", "\\x85", "\\u2028", "\\ud800"])
def test_texts_of_one_line_hold_no_control_character(root: Path, sign: str) -> None:
    assert faults(root, f'SITENAME = "a{sign}b"\n') == [(13, "SITENAME")]
    assert faults(root, f'BRIEFING["tagline"] = "a{sign}b"\n') == [(4, "BRIEFING.tagline")]


def test_the_postal_address_may_have_lines(root: Path) -> None:
    (root / "pelicanconf.py").write_text(SOURCE + 'BRIEFING["email"]["postal_address"] = "A\\nB"\n')
    assert load(root).options.email.postal_address == "A\nB"
    assert faults(root, 'BRIEFING["email"]["postal_address"] = "A\\rB"\n') == [(9, "BRIEFING.email.postal_address")]


@pytest.mark.parametrize("name", ["sender", "reply_to", "postal_address"])
def test_only_spaces_are_nothing_and_refused_before_sending(root: Path, name: str) -> None:
    blank = '" \\n\\t"' if name == "postal_address" else '"  "'
    filled = (
        'BRIEFING["email"] |= {"sender": " a@b.example ", "reply_to": "a@b.example ", "postal_address": " A\\nB\\n"}\n'
    )
    (root / "pelicanconf.py").write_text(SOURCE + filled)
    email = load(root).options.email
    assert (email.sender, email.reply_to, email.postal_address) == ("a@b.example", "a@b.example", "A\nB")
    (root / "pelicanconf.py").write_text(SOURCE + filled + f'BRIEFING["email"]["{name}"] = {blank}\n')
    with pytest.raises(ProblemsFoundError) as refused:
        require_settings(load(root), readers=0)
    assert f"BRIEFING.email.{name}" in [problem.field for problem in refused.value.problems]


def test_a_line_is_that_of_the_nearest_part_that_is_there(root: Path) -> None:
    file = root / "pelicanconf.py"
    places = {
        ("SITENAME",): 1,
        ("BRIEFING",): 4,
        ("BRIEFING", "topics", "1"): 7,
        ("BRIEFING", "email", "sender"): 10,
        ("BRIEFING", "email", "none"): 9,
        ("BRIEFING", "none"): 4,
        ("NONE",): 1,
    }
    assert {keys: line_of(file, keys) for keys in places} == places
    file.write_text(SOURCE + 'SITENAME = "Y"\n')
    assert line_of(file, ("SITENAME",)) == 13, "the last one counts"
    assert line_of(root / "none.py", ("SITENAME",)) == 1


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
KEYS = [*Options.model_fields, "none"]
CAPITALS = ["SITENAME", "SITEURL", "TIMEZONE", "DEFAULT_LANG", "PATH", "OUTPUT_PATH", "THEME", "OUTPUT_RETENTION"]


@given(st.dictionaries(st.sampled_from(CAPITALS), JUNK), st.dictionaries(st.sampled_from(KEYS), JUNK) | JUNK)
@settings(deadline=None, max_examples=200)
@example({"OUTPUT_PATH": "a\0"}, {"topics": ["Law"]})
@example({"THEME": "\ud800", "TIMEZONE": "\0", "SITEURL": "\x1b"}, {"menu": {"x": "\n"}})
def test_no_value_raises_anything_else(capitals: dict[str, object], options: object) -> None:
    try:
        resolve(Path("/x"), {**LEAST, **capitals, "BRIEFING": options})
    except ProblemsFoundError as found:
        for problem in found.problems:
            assert problem.what
            assert problem.hint
            assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", str(problem))


@pytest.mark.parametrize("model", [Options, Email, Brand], ids=lambda model: model.__name__)
def test_every_option_is_described(model: type[BaseModel]) -> None:
    assert [name for name, known in model.model_fields.items() if not known.description] == []


def test_the_repository_s_own_settings_are_fine() -> None:
    assert load(REPOSITORY).options.topics


@pytest.mark.parametrize(
    "address",
    ["https://list.example.org/list", "http://127.0.0.1:8025", "http://localhost:8025/list", "http://[::1]:8025"],
)
def test_readers_reach_the_list_server_by_https(root: Path, address: str) -> None:
    more = f"BRIEFING['delivery'] = {{'listserver': {address!r}}}\n"
    (root / "pelicanconf.py").write_text(SOURCE + more)
    assert load(root).options.delivery.listserver == address


@pytest.mark.parametrize("host", ["list.example.org", "127.0.0.1.example.org", "[::2]"])
def test_they_do_not_reach_it_without(root: Path, host: str) -> None:
    (root / "pelicanconf.py").write_text(f"{SOURCE}BRIEFING['delivery'] = {{'listserver': 'http://{host}'}}\n")
    with pytest.raises(ProblemsFoundError, match=r"delivery\.listserver.* must be https"):
        load(root)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"indexnow_key": "short"}, "publish.indexnow_key"),
        ({"indexnow_key": "../../etc/passwd"}, "publish.indexnow_key"),
        ({"websub_hub": "http://hub.example/"}, "`http://hub.example/` must be https"),
        ({"websub_hub": "hub.example"}, "`hub.example` is not a valid service address"),
        ({"indexnow_endpoint": "https://user@engine.example/"}, "names a user, `user`, and leads to `engine.example`"),
        ({"wait_seconds": -1}, "publish.wait_seconds"),
        ({"sampel": 3}, "did you mean `sample`?"),
    ],
)
def test_how_a_site_is_published_is_refused_where_it_makes_no_sense(
    root: Path, value: dict[str, object], said: str
) -> None:
    (root / "pelicanconf.py").write_text(f"{SOURCE}BRIEFING['publish'] = {value!r}\n")
    with pytest.raises(ProblemsFoundError) as raised:
        load(root)
    assert said in str(raised.value)


@pytest.mark.parametrize("hub", ["https://hub.example/", "https://hub.example/a?b=c", "http://127.0.0.1:8080/hub"])
def test_a_hub_is_kept_as_it_was_written(root: Path, hub: str) -> None:
    (root / "pelicanconf.py").write_text(f"{SOURCE}BRIEFING['publish'] = {{'websub_hub': {hub!r}}}\n")
    assert load(root).options.publish.websub_hub == hub
