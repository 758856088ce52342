"""Signatures as another program verifies them, and as relays leave them."""

from __future__ import annotations

import base64
import dataclasses
import logging
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dkim  # type: ignore[import-untyped]
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from briefing.digest import make_digest
from briefing.digest.dkim_keys import dns_records, read_signer
from briefing.digest.identifiers import mailto_unsubscribe
from briefing.digest.message_template import fill
from briefing.digest.signing import Signer, prepare, sign
from briefing.errors import BriefingError
from briefing.pages.digest_view import BY_MAIL, PREFERENCES, UNSUBSCRIBE
from briefing.pages.templating import Templates
from briefing.pages.views import DigestView

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from briefing.content.model import Digest

VALUES = {
    "unsubscribe": "https://lists.example.org/u?list=weekly&token=abc",
    "unsubscribe-mail": "mailto:unsubscribe+abc@example.org?subject=unsubscribe",
    "preferences": "https://lists.example.org/p?list=weekly&token=abc",
    "date": "Fri, 03 Apr 2026 08:00:00 +0000",
    "message-id": "<1@example.org>",
    "to": "Some  Reader <reader@example.net>",
}
EMAIL = {
    "sender": "The Example 📰 <desk@example.org>",
    "reply_to": "answers@example.org",
    "unsubscribe_address": "unsubscribe@example.org",
}
BOTH = {"selector": "one", "ed25519_selector": "two"}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def signer(key: rsa.RSAPrivateKey) -> Signer:
    return Signer("example.org", "one", key)


@pytest.fixture
def made(make_settings: Any, whole: Any) -> Digest:
    values = make_settings(email=EMAIL, delivery={"listserver": "https://lists.example.org"})
    view = DigestView(
        dataclasses.replace(whole, html="<pre><code>a    b\n.\t\n</code></pre>"), UNSUBSCRIBE, PREFERENCES
    )
    return make_digest(view, Templates(values), values)


def verified(message: bytes, signer: Signer, number: int = 0) -> bool:
    """Whether dkimpy, asking us for the DNS, finds the signature valid."""
    records = dns_records(signer)

    def record(name: bytes, timeout: int = 5) -> bytes:  # noqa: ARG001 - dkimpy gives it by name
        return records[name.decode().removesuffix(".")].encode()

    quiet = logging.getLogger("dkim")
    quiet.addHandler(logging.NullHandler())
    try:
        return bool(dkim.DKIM(message, logger=quiet).verify(number, dnsfunc=record))
    except dkim.ValidationError:
        return False


def test_a_signed_message_is_the_filled_one_below_its_signature(made: Digest, signer: Signer) -> None:
    message = sign(prepare(made.template, signer), VALUES)
    assert message.endswith(b"\r\n" + fill(made.template, VALUES))
    assert message.count(b"DKIM-Signature:") == 1
    assert max(map(len, message.split(b"\r\n"))) <= 120
    assert verified(message, signer)
    assert message == sign(prepare(made.template, signer), VALUES)


def test_every_header_that_matters_is_signed(made: Digest, signer: Signer) -> None:
    message = sign(prepare(made.template, signer), VALUES).decode()
    named = re.sub(r"\s", "", re.search(r"\bh=([^;]*);", message)[1]).lower().split(":")  # type: ignore[index]
    written = re.findall(r"^([\w-]+):", message.partition("\r\n\r\n")[0], re.MULTILINE)
    left_out = {"DKIM-Signature", "Precedence", "Auto-Submitted", "Content-Language"}
    assert {name.lower() for name in set(written) - left_out} == set(named) - {"cc"}
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= {name for name in named if named.count(name) == 2}
    assert "tag" not in message.partition("\r\n\r\n")[0]


