"""The files of one bucket below a prefix: list, read, upload, remove. Raises what boto3 raises."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, PartialCredentialsError

from briefing.errors import WrongUseError
from briefing.publish.http_headers import NO_CACHE, HttpHeaders, headers_of
from briefing.publish.s3.aws_errors import http_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.publish.s3.location import BucketLocation

MAX_CONCURRENT: Final = 8
STATE_FOLDER: Final = ".briefing/"
"""The folder below the prefix for publish's own files; `Bucket.list_etags` leaves it out."""
_CONNECT_TIMEOUT: Final = 10  # seconds
_READ_TIMEOUT: Final = 60
_MAX_ATTEMPTS: Final = 4
_NOT_FOUND: Final = 404


class Bucket:
    """The files at a location. Safe to use from several threads."""

    def __init__(self, location: BucketLocation, environment: Mapping[str, str]) -> None:
        """Take credentials from the environment, or from where boto3 finds them."""
        self.location = location
        options = Config(
            retries={"mode": "standard", "total_max_attempts": _MAX_ATTEMPTS},
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_READ_TIMEOUT,
            max_pool_connections=MAX_CONCURRENT,
            signature_version="s3v4",
            # Every service checks the signed SHA-256 of a body. Some refuse Amazon's newer checksums.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={
                "payload_signing_enabled": True,
                # Bucket names in host names need DNS records and certificates that other services rarely have.
                "addressing_style": "path" if location.endpoint else "auto",
            },
        )
        session = _session(location.region, environment)
        try:
            self._client: Any = session.client("s3", endpoint_url=location.endpoint or None, config=options)
        except ValueError as error:
            msg = f"{location.service} is not a valid service address: write it as https://host"
            raise WrongUseError(msg) from error

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def list_etags(self) -> dict[str, str]:
        """Return the entity tag of every file by name, without publish's own and the empty objects for folders."""
        found = {}
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.location.bucket, Prefix=self.location.prefix):
            for row in page.get("Contents", ()):
                name = row["Key"].removeprefix(self.location.prefix)
                if name and not name.startswith(STATE_FOLDER) and not (name.endswith("/") and row["Size"] == 0):
                    found[name] = _etag(row)
        return found

    def read_state(self, name: str) -> bytes | None:
        """Return one of publish's own files; None if it does not exist."""
        try:
            answer = self._client.get_object(Bucket=self.location.bucket, Key=self.location.prefix + name)
        except ClientError as error:
            if http_status(error) == _NOT_FOUND and error.response["Error"].get("Code") != "NoSuchBucket":
                return None
            raise
        content: bytes = answer["Body"].read()
        return content

    def write_state(self, name: str, content: bytes) -> None:
        """Upload one of publish's own files."""
        self._put(name, content, HttpHeaders("application/json", NO_CACHE))

    def upload(self, name: str, content: bytes) -> str:
        """Upload one file of the site with its headers, and return its entity tag."""
        return self._put(name, content, headers_of(name))

    def remove(self, name: str) -> None:
        """Remove one file. Does nothing if it does not exist."""
        self._client.delete_object(Bucket=self.location.bucket, Key=self.location.prefix + name)

    def _put(self, name: str, content: bytes, headers: HttpHeaders) -> str:
        answer = self._client.put_object(
            Bucket=self.location.bucket,
            Key=self.location.prefix + name,
            Body=content,
            ContentType=headers.content_type,
            CacheControl=headers.cache_control,
            ContentMD5=base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
        )
        return _etag(answer)


def version_of(name: str, content_hash: str) -> str:
    """Return a hash that differs between two uploads of a file: of its bytes' SHA-256, and of its headers."""
    headers = headers_of(name)
    whole = f"{content_hash}\n{headers.content_type}\n{headers.cache_control}"
    return hashlib.sha256(whole.encode()).hexdigest()


def _session(region: str, environment: Mapping[str, str]) -> boto3.Session:
    keys = {name: environment.get(f"AWS_{name.upper()}") for name in ("access_key_id", "secret_access_key")}
    missing = [name for name, key in keys.items() if not key]
    if len(missing) == 1:
        raise PartialCredentialsError(provider="env", cred_var=missing[0])
    return boto3.Session(
        **{f"aws_{name}": key or None for name, key in keys.items()},
        aws_session_token=(environment.get("AWS_SESSION_TOKEN") or None) if not missing else None,
        profile_name=environment.get("AWS_PROFILE") or None,
        region_name=region or None,
    )


def _etag(answer: Mapping[str, Any]) -> str:
    """Return an entity tag without its quotes, which some services leave out."""
    return str(answer["ETag"]).strip('"')
