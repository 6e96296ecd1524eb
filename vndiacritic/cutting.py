"""How a text is cut into what is restored by itself: lines, and parts of endless ones.

Where a line is cut depends on its text alone, never on the pieces in which it comes, and restoring does not move the
cuts. This module knows lines, tokens and sizes. It does not know what becomes of the parts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple, TypeVar

from vndiacritic.tokens import Kind, kind_of, split_tokens

__all__ = ["by_parts", "lines_of", "parts_of"]

T = TypeVar("T")

_LINE = re.compile(r"[^\n]*\n|[^\n]+")

_LONGEST = 1 << 13  # tokens; a longer line is cut, since a file may be one line
_WINDOW = 1 << 16  # characters that are split into tokens at once
_AHEAD = 1 << 13  # characters at a window's end that only tell where the tokens before them end
# Each so many characters of a token and of its gap count as one token more: a line may be made of addresses of 10,000
# characters each. No syllable is so long, so what restoring adds to decomposed ones does not count.
_COUNTED = 256
_MOST_MARKS = 31


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text with their ends; only a line feed ends a line, as in the files of a shell."""
    return (match[0] for match in _LINE.finditer(text))


def parts_of(pieces: Iterable[str]) -> Iterator[str]:
    """Cut a text into what is restored by itself: its lines, and parts of lines of more than 8,192 tokens.

    A part ends after the last punctuation in the second half of what it could hold, where there is some, and else
    between two tokens. In such a line a token of more than 57,344 characters is cut too.

    Parts that shared some tokens would be read in more context, but could be restored otherwise a second time: in a
    phrase that is repeated a thousand times, what is settled at one place can turn words a hundred tokens away.

    Parameters
    ----------
    pieces : iterable of str
        The text, cut anywhere; it is read as far ahead as a part needs, some 150,000 characters, and a line no
        further than to its end.

    Examples
    --------
    >>> list(parts_of(["mot hai\\nb", "a bon"]))
    ['mot hai\\n', 'ba bon']
    """
    bits = (bit for piece in pieces for bit in lines_of(piece))
    for bit in bits:
        if bit.endswith("\n") and len(bit) <= _LONGEST:  # as most are
            yield bit
            continue
        line = _line(bit, bits)
        head: list[str] = []
        if _fill(head, line, _LONGEST):
            yield from _cut(chain(head, line))
        else:
            yield "".join(head)


def _line(bit: str, bits: Iterator[str]) -> Iterator[str]:
    """The bits of one line, which begins with a given one."""
    yield bit
    while not bit.endswith("\n") and (bit := next(bits, "")):
        yield bit


def _fill(head: list[str], line: Iterator[str], most: int) -> bool:
    """Take from a line until there are more characters than that; whether there are."""
    length = 0
    while length <= most and (bit := next(line, "")):
        head.append(bit)
        length += len(bit)
    return length > most


def _cut(line: Iterator[str]) -> Iterator[str]:
    """The parts of a long line."""
    part, size = [""], 0
    for window in _windows(line):
        part[-1] += window.parts[0]
        for token, gap in zip(window.parts[1::2], window.parts[2::2], strict=True):
            weight = 1 + (len(token) + len(gap)) // _COUNTED
            if size + weight > _LONGEST and size:
                end = _end_of_clause(part)
                yield "".join(part[:end])
                part = ["", *part[end:]]
                size = sum(1 + (len(t) + len(g)) // _COUNTED for t, g in zip(part[1::2], part[2::2], strict=True))
            part += token, gap
            size += weight
        if window.torn:
            yield "".join(part)
            part, size = [""], 0
    if size or part[0]:
        yield "".join(part)


def _end_of_clause(part: list[str]) -> int:
    """How many of these gaps and tokens there are up to the last punctuation, or all if that is in the first half."""
    marks = (i for i in range(len(part) - 2, len(part) // 2, -2) if kind_of(part[i]) is Kind.PUNCTUATION)
    return next(marks, len(part) - 2) + 2


class _Window(NamedTuple):
    """A stretch of a line."""

    parts: list[str]  # gaps and tokens, in turn, as in the whole line
    torn: bool  # whether it ends within a token or gap that is longer than the window


def _windows(line: Iterator[str]) -> Iterator[_Window]:
    """A line's tokens; all but the last window end before a token."""
    held = ""
    for bit in line:
        for start in range(0, len(bit), _WINDOW):
            held += bit[start : start + _WINDOW]
            while len(held) >= _WINDOW:
                window = _window(held[:_WINDOW])
                yield window
                held = held[sum(map(len, window.parts)) :]
    yield _Window(split_tokens(held), False)


def _window(text: str) -> _Window:
    """The tokens of a text up to where what follows cannot change them.

    It ends after a space if it can: what follows a space begins as a line does, so the next window has the same tokens
    as the whole line. In a token that goes on and on it ends anywhere.
    """
    parts = split_tokens(text)
    place, between = len(text), 0
    for i in range(len(parts) - 2, 1, -2):
        place -= len(parts[i]) + len(parts[i + 1])
        if place <= len(text) - _AHEAD:
            if parts[i - 1][-1:].isspace():
                return _Window(parts[:i], False)
            between = between or i
    if between:
        return _Window(parts[:between], False)
    return _Window(split_tokens(text[: _before_a_letter(text, len(text) - _AHEAD)]), True)


def _before_a_letter(text: str, end: int) -> int:
    """The place, or one a little before it, where no letter is cut from its marks."""
    return next((at for at in range(end, max(0, end - _MOST_MARKS), -1) if not unicodedata.combining(text[at])), end)


def by_parts(
    texts: Iterable[str], work: Callable[[Iterator[str]], Iterator[T]], join: Callable[[list[T]], T]
) -> Iterator[T]:
    """Send the parts of texts through some work, and join again what belongs to one text.

    Parameters
    ----------
    texts : iterable of str
        Each of any number of lines; read no further ahead than the work does.
    work : callable
        Takes strings and gives as many results, in the same order.
    join : callable
        Makes one result of those of a text's parts, at least one.
    """
    ends: deque[bool] = deque()  # of what is on its way: whether it is the last of its text
    results = work(_parts_and_ends(texts, ends))
    return _joined(results, ends, join)


def _parts_and_ends(texts: Iterable[str], ends: deque[bool]) -> Iterator[str]:
    """The parts of texts; a long text ends with an empty one, since its last is known as such too late."""
    for text in texts:
        if len(text) > _LONGEST:
            for part in parts_of([text]):
                ends.append(False)
                yield part
            text = ""
        ends.append(True)
        yield text


def _joined(results: Iterator[T], ends: deque[bool], join: Callable[[list[T]], T]) -> Iterator[T]:
    found: list[T] = []
    for result in results:
        found.append(result)
        if ends.popleft():
            yield join(found) if len(found) > 1 else result
            found = []
