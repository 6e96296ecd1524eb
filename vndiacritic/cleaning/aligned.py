"""Repaired lines in the places of the damaged ones, also where a repair has joined some.

Repairing a whole text is better than repairing each line: lines around a damaged one tell how it was damaged. But a
repair may move line ends, and what becomes of each line is to be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from vndiacritic.cleaning.characters import repair

__all__ = ["repaired_lines"]


def repaired_lines(lines: Sequence[str], steps: Iterable[str]) -> Sequence[str | None]:
    """Repair the characters of lines.

    Parameters
    ----------
    lines : sequence of str
        A document without its line ends.
    steps : iterable of str
        Steps of `vndiacritic.cleaning.characters`.

    Returns
    -------
    sequence of str or None
        As many lines; None for each that was joined to the one above.
    """
    steps = list(steps)
    at_once = repair("\n".join(lines), steps=steps).split("\n") if lines else []
    if len(at_once) == len(lines):
        return at_once
    each = [repair(line, steps=steps).replace("\n", " ") for line in lines]
    return _placed(at_once, each) or each


def _placed(at_once: Sequence[str], each: Sequence[str]) -> list[str | None] | None:
    """Lines repaired at once, each in the place of the first line it is made of; None if that cannot be told.

    A line ends where as many letters have gone by as when each is repaired by itself.
    """
    ends = list(accumulate(map(_letters, each)))
    placed: list[str | None] = []
    for line, end in zip(at_once, accumulate(map(_letters, at_once)), strict=True):
        if len(placed) == len(each) or ends[len(placed)] > end:
            return None
        placed.append(line)
        while len(placed) < len(each) and ends[len(placed) - 1] < end:
            placed.append(None)
    return placed if len(placed) == len(each) else None


def _letters(line: str) -> int:
    return sum(map(str.isalnum, line))