def test_an_address_to_leave_by_mail_is_signed_and_nothing_can_be_added_to_it(
    make_settings: Any, whole: Any, signer: Signer
) -> None:
    values = make_settings(email=EMAIL)
    digest = make_digest(DigestView(whole, BY_MAIL), Templates(values), values)
    address = mailto_unsubscribe("abc", values)
    message = sign(prepare(digest.template, signer), {**VALUES, "unsubscribe": address, "unsubscribe-mail": address})
    assert verified(message, signer)
    assert not verified(message.replace(b"<mailto:unsubscribe+abc@", b"<mailto:unsubscribe+abd@"), signer)
    assert not verified(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" + message, signer)


@pytest.mark.parametrize(
    "added",
    [
        b"From: a@example.net",
        b"Subject: x",
        b"Cc: a@example.net",
        b"List-Unsubscribe: <https://a.example/>",
        b"To: x@y.z",
    ],
)
def test_a_second_header_breaks_the_signature(made: Digest, signer: Signer, added: bytes) -> None:
    message = sign(prepare(made.template, signer), VALUES)
    assert not verified(added + b"\r\n" + message, signer)
    assert not verified(message.replace(b"\r\nPrecedence:", b"\r\n" + added + b"\r\nPrecedence:"), signer)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Other"),
        (b"unsubscribe+abc@example.org", b"unsubscribe+abc@example.net"),
        (b"Feedback-ID: 2026", b"Feedback-ID: 2027"),
        (b"List-Post: NO", b"List-Post: YES"),
        (b"Fri, 03 Apr", b"Sat, 04 Apr"),
        (b"<1@example.org>", b"<2@example.org>"),
        (b"reader@example.net", b"writer@example.net"),
        (b"abc", b"abd"),
        (b"Because.", b"Because!"),
    ],
)
def test_a_change_breaks_the_signature(made: Digest, signer: Signer, old: bytes, new: bytes) -> None:
    message = sign(prepare(made.template, signer), VALUES)
    assert old in message
    before, _, after = message.partition(b"\r\nDate:")
    assert not verified(before + b"\r\nDate:" + after.replace(old, new), signer)


def _folded_anew(message: bytes) -> bytes:
    return message.replace(b",\r\n <mailto", b", <mailto").replace(
        b"Subject: A quiet week,", b"Subject:\r\n\tA quiet  week,"
    )


@pytest.mark.parametrize(
    "relay",
    [
        lambda message: b"Received: from a by b; Fri, 03 Apr 2026 08:00:01 +0000\r\n" + message,
        lambda message: b"Return-Path: <bounces@example.org>\r\nX-Spam: no\r\n" + message,
        lambda message: message + b"\r\n\r\n",
        lambda message: message.replace(b"\r\nList-Post: NO", b"\r\nLIST-POST:NO  "),
        _folded_anew,
    ],
)
def test_what_relays_do_keeps_the_signature(made: Digest, signer: Signer, relay: Callable[[bytes], bytes]) -> None:
    message = sign(prepare(made.template, signer), VALUES)
    assert relay(message) != message
    assert verified(relay(message), signer)


def test_any_reader_has_a_valid_signature(made: Digest, signer: Signer) -> None:
    signing = prepare(made.template, signer)
    names = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters='<>"\\'), max_size=70)

    @given(st.text("aZ09-._~/?#&=+@:", max_size=300), names)
    @settings(deadline=None, max_examples=25)
    def holds(path: str, name: str) -> None:
        values = {**VALUES, "unsubscribe": f"https://lists.example.org/{path}", "to": f"{name} <reader@example.net>"}
        assert verified(sign(signing, values), signer)

    holds()


def test_a_message_without_reply_to_reserves_its_place(make_settings: Any, an: Any, signer: Signer) -> None:
    values = make_settings(email={"sender": "desk@example.org"})
    digest = make_digest(DigestView(an.issue(), UNSUBSCRIBE), Templates(values), values)
    message = sign(prepare(digest.template, signer), VALUES)
    assert verified(message, signer)
    assert not verified(b"Reply-To: a@example.net\r\n" + message, signer)


class _Verifier:
    """PyNaCl's place in dkimpy, by way of cryptography."""

    def __init__(self, public: bytes, encoder: object) -> None:
        assert encoder == "Base64"
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(public))

    def verify(self, hashed: bytes, signature: bytes) -> None:
        self._key.verify(signature, hashed)


