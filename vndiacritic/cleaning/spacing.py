"""Spaces and punctuation: spread headings, spaces around signs and inside numbers, signs repeated without end.

Knows shapes of characters and, for spread letters, which syllables there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vndiacritic.alphabet import parse_syllable
from vndiacritic.cleaning.edits import Edit, lines_with, replaced
from vndiacritic.cleaning.plausibility import commonness

__all__ = ["letter_spacing_edits", "number_edits", "punctuation_edits", "repeated_edits", "single_sign_edits"]

# ---- letters set apart

_SPREAD = re.compile(r"(?<![^\W_])[^\W\d_](?:[ \t]{1,8}[^\W\d_](?![^\W_])){3,}")
_SPREAD_GATE = re.compile(r" \w {1,8}\w ")
_LONGEST_HEADING = 300
_WIDE_GAP = re.compile(r"[ \t]{2,}")


def letter_spacing_edits(text: str) -> Iterator[Edit]:
    """The edits that close up headings with a space after each letter ("T H Ô N G   B Á O")."""
    for at, line in lines_with(_SPREAD_GATE, text):
        most = _letters(line) / 2
        for match in _SPREAD.finditer(line):
            # A heading is all so; "nguồn: w e b truyện" inside prose was meant to be seen apart.
            if _letters(match[0]) >= most and (closed := _closed_up(match[0])):
                yield Edit(at + match.start(), at + match.end(), closed, "letters set apart")


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _closed_up(spread: str) -> str | None:
    """The words of spread letters; None unless all are syllables."""
    if len(spread) > _LONGEST_HEADING:
        return None
    parts = ["".join(part.split()) for part in _WIDE_GAP.split(spread)]
    words = [_syllables(part) if len(parts) == 1 else (part if parse_syllable(part) else None) for part in parts]
    closed = " ".join(word for word in words if word)
    if None in words or len(closed) >= len(spread) - 2 or (len(parts) == 1 and closed.isascii()):
        return None
    return closed if 2 * closed.count(" ") < len(closed) - 1 else None  # "a ă â" are letters


@lru_cache(maxsize=1 << 10)
def _syllables(letters: str) -> str | None:
    """Letters without gaps between words cut into common syllables, as few as there can be."""
    best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ())] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 7), end):
            before, word = best[start], letters[start:end]
            if before is None or not (known := commonness(word)):
                continue
            cost = before[0] + 24 - known
            held = best[end]
            if held is None or cost < held[0]:
                best[end] = (cost, (*before[1], word))
    last = best[-1]
    return " ".join(last[1]) if last else None


# ---- numbers

_NUMBER_GATE = re.compile(r"\d [.,] \d")
# What is counted follows; in "90° + 2 . 360° = 810°" the stop is a sign of multiplication.
_ALONE = r"(?<![\d.,] )(?<![\d.,])\b"  # not behind "1,": "1,496 . 108"
_NUMBER = re.compile(rf"{_ALONE}\d{{1,3}}(?: \. \d{{3}})+(?= [^\W\d_])|{_ALONE}\d+ , \d+(?= ?%)")
_SUM = re.compile(r"[=+×√]|\d [-–:/] \d")


def number_edits(text: str) -> Iterator[Edit]:
    """The edits that close up a number ("36 . 300 đồng", "6 , 9%"): thousands, and percentages."""
    if not _NUMBER_GATE.search(text):
        return
    for at, line in lines_with(_NUMBER_GATE, text):
        if not _SUM.search(line):
            yield from replaced(_NUMBER, line, lambda number: number.replace(" ", ""), "spaces inside a number", at)


# ---- signs

_REPEATED = re.compile(r"!{6,}|\?{6,}")


def repeated_edits(text: str) -> Iterator[Edit]:
    """The edits that leave three of six and more exclamation or question marks."""
    if "!!!!!!" in text or "??????" in text:
        yield from replaced(_REPEATED, text, lambda signs: signs[:3], "sign repeated")


_SEVERAL = re.compile(r"(?<=[\w”\"’)\]…])(?:([!?,])\1+|\.{4,}|…{2,})(?=[\s”\"’)\]]|$)")


def single_sign_edits(text: str) -> Iterator[Edit]:
    """The edits that leave one of several signs behind a word, and three dots of more; not "a ?? b" of programs."""
    yield from replaced(_SEVERAL, text, lambda signs: "..." if signs[0] == "." else signs[0], "sign repeated")


_BEFORE_SIGN = re.compile(r"(?<=[\w”\"'’)\]%])[ \t]+(?=[,;:!?.](?![\w.,/]))|(?<=[\w”)\]])[ \t]+(?=,)")
_IN_QUOTES = re.compile(r"(?<=[“‘(\[])[ \t]+|(?<![ \t])[ \t]+(?=[”’)\]])")
_BEFORE_QUOTE = re.compile(r"(?<=[,;:!?])(?=“)")
_MANY = re.compile(r"(?<=\S)[ \t]{2,}(?=\S)")


def punctuation_edits(text: str) -> Iterator[Edit]:
    """The edits that set spaces around signs as in print: none before, one after, none inside quotes and brackets."""
    for pattern, space, reason in (
        (_MANY, " ", "several spaces"),
        (_IN_QUOTES, "", "space inside quotes or brackets"),
        (_BEFORE_SIGN, "", "space before a sign"),
        (_BEFORE_QUOTE, " ", "no space before a quote"),
    ):
        edits = [Edit(match.start(), match.end(), space, reason) for match in pattern.finditer(text)]
        if edits:
            yield from edits
            return
