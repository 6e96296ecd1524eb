"""Text with the keys left in it ("tie6ng1 Vie6t5", "vieetj"), told by its content.

Knows how many words of a line must speak for a way of typing; the ways themselves are in keystrokes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from vndiacritic.alphabet import parse_syllable
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.keystrokes import METHODS, Method
from vndiacritic.cleaning.plausibility import VIETNAMESE_ONLY, WORD, commonness, is_common, unusual_words

__all__ = ["typed_as", "typed_edits"]

_ONLY = re.compile(f"[{VIETNAMESE_ONLY}]")


class _Typed(NamedTuple):
    start: int
    keys: str
    syllable: str


def typed_edits(text: str) -> Iterator[Edit]:
    """The edits that make syllables of keystrokes, in lines where these are beyond doubt."""
    for method in METHODS.values():
        gate = method.gate or _gate_of_words(text, method)
        if gate is None:
            continue
        edits = [
            Edit(at + word.start, at + word.start + len(word.keys), word.syllable, f"typed in {method.title}")
            for at, line in lines_with(gate, text)
            for word in _clear_words(line, method)
        ]
        if edits:
            yield from edits
            return


def _gate_of_words(text: str, method: Method) -> re.Pattern[str] | None:
    """For a method whose keys are letters: the words that may have been typed in it, None if there are none."""
    speaking = [word for word in unusual_words(text).plain if _speaks(word, method)]
    return re.compile("|".join(sorted(speaking))) if speaking else None


@lru_cache(maxsize=1 << 14)
def _speaks(keys: str, method: Method) -> bool:
    """Whether a word was likely typed so; more than a dozen keys make no syllable."""
    if len(keys) > _MOST_KEYS or not (method.sure.search(keys) or method.likely.search(keys)):
        return False
    return is_common(method.decode(keys) or "")


def _is_sure(keys: str, method: Method) -> bool:
    return _speaks(keys, method) and method.sure.search(keys) is not None


_MOST_KEYS = 12


def typed_as(text: str, method: Method) -> Iterator[Edit]:
    """The edits that make a syllable of every word that can be one, wanted or not."""
    for word in _words(text, method):
        yield Edit(word.start, word.start + len(word.keys), word.syllable, f"{method.title}, as asked for")


def _words(line: str, method: Method) -> list[_Typed]:
    """The words of a line that a way of typing makes another syllable of."""
    found = []
    for match in method.word.finditer(line):
        if len(match[0]) > 2 * _MOST_KEYS:
            continue
        keys, syllable = match[0], method.decode(match[0])
        if method.name == "viqr" and keys[0] != "\\":
            keys, syllable = _without_stops(keys, syllable, _ENDS.match(line, match.end()), method)
        if syllable and syllable != keys:
            found.append(_Typed(match.start(), keys, syllable))
    return found


_ENDS = re.compile(r"\s*$|\s+[A-Z\"“(]")


def _without_stops(
    keys: str, syllable: str | None, end: re.Match[str] | None, method: Method
) -> tuple[str, str | None]:
    """A VIQR word without the stop or bracket behind it, where this is no mark: "dda^u?" asks.

    Before a capital only a much commoner syllable ends a sentence: "Tu+? Long" is a name.
    """
    clearly = 3 if end and end[0].strip() else 0  # classes
    while keys and keys[-1] in ".?'`(+*~^":
        shorter = keys[:-1]
        plain = shorter.isalpha() and parse_syllable(shorter) and not shorter.lower().startswith("dd")
        bare = shorter if plain else method.decode(shorter)
        stop = end is not None and keys[-1] in ".?" and bare is not None
        if syllable and not (stop and commonness(bare or "") >= commonness(syllable) + clearly):
            break
        keys, syllable = shorter, bare
    return keys, syllable


class _Spoken(NamedTuple):
    """How the words of a line speak for a way of typing."""

    sure: list[_Typed]
    good: int  # words that become common syllables
    bad: int  # words that become rare ones
    foreign: int  # words that can be no Vietnamese
    plain: int  # words without keys


def _clear_words(line: str, method: Method) -> list[_Typed]:
    """The typed words of a line, if they clearly are; in a line with Vietnamese letters, the sure ones."""
    words = _words(line, method)
    if not any(_speaks(word.keys, method) for word in words):
        return []
    spoken = _spoken(line, words, method)
    certain = [word for word in spoken.sure if commonness(word.syllable) >= 10 and len(word.keys) >= 5]
    if _ONLY.search(line):
        return certain  # not DDoS, nor "Teej"
    if spoken.foreign > _foreign_allowed(spoken, method) or 2 * spoken.bad > spoken.good:
        return []
    if spoken.good >= 2:
        return words if spoken.sure or spoken.good >= spoken.plain else []
    return words if certain or (spoken.sure and spoken.plain == 0) else []


def _spoken(line: str, words: list[_Typed], method: Method) -> _Spoken:
    sure = [word for word in words if _is_sure(word.keys, method) and len(word.syllable) > 1]
    letters = [word for word in words if len(word.syllable) > 1]  # "o+" may be a sum, and VIQR has backslashes
    good = sum(1 for word in letters if is_common(word.syllable))
    typed = {i for word in words for i in range(word.start, word.start + len(word.keys))}
    others = [match[0] for match in WORD.finditer(line) if match.start() not in typed]
    foreign = sum(1 for word in others if len(word) > 1 and not parse_syllable(word))
    return _Spoken(sure, good, len(letters) - good, foreign, len(others))


def _foreign_allowed(spoken: _Spoken, method: Method) -> float:
    """How many foreign words a line may have: the signs of VIQR stand in no other language, the keys of Telex do."""
    if len(spoken.sure) < 2:
        return spoken.good / 3 if spoken.sure else 0
    if method.name == "viqr":
        return 3 * spoken.good
    return spoken.good if len(spoken.sure) >= 4 else spoken.good / 3
