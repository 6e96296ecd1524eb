"""Vietnamese marks where they belong: composed, in order, current ones, on the right vowel.

Knows combining characters and tone placement; not which tone is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from vndiacritic.alphabet import TONES, ToneStyle, compose, normalize, parse_syllable, place_tone
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.plausibility import (
    VIETNAMESE_ONLY,
    WORD,
    commonness,
    has_odd_characters,
    is_cased_well,
    is_common,
    remembered,
    unusual_words,
)

__all__ = ["MARKS", "mark_edits", "misplaced_edits", "slid_edits", "tone_style_edits"]

# U+0340 and U+0341 are deprecated twins of grave and acute; U+0309 has none.
_TWINS = {"\u0340": "\u0300", "\u0341": "\u0301", "\u0303\u0303": "\u0303"}
_CLUSTER = re.compile("[^\\W\\d_][\u0300-\u036f]+")
MARKS = re.compile("[\u0300-\u036f]")


def mark_edits(text: str) -> Iterator[Edit]:
    """The edits that compose letters with their marks, in whatever order these come, and drop a mark set twice."""
    if not MARKS.search(text):
        return
    for match in _CLUSTER.finditer(text):
        if (after := _composed(match[0])) != match[0]:
            yield Edit(match.start(), match.end(), after, _why(match[0]))


@remembered(1 << 12)
def _composed(cluster: str) -> str:
    for twin, mark in _TWINS.items():
        cluster = cluster.replace(twin, mark)
    letter, *marks = list(normalize("NFD", cluster))
    once = letter + "".join(dict.fromkeys(marks))
    return unicodedata.normalize("NFC", compose(once))


def _why(cluster: str) -> str:
    return "deprecated tone mark" if "\u0340" in cluster or "\u0341" in cluster else "letter and marks apart"


# ---- tones on the wrong letter

_DOTTED = re.compile("[ṇṃṭḥṆṂṬḤ]|[cpghmntCPGHMNT][\u0300\u0301\u0303\u0309\u0323]")


def misplaced_edits(text: str) -> Iterator[Edit]:
    """The edits that move a tone to the vowel that carries it by every orthography ("Qúy", "nghịêm").

    What the old and the new style place differently (hòa, hoà) is not misplaced.
    """
    wrong = {word for word in unusual_words(text).marked if _placed(word) != word or _without_dot(word)}
    end, spaced = 0, False  # of the last word; whether its line has a space before it
    for match in WORD.finditer(text) if wrong else ():
        space, line_end = text.rfind(" ", end, match.start()), text.rfind("\n", end, match.start())
        spaced = space > line_end or (spaced and line_end < 0)
        end = match.end()
        if match[0] in wrong:
            yield from _word_edit(text, match, spaced)


def _word_edit(text: str, match: re.Match[str], spaced: bool) -> Iterator[Edit]:
    placed, bare = _placed(match[0]), _without_dot(match[0])
    if bare and spaced and _ENDS_SENTENCE.match(text, match.end()):
        yield Edit(*match.span(), bare + ".", "full stop read as a dot below")
    elif placed != match[0] and not (_is_risky(match[0]) and not _has_company(text, match)):
        yield Edit(*match.span(), placed, "tone on the wrong vowel")


# Converters from VIQR took the stop behind a vowel for its mark: "thôị" at the end of a sentence is "thôi.", "vàọ" is
# "vào.".
_ENDS_SENTENCE = re.compile(r"[\"”’)]*(?:\s*$|\s+[\"“(-]?[^\W\d_a-z])", re.MULTILINE)
_DOTTED_END = re.compile("[ạẹịọụỵẠẸỊỌỤỴ]$")


@remembered(1 << 14)
def _without_dot(word: str) -> str | None:
    """The word without the dot on its last vowel, where only that makes it a syllable, or a much commoner one."""
    if len(word) < 3 or not _DOTTED_END.search(word):
        return None
    bare = unicodedata.normalize("NFC", unicodedata.normalize("NFD", word)[:-1])
    placed = place_tone(word) if parse_syllable(word) else ""
    if placed == word or not is_common(bare, 10) or commonness(bare) < commonness(placed) + 3:
        return None
    return bare


@remembered(1 << 16)
def _placed(word: str) -> str:
    """The word with its tone in place; itself where either style has it so, or where it is no known syllable."""
    if not is_cased_well(word):
        return word
    if not parse_syllable(word):
        return _with_one_tone(word)
    placed = place_tone(word)
    if word in (placed, place_tone(word, "new")) or not commonness(placed):
        return word
    return placed


def _with_one_tone(word: str) -> str:
    """A syllable on which the same tone was set twice ("hoàì") with it once; with two tones it cannot be known."""
    letters = unicodedata.normalize("NFD", word)
    tones = [char for char in letters if char in TONES.values()]
    if len(tones) != 2 or tones[0] != tones[1]:
        return word
    first = letters.index(tones[0])
    once = unicodedata.normalize("NFC", letters[: first + 1] + letters[first + 1 :].replace(tones[0], ""))
    return place_tone(once) if parse_syllable(once) and commonness(once) else word


_FOREIGN_TONES = re.compile("[áéíóúàèìòùýÁÉÍÓÚÀÈÌÒÙÝ]$")


def _is_risky(word: str) -> bool:
    """Whether other languages end words so: Portuguese "aí", Italian "più", pinyin "Liú"."""
    return _FOREIGN_TONES.search(word) is not None and not re.search(f"[{VIETNAMESE_ONLY}]|^[QqGg]", word)


_NEIGHBOUR = re.compile(r"[^\W\d_]+")


def _has_company(text: str, match: re.Match[str]) -> bool:
    """Whether a neighbouring word is unmistakably Vietnamese."""
    before = WORD.findall(text[max(0, match.start() - 20) : match.start()])[-1:]
    after = WORD.findall(text[match.end() : match.end() + 20])[:1]
    return is_common(_placed(match[0]), 9) and any(
        parse_syllable(word) and re.search(f"[{VIETNAMESE_ONLY}]", word) for word in (*before, *after)
    )


def slid_edits(text: str) -> Iterator[Edit]:
    """The edits that put dots and the like back on the vowel from the consonant they slid to ("hiêṇ", "Thưc̣")."""
    if not has_odd_characters(text):
        return
    for at, line in lines_with(_DOTTED, text):
        for match in _WORD_AND_MARKS.finditer(line):
            word = unicodedata.normalize("NFD", match[0])
            tones = [char for char in word if char in TONES.values()]
            bare = unicodedata.normalize("NFC", "".join(char for char in word if char not in TONES.values()))
            if len(tones) != 1 or not re.search("[ăâêôơưđ]", bare.lower()):
                continue  # Pali and Sanskrit have dotted consonants too, but no Vietnamese vowels
            placed = _with_tone(bare, tones[0])
            if placed != match[0] and is_common(placed):
                yield Edit(at + match.start(), at + match.end(), placed, "tone on a consonant")


_WORD_AND_MARKS = re.compile("(?:[^\\W\\d_][\u0300-\u036f]*)+")


def _with_tone(bare: str, tone: str) -> str:
    """A toneless syllable with a tone put where the old style has it."""
    for i, char in enumerate(bare):
        if char.lower() in "aeiouyăâêôơư":
            placed = place_tone(bare[:i] + unicodedata.normalize("NFC", char + tone) + bare[i + 1 :])
            if parse_syllable(placed):
                return placed
    return bare


# ---- one style for all, on request

_EITHER = re.compile("[ÒÓỎÕỌòóỏõọ][AEae]|[OoUu][ÀÁẢÃẠÈÉẺẼẸỲÝỶỸỴàáảãạèéẻẽẹỳýỷỹỵ]|[ÙÚỦŨỤùúủũụ][Yy]")


def tone_style_edits(text: str, style: ToneStyle) -> Iterator[Edit]:
    """The edits that put every tone where one style has it: old hòa, thúy; new hoà, thuý."""
    for at, line in lines_with(_EITHER, text):
        for match in WORD.finditer(line):
            if _EITHER.search(match[0]) and (after := place_tone(match[0], style)) != match[0]:
                yield Edit(at + match.start(), at + match.end(), after, f"{style} tone placement")
