"""A digest as one piece of bytes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.content.model import MessageTemplate
from briefing.digest import make_digest
from briefing.digest.frozen import FrozenDigest, freeze, thaw
from briefing.digest.message_template import fill, fingerprint
from briefing.errors import BriefingError
from briefing.pages.digest_view import PREFERENCES, UNSUBSCRIBE
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from briefing.content.model import Digest

VALUES = {
    "unsubscribe": "https://lists.example.org/u",
    "preferences": "https://lists.example.org/p",
    "date": "Fri, 03 Apr 2026 08:00:00 +0000",
    "message-id": "<1@example.org>",
    "to": "reader@example.net",
}
words = st.text(st.characters(codec="utf-8"), max_size=40)


@st.composite
def digests(draw: st.DrawFn) -> FrozenDigest:
    placeholders = draw(
        st.lists(st.tuples(st.sampled_from(sorted(VALUES)), st.sampled_from(["header", "text", "html"])))
    )
    parts = [draw(st.text(st.characters(max_codepoint=127), max_size=60)).encode("ascii") for _ in [*placeholders, 0]]
    template = MessageTemplate(
        tuple(parts), tuple(name for name, _ in placeholders), tuple(place for _, place in placeholders)
    )
    return FrozenDigest(draw(words), draw(words), template, fingerprint(template))


@pytest.fixture
def made(make_settings: Any, whole: Any) -> Digest:
    values = make_settings()
    view = DigestView(dataclasses.replace(whole, subject="Žluťoučký kůň 🚀"), UNSUBSCRIBE, PREFERENCES)
    return make_digest(view, Templates(values), values)


@given(digests())
@settings(deadline=None)
def test_what_was_frozen_is_thawed(digest: FrozenDigest) -> None:
    assert thaw(freeze(digest)) == digest
    assert freeze(thaw(freeze(digest))) == freeze(digest)


def test_a_thawed_digest_fills_to_the_same_message(made: Digest) -> None:
    back = thaw(freeze(made))
    assert (back.issue, back.subject, back.fingerprint) == (made.issue, made.subject, made.fingerprint)
    assert fill(back.template, VALUES) == fill(made.template, VALUES)
    assert len(freeze(made)) < 1.2 * len(made.message)


@given(data=st.data(), octet=st.integers(1, 255))
@settings(deadline=None)
def test_one_changed_octet_is_noticed(data: st.DataObject, octet: int) -> None:
    template = MessageTemplate((b"a",), (), ())
    whole = bytearray(freeze(FrozenDigest("2026-w14", "A subject", template, fingerprint(template))))
    assert thaw(bytes(whole)).template == template
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= octet
    with pytest.raises(BriefingError, match=r"is damaged|written by a newer version"):
        thaw(bytes(whole))


@pytest.mark.parametrize("length", [0, 1, 20, 82, 83, 200])
def test_a_digest_that_was_cut_short_is_noticed(made: Digest, length: int) -> None:
    with pytest.raises(BriefingError, match="is damaged"):
        thaw(freeze(made)[:length])


def test_another_fingerprint_is_noticed(made: Digest) -> None:
    other = FrozenDigest(made.issue, made.subject, made.template, "0" * 64)
    with pytest.raises(BriefingError, match="is damaged"):
        thaw(freeze(other))


def test_a_newer_form_is_no_damage(made: Digest) -> None:
    with pytest.raises(BriefingError, match="of version 2, written by a newer version"):
        thaw(freeze(made).replace(b"briefing-digest 1 ", b"briefing-digest 2 ", 1))
