"""Lines of quoted-printable text: short enough, whole, and none begun by a dot."""

from __future__ import annotations

from binascii import a2b_qp, b2a_qp

from hypothesis import given
from hypothesis import strategies as st

from briefing.digest.quoted_printable import without_leading_dots, wrap

TEXT = st.text(st.sampled_from("ab.=é \n"), max_size=400)


@given(TEXT)
def test_an_encoder_s_lines_are_broken_anew_without_a_change_of_the_text(text: str) -> None:
    encoded = b2a_qp(text.encode())
    calm = without_leading_dots(encoded)
    assert a2b_qp(calm) == text.encode()
    assert b"=\n." not in calm
    assert max(map(len, calm.split(b"\n"))) <= 76


def test_only_what_has_to_change_changes() -> None:
    lines = b2a_qp(b"a" * 100 + b"\n" + b"b" * 75 + b".....\n" + b"c" * 100)
    assert b"=\n." in lines
    before, after = lines.split(b"\n"), without_leading_dots(lines).split(b"\n")
    assert before[:2] == after[:2]
    assert before[-2:] == after[-2:]


@given(st.lists(st.sampled_from(["x", ".", "=3D", "=2E"]), max_size=300).map("".join))
def test_no_escape_is_torn(line: str) -> None:
    pieces = wrap(line)
    assert a2b_qp("=\n".join(pieces).encode()) == a2b_qp(line.encode())
    assert all(len(piece) <= 75 for piece in pieces)
    assert not any(piece.startswith(".") for piece in pieces[1:])
