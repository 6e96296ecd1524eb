"""Answers in JSON: results, and failures that say what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

__all__ = ["JSON", "Encoded", "Refused", "answer", "encoded", "failure"]

JSON = "application/json"
"""The type of all bodies."""


class Refused(Exception):
    """A request that cannot be answered; the message says what to do.

    Parameters
    ----------
    status : HTTPStatus
    code : str
        What a program can tell it by.
    message : str
    headers : mapping, optional
    """

    def __init__(self, status: HTTPStatus, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers

    def response(self) -> Response:
        """What is answered."""
        return failure(self.status, self.code, str(self), self.headers)


def answer(value: Mapping[str, object]) -> Response:
    """A result."""
    return Response(_json(value), media_type=JSON)


def failure(status: HTTPStatus, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Why there is none: a code for programs, and a sentence for people."""
    value = {"error": {"code": code, "message": message}}
    return Response(_json(value), status_code=status, headers=headers, media_type=JSON)


class Encoded(str):
    """A part of an answer that is JSON already.

    A long answer is made of such parts as they are found: a million small objects that wait for their end would make
    Python look through all of them for garbage, which stops the whole server for a second.
    """


def encoded(value: object) -> Encoded:
    """Turn a part of an answer into JSON."""
    return Encoded(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _json(value: Mapping[str, object]) -> bytes:
    """An object in JSON, its lists item by item: json holds the interpreter, and so the whole server, at each call."""
    return f"{{{','.join(f'{encoded(name)}:{_listed(part)}' for name, part in value.items())}}}".encode()


def _listed(value: object) -> str:
    if not isinstance(value, list):
        return encoded(value)
    return f"[{','.join(item if isinstance(item, Encoded) else encoded(item) for item in value)}]"
