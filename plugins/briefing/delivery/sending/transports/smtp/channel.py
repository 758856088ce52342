"""One connection that carries messages, one at a time, and says what became of each."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.sending.transports.smtp.replies import CLOSING
from briefing.delivery.sending.transports.smtp.timeouts import FAREWELL, PER_CONNECTION
from briefing.delivery.sending.transports.smtp.verdicts import Stage, judge, wants_calm
from briefing.delivery.sending.transports.smtp.wire import ConnectionFault

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Envelope
    from briefing.delivery.sending.transports.smtp.handshake import Offers
    from briefing.delivery.sending.transports.smtp.replies import Reply
    from briefing.delivery.sending.transports.smtp.timeouts import Patience, Restraint
    from briefing.delivery.sending.transports.smtp.wire import Wire

_SENT: Final = Outcome(Verdict.SENT, "250")
_DOT: Final = b".\r\n"
_SAYABLE = re.compile("[!-;=?-~]*")  # printable ASCII without space, < and >
_DONE, _GO_ON, _REFUSED_NOW, _REFUSED = 2, 3, 4, 5  # kinds of replies
# Each step with the kind of reply that lets us go on.
_STEPS: Final = ((Stage.MAIL, _DONE), (Stage.RCPT, _DONE), (Stage.DATA, _GO_ON))
_STEPS_AGAIN: Final = ((Stage.RESET, _DONE), *_STEPS)


class SmtpChannel:
    """Fulfils `Channel`."""

    def __init__(self, wire: Wire, offers: Offers, patience: Patience, restraint: Restraint) -> None:
        """Over a connection that is ready for MAIL."""
        self._wire = wire
        self._offers = offers
        self._patience = patience
        self._restraint = restraint
        self._left = PER_CONNECTION
        self._is_busy = False
        self._is_begun = False  # the server still has the envelope of a message that came to nothing

    @property
    def is_open(self) -> bool:
        """Whether another envelope may be handed over."""
        return self._left > 0 and self._wire.is_idle

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Hand over one message. What breaks before its last dot has been written was not taken: see RFC 5321, 4.1.1.4."""
        self._left -= 1
        self._is_busy = True
        outcome = self._unfit(envelope) or await self._announce(envelope) or await self._post(envelope)
        self._is_busy = False
        if outcome is _SENT:
            self._restraint.end()
        elif outcome.verdict in {Verdict.RETURNED, Verdict.UNKNOWN}:
            self._left = 0
        return outcome

    async def leave(self) -> None:
        """QUIT; where a message is half way, nothing more: what has no last dot is not taken."""
        if self._is_busy:
            self._wire.break_off()
        elif self._wire.write(b"QUIT\r\n"):
            await self._wire.answers(1, FAREWELL)
        await self._wire.close()

    def _unfit(self, envelope: Envelope) -> Outcome | None:
        """What is not even begun: an address that would be another command, or a message larger than the server takes."""
        if not _SAYABLE.fullmatch(envelope.recipient):
            return Outcome(Verdict.DEAD, "5.1.3")
        if not _SAYABLE.fullmatch(envelope.sender):
            return Outcome(
                Verdict.RETURNED, "5.1.7", refusal="the return path is not a valid address; see email.bounce_address"
            )
        if 0 < self._offers.size < len(envelope.message):
            said = f"it takes {self._offers.size:,} octets, and the message has {len(envelope.message):,}"
            return Outcome(Verdict.RETURNED, "5.3.4", refusal=f"the server takes no message of this size: {said}")
        return None

    async def _announce(self, envelope: Envelope) -> Outcome | None:
        """Say whom the message is for; None where the server waits for it."""
        if not self._wire.is_idle:
            return self._broken()
        steps = _STEPS_AGAIN if self._is_begun else _STEPS
        size = f" SIZE={len(envelope.message)}" if self._offers.size else ""
        told = f"MAIL FROM:<{envelope.sender}>{size}\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n".encode("ascii")
        if self._is_begun:
            told = b"RSET\r\n" + told
        replies = await (self._at_once(told, len(steps)) if self._offers.pipelining else self._in_turn(told, steps))
        if replies and replies[-1].code == CLOSING:
            self._left = 0
        for (stage, kind), reply in zip(steps, replies, strict=False):
            if reply.kind != kind:
                is_waiting = len(replies) == len(steps) and replies[-1].kind == _GO_ON
                return await self._refused(stage, reply, envelope, is_waiting=is_waiting)
        self._is_begun = False
        return None if len(replies) == len(steps) else self._broken()

    async def _at_once(self, commands: bytes, count: int) -> list[Reply]:
        """RFC 2920."""
        self._wire.write(commands)
        return await self._wire.answers(count, self._patience.command)

    async def _in_turn(self, commands: bytes, steps: tuple[tuple[Stage, int], ...]) -> list[Reply]:
        """Each command after the reply to the one before; none after a refusal."""
        replies: list[Reply] = []
        for command, (_, kind) in zip(commands.splitlines(keepends=True), steps, strict=True):
            self._wire.write(command)
            replies += await self._wire.answers(1, self._patience.command)
            if not replies or replies[-1].kind != kind:
                break
        return replies

    async def _refused(self, stage: Stage, reply: Reply, envelope: Envelope, *, is_waiting: bool) -> Outcome:
        """`is_waiting`: the server wants a message although it refused its envelope; an empty one ends that."""
        if reply.kind not in {_REFUSED_NOW, _REFUSED}:
            return self._broken()
        self._is_begun = True
        if is_waiting and self._wire.write(_DOT):
            await self._wire.answers(1, self._patience.final)
        return self._judged(reply, stage, envelope)

    async def _post(self, envelope: Envelope) -> Outcome:
        """The message and its end: in one go where that is sure to leave at once, else its end once all of it has left."""
        wire = self._wire
        posted = envelope.message if envelope.is_dotless else _dotted(envelope.message)
        if len(posted) > wire.room:
            wire.write(posted)
            if not await wire.written():
                return self._interrupted(envelope)
            posted = b""
        if not wire.write(posted + _DOT):
            return self._broken()
        replies = await wire.answers(1, self._patience.final)
        if len(replies) == 1 and replies[0].kind == _DONE and wire.fault is not ConnectionFault.GARBLED:
            return _SENT
        return self._ended(replies, envelope)

    def _ended(self, replies: list[Reply], envelope: Envelope) -> Outcome:
        """What anything but one clear yes means, after the last dot."""
        kinds = {reply.kind for reply in replies if reply.code != CLOSING or reply is replies[0]}
        if len(kinds) != 1 or self._wire.fault is ConnectionFault.GARBLED or kinds == {_GO_ON}:
            status = self._wire.fault or ConnectionFault.GARBLED
            self._wire.break_off(status)
            return Outcome(Verdict.UNKNOWN, status)
        if len(replies) > 1:
            self._wire.break_off(ConnectionFault.GARBLED)
        return _SENT if kinds == {_DONE} else self._judged(replies[0], Stage.DOT, envelope)

    def _interrupted(self, envelope: Envelope) -> Outcome:
        """What came before the end of the message had been written: a refusal counts, nothing else does."""
        replies = self._wire.taken()
        self._wire.break_off(ConnectionFault.GARBLED)
        if replies and replies[0].kind in {_REFUSED_NOW, _REFUSED}:
            return self._judged(replies[0], Stage.DOT, envelope)
        return self._broken()

    def _judged(self, reply: Reply, stage: Stage, envelope: Envelope) -> Outcome:
        wait = self._restraint.wait(time.monotonic()) if wants_calm(reply, stage) else 0
        return judge(reply, stage, envelope, wait)

    def _broken(self) -> Outcome:
        """Not taken, whatever the reason."""
        self._wire.break_off(ConnectionFault.GARBLED)
        return Outcome(Verdict.RETURNED, self._wire.fault or ConnectionFault.GARBLED)


def _dotted(message: bytes) -> bytes:
    """As it travels (RFC 5321, section 4.5.2): a dot before each line that begins with one, CRLF at the end."""
    if message.startswith(b"."):
        message = b"." + message
    if message.rfind(b"\r\n.") >= 0:  # twice as fast as looking from the front
        message = message.replace(b"\r\n.", b"\r\n..")
    return message if message.endswith(b"\r\n") else message + b"\r\n"
