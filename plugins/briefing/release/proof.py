"""The digest to the proof recipients: who they are, sending and recording it, and what has changed since."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import json
import os
from typing import TYPE_CHECKING, Final

from briefing.authoring.records import write_proof_record
from briefing.content.model import ProofRecord
from briefing.delivery.sending.envelopes import Envelopes
from briefing.delivery.sending.preconditions import proof_hash, require_settings
from briefing.delivery.sending.proof_mail import send_proof
from briefing.delivery.store.email_addresses import EmailAddress, InvalidAddressError, parse_address
from briefing.delivery.store.private_folders import make_private_folder
from briefing.delivery.store.secret import read_secret
from briefing.errors import WrongUseError
from briefing.release.console import warn_of
from briefing.release.ledger import warn_of_new_secret
from briefing.release.mail_setup import open_transport_and_signer, require_live_site
from briefing.site.proofs import render_proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.secret import Secret
    from briefing.digest.signing import Signer
    from briefing.release.console import Console
    from briefing.settings import Settings
    from briefing.site.proofs import Proof

VARIABLE: Final = "BRIEFING_PROOF_TO"
_MOST: Final = 20  # changed lines that are shown


def proof_recipients(given: Sequence[str], option: str, environment: Mapping[str, str]) -> tuple[EmailAddress, ...]:
    """The addresses given with an option, else those in the environment, separated by commas.

    Raises WrongUseError with the position of an invalid address, never with the address.
    """
    named, where = (given, option) if given else (environment.get(VARIABLE, "").split(","), VARIABLE)
    written = [address.strip() for address in named if address.strip() or given]
    return tuple(_mailbox(where, place, address) for place, address in enumerate(written, start=1))


def send_and_record(
    publication: Settings,
    shown: Proof,
    transport: Transport,
    signer: Signer | None,
    recipients: Sequence[EmailAddress],
    secret: Secret,
    *,
    verify: bool,
) -> str:
    """Send an issue's digest to the proof recipients and record it; return the record's path below the publication.

    Raises BriefingError if a setting is missing, the site does not respond, or the mail is not accepted.
    """
    require_settings(publication, readers=0)
    if verify:
        require_live_site(shown, publication, secret)
    envelopes = Envelopes(publication, secret, shown.issue.id, 0, shown.digest.template, signer)
    send_proof(envelopes, transport, recipients, publication)
    _save(publication, shown)
    traits = transport.traits
    record = ProofRecord(
        issue=shown.issue.id,
        fingerprint=proof_hash(shown.digest.fingerprint, publication),
        transport=traits.name,
        keeps=traits.keeps.value,
        at=dt.datetime.now(dt.UTC).replace(microsecond=0),
    )
    return write_proof_record(publication, record)


def changed_since(publication: Settings, shown: Proof) -> Iterator[str]:
    """What is known to have changed in a digest since its last proof was sent from this machine, in lines."""
    try:
        before = json.loads(_file(publication, shown.issue.id).read_bytes())
    except (OSError, ValueError):
        yield "what changed is not known here: the proof was sent from another machine"
        return
    now = _kept(publication, shown)
    if before.get("text") != now["text"]:
        old, new = (str(each.get("text", "")).splitlines() for each in (before, now))
        lines = [line for line in difflib.unified_diff(old, new, lineterm="", n=0) if not line.startswith(_HEADS)]
        yield from (f"  {line}" for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield f"  and {len(lines) - _MOST} more lines"
    elif before.get("leads") != now["leads"]:
        yield "the text is the same; SITEURL, delivery.listserver or email.unsubscribe_address has changed"
    else:
        yield "the text is the same; the design, an image or a header has changed"


def forget(publication: Settings, issue: str) -> None:
    """Delete what was kept of a proof for comparison, once the issue is sent."""
    _file(publication, issue).unlink(missing_ok=True)


_HEADS: Final = ("---", "+++", "@@")


def _save(publication: Settings, shown: Proof) -> None:
    file = _file(publication, shown.issue.id)
    make_private_folder(file.parent)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(_kept(publication, shown)), encoding="utf-8")
    new.replace(file)


def _kept(publication: Settings, shown: Proof) -> dict[str, str]:
    return {
        "text": f"Subject: {shown.digest.subject}\n\n{shown.digest.text}",
        "leads": hashlib.sha256(proof_hash("", publication).encode()).hexdigest(),
    }


def _file(publication: Settings, issue: str) -> Path:
    return publication.private / "proofs" / f"{issue}.json"


def _mailbox(where: str, place: int, address: str) -> EmailAddress:
    try:
        return parse_address(address)
    except InvalidAddressError as error:
        msg = f"{where}: address {place} {error}"
        raise WrongUseError(msg) from error


def report_proof(console: Console, issue: str, transport: Transport, file: str, then: str) -> None:
    """Report that a proof was sent, and what to do now."""
    console.say(f"sent the proof of {issue} by {transport.traits.name}; read it, commit {file}, then {then}")


def proof(
    console: Console, publication: Settings, name: str, url: str, recipients: Sequence[EmailAddress], *, verify: bool
) -> None:
    """Send the digest of the issue `name` to the proof recipients by the transport at `url`, and record it."""
    transport, signer = open_transport_and_signer(publication, url)
    shown = render_proof(publication, name)
    warn_of(console, shown.warnings)
    secret = read_secret(publication.private, os.environ)
    warn_of_new_secret(console, secret)
    file = send_and_record(publication, shown, transport, signer, recipients, secret, verify=verify)
    report_proof(console, shown.issue.id, transport, file, "send")
