"""A review: a page with a restored text in it, which a reader corrects and takes away as a file.

Knows how much of a text goes into a block of the page. How the text was restored, and where the page is written, is
the affair of who asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from vndiacritic.web.cells import Cell, Forms, Piece, pieces_of
from vndiacritic.web.page import Page, data_block

__all__ = ["review_page"]

_PIECE = 2_000  # characters, a screen or two: what a browser lays out at once
_LONGEST = 4_000
_BLOCK = 256  # pieces, some half a megabyte: what it parses at once


def review_page(text: Iterable[str | Cell], name: str, threshold: float) -> Iterator[str]:
    """The page, piece by piece; the text is read as it goes.

    Parameters
    ----------
    text : iterable of str or Cell
        The restored text in its order.
    name : str
        Of the file; what the reader takes away has a name like it.
    threshold : float
        Between 0 and 1: what is less sure is coloured, until the reader moves the slider.
    """
    forms = Forms()
    facts = {"download": _reviewed(name), "threshold": round(threshold * 10_000), "forms": forms.texts}

    def data() -> Iterator[str]:
        for block in _blocks(pieces_of(text, _PIECE, _LONGEST)):
            yield data_block("pieces", list(map(forms.packed, block)))
        yield data_block("facts", facts)  # last, when all forms are known

    return Page("review").pieces(name, data())


def _blocks(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    block = []
    for piece in pieces:
        block.append(piece)
        if len(block) == _BLOCK:
            yield block
            block = []
    if block:
        yield block


def _reviewed(name: str) -> str:
    """The name of what the reader takes away: notes.reviewed.txt."""
    path = PurePath(name)
    return f"{path.stem}.reviewed{path.suffix or '.txt'}"
