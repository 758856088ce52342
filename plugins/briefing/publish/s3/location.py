"""Parse `//bucket/prefix?endpoint=URL&region=NAME`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from briefing.errors import WrongUseError

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXAMPLE: Final = "write s3://bucket or s3://bucket/prefix"
# General purpose buckets' names: Amazon S3 User Guide, "Bucket naming rules".
_BUCKET = re.compile(r"[a-z0-9](?:[a-z0-9-]|\.(?=[a-z0-9])){1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_OPTIONS: Final = ("endpoint", "region")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEFAULT_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class BucketLocation:
    """A bucket and a folder in it.

    prefix: "" or a path that ends in a slash. endpoint: the address of a service other than Amazon's, or "". region: ""
    is boto3's default.
    """

    bucket: str
    prefix: str
    endpoint: str
    region: str

    def __str__(self) -> str:
        """`s3://bucket/prefix`, with the endpoint's host, for messages."""
        host = f" at {urlsplit(self.endpoint).netloc}" if self.endpoint else ""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/") + host

    @property
    def service(self) -> str:
        """The service, for messages."""
        return urlsplit(self.endpoint).netloc if self.endpoint else "Amazon S3"


def parse_location(address: str, environment: Mapping[str, str]) -> BucketLocation:
    """Parse a URL without its scheme. The environment sets an endpoint and a region that the URL leaves out.

    The variables are AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION and AWS_DEFAULT_REGION. Raises WrongUseError
    without repeating anything that may be a secret.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        msg = f"the target is not a valid bucket URL: {_EXAMPLE}"
        raise WrongUseError(msg) from error
    if not address.startswith("//"):
        msg = f"s3: names no bucket: {_EXAMPLE}"
        raise WrongUseError(msg)
    if "@" in parts.netloc:
        msg = f"a bucket URL cannot contain a user or password; set them in the environment: {_EXAMPLE}"
        raise WrongUseError(msg)
    options = _options(parts.query, has_fragment=bool(parts.fragment))
    endpoint = options.get("endpoint") or environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    region = options.get("region") or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or ""
    if region and not _REGION.fullmatch(region):
        msg = "the region is not valid: write s3://bucket?region=eu-west-1, or your service's name for it, such as auto for Cloudflare R2"
        raise WrongUseError(msg)
    return BucketLocation(
        _bucket(parts.netloc),
        _prefix(parts.path),
        _endpoint(endpoint) if endpoint else "",
        # boto3 needs a region. Most other services accept this name for their only one.
        region or (_DEFAULT_REGION if endpoint else ""),
    )


def _options(query: str, *, has_fragment: bool) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    if has_fragment or len(options) != len(pairs) or not options.keys() <= set(_OPTIONS) or not all(options.values()):
        msg = (
            f"a bucket URL takes only ?{'=..., ?'.join(_OPTIONS)}=..., each once: "
            "write s3://bucket/prefix?region=eu-west-1"
        )
        raise WrongUseError(msg)
    return options


def _bucket(name: str) -> str:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        if _BUCKET.fullmatch(name):
            return name
    if not name:
        msg = f"s3: names no bucket: {_EXAMPLE}"
        raise WrongUseError(msg)
    msg = (
        f"{name} is not a valid bucket name: use 3 to 63 lower-case letters, digits, hyphens and dots, "
        f"beginning and ending with a letter or digit; {_EXAMPLE}"
    )
    raise WrongUseError(msg)


def _prefix(path: str) -> str:
    try:
        parts = unquote(path, errors="strict").strip("/").split("/")
    except UnicodeDecodeError:
        parts = [".."]
    if parts == [""]:
        return ""
    if {"", ".", ".."} & set(parts) or any(_CONTROL.search(part) for part in parts):
        msg = "the prefix in the bucket URL is not a valid path: write s3://bucket/one/two"
        raise WrongUseError(msg)
    return "/".join(parts) + "/"


def _endpoint(address: str) -> str:
    try:
        parts = urlsplit(address)
        is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    if not is_valid or "@" in address or parts.query or parts.fragment or re.search(r"[\s\x00-\x1f]", address):
        msg = (
            "the endpoint is not a valid service address: "
            "write s3://bucket?endpoint=https://host, without user, password and query"
        )
        raise WrongUseError(msg)
    return address.rstrip("/")
