"""SES's errors -> the outcome for one reader's message. Pure.

The codes are those of SendEmail in the reference of API version 2, and AWS's common ones. Except for server errors (5xx),
a call that ends in an error was not carried out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from briefing.delivery.sending.transports.contract import Outcome, Verdict
from briefing.delivery.sending.transports.endpoints import redact
from briefing.delivery.sending.transports.http_call import retry_after

if TYPE_CHECKING:
    from briefing.delivery.sending.transports.contract import Envelope

_BROKEN: Final = 500
_PAUSE: Final = 1.0  # seconds: the rate limit is per second
_LIMITS: Final = frozenset(
    {
        *("TooManyRequestsException", "TooManyRequests", "Throttling", "ThrottlingException", "ThrottledException"),
        *("RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "SlowDown", "429"),
    }
)
_QUOTA = re.compile(r"daily|quota", re.IGNORECASE)
_CREDENTIALS: Final = "check the credentials that boto3 finds (AWS_PROFILE, AWS_ACCESS_KEY_ID) and their permissions"
_CLOCK: Final = f"{_CREDENTIALS}, and this machine's clock"
_HINTS: Final[Mapping[str, str]] = {
    "LimitExceededException": "the account reached a limit; check it in the SES console",
    "AccountSuspendedException": "the account is suspended; contact AWS Support",
    "SendingPausedException": "sending is paused for the account or the configuration set; start it in the SES console",
    "MessageRejected": "verify the domain of email.sender, and leave the sandbox, in this region",
    "MailFromDomainNotVerifiedException": "verify the custom MAIL FROM domain in the SES console",
    "NotFoundException": "check configuration_set in the transport's URL",
    "ConfigurationSetDoesNotExistException": "check configuration_set in the transport's URL",
    "AccessDeniedException": f"ses:SendEmail is not allowed; {_CREDENTIALS}",
    "AccessDenied": f"ses:SendEmail is not allowed; {_CREDENTIALS}",
    "InvalidSignatureException": _CLOCK,
    "SignatureDoesNotMatch": _CLOCK,
    "RequestExpired": _CLOCK,
    "RequestTimeTooSkewed": _CLOCK,
    **dict.fromkeys(
        (
            *("UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken"),
            *("MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature"),
            *("NotAuthorized", "OptInRequired", "401", "403"),
        ),
        _CREDENTIALS,
    ),
}
_QUOTA_USED: Final = "the daily quota is used up: run the same command tomorrow, or ask AWS for a higher quota"
_INVALID: Final = "BadRequestException"
_SHARED = re.compile(
    r"\bheader|\btag\b|configuration|\bsender\b|\bsource\b|from address|return.?path|feedback", re.IGNORECASE
)


def judge_error(response: Mapping[str, Any], envelope: Envelope, now: float) -> Outcome:
    """The outcome of an error response as botocore gives it. `now`: seconds since 1970, for waits given as a date."""
    error, meta = _of(response, "Error"), _of(response, "ResponseMetadata")
    code, text = _code(error.get("Code")), str(error.get("Message") or "")
    if int(meta.get("HTTPStatusCode") or 0) >= _BROKEN:
        return Outcome(Verdict.UNKNOWN, code)
    if code in _LIMITS:
        if _QUOTA.search(text):
            return Outcome(Verdict.RETURNED, code, refusal=f"Amazon SES refuses ({code}): {_QUOTA_USED}")
        return Outcome(Verdict.RETURNED, code, wait=retry_after(_of(meta, "HTTPHeaders"), now) or _PAUSE)
    if code == _INVALID:
        return _invalid_request(code, text, envelope)
    return Outcome(Verdict.RETURNED, code, refusal=_refusal(code, text))


def _of(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = outer.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _code(code: object) -> str:
    """SES's code of an error; "error" for anything that is not a code, such as part of an HTML page."""
    return code if isinstance(code, str) and re.fullmatch(r"[A-Za-z0-9.]{1,60}", code) else "error"


def _invalid_request(code: str, text: str, envelope: Envelope) -> Outcome:
    """The outcome of a request with invalid content: the reader's address, or something that all messages share.

    If the response does not say which, the delivery is deferred: neither the reader nor the run is given up.
    """
    if envelope.recipient.lower() in text.lower():
        return Outcome(Verdict.DEAD, code)
    if _SHARED.search(text) or (envelope.sender and envelope.sender.lower() in text.lower()):
        return Outcome(Verdict.RETURNED, code, refusal=_refusal(code, text))
    return Outcome(Verdict.DEFERRED, code)


def _refusal(code: str, text: str) -> str:
    reason, hint = redact(text), _HINTS.get(code, "")
    return f"Amazon SES refuses ({code})" + (f": {reason}" if reason else "") + (f"; {hint}" if hint else "")
