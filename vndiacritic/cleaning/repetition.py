"""What repeats across the pages of a site: how many pages have a line, counted in bounded memory.

Knows keys of lines and numbers of pages. Does not know what a line means: a repeated line is evidence of boilerplate,
to be weighed elsewhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from typing import Any

from vndiacritic.cleaning.shape import key_of
from vndiacritic.errors import ModelError

__all__ = ["LineCounts"]

_CAPACITY = 1 << 18  # distinct lines; some 30 MB
_LONGEST = 60  # words; what repeats and is longer is the same article twice
_PARAGRAPH = 20  # words
_COPIED = 0.8
_KIND = "repeated lines"


class LineCounts:
    """Counts on how many pages each line stands.

    Once there are too many distinct lines, all counts fall by one and those at nothing are forgotten (Misra and Gries,
    Finding repeated elements, 1982): what is on every twentieth page survives.
    """

    def __init__(self) -> None:
        self.pages = 0
        self._counts: dict[int, int] = {}
        self._forgotten = 0

    def add(self, lines: Sequence[str]) -> None:
        """Count a page's lines, each once; a page that was there before is not counted again."""
        keys = {key for line in lines if line.strip() and (key := key_of(line)).count(" ") < _LONGEST}
        if self._is_copy(keys):
            return
        self.pages += 1
        for number in map(_hash, keys):
            self._counts[number] = self._counts.get(number, 0) + 1
        while len(self._counts) > _CAPACITY:
            self._forgotten += 1
            self._counts = {number: count - 1 for number, count in self._counts.items() if count > 1}

    def _is_copy(self, keys: set[str]) -> bool:
        """Whether nearly all paragraphs of a page are known: it is an article that was scraped twice."""
        told = [key for key in keys if key.count(" ") >= _PARAGRAPH] or list(keys)
        seen = sum(_hash(key) in self._counts for key in told)
        return bool(told) and seen >= _COPIED * len(told)

    @property
    def least(self) -> int:
        """On how many pages a line must stand to be the site's and no article's: 3, or 2 of at most 4."""
        return 2 if self.pages <= 4 else 3

    def known(self, key: str) -> bool:
        """Whether a line stands on enough pages."""
        return self._counts.get(_hash(key), 0) + self._forgotten * (_hash(key) in self._counts) >= self.least

    def save(self, path: str | os.PathLike[str], params: dict[str, Any]) -> None:
        """Write lines that stand on more than one page, in the layout of all our model files."""
        import numpy as np

        from vndiacritic.modelfile import write_model

        kept = sorted((number, count) for number, count in self._counts.items() if count > 1)
        arrays: dict[str, Any] = {
            "lines": np.array([number for number, _ in kept], np.uint64),
            "pages": np.array([count for _, count in kept], np.uint32),
        }
        metadata = {"kind": _KIND, "pages": self.pages, "forgotten": self._forgotten, "params": params}
        write_model(path, arrays, metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> tuple[LineCounts, dict[str, Any]]:
        """Read what `save` wrote, and the parameters that were saved with it."""
        from vndiacritic.modelfile import verify_model

        model = verify_model(path)
        if model.metadata.get("kind") != _KIND:
            raise ModelError(f"{os.fspath(path)} is no cleaner: give a file that TextCleaner.save wrote")
        counts = cls()
        match model.metadata, model.arrays:
            case (
                {"pages": int(seen), "forgotten": int(forgotten), "params": dict(params)},
                {"lines": lines, "pages": pages},
            ) if lines.shape == pages.shape == (lines.size,) and lines.dtype.kind == pages.dtype.kind == "u":
                counts.pages, counts._forgotten = seen, forgotten
                counts._counts = dict(zip(lines.tolist(), pages.tolist(), strict=True))
                return counts, params
        raise ModelError(f"{os.fspath(path)} is a damaged cleaner: fit and save it again")


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
