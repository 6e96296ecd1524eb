"""What becomes of the lines of a file, and the ways to show it: text, JSON lines, names, unified diff.

A transform gives an outcome for every line. This module pairs the two and knows byte order marks, line ends and the
formats. It does not know what a transform does, nor where its lines come from and go to.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, tee
from types import MappingProxyType
from typing import NamedTuple

from vndiacritic.files import BOM

__all__ = [
    "Outcome",
    "Rewritten",
    "Transform",
    "json_lines",
    "names_of_changed",
    "rewritten",
    "texts",
    "unified_diff",
]

DIFF_CONTEXT = 3
"""Unchanged lines around a change, as diff -u and git show them."""

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Outcome(NamedTuple):
    """What a transform makes of a line, or of a part of one.

    Attributes
    ----------
    text : str
        The line to write, with its end; empty where the line is dropped.
    fields : mapping of str to object
        What a JSON object tells of the line besides; it may replace the usual fields.
    """

    text: str
    fields: Mapping[str, object] = _NOTHING


Transform = Callable[[Iterable[str]], Iterable[Outcome]]


class Rewritten(NamedTuple):
    """A line, or a part of one, before and after, both with line end and byte order mark.

    Attributes
    ----------
    number
        Line number, from 1; parts of a line have the same.
    before, after
        The line read and the line to write; the latter is empty where it is dropped.
    fields
        As in `Outcome`.
    """

    number: int
    before: str
    after: str
    fields: Mapping[str, object] = _NOTHING


def rewritten(lines: Iterable[str], transform: Transform) -> Iterator[Rewritten]:
    """Send lines through a transform and pair each with its result, with bounded memory.

    Parameters
    ----------
    lines
        Lines with their ends, as `read_lines` gives them; where they are neither told nor compared, parts of lines.
    transform
        Takes an iterable of lines and gives as many outcomes, lazily; how far it reads ahead is its own affair.
        It never sees the byte order mark: to it, the first word of a file is a word like others.
    """
    lines = iter(lines)
    first = next(lines, None)
    if first is None:
        return
    mark = BOM if first.startswith(BOM) else ""
    before, given = tee(chain([first.removeprefix(BOM)], lines))
    owed = mark
    number = 1
    for old, new in zip(before, transform(given), strict=True):
        dropped = bool(old) and not new.text  # of a file that is a mark alone, the text is empty
        yield Rewritten(number, mark + old, "" if dropped else owed + new.text, new.fields)
        mark, owed = "", owed if dropped else ""  # where the first line is dropped, the next one bears the mark
        number += old.endswith("\n")


def texts(lines: Iterable[Rewritten], name: str) -> Iterator[str]:
    """The rewritten text itself."""
    return (line.after for line in lines)


def json_lines(lines: Iterable[Rewritten], name: str) -> Iterator[str]:
    """One JSON object a line: file, line, text, output and the outcome's fields; no line ends, no byte order mark."""
    marked = False
    for line in lines:
        marked |= line.number == 1 and line.before.startswith(BOM)
        fields = {
            "file": name,
            "line": line.number,
            "text": _bare(line.before, line.number == 1),
            "output": _bare(line.after, marked),
            **line.fields,
        }
        marked &= not line.after
        yield json.dumps(fields, ensure_ascii=False) + "\n"


def names_of_changed(lines: Iterable[Rewritten], name: str) -> Iterator[str]:
    """The file's name, if any of its lines changes."""
    if any(line.before != line.after for line in lines):
        yield f"{name}\n"


def unified_diff(lines: Iterable[Rewritten], name: str) -> Iterator[str]:
    """A unified diff that ``patch -p0`` takes.

    Line i becomes line i or is dropped, so no search for matching lines is needed: the work is linear, where
    difflib's is quadratic. A hunk is held in memory, so a file in which every line changes is held whole.
    """
    hunks = _hunks(lines)
    first = next(hunks, None)
    if first is None:
        return
    yield f"--- {name}\n+++ {name}\n"
    dropped = 0
    for hunk in chain([first], hunks):
        kept = sum(bool(line.after) for line in hunk)
        start = hunk[0].number
        yield f"@@ -{_extent(start, len(hunk))} +{_extent(start - dropped, kept)} @@\n"
        yield from _hunk_lines(hunk)
        dropped += len(hunk) - kept


def _extent(start: int, length: int) -> str:
    """Where a hunk's lines are, as diff writes it: one line without its count, none after the line before."""
    if length == 1:
        return f"{start}"
    return f"{start if length else start - 1},{length}"


def _hunks(lines: Iterable[Rewritten]) -> Iterator[list[Rewritten]]:
    """Runs of lines around changes; changes nearer than twice the context share a run."""
    before: deque[Rewritten] = deque(maxlen=DIFF_CONTEXT)
    hunk: list[Rewritten] = []
    quiet = 0
    for line in lines:
        if line.before != line.after:
            if not hunk:
                hunk = list(before)
            hunk.append(line)
            quiet = 0
        elif hunk:
            hunk.append(line)
            quiet += 1
            if quiet > 2 * DIFF_CONTEXT:
                yield hunk[: len(hunk) - quiet + DIFF_CONTEXT]
                hunk = []
        before.append(line)
    if hunk:
        yield hunk[: len(hunk) - max(0, quiet - DIFF_CONTEXT)]


def _hunk_lines(hunk: Iterable[Rewritten]) -> Iterator[str]:
    """The body of a hunk: of neighbouring changes first all old lines, then all new ones, as diff does."""
    added: list[str] = []
    for line in hunk:
        if line.before == line.after:
            yield from added
            added.clear()
            yield _diff_line(" ", line.before)
        else:
            yield _diff_line("-", line.before)
            if line.after:
                added.append(_diff_line("+", line.after))
    yield from added


def _diff_line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _bare(line: str, marked: bool) -> str:
    """A line without its end and, where it may bear one, without byte order mark."""
    if line.endswith("\n"):
        line = line[:-1].removesuffix("\r")
    return line.removeprefix(BOM) if marked else line
