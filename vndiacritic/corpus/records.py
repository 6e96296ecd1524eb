"""Kinds of files: the texts in their lines, whether these are plain text or records with a field of text.

Readers get decoded lines with their ends, and give texts of one line each. This module knows JSON and tables; it knows
neither files nor bytes.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from vndiacritic.errors import FormatError

__all__ = ["KINDS", "TEXT", "Kind"]

_LONGEST_CELL = 1 << 30  # characters; the csv module's own limit, 131,072, is less than some documents in one cell
_DELIMITERS = ",;\t|"
_MOST_NAMED = 20  # fields in a message


class Kind(NamedTuple):
    """A kind of file.

    Attributes
    ----------
    read : callable
        From decoded lines and the fields that are text to texts without line ends. What it complains of a line begins
        with "line N".
    by_line : bool
        Whether each line is read by itself, so that a file can be read in parts.
    check : callable or None
        For records, of which only the fields that are named are text: complains of fields that a file does not have.
    """

    read: Callable[[Iterable[str], Sequence[str]], Iterator[str]]
    by_line: bool
    check: Callable[[Iterable[str], Sequence[str]], None] | None = None


def _read_text(lines: Iterable[str], _: Sequence[str]) -> Iterator[str]:
    """Every line of a text file."""
    return (line.rstrip("\r\n") for line in lines)


# ---- JSON lines


def _read_json_lines(lines: Iterable[str], fields: Sequence[str]) -> Iterator[str]:
    for record in _objects(lines):
        for field in fields:
            for text in _values(record, field):
                yield from _lines_of(text)


def _objects(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as exc:
            raise FormatError(f"line {number}, column {exc.pos + 1}, is not JSON: {exc.msg}") from exc
        except RecursionError as exc:
            raise FormatError(f"line {number} has too many objects in objects") from exc
        if not isinstance(record, dict):
            raise FormatError(f"line {number} is no JSON object: {{...}}")
        yield record


def _values(value: Any, path: str) -> Iterator[str]:
    """The texts at a path such as ``meta.title``; of a list, those of all its items. What is no text is passed over."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif not path:
        if isinstance(value, str):
            yield value
    elif isinstance(value, dict):
        if path in value:
            yield from _values(value[path], "")
        else:
            head, _, rest = path.partition(".")
            if rest and head in value:
                yield from _values(value[head], rest)


def _texts_of(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all texts in a value."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts_of(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and path:
        for item in value:
            yield from _texts_of(item, path)


def _check_json_lines(lines: Iterable[str], fields: Sequence[str]) -> None:
    """Look at records until every field was seen, or at all of them."""
    missing, known = set(fields), dict[str, None]()
    for record in _objects(lines):
        missing -= {field for field in missing if any(True for _ in _values(record, field))}
        known.update(dict.fromkeys(_texts_of(record)))
        if not missing and fields:
            return
    _complain([field for field in fields if field in missing], list(known))


# ---- tables


def _read_comma_separated(lines: Iterable[str], fields: Sequence[str]) -> Iterator[str]:
    return _read_table(lines, fields, None)


def _read_tab_separated(lines: Iterable[str], fields: Sequence[str]) -> Iterator[str]:
    return _read_table(lines, fields, "\t")


def _read_table(lines: Iterable[str], fields: Sequence[str], delimiter: str | None) -> Iterator[str]:
    rows = _rows(lines, delimiter)
    names = _names(rows)
    columns = [names.index(field) for field in fields if names]
    for number, row in rows:
        if len(row) != len(names):
            what = f"{len(row)} fields, the first row has {len(names)}"
            raise FormatError(f"line {number} ends a row of {what}")
        for column in columns:
            yield from _lines_of(row[column])


def _rows(lines: Iterable[str], delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of its last line."""
    lines = iter(lines)
    first = next(lines, "")
    csv.field_size_limit(_LONGEST_CELL)
    source = _with(first, lines)
    reader = csv.reader(source, delimiter=delimiter or _delimiter(first), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as exc:
        raise FormatError(f"line {reader.line_num} is no row of a table: {exc}") from exc


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(first: str) -> str:
    """What cuts the first row into most cells."""
    return max(_DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter), ())))


def _names(rows: Iterator[tuple[int, list[str]]]) -> list[str]:
    _, names = next(rows, (0, []))
    return [name.strip() for name in names]


def _check_comma_separated(lines: Iterable[str], fields: Sequence[str]) -> None:
    _check_names(_names(_rows(lines, None)), fields)


def _check_tab_separated(lines: Iterable[str], fields: Sequence[str]) -> None:
    _check_names(_names(_rows(lines, "\t")), fields)


def _check_names(names: list[str], fields: Sequence[str]) -> None:
    unknown = [field for field in fields if field not in names]
    if unknown or not fields:
        _complain(unknown, names)


def _complain(unknown: Sequence[str], known: Sequence[str]) -> None:
    """Tell which fields there are; of a file without records there is nothing to complain."""
    if known and unknown:
        raise FormatError(f"it has no text in a field {unknown[0]}: there are {', '.join(known[:_MOST_NAMED])}")
    if known:
        raise FormatError(f"name the field that is text with --field: there are {', '.join(known[:_MOST_NAMED])}")


def _lines_of(text: str) -> Iterator[str]:
    return (line.rstrip("\r") for line in text.split("\n"))


# ---- the table of kinds

TEXT = Kind(_read_text, by_line=True)
"""What a file is read as whose suffix is not known."""

_JSON_LINES = Kind(_read_json_lines, by_line=True, check=_check_json_lines)

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        ".txt": TEXT,
        ".jsonl": _JSON_LINES,
        ".ndjson": _JSON_LINES,
        ".csv": Kind(_read_comma_separated, by_line=False, check=_check_comma_separated),
        ".tsv": Kind(_read_tab_separated, by_line=False, check=_check_tab_separated),
    }
)
