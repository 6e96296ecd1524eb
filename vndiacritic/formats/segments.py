"""Stretches of a document's source that are read as one text, changed, and written back where they stood.

A format finds the stretches; this module knows nothing of any. What is between them is never touched, and of them only
the marks of letters are. It expects changes that keep letters in their order and number, as restoring and stripping do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

__all__ = ["Change", "Piece", "Segment", "change_segments", "cut", "line_of", "spliced"]

Change = Callable[[list[str]], list[str]]
"""Texts in, as many texts out: ``Restorer.predict`` is one."""

# A letter and what is combined with it.
_CLUSTER = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")
_MARK = re.compile("[\u0300-\u036f]")
_WORD = re.compile("(?:[^\\W_]|[\u0300-\u036f])+")


class Piece(NamedTuple):
    r"""A part of a segment.

    Attributes
    ----------
    start, end : int
        Where it stands in the source.
    read : str or None
        What is read there; None for the source itself.
    write : callable or None
        Turns a letter that has changed into source, where `read` is given: in JSON ``\u1ebf`` is read as "ế". Without
        it the source stays, and so does every word that it is a part of.
    """

    start: int
    end: int
    read: str | None = None
    write: Callable[[str], str] | None = None


class Segment:
    """Pieces of a source that are one text for who changes it: a paragraph, a cue, a field.

    Parameters
    ----------
    source : str
    pieces : iterable of Piece
        In their order; they do not overlap. What is between two of them is not read.
    """

    def __init__(self, source: str, pieces: Iterable[Piece]) -> None:
        self.pieces = list(pieces)
        self._read = [source[p.start : p.end] if p.read is None else p.read for p in self.pieces]
        self.parts = self._read.copy()

    @property
    def text(self) -> str:
        """The text as it is now."""
        return "".join(self.parts)

    def take(self, new: str) -> bool:
        """Take over a changed text, as far as it may change; whether another look may change more.

        It may where something was not taken over and something else was, which may have been decided by the first.
        """
        text = self.text
        if new == text:
            return False
        letters = _letters(text, new)
        refused = self._refuse(text, letters)
        start, before = 0, self.parts
        self.parts = []
        for part in before:
            self.parts.append("".join(letters[start : start + len(part)]))
            start += len(part)
        return refused and self.parts != before

    def _refuse(self, text: str, letters: list[str]) -> bool:
        """Undo changes in what has to stay, and in the words it is a part of; whether there were any."""
        held = bytearray(len(text))
        start = 0
        for piece, part in zip(self.pieces, self.parts, strict=True):
            end = start + len(part)
            if piece.read is not None and piece.write is None:
                held[start:end] = b"\1" * len(part)
            if start < len(text) and _MARK.match(text, start):  # a mark whose letter is in another piece
                held[start] = 1
            start = end
        if 1 not in held:
            return False
        for word in _WORD.finditer(text):
            if 1 in held[word.start() : word.end()]:
                held[word.start() : word.end()] = b"\1" * len(word[0])
        undone = [at for at, stays in enumerate(held) if stays and letters[at] != text[at]]
        for at in undone:
            letters[at] = text[at]
        return bool(undone)

    def changes(self) -> Iterator[tuple[int, int, str]]:
        """What to write into the source: start, end and text of each change."""
        for piece, read, part in zip(self.pieces, self._read, self.parts, strict=True):
            if part != read:
                yield piece.start, piece.end, piece.write(part) if piece.write else part


def _letters(text: str, new: str) -> list[str]:
    """What stands in place of each character of a text; combining marks stand with their letter."""
    if len(new) == len(text) and not _MARK.search(text):
        return list(new)
    letters: list[str] = []
    for have, want in zip(_CLUSTER.findall(text), _CLUSTER.findall(new), strict=True):
        letters += have if have == want else [want, *[""] * (len(have) - 1)]
    return letters


def change_segments(segments: Sequence[Segment], change: Change) -> None:
    """Change all segments, in one batch; those of which a part has to stay are looked at until nothing more changes.

    So a second run over the result changes nothing either. Restoring only adds marks, and stripping only removes
    them, so it ends.
    """
    left = list(segments)
    while left:
        changed = change([segment.text for segment in left])
        left = [segment for segment, text in zip(left, changed, strict=True) if segment.take(text)]


def spliced(source: str, segments: Iterable[Segment]) -> str:
    """The source with the changes of its segments."""
    done, end = [], 0
    for start, stop, text in sorted(chain.from_iterable(segment.changes() for segment in segments)):
        done += [source[end:start], text]
        end = stop
    return "".join(done) + source[end:]


def cut(
    source: str, start: int, end: int, special: re.Pattern[str], read: Callable[[str], str | None]
) -> Iterator[Piece]:
    """Pieces of a stretch of source: what a pattern finds is read in another way, or not at all where that is None."""
    for match in special.finditer(source, start, end):
        if start < match.start():
            yield Piece(start, match.start())
        text = read(match[0])
        if text is not None:
            yield Piece(match.start(), match.end(), text)
        start = match.end()
    if start < end:
        yield Piece(start, end)


def line_of(source: str, at: int) -> int:
    """The number of the line, from 1, that a place in a source is in."""
    return source.count("\n", 0, at) + 1
