"""Resend's responses -> the outcome for one reader's message. Pure.

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
_PAUSE: Final = 1.0  # seconds, if a limit is reached and the response names no time: limits are per second
_OK: Final = range(200, 300)
_BROKEN: Final = range(500, 600)
_CONFLICT: Final = 409
_LIMIT: Final = 429
_INVALID: Final = (400, 422)
_GENERIC: Final = ("validation_error", "400", "422")  # only the text says which field is meant

_RECIPIENT = re.compile(r"[`'\"]to[`'\"]|\bto\b field|\brecipient", re.IGNORECASE)
_FIELD = re.compile(r"[`'\"](from|reply_to|subject|html|text|headers|tags)[`'\"]", re.IGNORECASE)
_KEY: Final = f"set {VARIABLE} to a key of your account that can send (https://resend.com/api-keys)"
_HINTS: Final[Mapping[str, str]] = {
    "missing_api_key": _KEY,
    "restricted_api_key": _KEY,
    "invalid_api_key": _KEY,
    "suspended_api_key": _KEY,
    "invalid_from_address": "set email.sender to an address of a domain that you verified at Resend",
    "not_found": "check the endpoint in the transport's URL",
    "method_not_allowed": "check the endpoint in the transport's URL",
    "daily_quota_exceeded": "the daily quota is used up: run the same command tomorrow, or change the plan",
    "monthly_quota_exceeded": "the monthly quota is used up: change the plan, then run the same command",
    "security_error": "contact Resend's support",
}
_TESTING: Final = "testing emails"
_VERIFY: Final = "verify the domain of email.sender at https://resend.com/domains"


def judge(answer: ServiceAnswer | NoAnswer, now: float) -> Outcome:
    """The outcome by this response alone. `now`: seconds since 1970, for waits given as a date."""
    if isinstance(answer, NoAnswer):
        return Outcome(Verdict.UNKNOWN if answer.has_left else Verdict.RETURNED, answer.reason)
    name = _name(answer)
    if answer.status in _OK:  # a page of some proxy may have this status too
        return Outcome(Verdict.SENT, "200") if _has_id(answer) else Outcome(Verdict.UNKNOWN, "garbled")
    if answer.status in _BROKEN or answer.status == _CONFLICT:
        return Outcome(Verdict.UNKNOWN, name)
    if answer.status == _LIMIT and name not in _HINTS:
        wait = retry_after(answer.headers, now) or _reset(answer) or _PAUSE
        return Outcome(Verdict.RETURNED, name, wait=wait)
    if answer.status in _INVALID and name not in _HINTS:
        return _invalid_request(answer, name)
    return Outcome(Verdict.RETURNED, name, wait=retry_after(answer.headers, now), refusal=_refusal(answer, name))


def _has_id(answer: ServiceAnswer) -> bool:
    return bool((answer.body or {}).get("id"))


def _name(answer: ServiceAnswer) -> str:
    """Resend's name of an error, or the status if there is none."""
    name = (answer.body or {}).get("name")
    return name if isinstance(name, str) and re.fullmatch(r"[a-z_]{1,60}", name) else str(answer.status)


def rate_limit_reset(answer: ServiceAnswer | NoAnswer) -> float:
    """The seconds until the account can call again, if this call used up the limit; else 0."""
    if isinstance(answer, NoAnswer) or answer.headers.get("ratelimit-remaining") != "0":
        return 0
    return _reset(answer)


def _reset(answer: ServiceAnswer) -> float:
    seconds = answer.headers.get("ratelimit-reset", "")
    return float(seconds) if re.fullmatch(r"[0-9]{1,4}", seconds) else 0


def _invalid_request(answer: ServiceAnswer, name: str) -> Outcome:
    """The outcome of a request with invalid content: the reader's address, or something that all messages share.

    If the response does not say which, the delivery is deferred: neither the reader nor the run is given up.
    """
    text = _text(answer)
    if name not in _GENERIC or _FIELD.search(text):
        return Outcome(Verdict.RETURNED, name, refusal=_refusal(answer, name))
    return Outcome(Verdict.DEAD if _RECIPIENT.search(text) else Verdict.DEFERRED, name)


def _refusal(answer: ServiceAnswer, name: str) -> str:
    text = _text(answer)
    hint = _HINTS.get(name) or (_VERIFY if _TESTING in text or "verif" in text else "")
    reason = redact(text)
    return f"Resend refuses ({name})" + (f": {reason}" if reason else "") + (f"; {hint}" if hint else "")


def _text(answer: ServiceAnswer) -> str:
    message = (answer.body or {}).get("message")
    return message if isinstance(message, str) else ""
