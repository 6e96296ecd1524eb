"""What is restored by itself, as gaps and tokens, in batches of bounded size.

This module knows normal forms, the placement of tones, and sizes. It knows neither models nor what a token means, and
cuts no line: that is cutting's affair.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vndiacritic.alphabet import ToneStyle
from vndiacritic.cutting import lines_of
from vndiacritic.placement import TonePlacement, placement_of
from vndiacritic.tokens import split_tokens

__all__ = ["Run", "batches", "runs_of"]

_LINES_AT_ONCE = 2048
_TOKENS_AT_ONCE = 1 << 13  # enough to make numpy's calls cheap, little enough for the cache
# A vowel and a mark that NFC would have joined.
_DECOMPOSED = re.compile("[aeiouyAEIOUY][\u0300\u0301\u0302\u0303\u0309\u0323]|[aeiouAEIOU]\u0306|[ouOU]\u031b")


class Run(NamedTuple):
    """A line, or a part of an endless one: what is restored by itself."""

    parts: list[str]  # gaps and tokens, in turn
    decomposed: bool
    style: ToneStyle  # where syllables get their tone
    last: bool  # whether it ends a string that was given


def runs_of(texts: Iterable[str], placement: TonePlacement) -> Iterator[Run]:
    """The runs of texts, of one line each or of several; "as-is" goes by each line."""
    for text in texts:
        before = None
        for line in lines_of(text):
            if before:
                yield before
            style = (placement_of([line]) or "old") if placement == "as-is" else placement
            before = Run(split_tokens(line), _is_decomposed(line), style, False)
        yield before._replace(last=True) if before else Run([""], False, "old", True)


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
        tokens = len(run.parts) // 2
        if batch and size + tokens > _TOKENS_AT_ONCE:
            yield batch
            batch, size = [], 0
        batch.append(run)
        size += tokens
        if size >= _TOKENS_AT_ONCE or len(batch) >= _LINES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
