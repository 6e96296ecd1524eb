"""Changes to a text: found without making them, made in one pass, recorded so that they can be replayed.

Knows places in strings and lines, nothing of encodings or of Vietnamese.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

__all__ = ["Change", "Edit", "Explained", "Finder", "apply_edits", "apply_plan", "lines_with", "recorded", "replaced"]


class Edit(NamedTuple):
    """What to write in the place of ``text[start:end]``, and why."""

    start: int
    end: int
    after: str
    reason: str


Finder = Callable[[str], Iterable[Edit]]
"""Gives the edits of a text in their order; no two overlap."""


class Change(NamedTuple):
    """One change that a step made.

    Attributes
    ----------
    step
        The name of the step.
    start, end
        The place, in characters, in the text as it was when its turn came: after every change before it.
    before, after
        What stood there, and what stands there now.
    reason
        Why, in a few words.
    """

    step: str
    start: int
    end: int
    before: str
    after: str
    reason: str


class Explained(NamedTuple):
    """A repaired text with the changes that made it, in their order."""

    text: str
    plan: tuple[Change, ...]


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Make edits, given in the order of their places."""
    pieces: list[str] = []
    at = 0
    for edit in edits:
        pieces += text[at : edit.start], edit.after
        at = edit.end
    return "".join([*pieces, text[at:]])


def recorded(text: str, edits: Iterable[Edit], step: str) -> Iterator[Change]:
    """The edits of one pass as changes, each with its place after those before it."""
    shift = 0
    for start, end, after, reason in edits:
        yield Change(step, start + shift, end + shift, text[start:end], after, reason)
        shift += len(after) - (end - start)


def apply_plan(text: str, plan: Iterable[Sequence[str | int]]) -> str:
    """Make the changes of a plan again.

    Parameters
    ----------
    text : str
        The text that the plan was made for.
    plan : iterable of Change
        Also as lists, as they come back from JSON.

    Raises
    ------
    ValueError
        If the text does not have what a change replaces: the plan is another text's.

    Examples
    --------
    >>> apply_plan("Ðà Lạt", [Change("lookalikes", 0, 2, "Ðà", "Đà", "Icelandic Ð")])
    'Đà Lạt'
    """
    done: list[str] = []  # text before the place where work goes on
    rest, offset = text, 0  # the text behind it, and where that begins
    for change in (Change(*fields) for fields in plan):  # type: ignore[arg-type]
        if change.start < offset:
            rest, offset, done = "".join([*done, rest]), 0, []
        start, end = change.start - offset, change.end - offset
        if rest[start:end] != change.before:
            raise ValueError(f"this plan is not of this text: {change.before!r} is not at {change.start}")
        done += rest[:start], change.after
        rest, offset = rest[end:], change.start + len(change.after)
    return "".join([*done, rest])


def lines_with(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """The lines that a pattern is found in, each with its place; the rest of the text costs one search."""
    found = pattern.search(text)
    while found:
        start = text.rfind("\n", 0, found.start()) + 1
        end = text.find("\n", found.start())
        end = len(text) if end < 0 else end
        yield start, text[start:end]
        found = pattern.search(text, end + 1) if end < len(text) else None


def replaced(
    pattern: re.Pattern[str], line: str, new: Callable[[str], str], reason: str, at: int = 0
) -> Iterator[Edit]:
    """An edit for each match that a function makes something else of."""
    for match in pattern.finditer(line):
        if (after := new(match[0])) != match[0]:
            yield Edit(at + match.start(), at + match.end(), after, reason)
