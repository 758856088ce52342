"""One connection: hands over messages one at a time, and returns the outcome of each."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.sending.transports.smtp.replies import CLOSING
from briefing.delivery.sending.transports.smtp.timeouts import FAREWELL, PER_CONNECTION
from briefing.delivery.sending.transports.smtp.verdicts import Stage, asks_to_wait, judge
from briefing.delivery.sending.transports.smtp.wire import ConnectionFault

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Envelope
    from briefing.delivery.sending.transports.smtp.handshake import Extensions
    from briefing.delivery.sending.transports.smtp.replies import Reply
    from briefing.delivery.sending.transports.smtp.timeouts import Backoff, Timeouts
    from briefing.delivery.sending.transports.smtp.wire import Wire

_SENT: Final = Outcome(Verdict.SENT, "250")
_DOT: Final = b".\r\n"
_PRINTABLE = re.compile("[!-;=?-~]*")  # printable ASCII without space, < and >
_DONE, _CONTINUE, _REFUSED_NOW, _REFUSED = 2, 3, 4, 5  # kinds of replies
# Each step with the kind of reply that lets us continue.
_STEPS: Final = ((Stage.MAIL, _DONE), (Stage.RCPT, _DONE), (Stage.DATA, _CONTINUE))
_STEPS_AGAIN: Final = ((Stage.RESET, _DONE), *_STEPS)


class SmtpChannel:
    """A `Channel`."""

    def __init__(self, wire: Wire, extensions: Extensions, timeouts: Timeouts, backoff: Backoff) -> None:
        """Over a connection that is ready for MAIL."""
        self._wire = wire
        self._extensions = extensions
        self._timeouts = timeouts
        self._backoff = backoff
        self._left = PER_CONNECTION
        self._is_busy = False
        self._needs_reset = False  # the server still has the envelope of a message that was not accepted

    @property
    def is_open(self) -> bool:
        """Whether it accepts another envelope."""
        return self._left > 0 and self._wire.is_idle

    async def deliver(self, envelope: Envelope) -> Outcome:
        """Hand over one message. If the connection breaks before the final dot is written, it was not accepted (RFC 5321, 4.1.1.4)."""
        self._left -= 1
        self._is_busy = True
        outcome = self._unusable(envelope) or await self._send_envelope(envelope) or await self._send_message(envelope)
        self._is_busy = False
        if outcome is _SENT:
            self._backoff.end()
        elif outcome.verdict in {Verdict.RETURNED, Verdict.UNKNOWN}:
            self._left = 0
        return outcome

    async def leave(self) -> None:
        """QUIT; or just close, if a message is incomplete: without its final dot it is not accepted."""
        if self._is_busy:
            self._wire.break_off()
        elif self._wire.write(b"QUIT\r\n"):
            await self._wire.answers(1, FAREWELL)
        await self._wire.close()

    def _unusable(self, envelope: Envelope) -> Outcome | None:
        """The outcome if handing over makes no sense: an unusable address, or a message larger than the server accepts."""
        if not _PRINTABLE.fullmatch(envelope.recipient):
            return Outcome(Verdict.DEAD, "5.1.3")
        if not _PRINTABLE.fullmatch(envelope.sender):
            return Outcome(
                Verdict.RETURNED, "5.1.7", refusal="the return path is not a valid address; check email.bounce_address"
            )
        if 0 < self._extensions.size < len(envelope.message):
            sizes = f"it accepts {self._extensions.size:,} octets, and the message has {len(envelope.message):,}"
            return Outcome(Verdict.RETURNED, "5.3.4", refusal=f"the message is too large for the server: {sizes}")
        return None

    async def _send_envelope(self, envelope: Envelope) -> Outcome | None:
        """Send the envelope. None if the server waits for the message."""
        if not self._wire.is_idle:
            return self._broken()
        steps = _STEPS_AGAIN if self._needs_reset else _STEPS
        size = f" SIZE={len(envelope.message)}" if self._extensions.size else ""
        commands = f"MAIL FROM:<{envelope.sender}>{size}\r\nRCPT TO:<{envelope.recipient}>\r\nDATA\r\n".encode("ascii")
        if self._needs_reset:
            commands = b"RSET\r\n" + commands
        replies = await (
            self._at_once(commands, len(steps)) if self._extensions.pipelining else self._in_turn(commands, steps)
        )
        if replies and replies[-1].code == CLOSING:
            self._left = 0
        for (stage, kind), reply in zip(steps, replies, strict=False):
            if reply.kind != kind:
                is_waiting = len(replies) == len(steps) and replies[-1].kind == _CONTINUE
                return await self._refused(stage, reply, envelope, is_waiting=is_waiting)
        self._needs_reset = False
        return None if len(replies) == len(steps) else self._broken()

    async def _at_once(self, commands: bytes, count: int) -> list[Reply]:
        """RFC 2920."""
        self._wire.write(commands)
        return await self._wire.answers(count, self._timeouts.command)

    async def _in_turn(self, commands: bytes, steps: tuple[tuple[Stage, int], ...]) -> list[Reply]:
        """Each command after the reply to the previous one; none after a refusal."""
        replies: list[Reply] = []
        for command, (_, kind) in zip(commands.splitlines(keepends=True), steps, strict=True):
            self._wire.write(command)
            replies += await self._wire.answers(1, self._timeouts.command)
            if not replies or replies[-1].kind != kind:
                break
        return replies

    async def _refused(self, stage: Stage, reply: Reply, envelope: Envelope, *, is_waiting: bool) -> Outcome:
        """`is_waiting`: the server waits for a message although it refused its envelope; an empty one ends that."""
        if reply.kind not in {_REFUSED_NOW, _REFUSED}:
            return self._broken()
        self._needs_reset = True
        if is_waiting and self._wire.write(_DOT):
            await self._wire.answers(1, self._timeouts.final)
        return self._judged(reply, stage, envelope)

    async def _send_message(self, envelope: Envelope) -> Outcome:
        """Send the message and its final dot: in one write if the system accepts all of it at once, else the dot last."""
        wire = self._wire
        octets = envelope.message if envelope.is_dotless else _dot_stuffed(envelope.message)
        if len(octets) > wire.room:
            wire.write(octets)
            if not await wire.written():
                return self._interrupted(envelope)
            octets = b""
        if not wire.write(octets + _DOT):
            return self._broken()
        replies = await wire.answers(1, self._timeouts.final)
        if len(replies) == 1 and replies[0].kind == _DONE and wire.fault is not ConnectionFault.GARBLED:
            return _SENT
        return self._ended(replies, envelope)

    def _ended(self, replies: list[Reply], envelope: Envelope) -> Outcome:
        """The outcome of anything but one clear yes after the final dot."""
        kinds = {reply.kind for reply in replies if reply.code != CLOSING or reply is replies[0]}
        if len(kinds) != 1 or self._wire.fault is ConnectionFault.GARBLED or kinds == {_CONTINUE}:
            status = self._wire.fault or ConnectionFault.GARBLED
            self._wire.break_off(status)
            return Outcome(Verdict.UNKNOWN, status)
        if len(replies) > 1:
            self._wire.break_off(ConnectionFault.GARBLED)
        return _SENT if kinds == {_DONE} else self._judged(replies[0], Stage.DOT, envelope)

    def _interrupted(self, envelope: Envelope) -> Outcome:
        """The outcome of what came before the message was complete: only a refusal counts."""
        replies = self._wire.taken()
        self._wire.break_off(ConnectionFault.GARBLED)
        if replies and replies[0].kind in {_REFUSED_NOW, _REFUSED}:
            return self._judged(replies[0], Stage.DOT, envelope)
        return self._broken()

    def _judged(self, reply: Reply, stage: Stage, envelope: Envelope) -> Outcome:
        wait = self._backoff.wait(time.monotonic()) if asks_to_wait(reply, stage) else 0
        return judge(reply, stage, envelope, wait)

    def _broken(self) -> Outcome:
        """Not accepted, for whatever reason."""
        self._wire.break_off(ConnectionFault.GARBLED)
        return Outcome(Verdict.RETURNED, self._wire.fault or ConnectionFault.GARBLED)


def _dot_stuffed(message: bytes) -> bytes:
    """With dots escaped (RFC 5321, section 4.5.2) and CRLF at the end."""
    if message.startswith(b"."):
        message = b"." + message
    if message.rfind(b"\r\n.") >= 0:  # twice as fast as searching from the front
        message = message.replace(b"\r\n.", b"\r\n..")
    return message if message.endswith(b"\r\n") else message + b"\r\n"
