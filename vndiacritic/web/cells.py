"""A restored text as a page has it: what is settled, and the syllables that a reader may decide otherwise.

Knows texts, choices and how much of them a browser should get. What a page looks like is not its affair.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from vndiacritic.cutting import lines_of
from vndiacritic.explain import Choice, Explained

__all__ = ["ALTERNATIVES", "SURE", "Cell", "Forms", "Piece", "cells_of", "pieces_of", "text_of"]

ALTERNATIVES = 6
"""Forms that a page offers for a syllable, at most."""

SURE = 0.999
"""What is surer than this is plain text in a page: of such syllables seven in ten thousand are wrong."""

_RARE = 0.0005  # what is less probable is not offered
_SCALE = 10_000  # a probability in a page is a whole number of ten-thousandths, rounded down: 0.89999 is below 0.9
_EXACT = 1_000_000  # what a probability is rounded to before
_LETTER = re.compile("[^\u0300-\u036f]")
_MARK = re.compile("[\u0300-\u036f]")


class Cell(NamedTuple):
    """A syllable that may be decided otherwise.

    Attributes
    ----------
    source : str
        What was there.
    forms : tuple of (str, float)
        What is written, and what else could be, the most probable first, with their probabilities.
    """

    source: str
    forms: tuple[tuple[str, float], ...]


Piece = list[str | Cell]
"""A stretch of text: strings and cells in turn, with a string at both ends. What is written joins to the text."""


def cells_of(source: str, explained: Explained) -> Piece:
    """Tell apart what is settled and what may be decided otherwise.

    Parameters
    ----------
    source : str
        The text that was restored.
    explained : Explained
        What became of it; at least `ALTERNATIVES` forms for each syllable are wanted.

    Examples
    --------
    >>> cells_of("Toi di cho", Explained("Tôi đi chợ", (Choice(7, 10, "chợ", 0.8, (("chợ", 0.8), ("cho", 0.2))),)))
    ['Tôi đi ', Cell(source='cho', forms=(('chợ', 0.8), ('cho', 0.2))), '']
    """
    text, place = explained.text, _places(source, explained.text)
    piece: Piece = []
    end = 0
    for choice in explained.choices:
        start = place(choice.start)
        if choice.confidence < SURE and start >= end and text.startswith(choice.text, start):
            forms = _offered(choice)
            if len(forms) > 1 or forms[0][0] != source[choice.start : choice.end]:
                piece += [text[end:start], Cell(source[choice.start : choice.end], forms)]
                end = start + len(choice.text)
    return [*piece, text[end:]]


def _places(source: str, text: str) -> Callable[[int], int]:
    """From places in a text to places in its restored self: letters stay in their order, only marks are added."""
    if not _MARK.search(source) and not _MARK.search(text):
        return lambda at: at
    before = [match.start() for match in _LETTER.finditer(source)]
    after = [match.start() for match in _LETTER.finditer(text)] + [len(text)]
    return lambda at: after[min(bisect_left(before, at), len(after) - 1)]


def _offered(choice: Choice) -> tuple[tuple[str, float], ...]:
    """The forms worth a reader's look, what is written first."""
    odds = dict(reversed(choice.alternatives))
    others = [(form, p) for form, p in choice.alternatives if form != choice.text and p >= _RARE]
    return ((choice.text, odds.get(choice.text, 0.0)), *others[: ALTERNATIVES - 1])


def pieces_of(parts: Iterable[str | Cell], size: int, longest: int) -> Iterator[Piece]:
    """Cut a text into pieces that end with a line, so that a browser need not lay out all of it at once.

    Parameters
    ----------
    parts : iterable of str or Cell
        The text in its order.
    size : int
        Characters; a piece ends with the first line that reaches so many.
    longest : int
        Characters; a line of more is cut, between syllables if it can be.
    """
    piece: Piece = [""]
    held = 0
    for bit in chain.from_iterable(_bits(part, longest) for part in parts):
        length = len(text_of(bit))
        if held and held + length > longest:
            yield _closed(piece)
            piece, held = [""], 0
        _add(piece, bit)
        held += length
        if held >= size and isinstance(bit, str) and bit.endswith("\n"):
            yield _closed(piece)
            piece, held = [""], 0
    if held:
        yield _closed(piece)


def _bits(part: str | Cell, longest: int) -> Iterable[str | Cell]:
    """A part, cut at the ends of lines and where it is longer than a whole piece."""
    if isinstance(part, Cell):
        return (part,)
    return (line[at : at + longest] for line in lines_of(part) for at in range(0, len(line), longest))


def text_of(part: str | Cell) -> str:
    """What is written."""
    return part if isinstance(part, str) else part.forms[0][0]


def _add(piece: Piece, part: str | Cell) -> None:
    """Lengthen a piece; strings that meet become one."""
    last = piece[-1]
    if isinstance(part, str) and isinstance(last, str):
        piece[-1] = last + part
    elif isinstance(part, Cell) and isinstance(last, Cell):
        piece += ["", part]
    else:
        piece.append(part)


def _closed(piece: Piece) -> Piece:
    return [*piece, ""] if isinstance(piece[-1], Cell) else piece


class Forms:
    """Strings by number, so that a page holds each form once.

    Attributes
    ----------
    texts : list of str
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def packed(self, piece: Piece) -> list[str | list[int]]:
        """A piece for JSON: a cell becomes the numbers of its source and of its forms, each with its odds.

        Examples
        --------
        >>> forms = Forms()
        >>> forms.packed(["Tôi đi ", Cell("cho", (("chợ", 0.8), ("cho", 0.2))), ""]), forms.texts
        (['Tôi đi ', [0, 1, 8000, 0, 2000], ''], ['cho', 'chợ'])
        """
        return [part if isinstance(part, str) else self._cell(part) for part in piece]

    def _cell(self, cell: Cell) -> list[int]:
        packed = [self._number(cell.source)]
        for form, odds in cell.forms:
            packed += (self._number(form), round(odds * _EXACT) // (_EXACT // _SCALE))
        return packed

    def _number(self, text: str) -> int:
        number = self._numbers.setdefault(text, len(self.texts))
        if number == len(self.texts):
            self.texts.append(text)
        return number
