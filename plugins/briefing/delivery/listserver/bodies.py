"""A request's body -> the fields of a form, within limits of size, type and time."""

from __future__ import annotations

import asyncio
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
_CLOSE: Final = {"Connection": "close"}


async def read_form(request: Request) -> dict[str, str]:
    """The form's fields, the last of each name; files are passed over.

    Raises RefusedError: 415 for what is no form, 413 for what is too large, 408 for what comes too slowly, 400 for what
    cannot be read.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind.decode("latin-1") not in _TYPES:
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
    said = request.headers.get("content-length", "0")
    if said.isdecimal() and int(said) > MOST:
        raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large", _CLOSE)
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST:
                    raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "large", _CLOSE)
    except TimeoutError as error:
        raise RefusedError(HTTPStatus.REQUEST_TIMEOUT, "slow", _CLOSE) from error
    return bytes(body)


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
