"""The parts of a proof, for `proof` and `release`: to whom it goes, that it is mailed and recorded, what changed since."""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import json
from typing import TYPE_CHECKING, Final

import typer

from briefing.authoring.records import keep_proof
from briefing.commands.mail_setup import require_site
from briefing.content.model import ProofRecord
from briefing.delivery.sending.envelopes import Envelopes
from briefing.delivery.sending.preconditions import bound, require_settings
from briefing.delivery.sending.proof_mail import send_proof
from briefing.delivery.store.email_addresses import EmailAddress, MailboxError, read_mailbox
from briefing.delivery.store.private_folders import make_private
from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from briefing.delivery.sending.transports.contract import Transport
    from briefing.delivery.store.secret import Secret
    from briefing.digest.signing import Signer
    from briefing.settings import Settings
    from briefing.site.proofs import Proof

VARIABLE: Final = "BRIEFING_PROOF_TO"
_MOST: Final = 20  # changed lines that are shown


def desk_of(given: Sequence[str], option: str, environment: Mapping[str, str]) -> tuple[EmailAddress, ...]:
    """The desk's mailboxes: those given with an option, else the environment's, between commas.

    Raises WrongUseError with an address's place, never with the address.
    """
    named, where = (given, option) if given else (environment.get(VARIABLE, "").split(","), VARIABLE)
    written = [address.strip() for address in named if address.strip() or given]
    return tuple(_mailbox(where, place, address) for place, address in enumerate(written, start=1))


def mail_proof(
    publication: Settings,
    shown: Proof,
    transport: Transport,
    signer: Signer | None,
    desk: Sequence[EmailAddress],
    secret: Secret,
    *,
    looks: bool,
) -> str:
    """Mail an issue's digest to the desk and record what was mailed; the record's path, as a person writes it.

    Raises BriefingError where a setting is missing, the site does not answer, or the mail is not taken.
    """
    require_settings(publication, readers=0)
    if looks:
        require_site(shown, publication, secret)
    envelopes = Envelopes(publication, secret, shown.issue.id, 0, shown.digest.template, signer)
    send_proof(envelopes, transport, desk, publication)
    _remember(publication, shown)
    traits = transport.traits
    record = ProofRecord(
        issue=shown.issue.id,
        fingerprint=bound(shown.digest.fingerprint, publication),
        transport=traits.name,
        keeps=traits.keeps.value,
        at=dt.datetime.now(dt.UTC).replace(microsecond=0),
    )
    return keep_proof(publication, record)


def changed_since(publication: Settings, shown: Proof) -> Iterator[str]:
    """What is known to have changed in a digest since its last proof was mailed from this machine, in lines."""
    try:
        before = json.loads(_file(publication, shown.issue.id).read_bytes())
    except (OSError, ValueError):
        yield "what changed is not known here: the proof was mailed from elsewhere"
        return
    now = _kept(publication, shown)
    if before.get("text") != now["text"]:
        old, new = (str(each.get("text", "")).splitlines() for each in (before, now))
        lines = [line for line in difflib.unified_diff(old, new, lineterm="", n=0) if not line.startswith(_HEADS)]
        yield from (f"  {line}" for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield f"  and {len(lines) - _MOST} more lines"
    elif before.get("leads") != now["leads"]:
        yield "its text is the same; SITEURL, delivery.listserver or email.unsubscribe_address is another"
    else:
        yield "its text is the same; its look, a picture or a header is another"


def forget(publication: Settings, issue: str) -> None:
    """Drop what was kept of a proof to compare with, once the issue is sent."""
    _file(publication, issue).unlink(missing_ok=True)


_HEADS: Final = ("---", "+++", "@@")


def _remember(publication: Settings, shown: Proof) -> None:
    file = _file(publication, shown.issue.id)
    make_private(file.parent)
    new = file.with_suffix(".new")
    new.write_text(json.dumps(_kept(publication, shown)), encoding="utf-8")
    new.replace(file)


def _kept(publication: Settings, shown: Proof) -> dict[str, str]:
    return {
        "text": f"Subject: {shown.digest.subject}\n\n{shown.digest.text}",
        "leads": hashlib.sha256(bound("", publication).encode()).hexdigest(),
    }


def _file(publication: Settings, issue: str) -> Path:
    return publication.private / "proofs" / f"{issue}.json"


def _mailbox(where: str, place: int, address: str) -> EmailAddress:
    try:
        return read_mailbox(address)
    except MailboxError as error:
        msg = f"{where}: address {place} {error}"
        raise WrongUseError(msg) from error


def say_proofed(issue: str, transport: Transport, file: str, then: str) -> None:
    """Say that a proof was mailed, and what is to be done now."""
    typer.echo(f"proof of {issue} mailed by {transport.traits.name}; read it, commit {file}, then {then}")
