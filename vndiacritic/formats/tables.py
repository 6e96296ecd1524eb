"""Tables: .csv and .tsv with a row of names on top.

Cells are found where Python's csv module finds them, with their places, which that module does not tell. This module
knows delimiters and quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from vndiacritic.errors import FormatError
from vndiacritic.formats.segments import Piece, Segment, cut, line_of

__all__ = ["SEGMENTS"]

_DELIMITERS = ",;\t|"
_QUOTES = re.compile('""')
_QUOTED = re.compile('"(?:[^"]|"")*"')
_END = re.compile(r"\r\n|\r|\n|\Z")


class _Cell(NamedTuple):
    """Where the text of a cell is, without its quotes."""

    start: int
    end: int
    quoted: bool


def _rows(source: str, delimiter: str, start: int) -> Iterator[list[_Cell]]:
    """The rows of a table; blank lines are none."""
    plain = re.compile(f"[^{re.escape(delimiter)}\r\n]*")
    row: list[_Cell] = []
    while start < len(source):
        cell = _cell(source, start, plain)
        row.append(cell)
        start = cell.end + cell.quoted
        if source.startswith(delimiter, start):
            start += 1
            if start < len(source):
                continue
            row.append(_Cell(start, start, False))
        end = _END.match(source, start)
        if end is None:
            raise FormatError(f"line {line_of(source, start)} has text after a closing quotation mark")
        start = end.end()
        if len(row) > 1 or row[0].quoted or row[0].start < row[0].end:
            yield row
        row = []


def _cell(source: str, start: int, plain: re.Pattern[str]) -> _Cell:
    if not source.startswith('"', start):
        match = plain.match(source, start)
        return _Cell(start, match.end() if match else start, False)
    quoted = _QUOTED.match(source, start)
    if quoted is None or source.startswith('"', quoted.end()):
        raise FormatError(f"line {line_of(source, start)} opens a quotation mark that nothing closes")
    return _Cell(start + 1, quoted.end() - 1, True)


def _text(source: str, cell: _Cell) -> str:
    text = source[cell.start : cell.end]
    return text.replace('""', '"') if cell.quoted else text


def _delimiter(source: str, start: int) -> str:
    """What cuts the first row into most cells."""

    def cells(delimiter: str) -> int:
        try:
            return len(next(_rows(source, delimiter, start), ()))
        except FormatError:  # quotes that end before another delimiter
            return 0

    return max(_DELIMITERS, key=cells)


def _segments(source: str, fields: Sequence[str], delimiter: str | None) -> list[Segment]:
    start = int(source.startswith("\ufeff"))
    delimiter = delimiter or _delimiter(source, start)
    rows = _rows(source, delimiter, start)
    names = [_text(source, cell).strip() for cell in next(rows, ())]
    unknown = [field for field in fields if field not in names]
    if unknown or not fields:
        raise FormatError(_which_fields(unknown, names))
    columns = [at for at, name in enumerate(names) if name in fields]
    segments = []
    for row in rows:
        if len(row) != len(names):
            line = line_of(source, row[0].start)
            raise FormatError(f"the row in line {line} has {len(row)} fields, the first row has {len(names)}")
        segments += [Segment(source, _pieces(source, row[at])) for at in columns]
    return segments


def _pieces(source: str, cell: _Cell) -> Iterator[Piece]:
    if not cell.quoted:
        return iter([Piece(cell.start, cell.end)])
    return cut(source, cell.start, cell.end, _QUOTES, lambda _: '"')


def _which_fields(unknown: Sequence[str], names: Sequence[str]) -> str:
    has = f"it has {', '.join(names)}" if names else "it has none"
    if unknown:
        return f"it has no field {unknown[0]}: {has}"
    return f"name the fields that are text with --field: {has}"


SEGMENTS: Mapping[str, Callable[[str, Sequence[str]], list[Segment]]] = MappingProxyType(
    {"csv": partial(_segments, delimiter=None), "tsv": partial(_segments, delimiter="\t")}
)
