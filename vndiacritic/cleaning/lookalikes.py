"""Characters that look like Vietnamese letters: Cyrillic, Greek, small capitals, mathematical, full-width.

Knows which character looks like which letter (data/lookalikes.tsv, after Unicode's confusables, UTS 39). They are
replaced inside Vietnamese words; Russian, Greek, Icelandic, phonetic and mathematical text stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from vndiacritic.alphabet import compose, has_marks, parse_syllable
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.plausibility import VIETNAMESE_ONLY, commonness, is_cased_well, is_common

__all__ = [
    "CARONS",
    "OVERLAYS",
    "STYLED",
    "lookalike_characters",
    "lookalike_edits",
    "overlay_edits",
    "styled_edits",
]


@cache
def _tables() -> tuple[Mapping[str, str], frozenset[str]]:
    """Each look-alike with the letter it looks like, and those that look like it in loose disguise only."""
    table, disguises = {}, set()
    source = files("vndiacritic.cleaning") / "data" / "lookalikes.tsv"
    for line in source.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            letter, close, *loose = line.split("\t")
            table.update(dict.fromkeys([*close.split(), *" ".join(loose).split()], letter))
            disguises.update(" ".join(loose).split())
    return table, frozenset(disguises)


def _table() -> Mapping[str, str]:
    return _tables()[0]


@cache
def lookalike_characters() -> re.Pattern[str]:
    """Any of the look-alikes."""
    return re.compile(f"[{''.join(_table())}]")


_WORD = re.compile("(?:[^\\W\\d_][\u0300-\u036f]*)+")
_ONLY = re.compile(f"[{VIETNAMESE_ONLY}]")
# Phonetic script uses these small capitals and letters as its own.
_PHONETIC = frozenset("ɪʏʟɴʀɢʙʜɑɡɩʋ")
_STROKED = frozenset("ÐðƉɖ")
CARONS = frozenset("ǎǍ")
"""Look-alikes that are letters on keyboards beside Vietnamese ones: one alone in a text is a slip of the hand."""

_CYRILLIC = re.compile("[\u0400-\u052f]")
_OTHER_SCRIPT = re.compile("[\u0370-\u03ff\u0400-\u04ff\u0530-\u058f\u13a0-\u13ff]")
_TRANSCRIPTION = re.compile("[ˈˌːəɛɔʃʒθðŋɾʔʌæɒɜʊ]")


class _Line(NamedTuple):
    """What the rest of a line tells of a word."""

    ours: bool  # it has Vietnamese letters
    foreign: bool  # it has words that are Cyrillic or Greek whatever one does
    phonetic: bool  # it has signs of phonetic script
    icelandic: bool  # it has letters that Icelandic has and Vietnamese text has not


def lookalike_edits(text: str) -> Iterator[Edit]:
    """The edits that write Vietnamese words in Vietnamese letters."""
    for at, line in lines_with(lookalike_characters(), text):
        words = [(match, _latin(match[0])) for match in _WORD.finditer(line)]
        about = _Line(
            ours=_ONLY.search(line) is not None or sum(1 for match, new in words if _is_marked(match[0], new)) > 1,
            foreign=any(_OTHER_SCRIPT.search(new) for match, new in words if not re.search("[A-Za-z]", match[0])),
            phonetic=_TRANSCRIPTION.search(line) is not None,
            icelandic=_ICELANDIC.search(line) is not None,
        )
        for match, new in words:
            if new != match[0] and _is_meant(match[0], new, about):
                yield Edit(at + match.start(), at + match.end(), new, _kind(match[0]))


def _is_marked(word: str, new: str) -> bool:
    """Whether a disguised word is a Vietnamese syllable with marks."""
    return new != word and has_marks(new) and parse_syllable(new) is not None


def _latin(word: str) -> str:
    """A word with its look-alikes replaced; a word that keeps letters of another script is left whole."""
    if _table().keys().isdisjoint(word):  # it may be decomposed, which is another step's part
        return word
    new = compose("".join(_table().get(char, char) for char in word))
    if _OTHER_SCRIPT.search(new):
        return word
    small = sum(1 for char in word if _is_small_capital(char))
    return new.upper() if small == 0 and word.isupper() else new


def _is_small_capital(char: str) -> bool:
    return "SMALL CAPITAL" in unicodedata.name(char, "")


def _is_meant(word: str, new: str, line: _Line) -> bool:
    """Whether a word was meant to be the Latin one: it makes a syllable, or no script could have it as it is."""
    strange = [char for char in word if char in _table()]
    if len(new) < 2 or (line.phonetic and not has_marks(new)):
        return False
    if _STROKED.issuperset(strange):
        return _is_stroked(word, new, line.ours, line.icelandic)
    syllable = parse_syllable(new) is not None and (line.ours or has_marks(new))
    if any(map(_is_small_capital, strange)):
        return syllable or (len(strange) >= 3 and not _PHONETIC.issuperset(strange))
    latin = sum(1 for char in word if char not in _table() and char.isalpha())
    if latin == 0:
        return line.ours and not line.foreign and is_common(new, 10) and not word.isupper()  # "ТУ" is Russian
    close = _tables()[1].isdisjoint(strange)
    if syllable:
        return is_common(new) or (close and is_cased_well(new) and len(strange) <= latin)  # "τA" is a product
    return latin > 1 and close and all(map(_CYRILLIC.match, strange))


_ICELANDIC = re.compile("[þÞæÆ]|ð(?![^\\W\\d_])")


def _is_stroked(word: str, new: str, ours: bool, icelandic: bool) -> bool:
    """Whether Ð or ð is a đ: in a syllable, or in an abbreviation (QÐ-TTg) of a Vietnamese line."""
    if parse_syllable(new):
        return ours or has_marks(new.replace("đ", "").replace("Đ", "")) or (commonness(new) >= 10 and not icelandic)
    return ours and word.isupper() and not re.search("[AEIOUYÁÉÍÓÚÝÆÖ]", word)


def _kind(word: str) -> str:
    strange = next(char for char in word if char in _table())
    return f"looks like {_table()[strange]}: {unicodedata.name(strange, hex(ord(strange))).lower()}"


# ---- letters in disguise: mathematical, circled, squared, full-width

_STYLES = "\U0001d400-\U0001d7ff\u24b6-\u24e9\U0001f110-\U0001f189ℂℊℋℌℍℎℐℑℒℕℙℚℛℜℝℤℨℬℭℰℱℳℴℹ"
_STYLED_LETTER = re.compile(f"[{_STYLES}]")
_STYLED_WORD = re.compile(f"(?:[{_STYLES}]|[^\\W\\d_])[{_STYLES}\\w\u0300-\u036f]*")
STYLED = re.compile(f"{_STYLED_LETTER.pattern}|[Ａ-Ｚａ-ｚ]")
_FORMULA = re.compile(r"\$[^$]{1,200}\$|\\[a-z]+\{")
_WIDE_LETTER = re.compile("[Ａ-Ｚａ-ｚ]")
_WIDE = re.compile("[\uff01-\uff5e\u3000]")
_CJK = re.compile("[\u2e80-\u2fff\u3040-\u9fff\uac00-\ud7af\uff66-\uff9d]")


def styled_edits(text: str) -> Iterator[Edit]:
    """The edits that make plain letters of letters in disguise; single ones are symbols of mathematics."""
    for at, line in lines_with(_STYLED_LETTER, text):
        for match in () if _FORMULA.search(line) else _STYLED_WORD.finditer(line):
            letters = _STYLED_LETTER.findall(match[0])
            # ℝℙ and the like are in every font; only a disguise goes on in such letters.
            if len(letters) > (1 if max(letters, default="") > "\u24b5" else 2):
                yield Edit(at + match.start(), at + match.end(), _plain(match[0]), "letters in disguise")
    for at, line in lines_with(_WIDE_LETTER, text):
        if not _CJK.search(line):  # there full-width letters are good typography
            for match in _WIDE.finditer(line):
                yield Edit(at + match.start(), at + match.end(), unicodedata.normalize("NFKC", match[0]), "full-width")


def _plain(letters: str) -> str:
    return compose("".join(_plain_letter(char) for char in letters))


def _plain_letter(char: str) -> str:
    """NFKC, and what it lacks: squared and negative letters, in the order of the alphabet."""
    code = ord(char)
    for first in (0x1F110, 0x1F130, 0x1F150, 0x1F170):
        if first <= code < first + 26:
            return chr(ord("A") + code - first)
    return unicodedata.normalize("NFKC", char)


# ---- strokes over every letter

OVERLAYS = re.compile("[\u0334-\u0338\u20d2\u20d3\u20e5]+")


def overlay_edits(text: str) -> Iterator[Edit]:
    """The edits that take strokes off a line in which most letters are struck through."""
    for at, line in lines_with(OVERLAYS, text):
        strokes = list(OVERLAYS.finditer(line))
        letters = sum(1 for char in line if char.isalpha())
        if len(strokes) >= 3 and 2 * len(strokes) >= letters:
            for match in strokes:
                yield Edit(at + match.start(), at + match.end(), "", "stroke over letters")
