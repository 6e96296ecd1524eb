"""Text with the keys left in it ("tie6ng1 Vie6t5", "vieetj"), told by its content.

Knows how many words of a line must speak for a way of typing; the ways themselves are in keystrokes.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from vndiacritic.alphabet import parse_syllable
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.keystrokes import METHODS, Method
from vndiacritic.cleaning.plausibility import (
    VIETNAMESE_ONLY,
    WORD,
    commonness,
    is_common,
    lines_with_words,
    remembered,
    unusual_words,
)

__all__ = ["typed_as", "typed_edits"]

_ONLY = re.compile(f"[{VIETNAMESE_ONLY}]")


class _Typed(NamedTuple):
    start: int
    keys: str
    syllable: str


def typed_edits(text: str) -> Iterator[Edit]:
    """The edits that make syllables of keystrokes, in lines where these are beyond doubt."""
    escaped = _is_escaped(text)
    for method in METHODS.values():
        edits = [
            Edit(at + word.start, at + word.start + len(word.keys), word.syllable, f"typed in {method.title}")
            for at, line in _lines_to_look_at(text, method)
            for word in _clear_words(line, method, escaped)
        ]
        if edits:
            yield from edits
            return


def _lines_to_look_at(text: str, method: Method) -> Iterator[tuple[int, str]]:
    """The lines with signs of a method; for one whose keys are letters, those with words that may be typed in it."""
    if method.gate:
        return lines_with(method.gate, text)
    return lines_with_words({word for word in unusual_words(text).plain if _speaks(word, method)}, text)


@remembered(1 << 14)
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
    escaped = _is_escaped(text)
    for at, line in lines_with(_ANY, text):
        for word in _words(line, method, escaped):
            start = at + word.start
            yield Edit(start, start + len(word.keys), word.syllable, f"{method.title}, as asked for")


_ANY = re.compile(r"\S")


def _words(line: str, method: Method, escaped: bool) -> list[_Typed]:
    """The words of a line that a way of typing makes another syllable of."""
    found: list[_Typed] = []
    stops = "" if escaped or method.name != "viqr" else ".?" if _ASKS.search(line) else "."
    for match in method.word.finditer(line):
        if len(match[0]) > 2 * _MOST_KEYS:
            continue
        if method.name == "viqr" and match[0][0] != "\\":
            found += _viqr_words(line, match, method, stops)
        elif (syllable := method.decode(match[0])) and syllable != match[0]:
            found.append(_Typed(match.start(), match[0], syllable))
    return found


# ---- VIQR, where the signs of sentences are marks as well


def _is_escaped(text: str) -> bool:
    """Whether a program wrote a text in VIQR: it puts a backslash before each sign that is no mark."""
    return "\\." in text or "\\?" in text


# Words that make a sentence a question, as they are typed.
_ASKS = re.compile(
    r"(?<![a-z])(?:kho\^ng|gi`|ai|na`o|sao|dda\^u|chu\+a|a`|ha\?|u\+`|the\^'|va\^.y|ma\^'y|bao|nhe\?|pha\?i)(?![a-z])",
    re.IGNORECASE,
)


def _viqr_words(line: str, match: re.Match[str], method: Method, stops: str) -> Iterator[_Typed]:
    """The words in a run of letters and signs: in "kho^ng?Ta.i" and "man...va`" there are two."""
    parts, start = _AFTER_STOP.split(match[0]), match.start()
    while parts:
        keys = parts.pop(0)
        for count in range(len(parts), 0, -1):
            longer = keys + "".join(parts[:count])
            if method.decode(longer.rstrip(_SIGNS)):
                keys, parts = longer, parts[count:]
                break
        behind = start + len(keys)
        if not (len(keys) == 2 and line[behind : behind + 1].isalnum()):  # "U.23"
            keys, syllable = _without_stops(keys, _end(line, behind) if keys[-1] in stops else None, method)
            if syllable and syllable != keys:
                yield _Typed(start, keys, syllable)
        start = behind


_SIGNS = ".?'`(+*~^"
_AFTER_STOP = re.compile(r"(?<=[.?(])(?=[A-Za-z])")
_ENDS = re.compile(r"[\"”’).?!]{0,9}(?:\s*$|\s+([A-Z\"“(])|(?=([A-Z])))")


def _end(line: str, at: int) -> str | None:
    """What follows where a sentence may end: nothing at the end of the line; None where none can end."""
    end = _ENDS.match(line, at)
    return (end[1] or end[2] or "") if end else None


# Syllables that end sentences more often than the same without their dot, though that is as common or commoner
# elsewhere ("mộ", "mô"). Counted in 570,000 sentences of the corpora that NOTICE.md names, "a." of lists aside.
_ENDING = frozenset("ạ chị dị dụ kị lạ mộ ngụ ngụy nộ rộ sọ sợ sộ trọ tụy".split())


def _without_stops(keys: str, end: str | None, method: Method) -> tuple[str, str | None]:
    """A VIQR word without the stop or bracket behind it, where this is no mark: "dda^u?" asks."""
    whole = keys
    if keys.endswith("..."):
        keys = keys[:-3]
    syllable = method.decode(keys)
    while keys and keys[-1] in _SIGNS:
        shorter = keys[:-1]
        plain = shorter.isalpha() and parse_syllable(shorter) and not shorter.lower().startswith("dd")
        bare = shorter if plain else method.decode(shorter)
        stop = keys is whole and end is not None and keys[-1] in ".?"
        if syllable and not (stop and bare and _ends_likelier(bare, syllable, keys[-1], end)):
            break
        keys, syllable = shorter, bare
    return keys, syllable


def _ends_likelier(bare: str, marked: str, sign: str, end: str | None) -> bool:
    """Whether a sentence ends in a syllable and a sign, rather than in the syllable that the sign marks.

    Before a capital only a much commoner one does: "Tu+? Long" is a name. Questions mostly end in words of their own.
    """
    if sign == "." and not end and marked.lower() in _ENDING:
        return False
    clearly = 3 if end or sign == "?" else 0  # classes
    return commonness(bare) >= commonness(marked) + clearly


class _Spoken(NamedTuple):
    """How the words of a line speak for a way of typing."""

    sure: list[_Typed]
    good: int  # words that become common syllables
    bad: int  # words that become rare ones
    foreign: int  # words that can be no Vietnamese
    plain: int  # words without keys


def _clear_words(line: str, method: Method, escaped: bool) -> list[_Typed]:
    """The typed words of a line, if they clearly are; in a line with Vietnamese letters, the sure ones."""
    words = _words(line, method, escaped)
    if not any(_speaks(word.keys, method) for word in words):
        return []
    spoken = _spoken(line, words, method)
    certain = [word for word in spoken.sure if commonness(word.syllable) >= 10 and len(word.keys) >= 5]
    if _ONLY.search(line):
        shouted = line.isupper()
        return [word for word in certain if shouted or not word.keys.isupper()]  # not DDoS, "Teej" nor NUWAX-83
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
    sure = len(spoken.sure)
    if method.name == "viqr":
        return spoken.good * (3 if sure >= 2 else sure or (spoken.good >= 5) / 3)
    if sure < 2:
        return spoken.good / 3 if sure else 0
    return spoken.good if sure >= 4 else spoken.good / 3
