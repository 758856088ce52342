"""What Resend's answers mean for one reader's message. Pure.

The names of errors are those of https://resend.com/docs/api-reference/errors.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.sending.transports.endpoints import redact
from briefing.delivery.sending.transports.http_call import NoAnswer, ServiceAnswer, retry_after

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE: Final = "BRIEFING_RESEND_KEY"
MISMATCH: Final = "invalid_idempotent_request"
_PAUSE: Final = 1.0  # seconds, where a limit is reached and no other time is named: limits are a second's
_OK: Final = range(200, 300)
_BROKEN: Final = range(500, 600)
_CONFLICT: Final = 409
_LIMIT: Final = 429
_FAULTY: Final = (400, 422)
_OPEN: Final = ("validation_error", "400", "422")  # of these only the text says which field is meant

_RECIPIENT = re.compile(r"[`'\"]to[`'\"]|\bto\b field|\brecipient", re.IGNORECASE)
_FIELD = re.compile(r"[`'\"](from|reply_to|subject|html|text|headers|tags)[`'\"]", re.IGNORECASE)
_KEY: Final = f"set {VARIABLE} to a key of your account that may send (https://resend.com/api-keys)"
_MENDS: Final[Mapping[str, str]] = {
    "missing_api_key": _KEY,
    "restricted_api_key": _KEY,
    "invalid_api_key": _KEY,
    "suspended_api_key": _KEY,
    "invalid_from_address": "set email.sender to an address of a domain that is verified there",
    "not_found": "look at the endpoint in the transport's URL",
    "method_not_allowed": "look at the endpoint in the transport's URL",
    "daily_quota_exceeded": "the day's quota is used up: go on tomorrow with the same command, or change the plan",
    "monthly_quota_exceeded": "the month's quota is used up: change the plan, then go on with the same command",
    "security_error": "ask Resend's support why",
}
_TESTING: Final = "testing emails"
_VERIFY: Final = "verify the domain of email.sender at https://resend.com/domains"


def judge(answer: ServiceAnswer | NoAnswer, now: float) -> Outcome:
    """What became of the message by this answer alone. `now`: seconds since 1970, for waits that are named by date."""
    if isinstance(answer, NoAnswer):
        return Outcome(Verdict.UNKNOWN if answer.has_left else Verdict.RETURNED, answer.reason)
    name = _name(answer)
    if answer.status in _OK:  # a page of some proxy may say so too
        return Outcome(Verdict.SENT, "200") if _has_id(answer) else Outcome(Verdict.UNKNOWN, "garbled")
    if answer.status in _BROKEN or answer.status == _CONFLICT:
        return Outcome(Verdict.UNKNOWN, name)
    if answer.status == _LIMIT and name not in _MENDS:
        wait = retry_after(answer.headers, now) or _reset(answer) or _PAUSE
        return Outcome(Verdict.RETURNED, name, wait=wait)
    if answer.status in _FAULTY and name not in _MENDS:
        return _faulty(answer, name)
    return Outcome(Verdict.RETURNED, name, wait=retry_after(answer.headers, now), refusal=_refusal(answer, name))


def _has_id(answer: ServiceAnswer) -> bool:
    return bool((answer.body or {}).get("id"))


def _name(answer: ServiceAnswer) -> str:
    """Resend's word for an error, or the status where it has none."""
    said = (answer.body or {}).get("name")
    return said if isinstance(said, str) and re.fullmatch(r"[a-z_]{1,60}", said) else str(answer.status)


def rest(answer: ServiceAnswer | NoAnswer) -> float:
    """The seconds until the team may call again, where this call was the last for now; else 0."""
    if isinstance(answer, NoAnswer) or answer.headers.get("ratelimit-remaining") != "0":
        return 0
    return _reset(answer)


def _reset(answer: ServiceAnswer) -> float:
    seconds = answer.headers.get("ratelimit-reset", "")
    return float(seconds) if re.fullmatch(r"[0-9]{1,4}", seconds) else 0


def _faulty(answer: ServiceAnswer, name: str) -> Outcome:
    """A request whose content is refused: for the reader's address, or for what is the same for all readers.

    Where it does not say which, the delivery is tried again later: neither the reader nor the run is given up.
    """
    text = _text(answer)
    if name not in _OPEN or _FIELD.search(text):
        return Outcome(Verdict.RETURNED, name, refusal=_refusal(answer, name))
    return Outcome(Verdict.DEAD if _RECIPIENT.search(text) else Verdict.DEFERRED, name)


def _refusal(answer: ServiceAnswer, name: str) -> str:
    text = _text(answer)
    mend = _MENDS.get(name) or (_VERIFY if _TESTING in text or "verif" in text else "")
    said = redact(text)
    return f"Resend refuses ({name})" + (f": {said}" if said else "") + (f"; {mend}" if mend else "")


def _text(answer: ServiceAnswer) -> str:
    said = (answer.body or {}).get("message")
    return said if isinstance(said, str) else ""
