"""One bucket's files below a prefix: listed, read, put, removed. Raises what boto3 raises."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, PartialCredentialsError

from briefing.errors import WrongUseError
from briefing.publish.http_headers import NOW, Headers, headers_of
from briefing.publish.s3.aws_errors import status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from briefing.publish.s3.location import BucketLocation

AT_ONCE: Final = 8
OURS: Final = ".briefing/"
"""The folder below the prefix for what publish keeps for itself; see `Bucket.listing`."""
_CONNECT: Final = 10  # seconds
_ANSWER: Final = 60
_TRIES: Final = 4
_GONE: Final = 404


@dataclass(frozen=True, slots=True)
class Stored:
    """An object: its bytes, its entity tag, and for how many seconds it has been there, both by the service's clock."""

    content: bytes
    tag: str
    age: float


class Bucket:
    """The files of a place. Safe to use from several threads."""

    def __init__(self, place: BucketLocation, environment: Mapping[str, str]) -> None:
        """Credentials are the environment's, or those that boto3 finds by itself."""
        self.place = place
        self.session = _session(place.region, environment)
        options = Config(
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            connect_timeout=_CONNECT,
            read_timeout=_ANSWER,
            max_pool_connections=AT_ONCE,
            signature_version="s3v4",
            # The SHA-256 of every body is signed, which every service checks; Amazon's newer checksums some refuse.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={
                "payload_signing_enabled": True,
                # Names of buckets in host names need DNS and certificates that other services seldom have.
                "addressing_style": "path" if place.endpoint else "auto",
            },
        )
        try:
            self._client: Any = self.session.client("s3", endpoint_url=place.endpoint or None, config=options)
        except ValueError as error:
            msg = f"boto3 does not take {place.service} for the address of a service: write it as https://host"
            raise WrongUseError(msg) from error

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def listing(self) -> dict[str, str]:
        """The name and entity tag of every file but publish's own; empty objects that stand for folders are none."""
        found = {}
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.place.bucket, Prefix=self.place.prefix):
            for row in page.get("Contents", ()):
                name = row["Key"].removeprefix(self.place.prefix)
                if name and not name.startswith(OURS) and not (name.endswith("/") and row["Size"] == 0):
                    found[name] = _tag(row)
        return found

    def read(self, name: str) -> Stored | None:
        """One of publish's own objects; None where there is none."""
        try:
            answer = self._client.get_object(Bucket=self.place.bucket, Key=self.place.prefix + name)
        except ClientError as error:
            if status_of(error) == _GONE and error.response["Error"].get("Code") != "NoSuchBucket":
                return None
            raise
        said = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        # By one clock only: how wrong this machine's is does not matter.
        age = (parsedate_to_datetime(said) - answer["LastModified"]).total_seconds() if said else 0.0
        return Stored(answer["Body"].read(), _tag(answer), age)

    def write(self, name: str, content: bytes, **condition: str) -> str:
        """Put one of publish's own objects, on a condition (`IfMatch`, `IfNoneMatch`); its entity tag."""
        return self._put(name, content, Headers("application/json", NOW), **condition)

    def upload(self, name: str, content: bytes) -> str:
        """Put one file of the site, with its headers; its entity tag."""
        return self._put(name, content, headers_of(name))

    def remove(self, name: str) -> None:
        """Remove one file; that there is none is fine."""
        self._client.delete_object(Bucket=self.place.bucket, Key=self.place.prefix + name)

    def _put(self, name: str, content: bytes, headers: Headers, **condition: str) -> str:
        answer = self._client.put_object(
            Bucket=self.place.bucket,
            Key=self.place.prefix + name,
            Body=content,
            ContentType=headers.content_type,
            CacheControl=headers.cache_control,
            ContentMD5=base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
            **condition,
        )
        return _tag(answer)


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


def _tag(answer: Mapping[str, Any]) -> str:
    """An entity tag without its quotes, which not every service sets everywhere."""
    return str(answer["ETag"]).strip('"')


def version_of(name: str, content: str) -> str:
    """What tells apart two uploads of a file: the SHA-256 of its bytes, given, and what is said of it."""
    headers = headers_of(name)
    whole = f"{content}\n{headers.content_type}\n{headers.cache_control}"
    return hashlib.sha256(whole.encode()).hexdigest()
