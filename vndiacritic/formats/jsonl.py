r"""JSON lines: an object a line, of which the named fields are text.

A field of an object in an object is named with a dot: ``meta.title``. Of a list, all its strings are text. Values are
found with `json.JSONDecoder.raw_decode`, which tells where they end. Escapes stay escapes: a ``\u1ebf`` that changes is
written as another ``\u``, other letters are written as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from vndiacritic.errors import FormatError
from vndiacritic.formats.segments import Piece, Segment

__all__ = ["SEGMENTS"]

_DECODE = json.JSONDecoder().raw_decode
_SPACE = re.compile(r"[ \t\r\n]*")
_SEPARATOR = re.compile(r"[ \t\r\n]*[:,\[{]?[ \t\r\n]*")
_LINE = re.compile(r"[^\n]+")
# Two escapes that are one character come as one.
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[^u]")
_HALF = re.compile("[\ud800-\udfff]")


def _segments(source: str, fields: Sequence[str]) -> list[Segment]:
    segments: list[Segment] = []
    found: set[str] = set()
    known: dict[str, None] = {}
    for number, line in enumerate(_lines(source), 1):
        if line[0] < line[1]:
            walk = _Walk(source, fields, known)
            _check(source, *line, number)
            try:
                walk.value(line[0], "")
            except RecursionError as error:
                raise FormatError(f"line {number} has too many objects in objects") from error
            segments += walk.segments
            found |= walk.found
    unknown = [field for field in fields if field not in found]
    if known and (unknown or not fields):
        raise FormatError(_which_fields(unknown, known))
    return segments


def _lines(source: str) -> Iterator[tuple[int, int]]:
    """Where lines begin and end, without the spaces around them."""
    start = int(source.startswith("\ufeff"))
    for line in source[start:].split("\n"):
        end = start + len(line.rstrip(" \t\r"))
        yield min(start + len(line) - len(line.lstrip(" \t\r")), end), end
        start += len(line) + 1


def _check(source: str, start: int, end: int, number: int) -> None:
    """Refuse a line that is no JSON object."""
    try:
        value = json.loads(source[start:end])
    except json.JSONDecodeError as error:
        raise FormatError(f"line {number}, column {error.pos + 1}, is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise FormatError(f"line {number} has too many objects in objects") from error
    except ValueError as error:  # Python reads 4,300 digits at most
        raise FormatError(f"line {number} has a number of too many digits") from error
    if not isinstance(value, dict):
        raise FormatError(f"line {number} is no JSON object: {{...}}")


class _Walk:
    """Goes through a line that is known to be JSON, and finds the strings in the wanted fields."""

    def __init__(self, source: str, fields: Sequence[str], known: dict[str, None]) -> None:
        self.segments: list[Segment] = []
        self.found: set[str] = set()
        self._source, self._fields, self._known = source, fields, known

    def value(self, at: int, path: str) -> int:
        """Look at the value that begins somewhere; where it ends."""
        first = self._source[at]
        if first == "{":
            return self._members(at, path)
        if first == "[" and path:
            return self._items(at, path)
        _, end = _DECODE(self._source, at)
        if first == '"':
            self._known[path] = None
            if path in self._fields:
                self.found.add(path)
                self.segments.append(Segment(self._source, _pieces(self._source, at + 1, end - 1)))
        return end

    def _members(self, at: int, path: str) -> int:
        at = self._skip(at)
        while self._source[at] != "}":
            key, at = _DECODE(self._source, at)
            at = self.value(self._skip(at), f"{path}.{key}" if path else key)
            at = self._skip(at)
        return at + 1

    def _items(self, at: int, path: str) -> int:
        at = self._skip(at)
        while self._source[at] != "]":
            at = self._skip(self.value(at, path))
        return at + 1

    def _skip(self, at: int) -> int:
        """Behind a sign between two values, and the spaces around it."""
        match = _SEPARATOR.match(self._source, at)
        return match.end() if match else at


def _pieces(source: str, start: int, end: int) -> Iterator[Piece]:
    for match in _ESCAPE.finditer(source, start, end):
        if start < match.start():
            yield Piece(start, match.start())
        char = _HALF.sub("\ufffd", json.loads(f'"{match[0]}"'))
        yield Piece(match.start(), match.end(), char, _escaped if char.isalpha() else None)
        start = match.end()
    if start < end:
        yield Piece(start, end)


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]


def _which_fields(unknown: Sequence[str], known: Mapping[str, None]) -> str:
    has = f"there are {', '.join(known)}"
    if unknown:
        return f"no line has a text in the field {unknown[0]}: {has}"
    return f"name the fields that are text with --field: {has}"


SEGMENTS: Mapping[str, Callable[[str, Sequence[str]], list[Segment]]] = MappingProxyType({"jsonl": _segments})
