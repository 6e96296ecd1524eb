"""Lines that were met before, by their hashes in a table of fixed size."""

from __future__ import annotations

import hashlib
import unicodedata

import numpy as np
from numpy.typing import NDArray

from vndiacritic.features import Hashes

__all__ = ["LARGEST", "Seen", "line_hash"]

LARGEST = 1 << 26
"""Places of the largest table: 512 MB, for some 60 million different lines, or 6 GB of text."""

_TRIED = 8  # places in which a hash may be; in a table that is half full, one in 2,000 finds none


def line_hash(line: str) -> int:
    """The hash of a line, without its case, its spaces and its normal form; never 0.

    Examples
    --------
    >>> line_hash("Trời  đẹp") == line_hash("TRỜI ĐẸP "), line_hash("Trời đẹp") == line_hash("Trời đep")
    (True, False)
    """
    plain = " ".join(unicodedata.normalize("NFC", line).lower().split())
    return (
        int.from_bytes(hashlib.blake2b(plain.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little") or 1
    )


class Seen:
    """Hashes that were met before.

    The table does not grow. When it is full, what is new is not remembered, so that a copy may be overlooked; two lines
    are never taken for one but by the chance of one in 10^19 for each pair.

    Parameters
    ----------
    lines : int
        How many are expected: the table has at least two places for each, up to `LARGEST`, of 8 bytes.
    """

    def __init__(self, lines: int) -> None:
        size = min(LARGEST, 1 << (2 * max(lines, 1)).bit_length())
        self._table = np.zeros(size, np.uint64)
        self._mask = np.uint64(size - 1)

    def met(self, hashes: Hashes) -> NDArray[np.bool_]:
        """Tell which hashes were met before, here or in an earlier call, and remember the others.

        Parameters
        ----------
        hashes : array of uint64, shape (n,)
            None is 0.
        """
        distinct, first = np.unique(hashes, return_index=True)
        new = np.zeros(len(hashes), bool)
        new[first] = ~self._known(distinct)
        self._remember(distinct[new[first]])
        return ~new

    def _known(self, hashes: Hashes) -> NDArray[np.bool_]:
        known = np.zeros(len(hashes), bool)
        for place in self._places(hashes):
            known |= self._table[place] == hashes
        return known

    def _remember(self, hashes: Hashes) -> None:
        """Write hashes that are not in the table to free places; of two that want one, the other tries the next."""
        for number in range(_TRIED):
            place = self._place(hashes, number)
            free = self._table[place] == 0
            self._table[place[free]] = hashes[free]
            hashes = hashes[self._table[place] != hashes]

    def _places(self, hashes: Hashes) -> list[NDArray[np.uint64]]:
        return [self._place(hashes, number) for number in range(_TRIED)]

    def _place(self, hashes: Hashes, number: int) -> NDArray[np.uint64]:
        """The how manieth place of each hash: steps of its own, so that two that meet once part again."""
        place: NDArray[np.uint64] = (hashes + np.uint64(number) * (hashes >> np.uint64(32) | np.uint64(1))) & self._mask
        return place
