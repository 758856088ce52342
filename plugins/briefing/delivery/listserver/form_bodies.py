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

MOST: Final = 16 * 1024
"""Octets of a body."""
PATIENCE: Final = 10.0
"""Seconds for the whole of it."""
_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_FIELDS: Final = 50
_PASSED_OVER: Final = 1 << 20  # octets of what is too large that are read all the same
_CLOSE: Final = {"Connection": "close"}


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields, the last of each name; files are passed over.

    Raises RefusedError: 415 for what is no form, 413 for what is too large, 408 for what comes too slowly, 400 for what
    cannot be read.
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
    """The whole body. Raises RefusedError where it is too large or comes too slowly."""
    try:
        body, size = await _read(request)
    except TimeoutError as error:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, "slow", _CLOSE) from error
    if size > MOST:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large", _CLOSE)
    return body


async def _read(request: Request) -> tuple[bytes, int]:
    """The body and its size; of what is larger than `MOST` the beginning, and a size that is larger, too.

    What is refused is read all the same, within limits: closing a connection with something unread resets it, which
    may take the answer away from the client (RFC 9112, section 9.6). Raises TimeoutError where it comes too slowly.
    """
    body = bytearray()
    size = 0
    async with asyncio.timeout(PATIENCE):
        async for chunk in request.stream():
            size += len(chunk)
            if size <= MOST:
                body += chunk
            elif size > MOST + _PASSED_OVER:
                break
    return bytes(body), size


def _parts(body: bytes, boundary: bytes) -> dict[str, str]:
    """The fields of multipart/form-data. Raises ValueError."""
    fields: dict[str, str] = {}

    def keep(read: Field) -> None:
        name = (read.field_name or b"").decode("utf-8", "replace")
        fields[name] = (read.value or b"").decode("utf-8", "replace")

    parser = FormParser("multipart/form-data", keep, None, boundary=boundary)
    parser.write(body)
    parser.finalize()
    return fields
