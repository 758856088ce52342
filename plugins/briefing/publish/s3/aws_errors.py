"""What boto3 raises -> one sentence: what is wrong, and what to do. Nothing is repeated that may hold a secret."""

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
_VARIABLES: Final = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN where the keys need it)"
_PERMISSIONS: Final[Mapping[str, str]] = {
    "ListObjectsV2": "s3:ListBucket",
    "GetObject": "s3:GetObject and s3:ListBucket",  # without the latter what is not there is denied too
    "PutObject": "s3:PutObject",
    "DeleteObject": "s3:DeleteObject",
    "CreateInvalidation": "cloudfront:CreateInvalidation",
}
_DENIED: Final = frozenset({"AccessDenied", "AllAccessDisabled", "AccountProblem", "Forbidden", "403"})
_STRANGE_KEY: Final = frozenset(
    {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "TokenRefreshRequired", "InvalidClientTokenId"}
    | {"UnrecognizedClientException", "Unauthorized"}
)
_OLD_KEY: Final = frozenset({"ExpiredToken", "ExpiredTokenException"})
_ELSEWHERE: Final = frozenset(
    {"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
    | {"AuthorizationQueryParametersError", "InvalidRegion", "301", "307"}
)
_SKEWED: Final = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_CHANGED: Final = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"})
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
def translated(place: BucketLocation) -> Iterator[None]:
    """Raise what boto3 and this machine's files raise as a BriefingError of one line."""
    try:
        yield
    except exceptions.ClientError as error:
        raise BriefingError(_refusal(place, error)) from error
    except (exceptions.BotoCoreError, ResponseParserError) as error:
        raise BriefingError(_failure(place, error)) from error
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        msg = f"publishing to {place} failed: {error.strerror or error}{where}; mend that and run publish again"
        raise BriefingError(msg) from error


def code_of(error: exceptions.ClientError) -> str:
    """The service's code for a refusal, or where it names none the number of HTTP's status."""
    stated = error.response.get("Error", {}).get("Code") or status_of(error)
    return str(stated)


def status_of(error: exceptions.ClientError) -> int:
    """The number of HTTP's status."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _refusal(place: BucketLocation, error: exceptions.ClientError) -> str:
    code, operation = code_of(error), error.operation_name
    if operation == "CreateInvalidation" and code not in _STRANGE_KEY | _OLD_KEY | _SKEWED:
        return _of_cloudfront(place, code)
    known = (
        ({"NoSuchBucket"}, f"{place.service} has no bucket {place.bucket}: make it, or mend its name, {_AGAIN}"),
        (
            _DENIED,
            f"{place}: access denied: grant the credentials {_PERMISSIONS.get(operation, operation)}, {_AGAIN}",
        ),
        (_STRANGE_KEY, f"{place.service} does not know the credentials: set {_VARIABLES}, {_AGAIN}"),
        (_OLD_KEY, f"the credentials for {place.service} have expired: renew them, {_AGAIN}"),
        (
            _ELSEWHERE,
            f"{place} is in another region{_told_region(error)}: add ?region=NAME to the address or set AWS_REGION, {_AGAIN}",
        ),
        (_SKEWED, f"this machine's clock is wrong, and {place.service} refuses its requests: set it, {_AGAIN}"),
        (_CHANGED, f"a file changed while it went to {place}, or was damaged on the way: run publish again"),
        (_BUSY, f"{place.service} has too much to do: run publish again later"),
    )
    for codes, sentence in known:
        if code in codes:
            return sentence
    return f"{place.service} refused {operation} for {place} ({_plain(code)}): mend that, {_AGAIN}"


def _of_cloudfront(place: BucketLocation, code: str) -> str:
    if code in _DENIED:
        what = "the credentials lack the permission cloudfront:CreateInvalidation; grant it"
    elif code == "NoSuchDistribution":
        what = 'there is no such distribution; mend BRIEFING["publish"]["cloudfront_distribution"]'
    else:
        what = f"CloudFront refused ({_plain(code)})"
    return f"the site is at {place}, but CloudFront still has old copies: {what}, {_AGAIN}"


def _failure(place: BucketLocation, error: Exception) -> str:
    if isinstance(error, _NO_CREDENTIALS):
        return f"there are no credentials for {place.service}: set {_VARIABLES}, or AWS_PROFILE, {_AGAIN}"
    if isinstance(error, exceptions.NoRegionError):
        return f"no region is named: add ?region=NAME to the address or set AWS_REGION, {_AGAIN}"
    if isinstance(error, exceptions.SSLError):
        return f"the certificate of {place.service} is not valid here: look at this machine's clock and AWS_CA_BUNDLE"
    if isinstance(error, exceptions.ConnectionError | exceptions.HTTPClientError):
        return f"{place.service} cannot be reached: look at the endpoint and the network, {_AGAIN}"
    if isinstance(error, ResponseParserError):
        return f"{place.service} does not answer as a service of S3's kind does: mend the endpoint, {_AGAIN}"
    return f"boto3 cannot reach {place} ({type(error).__name__}): look at its settings, {_AGAIN}"


def _told_region(error: exceptions.ClientError) -> str:
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = error.response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region") or ""
    return f" ({_plain(region)})" if region else ""


def _plain(code: str) -> str:
    """A service's word, as far as it can be one."""
    return "".join(char for char in code if char.isascii() and (char.isalnum() or char in "-_."))[:60]
