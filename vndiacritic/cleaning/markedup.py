"""A page whose markup is known: its lines, and what the markup says of them.

Plain records that `vndiacritic.cleaning.html` fills and the labels rest on. They know no HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["MarkedUp"]


@dataclass(frozen=True)
class MarkedUp:
    """The lines of a page, none of them blank, with what its markup tells.

    Attributes
    ----------
    lines : sequence of str
        The visible text, a block each, and the texts of images.
    article : range or None
        Which lines the article is; None where the markup does not tell.
    title : int or None
        The headline's line.
    captions : frozenset of int
        Lines that are marked up as captions.
    images : mapping of int to str
        Lines that are an image's alternative text, with what the image says of itself with diacritics ("" for nothing).
    times, names : frozenset of int
        Lines that are marked up as the time, and as the author.
    """

    lines: Sequence[str]
    article: range | None = None
    title: int | None = None
    captions: frozenset[int] = frozenset()
    images: Mapping[int, str] = field(default_factory=dict)
    times: frozenset[int] = frozenset()
    names: frozenset[int] = frozenset()
