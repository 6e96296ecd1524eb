"""How Vietnamese a text reads: the ground on which repairs are made or left.

Knows which syllables are written and how often (data/syllables.tsv); nothing of what may have damaged a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, lru_cache, wraps
from importlib.resources import files
from typing import NamedTuple, TypeVar, TypeVarTuple

from vndiacritic.alphabet import ToneStyle, parse_syllable, place_tone

__all__ = [
    "LATIN",
    "ODD",
    "VIETNAMESE_ONLY",
    "WORD",
    "common_words",
    "commonness",
    "has_odd_characters",
    "is_cased_well",
    "is_common",
    "is_vietnamese",
    "lines_with_words",
    "odd_characters",
    "remembered",
    "score",
    "unusual_words",
    "word_score",
]

WORD = re.compile(r"[^\W\d_]+")

VIETNAMESE_ONLY = (
    "ăắằẳẵặđơớờởỡợưứừửữựạảấầẩẫậẹẻẽếềểễệỉĩịọỏốồổỗộụủũỵỷỹỳĂẮẰẲẴẶĐƠỚỜỞỠỢƯỨỪỬỮỰẠẢẤẦẨẪẬẸẺẼẾỀỂỄỆỈĨỊỌỎỐỒỔỖỘỤỦŨỴỶỸỲ"
)
"""Letters that stand in Vietnamese and hardly anywhere else: those outside Latin-1."""

LATIN = "àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝ"
"""Vietnamese letters that Latin-1 has too."""

_ONLY = re.compile(f"[{VIETNAMESE_ONLY}]")

COMMON = 8
"""The class from which a syllable counts as common: once in 100,000 words."""

_COMMONEST = 18
_REMEMBERED = 40  # letters; words as long as a book would fill the memory, and none is met again
_STYLES: tuple[ToneStyle, ...] = ("old", "new")


ODD = re.compile(f"[^\n\x20-\x7e{VIETNAMESE_ONLY}{LATIN}“”‘’–—…]")


@lru_cache(maxsize=1)
def odd_characters(text: str) -> str:
    """The characters of a text that good Vietnamese text rarely has, each once; most repairs need one to begin with."""
    return "".join(set(ODD.findall(text)))


def has_odd_characters(text: str) -> bool:
    """Tell whether a text has any of them."""
    return odd_characters(text) != ""


@cache
def _classes() -> Mapping[str, int]:
    """Each syllable of the table with the power of two below its count."""
    table = {}
    source = files("vndiacritic.cleaning") / "data" / "syllables.tsv"
    for line in source.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            power, _, syllables = line.partition("\t")
            table.update(dict.fromkeys(syllables.split(), int(power)))
    return table


_More = TypeVarTuple("_More")
_T = TypeVar("_T")


def remembered(most: int) -> Callable[[Callable[[str, *_More], _T]], Callable[[str, *_More], _T]]:
    """Remember what a function makes of so many words, long ones left out."""

    def decorate(function: Callable[[str, *_More], _T]) -> Callable[[str, *_More], _T]:
        kept: Callable[..., _T] = lru_cache(maxsize=most)(function)

        @wraps(function)
        def called(word: str, /, *more: *_More) -> _T:
            return (kept if len(word) <= _REMEMBERED else function)(word, *more)

        return called

    return decorate


@remembered(1 << 16)
def commonness(word: str) -> int:
    """The class of a syllable, 4 to 18; 0 for one that is rare or none. The case and the tone's place are ignored."""
    return _classes().get(place_tone(word.lower()), 0)


@cache
def common_words() -> frozenset[str]:
    """The syllables of the table as they are written: in small letters, capitals or with one, in both tone styles."""
    styles = {place_tone(word, style) for word in _classes() for style in _STYLES}
    return frozenset(styles | {word.capitalize() for word in styles} | {word.upper() for word in styles})


class Unusual(NamedTuple):
    """Words that are no common syllables: those of ASCII letters, and those with others."""

    plain: tuple[str, ...]
    marked: tuple[str, ...]


@lru_cache(maxsize=1)
def unusual_words(text: str) -> Unusual:
    """The words of a text that are no common syllables: the only ones that most steps have to look at."""
    rest = set(text.split()).difference(common_words())  # splitting at spaces is fast and leaves few tokens
    words = set(WORD.findall(" ".join(rest))).difference(common_words())
    return Unusual(tuple(filter(str.isascii, words)), tuple(word for word in words if not word.isascii()))


def lines_with_words(words: Collection[str], text: str) -> Iterator[tuple[int, str]]:
    """The lines that have one of some words, each with its place.

    Looked up word by word: an alternation of them all would be tried anew at every character of the text.
    """
    end = -1
    for match in WORD.finditer(text) if words else ():
        if match.start() > end and match[0] in words:
            start, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
            end = len(text) if end < 0 else end
            yield start, text[start:end]


def is_common(word: str, least: int = COMMON) -> bool:
    """Tell whether a word is a Vietnamese syllable that is met often, in a case that a word may have."""
    return commonness(word) >= least and is_cased_well(word)


def is_cased_well(word: str) -> bool:
    """Tell whether a word is in lower case, in capitals or begins with one: what else is glued or misread."""
    return word.islower() or word.isupper() or word[1:].islower() or len(word) == 1


@remembered(1 << 16)
def word_score(word: str) -> float:
    """How likely a word stands in Vietnamese text: 0.3 to 1 for a common syllable, down to -2 for what is none.

    Words of ASCII letters that are no syllables are foreign, not damaged, and count little either way.
    """
    if not is_cased_well(word) and not word.isascii():
        return -2.0
    if known := commonness(word):
        return max(known / _COMMONEST, 0.3)
    if word.isascii():
        return 0.0 if len(word) == 1 or parse_syllable(word) else -0.2
    return -0.6 if parse_syllable(word) else -1.5


def score(text: str) -> float:
    """The sum of the scores of a text's words."""
    return sum(map(word_score, WORD.findall(text)))


def is_vietnamese(text: str) -> bool:
    """Tell whether a text reads as Vietnamese: most of its marked words are syllables, and one could be no other's.

    Examples
    --------
    >>> is_vietnamese("Hôm nay trời đẹp"), is_vietnamese("déjà vu à Paris"), is_vietnamese("Háskóli Íslands")
    (True, False, False)
    """
    if not _ONLY.search(text):
        return False
    marked = [word for word in WORD.findall(text) if not word.isascii()]
    good = sum(1 for word in marked if parse_syllable(word))
    return 2 * good >= len(marked)
