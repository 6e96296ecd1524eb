"""Damage that is seen and cannot be mended, since what was lost cannot be known: said, not guessed.

Knows the traces that are left in a text after every repair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from vndiacritic.alphabet import TONES, decompose_letter
from vndiacritic.cleaning.mojibake import left_over
from vndiacritic.cleaning.plausibility import VIETNAMESE_ONLY, has_odd_characters, is_cased_well, unusual_words

__all__ = ["Doubt", "doubts"]


class Doubt(NamedTuple):
    """A place that is damaged and was left: ``text[start:end]`` of the repaired text."""

    start: int
    end: int
    text: str
    reason: str


_LOST = re.compile("[^\\s\ufffd]{0,12}\ufffd[^\\s]{0,12}")
_ONLY = re.compile(f"[{VIETNAMESE_ONLY}]")


def doubts(text: str) -> tuple[Doubt, ...]:
    """The places of a text where something is damaged beyond what can be known.

    Examples
    --------
    >>> [doubt.reason for doubt in doubts("Vi\ufffdt Nam")]
    ['a character was lost before the text came here']
    """
    return tuple(sorted({*_lost(text), *_twice_toned(text)}))


def _lost(text: str) -> Iterator[Doubt]:
    for match in _LOST.finditer(text):
        yield Doubt(*match.span(), match[0], "a character was lost before the text came here")
    if has_odd_characters(text):
        for start, end in left_over(text):
            yield Doubt(start, end, text[start:end], "bytes of a misread letter are lost; several letters are possible")


def _twice_toned(text: str) -> Iterator[Doubt]:
    for word in unusual_words(text).marked:
        tones = {tone for char in word.lower() if (tone := decompose_letter(char).tone) in TONES}
        if len(tones) > 1 and _ONLY.search(word) and is_cased_well(word):  # "giáTrị" is a name in a program
            for match in re.finditer(rf"(?<!\w){word}(?!\w)", text):
                yield Doubt(*match.span(), word, "two tones in one syllable")
