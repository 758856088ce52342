"""What a server's replies mean for one reader's message. Pure.

The codes are those of RFC 5321, section 4.2.3, and RFC 3463 with its registry. What a server refuses because of us, not
because of the reader, has a `refusal`: every other message would be refused too.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.sending.transports.smtp.replies import CLOSING

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Envelope
    from briefing.delivery.sending.transports.smtp.replies import Reply

_LONGEST: Final = 200  # characters of a server's text that are shown

# No such mailbox, no such domain, not an address, moved without forwarding, accepts no mail at all (RFC 7505).
_GONE: Final = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
# A full mailbox; without an enhanced code also too many recipients (RFC 5321, section 4.5.3.1.10). Both are temporary.
_NO_ROOM: Final = frozenset({"5.2.2", "552"})
# Our sender's address; the protocol; policy, which is authentication too.
_OURS = re.compile(r"5\.1\.[78]|5\.[57]\.\d+")
_OURS_BARE: Final = frozenset({500, 502, 503, 504, 530, 534, 535, 538})
# After the dot the address has already been accepted: the message is refused, unless the code names the reader.
_READERS = re.compile(r"5\.(?:1\.(?![78]$)|2\.|4\.)\d+")
_RATE = re.compile(r"rate|limit|throttl|too (?:many|much|fast|quick)|slow|frequen|volume", re.IGNORECASE)
_RATE_CODE: Final = "4.7.28"


class Stage(StrEnum):
    """The step that a reply belongs to."""

    RESET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "the message"


def asks_to_wait(reply: Reply, stage: Stage) -> bool:
    """Whether a refusal means that the server accepts nothing from us for a while, whoever it is for."""
    return reply.code == CLOSING or (reply.kind == 4 and stage in {Stage.RESET, Stage.MAIL})  # noqa: PLR2004 - SMTP's


def judge(reply: Reply, stage: Stage, envelope: Envelope, wait: float) -> Outcome:
    """The outcome of a refusal (4yz or 5yz). `wait`: seconds to wait if it `asks_to_wait`."""
    status = reply.status
    if asks_to_wait(reply, stage):
        return Outcome(Verdict.RETURNED, status, wait=wait)
    if reply.kind == 4:  # noqa: PLR2004 - SMTP's own numbers
        return Outcome(Verdict.DEFERRED, status, pauses_domain=_is_about_rate(reply))
    if _is_ours(reply, stage):
        text = masked_text(reply.text, envelope.recipient, envelope.sender)
        return Outcome(Verdict.RETURNED, status, refusal=f"the server refused {stage} ({status}): {text}")
    if status in _NO_ROOM:
        return Outcome(Verdict.DEFERRED, status)
    return Outcome(Verdict.DEAD, status, is_gone=status in _GONE)


def masked_text(text: str, *names: str) -> str:
    """A server's text in one line, shortened, without addresses and without the given names or their local parts."""
    words = re.sub(r"[^\x20-\x7e]+", " ", text)
    for part in filter(None, (part for name in names for part in (name, name.partition("@")[0]))):
        words = re.sub(rf"(?<![A-Za-z0-9]){re.escape(part)}(?![A-Za-z0-9])", "...", words, flags=re.IGNORECASE)
    words = re.sub(r"\S*(?:@|%40|=40)\S*", "...", words, flags=re.IGNORECASE)
    words = " ".join(words.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."


def _is_ours(reply: Reply, stage: Stage) -> bool:
    if stage in {Stage.RESET, Stage.MAIL} or reply.code in _OURS_BARE or _OURS.fullmatch(reply.enhanced):
        return True
    if stage is Stage.RCPT or reply.status in _NO_ROOM:
        return False
    return not _READERS.fullmatch(reply.enhanced)


def _is_about_rate(reply: Reply) -> bool:
    return reply.enhanced.startswith("4.7.") and (reply.enhanced == _RATE_CODE or bool(_RATE.search(reply.text)))
