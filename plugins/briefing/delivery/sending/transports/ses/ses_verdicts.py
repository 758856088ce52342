"""What SES's errors mean for one reader's message. Pure.

Their codes are those of SendEmail in the reference of the interface's version 2, and the common ones of AWS. Each
is the answer to a call that was not carried out, but for those of the server's own (5xx).
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
_PAUSE: Final = 1.0  # seconds: the sending rate is a second's
_LIMITS: Final = frozenset(
    {
        *("TooManyRequestsException", "TooManyRequests", "Throttling", "ThrottlingException", "ThrottledException"),
        *("RequestThrottled", "RequestThrottledException", "RequestLimitExceeded", "SlowDown", "429"),
    }
)
_QUOTA = re.compile(r"daily|quota", re.IGNORECASE)
_CREDENTIALS: Final = "look at the credentials that boto3 finds (AWS_PROFILE, AWS_ACCESS_KEY_ID) and what they allow"
_CLOCK: Final = f"{_CREDENTIALS}, and at this machine's clock"
_MENDS: Final[Mapping[str, str]] = {
    "LimitExceededException": "a limit of the account is reached; look at it in the SES console",
    "AccountSuspendedException": "the account may send no more; ask AWS's support why",
    "SendingPausedException": "sending is paused for the account or the configuration set; start it in the SES console",
    "MessageRejected": "verify the domain of email.sender, and leave the sandbox, in this region",
    "MailFromDomainNotVerifiedException": "verify the custom MAIL FROM domain in the SES console",
    "NotFoundException": "look at configuration_set in the transport's URL",
    "ConfigurationSetDoesNotExistException": "look at configuration_set in the transport's URL",
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
_QUOTA_USED: Final = "the day's quota is used up: go on tomorrow with the same command, or ask AWS for a larger one"
_FAULTY: Final = "BadRequestException"
_SHARED = re.compile(
    r"\bheader|\btag\b|configuration|\bsender\b|\bsource\b|from address|return.?path|feedback", re.IGNORECASE
)


def judge_error(response: Mapping[str, Any], envelope: Envelope, now: float) -> Outcome:
    """What an error's answer means, as botocore gives it. `now`: seconds since 1970, for waits named by date."""
    error, meta = _of(response, "Error"), _of(response, "ResponseMetadata")
    code, text = _code(error.get("Code")), str(error.get("Message") or "")
    if int(meta.get("HTTPStatusCode") or 0) >= _BROKEN:
        return Outcome(Verdict.UNKNOWN, code)
    if code in _LIMITS:
        if _QUOTA.search(text):
            return Outcome(Verdict.RETURNED, code, refusal=f"Amazon SES refuses ({code}): {_QUOTA_USED}")
        return Outcome(Verdict.RETURNED, code, wait=retry_after(_of(meta, "HTTPHeaders"), now) or _PAUSE)
    if code == _FAULTY:
        return _faulty(code, text, envelope)
    return Outcome(Verdict.RETURNED, code, refusal=_refusal(code, text))


def _of(outer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = outer.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _code(said: object) -> str:
    """SES's word for an error; nothing that is none, such as a piece of a page, goes on."""
    return said if isinstance(said, str) and re.fullmatch(r"[A-Za-z0-9.]{1,60}", said) else "error"


def _faulty(code: str, text: str, envelope: Envelope) -> Outcome:
    """A request whose content is refused: for the reader's address, or for what is the same for all readers.

    Where it does not say which, the delivery is tried again later: neither the reader nor the run is given up.
    """
    if envelope.recipient.lower() in text.lower():
        return Outcome(Verdict.DEAD, code)
    if _SHARED.search(text) or (envelope.sender and envelope.sender.lower() in text.lower()):
        return Outcome(Verdict.RETURNED, code, refusal=_refusal(code, text))
    return Outcome(Verdict.DEFERRED, code)


def _refusal(code: str, text: str) -> str:
    said, mend = redact(text), _MENDS.get(code, "")
    return f"Amazon SES refuses ({code})" + (f": {said}" if said else "") + (f"; {mend}" if mend else "")
