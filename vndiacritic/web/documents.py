"""The text of a document as cells, in a page that shows the whole source: subtitles, Markdown, HTML, tables.

Knows where the pieces of a segment stand in its source, and nothing of any format. Only what is read as it is written
can be decided otherwise in a page: of a word that is escaped, or cut by markup, the restored form stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from vndiacritic.explain import Explained
from vndiacritic.formats import Format, open_document
from vndiacritic.formats.segments import Segment
from vndiacritic.web.cells import Cell, Piece, cells_of, text_of

__all__ = ["Explain", "document_cells"]

Explain = Callable[[list[str]], Iterable[Explained]]
"""Texts in, as many restored and explained texts out."""


class _Stretch(NamedTuple):
    """What becomes of a stretch of the source."""

    start: int
    end: int
    piece: Piece


def document_cells(source: str, form: Format, fields: Sequence[str], explain: Explain) -> Iterator[str | Cell]:
    """Restore the text in a document, before anything is given of it.

    Parameters
    ----------
    source : str
    form : Format
        Of text.
    fields : sequence of str
        Which fields of records are text.
    explain : callable

    Returns
    -------
    iterator of str or Cell
        The whole document, in its order.

    Raises
    ------
    FormatError
        The document is damaged, or has no such field.
    """
    segments = open_document(source.encode("utf-8"), form, fields).segments
    stretches = chain.from_iterable(map(_stretches, segments, _changed(segments, explain)))
    return _spliced(source, sorted(stretches, key=lambda stretch: stretch.start))


def _spliced(source: str, stretches: Iterable[_Stretch]) -> Iterator[str | Cell]:
    end = 0
    for stretch in stretches:
        yield source[end : stretch.start]
        yield from stretch.piece
        end = stretch.end
    yield source[end:]


def _changed(segments: Sequence[Segment], explain: Explain) -> list[Piece]:
    """Change all segments as `vndiacritic.formats.change_segments` does; their texts as cells."""
    texts = [segment.text for segment in segments]
    explained = list(explain(texts))
    left = [segment for segment, new in zip(segments, explained, strict=True) if segment.take(new.text)]
    while left:
        again = explain([segment.text for segment in left])
        left = [segment for segment, new in zip(left, again, strict=True) if segment.take(new.text)]
    return [
        cells_of(text, Explained(segment.text, new.choices))
        for text, segment, new in zip(texts, segments, explained, strict=True)
    ]


def _stretches(segment: Segment, piece: Piece) -> Iterator[_Stretch]:
    """What to write into the source, with the cells that stand in one piece of it."""
    written = {(start, end): text for start, end, text in segment.changes()}
    for place, stretch in zip(segment.pieces, _cut(piece, map(len, segment.parts)), strict=True):
        if place.read is None:
            yield _Stretch(place.start, place.end, stretch)
        elif (place.start, place.end) in written:
            yield _Stretch(place.start, place.end, [written[place.start, place.end]])


def _cut(piece: Piece, lengths: Iterable[int]) -> Iterator[Piece]:
    """Cut cells into stretches of some lengths; a cell that is cut becomes text."""
    i = start = begins = 0
    for length in lengths:
        ends = begins + length
        stretch: Piece = []
        while i < len(piece) and start < ends:
            part, text = piece[i], text_of(piece[i])
            whole = begins <= start and start + len(text) <= ends
            stretch.append(part if whole else text[max(0, begins - start) : ends - start])
            if start + len(text) > ends:
                break
            i, start = i + 1, start + len(text)
        yield stretch
        begins = ends
