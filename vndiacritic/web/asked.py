"""What a request asks for: its body read within limits, its fields checked one by one.

Knows JSON and the fields of requests. What is done with them is not its affair.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

from starlette.requests import ClientDisconnect, Request

from vndiacritic.web.answers import JSON, Refused

__all__ = ["Field", "Limits", "read_body", "read_fields"]

_READ_ON = 16  # times the largest size


class Limits(NamedTuple):
    """How much one request may take.

    Attributes
    ----------
    size : int
        Bytes of its body.
    seconds : float
        Of reading it, and again of the work on it.
    working : int
        Requests that are worked on at once.
    waiting : int
        Further requests that wait for their turn.
    """

    size: int = 1_000_000
    seconds: float = 30.0
    working: int = 2
    waiting: int = 8


class Field(NamedTuple):
    """A field of a request.

    Attributes
    ----------
    default
        None where it must be given.
    is_valid : callable
        Whether a value will do.
    meant : str
        What would.
    """

    default: Any
    is_valid: Callable[[Any], bool]
    meant: str


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body of a request that says it is JSON.

    Raises
    ------
    Refused
        It is of another type, too large, or does not come.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Refused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-json", f"the body must be JSON: send Content-Type: {JSON}"
        )
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.size and "expect" in request.headers:
        raise _too_large(limits)  # who asks first, as curl does, need not send it
    try:
        async with asyncio.timeout(limits.seconds):
            return await _read(request, limits)
    except TimeoutError:
        raise Refused(
            HTTPStatus.REQUEST_TIMEOUT, "too-late", f"the body did not come within {limits.seconds:g} s: send it whole"
        ) from None
    except ClientDisconnect:
        raise Refused(HTTPStatus.BAD_REQUEST, "gone", "the request ended before its body did") from None


async def _read(request: Request, limits: Limits) -> bytes:
    """A body; one that is too large is read on for a while, since who is still sending would not see the answer."""
    body = bytearray()
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limits.size:
            body += chunk
        elif size > _READ_ON * limits.size:
            break
    if size > limits.size:
        raise _too_large(limits)
    return bytes(body)


def _too_large(limits: Limits) -> Refused:
    return Refused(
        HTTPStatus(413),  # its name is another since Python 3.13
        "too-large",
        f"the body has more than {limits.size} bytes: send fewer lines at once, start the server with a larger "
        "--max-size, or use vndiacritic restore, which takes files of any size",
        {"connection": "close"},  # there may be more of the body
    )


def read_fields(body: bytes, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The fields of a request, those that are not given too.

    Raises
    ------
    Refused
        The body is no JSON object, or a field is missing, wrong, or not known.
    """
    given = _object(body)
    if unknown := sorted(given.keys() - fields.keys()):
        raise _bad(f"there is no field {unknown[0]!r}: there are {', '.join(fields)}")
    values = {name: given.get(name, field.default) for name, field in fields.items()}
    for name, field in fields.items():
        if not field.is_valid(values[name]) and (name in given or field.default is None):
            raise _bad(f"{name} must be {field.meant}")
    return values


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _bad(f"the body is not UTF-8: byte 0x{body[error.start]:02x} at offset {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise _bad(f"the body is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise _bad('the body must be a JSON object, such as {"text": "hom nay troi dep"}')
    return value


def _bad(message: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "bad-request", message)
