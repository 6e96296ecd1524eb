"""What is restored by itself: lines, and parts of endless ones, in batches of bounded size.

This module knows how texts are cut, and what must not be. It knows neither models nor what a token means.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vndiacritic.tokens import split_runs

__all__ = ["Run", "batches", "lines_of", "runs_of"]

_LINES_AT_ONCE = 2048
_TOKENS_AT_ONCE = 1 << 14  # enough to make numpy's calls cheap, little enough for the cache
_LONGEST_RUN = 1 << 15  # tokens; a longer line is restored in parts, since a file may be one line
# A vowel and a mark that NFC would have joined.
_DECOMPOSED = re.compile("[aeiouyAEIOUY][\u0300\u0301\u0302\u0303\u0309\u0323]|[aeiouAEIOU]\u0306|[ouOU]\u031b")


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text with their ends; only a line feed ends a line, as in the files of a shell."""
    return (match[0] for match in re.finditer(r"[^\n]*\n|[^\n]+", text))


class Run(NamedTuple):
    """A line, or a part of an endless one: what is restored by itself.

    Parts that shared some tokens would be read in more context, but could be restored otherwise a second time: in a
    phrase that is repeated a thousand times, what is settled at one place can turn words a hundred tokens away.
    """

    parts: list[str]  # gaps and tokens, in turn
    decomposed: bool  # whether its line is
    last: bool  # whether it ends a string that was given


def runs_of(texts: Iterable[str]) -> Iterator[Run]:
    """The runs of texts, of one line each or of several."""
    for text in texts:
        before = None
        for line in lines_of(text):
            decomposed = _is_decomposed(line)
            for parts in split_runs(line, _LONGEST_RUN):
                if before:
                    yield before
                before = Run(parts, decomposed, False)
        yield before._replace(last=True) if before else Run([""], False, True)


def _is_decomposed(line: str) -> bool:
    """Whether new letters are written decomposed: in a line that has such letters, or is in NFD and not in NFC."""
    if line.isascii():
        return False
    if _DECOMPOSED.search(line):
        return True
    return not unicodedata.is_normalized("NFC", line) and unicodedata.is_normalized("NFD", line)


def batches(runs: Iterable[Run]) -> Iterator[list[Run]]:
    """Runs in batches of bounded size; none is cut."""
    batch: list[Run] = []
    size = 0
    for run in runs:
        batch.append(run)
        size += len(run.parts) // 2
        if size >= _TOKENS_AT_ONCE or len(batch) >= _LINES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
