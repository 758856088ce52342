"""A request's body -> the fields of a form, within limits of size, type and time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from python_multipart import FormParser
from python_multipart.multipart import parse_options_header

from briefing.delivery.listserver.refusals import RefusedError

if TYPE_CHECKING:
    from python_multipart.multipart import Field
    from starlette.requests import Request

MAX_BYTES: Final = 16 * 1024
TIMEOUT: Final = 10.0
"""Seconds for the whole body."""
_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_FIELDS: Final = 50
_MAX_IGNORED: Final = 1 << 20  # bytes beyond the maximum that are read and ignored
_CLOSE: Final = {"Connection": "close"}


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields, the last of each name. Files are ignored.

    Raises RefusedError: 415 if it is not a form, 413 if it is too large, 408 if it is too slow, 400 if it is malformed.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode("latin-1") not in _TYPES:
        with suppress(TimeoutError):
            await _read(request)
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "type", _CLOSE)
    body = await read_body(request)
    try:
        if kind.endswith(b"urlencoded"):
            return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True, max_num_fields=_FIELDS))
        return _parts(body, options.get(b"boundary", b""))
    except ValueError as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "unreadable", _CLOSE) from error


async def read_body(request: Request) -> bytes:
    """The whole body. Raises RefusedError if it is too large or too slow."""
    try:
        body, size = await _read(request)
    except TimeoutError as error:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, "slow", _CLOSE) from error
    if size > MAX_BYTES:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large", _CLOSE)
    return body


async def _read(request: Request) -> tuple[bytes, int]:
    """The body, up to `MAX_BYTES`, and the size of all of it.

    A body that is refused is still read, within limits: closing a connection with unread data resets it, and the client may
    lose the response (RFC 9112, section 9.6). Raises TimeoutError if it is too slow.
    """
    body = bytearray()
    size = 0
    async with asyncio.timeout(TIMEOUT):
        async for chunk in request.stream():
            size += len(chunk)
            if size <= MAX_BYTES:
                body += chunk
            elif size > MAX_BYTES + _MAX_IGNORED:
                break
    return bytes(body), size


def _parts(body: bytes, boundary: bytes) -> dict[str, str]:
    """The fields of multipart/form-data. Raises ValueError."""
    fields: dict[str, str] = {}

    def add(read: Field) -> None:
        name = (read.field_name or b"").decode("utf-8", "replace")
        fields[name] = (read.value or b"").decode("utf-8", "replace")

    parser = FormParser("multipart/form-data", add, None, boundary=boundary)
    parser.write(body)
    parser.finalize()
    return fields
