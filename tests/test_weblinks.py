"""One judgement of every address: what deceives, what is doubtful, which are the same, and what a message shows."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing import weblinks
from briefing.errors import InvalidValueError

FAULTS = {
    "https://bank.example&x@evil.example": "names a user, `bank.example&x`, and leads to `evil.example`",
    "https://user:word@evil.example/": "names a user, `user:word`, and leads to `evil.example`",
    "https://bank.example%40evil.example/": "has `%40` in its host, a hidden `@`",
    "https://a.example/%00": "contains U+0000, a control character",
    "https://a.example/?q=%0d%0aX": "contains U+000D, a control character",
    "https://a.example/%C2%85": "contains U+0085, a control character",
    "https://a.example/\x07": "contains U+0007, a control character",
    "https://a.example/%E2%80%AEgpj.exe": "contains U+202E, a character that changes the text direction",
    "https://a.example/\u202egpj.exe": "contains U+202E, a character that changes the text direction",
    "https://a.example/\u2066x": "contains U+2066, a character that changes the text direction",
    "mailto:a@b.example?subject=x%0d%0aBcc:c@d.example": "contains U+000D, a control character",
    "https://a.example/%E2%80%8Fx": "contains U+200F, a character that changes the text direction",
    "https://a.example/\u200ex": "contains U+200E, a character that changes the text direction",
    "https://a.example/\ufeffx": "contains U+FEFF, an invisible character",
    "https://a.example/%ef%bb%bfx": "contains U+FEFF, an invisible character",
    "https://ex\u200bample.org/": "contains U+200B, an invisible character",
    "https://exam%E2%80%8Bple.org/": "contains U+200B, an invisible character",
    "https://ex\u200dample.org/": "contains U+200D in its host, an invisible character",
    "https://ex%C2%ADample.org/": "contains U+00AD in its host, an invisible character",
    "mailto:a@ex%E2%80%8Cample.org": "contains U+200C in its host, an invisible character",
    "/a/%E2%80%AE/": "contains U+202E, a character that changes the text direction",
}
SOUND = [
    "https://a.example/@user/1",
    "https://a.example/?mail=a@b.example",
    "https://a.example/%20%40%C3%A9",
    "https://a.example/%85",  # Latin-1 of another age
    "mailto:a@b.example?subject=x&body=One%0D%0ATwo",
    "https://%D1%8F.example/",
    "https://\u05d0.example/\u05d0",
    "https://a.example/\u0645\u06cc\u200c\u062e%E2%80%8D",
    "/about/",
    "#anchor",
]
ENDINGS = {
    "https://a.example/b.": ".",
    "https://a.example/b,": ",",
    "https://a.example/b).": ").",
    "https://a.example/b\u3002": "\u3002",
    "https://a.example/b\u300d\u3002": "\u300d\u3002",
    'https://a.example/b"': '"',
    "https://a.example/b\u201d": "\u201d",
    "https://a.example/b...": "...",
    "https://a.example.": ".",
    "https://a.example/b_(c)": "",
    "https://a.example/b_(c))": ")",
    "https://a.example/Washington,_D.C.": "",
    "https://a.example/Apple_Inc.": "",
    "https://a.example/Yahoo!": "",
    "https://a.example/b/": "",
}
MIXED = [
    "https://\u0440aypal.example/",
    "https://xn--aypal-uye.example/",
    "https://www.\u03b1pple.example/",
    "https://%D1%80aypal.example/",
]
UNMIXED = [
    "https://\u0440\u0444.example/",
    "https://\u65e5\u672cgo\u30ab\u3042.example/",
    "https://m\u00fcnchen.example/",
    "https://\ud55cabc.example/",
    "https://abc.\u0440\u0444/",
]


def fault(address: str) -> str:
    """Why no link may have this address; "" if one may."""
    try:
        weblinks.refuse_deceptive(address)
    except InvalidValueError as error:
        return error.what
    return ""


@pytest.mark.parametrize(("address", "what"), FAULTS.items())
def test_what_deceives_is_a_fault(address: str, what: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        weblinks.refuse_deceptive(address)
    assert what in refused.value.what
    assert refused.value.hint


@pytest.mark.parametrize("address", SOUND)
def test_what_is_plain_is_none(address: str) -> None:
    weblinks.refuse_deceptive(address)


@pytest.mark.parametrize(("address", "end"), ENDINGS.items())
def test_the_end_of_a_sentence_is_seen(address: str, end: str) -> None:
    assert weblinks.ending(address) == end
    assert [doubt.check for doubt in weblinks.doubts(address)] == (["link-ending"] if end else [])


@pytest.mark.parametrize("address", MIXED)
def test_letters_of_several_scripts_in_a_label_are_doubtful(address: str) -> None:
    assert [doubt.check for doubt in weblinks.doubts(address)] == ["mixed-scripts"]


@pytest.mark.parametrize("address", ["https://a.example/b.", "https://a.example/?fbclid=1"])
def test_only_a_file_that_can_be_fixed_gets_the_hint_to_fix_it(address: str) -> None:
    (doubt,), (by_hand,) = weblinks.doubts(address), weblinks.doubts(address, is_fixable=False)
    assert doubt.hint == f"{by_hand.hint}; `check --fix` does it for you"


@pytest.mark.parametrize("address", UNMIXED)
def test_scripts_that_are_written_together_are_not(address: str) -> None:
    assert list(weblinks.doubts(address)) == []


@pytest.mark.parametrize(
    ("address", "without"),
    [
        ("https://a.example/?utm_source=x&b=2", "https://a.example/?b=2"),
        ("https://a.example/?b=2&amp;utm_source=x&c=3", "https://a.example/?b=2&c=3"),
        ("https://a.example/?fbclid=1#c", "https://a.example/#c"),
        ("https://a.example/?b=%20&&c", "https://a.example/?b=%20&&c"),
        ("https://a.example/#?utm_source=x", "https://a.example/#?utm_source=x"),
        ("https://a.example/utm_source=x", "https://a.example/utm_source=x"),
    ],
)
def test_what_follows_readers_is_taken_out_and_nothing_else(address: str, without: str) -> None:
    assert weblinks.without_tracking(address) == without
    assert weblinks.without_tracking(without) == without


@pytest.mark.parametrize(
    "other",
    [
        "http://a.example/b",
        "https://www.A.example/b/",
        "https://a.example:443/b#c",
        "https://a.example/b?utm_source=x",
        "https://a.example/%62",
    ],
)
def test_addresses_of_one_page_are_the_same(other: str) -> None:
    assert weblinks.canonical(other) == weblinks.canonical("https://a.example/b")


@pytest.mark.parametrize(
    "other", ["https://a.example/B", "https://a.example/b?c=1", "https://b.a.example/b", "https://a.example/b#!/c"]
)
def test_addresses_of_others_are_not(other: str) -> None:
    assert weblinks.canonical(other) != weblinks.canonical("https://a.example/b")


@given(st.text(max_size=300))
def test_any_text_can_be_judged(text: str) -> None:
    for address in (text, f"https://a.example/{text}"):
        try:
            weblinks.refuse_deceptive(address)
        except InvalidValueError:
            pass
        except ValueError:
            continue
        list(weblinks.doubts(address))
        weblinks.canonical(address)
        assert address.endswith(weblinks.ending(address))


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_message_shows_the_fault_of_a_long_address(before: int, behind: int) -> None:
    address = f"{'a' * before}@{'b' * behind}"
    shown = weblinks.excerpt(address, before)
    assert "@" in shown
    assert len(shown) <= 80
    assert re.sub(r"^\.\.\.|\.\.\.$", "", shown) in address


def test_a_message_shows_what_is_not_seen() -> None:
    assert weblinks.excerpt("a\u200bb\u202ec\ud800") == "a%E2%80%8Bb%E2%80%AEcU+D800"
    assert "`https://a.example/a%E2%80%AEgpj%85`" in fault("https://a.example/a%E2%80%AEgpj%85")


@pytest.mark.parametrize("place", [20, 100, 200, 400])
def test_a_fault_of_a_long_address_is_shown(place: int) -> None:
    long = f"https://a.example/{'x' * place}%E2%80%AE{'y' * 100}"
    assert "x%E2%80%AEy" in fault(long)
    assert "x%E2%80%AEy" in fault(long.replace("%E2%80%AE", "\u202e"))
    assert "x.`" in next(iter(weblinks.doubts(f"https://a.example/{'x' * place}."))).what