def test_a_second_signature_is_ed25519(made: Digest, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch) -> None:
    nacl = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=_Verifier),
        encoding=SimpleNamespace(Base64Encoder="Base64"),
        exceptions=SimpleNamespace(ValueError=ValueError, BadSignatureError=InvalidSignature),
    )
    monkeypatch.setattr(dkim, "nacl", nacl, raising=False)
    signer = Signer("example.org", "one", key, "two", ed25519.Ed25519PrivateKey.generate())
    message = sign(prepare(made.template, signer), VALUES)
    assert re.findall(rb" a=([a-z0-9-]+);", message) == [b"rsa-sha256", b"ed25519-sha256"]
    changed = message.replace(b"\r\nList-Post: NO", b"\r\nList-Post: YES")
    for number in (0, 1):
        assert verified(message, signer, number)
        assert not verified(changed, signer, number)


def test_a_missing_value_is_no_message(made: Digest, signer: Signer) -> None:
    with pytest.raises(BriefingError, match="needs a value for 'to'"):
        sign(prepare(made.template, signer), {name: value for name, value in VALUES.items() if name != "to"})


def pem(private: Any) -> str:
    return str(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def test_the_signer_is_made_of_settings_and_environment(
    make_settings: Any, key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    second = ed25519.Ed25519PrivateKey.generate()
    file = tmp_path / "dkim.pem"
    file.write_text(pem(key), encoding="utf-8")
    environment = {"BRIEFING_DKIM_KEY": str(file), "BRIEFING_DKIM_ED25519_KEY": pem(second).replace("\n", "\\n")}
    assert read_signer(make_settings(email=EMAIL), environment) is None
    signer = read_signer(make_settings(email={**EMAIL, "dkim": BOTH}), environment)
    assert signer
    records = dns_records(signer)
    assert [*records] == ["one._domainkey.example.org", "two._domainkey.example.org"]
    assert records["one._domainkey.example.org"].startswith("v=DKIM1; k=rsa; p=MII")
    for domain in ("example.org", "mail.example.org"):
        values = make_settings(email={**EMAIL, "dkim": {"selector": "one", "domain": domain}})
        made = read_signer(values, environment)
        assert made
        assert (made.domain, made.ed25519) == (domain, None)


@pytest.mark.parametrize(
    ("dkim_settings", "rsa_key", "said"),
    [
        ({"ed25519_selector": "two"}, None, r'set BRIEFING\["email"\]\["dkim"\]\["selector"\] too'),
        ({"selector": "one", "domain": "example.net"}, None, "example.net cannot sign for a sender at example.org"),
        ({"selector": "one", "domain": "ample.org"}, None, "ample.org cannot sign"),
        ({"selector": "one"}, "", "set BRIEFING_DKIM_KEY to its file name or its PEM text"),
        ({"selector": "one"}, "/nowhere/dkim.pem", "BRIEFING_DKIM_KEY: cannot read /nowhere/dkim.pem: No such file"),
        ({"selector": "one"}, "-----BEGIN PRIVATE KEY-----\nsecret\n", "BRIEFING_DKIM_KEY contains no PEM private key"),
        ({"selector": "one"}, "short", r"an RSA key of 1024 bits; make one of at least 2048 bits"),
        ({"selector": "one"}, "curve", "BRIEFING_DKIM_KEY is not a valid RSA key"),
        (BOTH, "fine", "set BRIEFING_DKIM_ED25519_KEY to its file"),
    ],
)
def test_a_key_that_cannot_sign_is_refused(
    make_settings: Any, key: rsa.RSAPrivateKey, dkim_settings: dict[str, str], rsa_key: str | None, said: str
) -> None:
    made = {
        "short": lambda: pem(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - that is the fault
        "curve": lambda: pem(ec.generate_private_key(ec.SECP256R1())),
        "fine": lambda: pem(key),
    }
    value = made[rsa_key]() if rsa_key in made else rsa_key or ""
    with pytest.raises(BriefingError, match=said) as refused:
        read_signer(make_settings(email={**EMAIL, "dkim": dkim_settings}), {"BRIEFING_DKIM_KEY": value})
    assert "secret" not in str(refused.value)


def test_an_ed25519_key_that_is_none_is_refused(make_settings: Any, key: rsa.RSAPrivateKey) -> None:
    environment = {"BRIEFING_DKIM_KEY": pem(key), "BRIEFING_DKIM_ED25519_KEY": pem(key)}
    with pytest.raises(BriefingError, match="BRIEFING_DKIM_ED25519_KEY is not a valid Ed25519 key"):
        read_signer(make_settings(email={**EMAIL, "dkim": BOTH}), environment)
