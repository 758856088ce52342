"""Translate boto3's errors to one sentence: what is wrong, and what to do. Repeats nothing that may contain a secret."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from botocore import exceptions
from botocore.parsers import ResponseParserError

from briefing.errors import BriefingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from briefing.publish.s3.location import BucketLocation

_AGAIN: Final = "then run publish again"
_VARIABLES: Final = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary keys)"
_PERMISSIONS: Final[Mapping[str, str]] = {
    "ListObjectsV2": "s3:ListBucket",
    "GetObject": "s3:GetObject and s3:ListBucket",  # without the latter a missing object is denied too
    "PutObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
}
_DENIED: Final = frozenset({"AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden", "403"})
_UNKNOWN_KEY: Final = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "TokenRefreshRequired", "InvalidClientTokenId"}
    | {"UnrecognizedClientException", "Unauthorized"}
)
_EXPIRED_KEY: Final = frozenset({"ExpiredToken", "ExpiredTokenException"})
_OTHER_REGION: Final = frozenset(
    {"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
    | {"AuthorizationQueryParametersError", "InvalidRegion", "301", "307"}
)
_CLOCK_SKEW: Final = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_DAMAGED: Final = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"})
_BUSY: Final = frozenset({"SlowDown", "ServiceUnavailable", "Throttling", "TooManyRequests", "503", "429"})
_NO_CREDENTIALS: Final = (
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


@contextmanager
def translate_errors(location: BucketLocation) -> Iterator[None]:
    """Raise the errors of boto3 and of the file system as a BriefingError of one line."""
    try:
        yield
    except exceptions.ClientError as error:
        raise BriefingError(_refusal(location, error)) from error
    except (exceptions.BotoCoreError, ResponseParserError) as error:
        raise BriefingError(_failure(location, error)) from error
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        msg = f"publishing to {location} failed: {error.strerror or error}{where}; fix that and run publish again"
        raise BriefingError(msg) from error


def http_status(error: exceptions.ClientError) -> int:
    """Return the HTTP status of a refusal."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _refusal(location: BucketLocation, error: exceptions.ClientError) -> str:
    code, operation = _error_code(error), error.operation_name
    messages = (
        (
            {"NoSuchBucket"},
            f"{location.service} has no bucket {location.bucket}: create it, or correct its name, {_AGAIN}",
        ),
        (
            _DENIED,
            f"{location}: access denied: grant the credentials {_PERMISSIONS.get(operation, operation)}, {_AGAIN}",
        ),
        (_UNKNOWN_KEY, f"{location.service} does not accept the credentials: set {_VARIABLES}, {_AGAIN}"),
        (_EXPIRED_KEY, f"the credentials for {location.service} have expired: renew them, {_AGAIN}"),
        (
            _OTHER_REGION,
            f"{location} is in another region{_region_in(error)}: add ?region=NAME to the URL or set AWS_REGION, {_AGAIN}",
        ),
        (_CLOCK_SKEW, f"this machine's clock is wrong, so {location.service} refuses its requests: set it, {_AGAIN}"),
        (_DAMAGED, f"a file changed or was damaged while it was uploaded to {location}: run publish again"),
        (_BUSY, f"{location.service} is overloaded: run publish again later"),
    )
    for codes, message in messages:
        if code in codes:
            return message
    return f"{location.service} refused {operation} for {location} ({_printable(code)}): fix that, {_AGAIN}"


def _failure(location: BucketLocation, error: Exception) -> str:
    if isinstance(error, _NO_CREDENTIALS):
        return f"there are no credentials for {location.service}: set {_VARIABLES}, or AWS_PROFILE, {_AGAIN}"
    if isinstance(error, exceptions.NoRegionError):
        return f"no region is set: add ?region=NAME to the URL or set AWS_REGION, {_AGAIN}"
    if isinstance(error, exceptions.SSLError):
        return f"this machine does not trust the certificate of {location.service}: check its clock and AWS_CA_BUNDLE"
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return f"{location.service} cannot be reached: check the endpoint and the network, {_AGAIN}"
    if isinstance(error, ResponseParserError):
        return f"{location.service} is not compatible with S3: correct the endpoint, {_AGAIN}"
    return f"boto3 cannot reach {location} ({type(error).__name__}): check its configuration, {_AGAIN}"


def _error_code(error: exceptions.ClientError) -> str:
    """Return the service's error code, or if there is none the HTTP status."""
    return str(error.response.get("Error", {}).get("Code") or http_status(error))


def _region_in(error: exceptions.ClientError) -> str:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = error.response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region") or ""
    return f" ({_printable(region)})" if region else ""


def _printable(code: str) -> str:
    """Return what a service answered, reduced to the characters of an identifier."""
    return "".join(char for char in code if char.isascii() and (char.isalnum() or char in "-_."))[:60]
