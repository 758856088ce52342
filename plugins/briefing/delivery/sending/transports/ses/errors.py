"""Failed calls of SES -> the outcome for the message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from botocore import exceptions

from briefing.delivery.sending.transports.contract import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

UNREACHABLE: Final = "unreachable"
# Raised before the first octet of a request: there was no connection, or no credentials to sign it.
_CONNECTION: Final = (
    exceptions.EndpointConnectionError,
    exceptions.ConnectTimeoutError,
    exceptions.ProxyConnectionError,
)
_CREDENTIALS: Final = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.NoAuthTokenError,
    exceptions.TokenRetrievalError,
    exceptions.RefreshWithMFAUnsupportedError,
    exceptions.ProfileNotFound,
    exceptions.SSOError,
    exceptions.LoginError,
)
_REFUSALS: Final[Mapping[str, str]] = {
    "credentials": "boto3 finds no credentials for Amazon SES: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and"
    " AWS_SECRET_ACCESS_KEY, or give this machine a role",
    "certificate": "Amazon SES's certificate is not trusted; check this machine's clock and AWS_CA_BUNDLE",
    "request": "boto3 rejects the request to Amazon SES as invalid; check email.sender and the transport's URL",
}


def judge_failure(error: Exception) -> Outcome:
    """The outcome of an exception of boto3's without a response: uncertain, unless nothing can have been sent."""
    if isinstance(error, _CONNECTION):
        return Outcome(Verdict.RETURNED, UNREACHABLE)
    if isinstance(error, _CREDENTIALS):
        return _refused("credentials")
    if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return _refused("certificate")
    if isinstance(error, exceptions.ParamValidationError):
        return _refused("request")
    is_late = isinstance(error, exceptions.ReadTimeoutError)
    return Outcome(Verdict.UNKNOWN, "timeout" if is_late else "dropped")


def _refused(status: str) -> Outcome:
    return Outcome(Verdict.RETURNED, status, refusal=_REFUSALS[status])
