"""Syllables as they are typed on keyboards without Vietnamese letters: Telex, VNI keys, VIQR.

Knows what each key does to a syllable. Whether a text was typed so is asked in typed_text.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from vndiacritic.alphabet import SHAPES, TONES, compose, decompose_letter, parse_syllable, place_tone

__all__ = ["METHODS", "Method"]

# The tone keys, in the order of alphabet.TONES: grave, hook, tilde, acute, dot.
_TELEX_TONES = dict(zip("frxsj", TONES.values(), strict=True))
_VNI_SHAPES = {"6": dict(zip("aeo", "âêô", strict=True)), "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}, "9": {"d": "đ"}}
_VNI_TONES = dict(zip("23415", TONES.values(), strict=True))
_VIQR_TONES = dict(zip("`?~'.", TONES.values(), strict=True))
_VIQR_SHAPES = {"^": SHAPES["circumflex"], "(": SHAPES["breve"], "+": SHAPES["horn"], "*": SHAPES["horn"]}


class Method(NamedTuple):
    """A way of typing.

    Attributes
    ----------
    name
        As given to ``--from-encoding``.
    title
        What it is called in reasons.
    word
        What may be a word so typed.
    decode
        The syllable that a word's keys make, cased like the word; None where they make none.
    sure
        Keys that next to nothing but this way of typing leaves in a word.
    likely
        Keys that speak for it where all the words of a line can be read so.
    gate
        What lines so typed contain, to find them fast; None where the keys are letters.
    """

    name: str
    title: str
    word: re.Pattern[str]
    decode: Callable[[str], str | None]
    sure: re.Pattern[str]
    likely: re.Pattern[str]
    gate: re.Pattern[str] | None


# ---- Telex

_TELEX_SHAPES = (("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("uwow", "ươ"), ("uow", "ươ"))
# What w may stand for, the likelier first: "muaw" is mưa, but "quawng" quăng; alone it is ư.
_TELEX_HORNS = (("uo", "ươ"), ("ua", "ưa"), ("a", "ă"), ("u", "ư"), ("o", "ơ"), ("", "ư"))
_TELEX_KEYS = re.compile("([^aeiouyw]*[aeiouyw])(.*)")


@lru_cache(maxsize=1 << 14)
def _telex(word: str) -> str | None:
    """``tieengs`` is tiếng; the tone key may stand behind the vowel or behind the word, w also behind the word."""
    keys = word.lower()
    parts = _TELEX_KEYS.fullmatch(keys)
    if parts is None:
        return None
    tones = [key for key in parts[2] if key in _TELEX_TONES]
    if len(tones) > 1:
        return None
    tone = _TELEX_TONES[tones[0]] if tones else ""
    bare = parts[1] + "".join(key for key in parts[2] if key not in _TELEX_TONES)
    syllables = (_toned(shaped, tone) for shaped in _telex_shapes(bare))
    syllable = next(filter(None, syllables), None)
    return _cased(syllable, word) if syllable and syllable != keys else None


def _telex_shapes(bare: str) -> Iterator[str]:
    """What the shape keys make of a word without its tone key; several where w may mean several."""
    for keys, letters in _TELEX_SHAPES:
        bare = bare.replace(keys, letters)
    head, w, tail = bare.partition("w")
    if not w:
        yield bare
        return
    for old, new in _TELEX_HORNS:
        if old in head:
            start, _, end = head.rpartition(old) if old else (head, "", "")
            yield start + new + end + tail


# ---- VNI keys


@lru_cache(maxsize=1 << 14)
def _vni_keys(word: str) -> str | None:
    """``tie6ng1`` is tiếng, ``d9u7o7ng2`` đường; a figure acts on the letters before it."""
    letters, tone = "", ""
    for key in word.lower():
        if not key.isdigit():
            letters += key
        elif key in _VNI_TONES and not tone and re.search("[aeiouyâêôơưă]", letters):
            tone = _VNI_TONES[key]
        elif (shaped := _vni_shape(letters, key)) != letters:
            letters = shaped
        else:
            return None
    syllable = _toned(letters, tone)
    return _cased(syllable, word) if syllable else None


def _vni_shape(letters: str, key: str) -> str:
    """Letters after a shape key: 6 ^, 7 horn, 8 breve, 9 đ."""
    if key == "7" and "uo" in letters:
        return letters.replace("uo", "ươ")
    at = max((letters.rfind(base) for base in _VNI_SHAPES.get(key, {})), default=-1)
    return letters if at < 0 else letters[:at] + _VNI_SHAPES[key][letters[at]] + letters[at + 1 :]


# ---- VIQR, RFC 1456


@lru_cache(maxsize=1 << 14)
def _viqr(word: str) -> str | None:
    """``Vie^.t`` is Việt; a backslash keeps a sign from being a mark."""
    if word[0] == "\\":
        return word[1:]
    if word.startswith(("dd", "DD", "Dd", "dD")):
        word = ("đ" if word[0] == "d" else "Đ") + word[2:]
    pieces: list[str] = []
    for i, char in enumerate(word):
        mark = _VIQR_SHAPES.get(char) or _VIQR_TONES.get(char)
        if mark is None:
            pieces.append(char)
        elif i and (word[i - 1].isalpha() or word[i - 1] in _VIQR_SHAPES):
            pieces.append(mark)
        else:
            return None
    syllable = compose("".join(pieces))
    if word[-1] in _VIQR_TONES and syllable not in (place_tone(syllable), place_tone(syllable, "new")):
        return None  # "la^u'" ends a quotation
    return syllable if parse_syllable(syllable) else None


# ---- what they share


def _toned(letters: str, tone: str) -> str | None:
    """A toneless syllable with a tone; None where that is none, as with a stop and no tone."""
    if not tone:
        return letters if parse_syllable(letters) else None
    for i, char in enumerate(letters):
        if decompose_letter(char).base in "aeiouy":
            toned = letters[:i] + unicodedata.normalize("NFC", compose(char + tone)) + letters[i + 1 :]
            if parse_syllable(toned):
                return place_tone(toned)
    return None


def _cased(syllable: str, word: str) -> str:
    if word.isupper() and len(word) > 1:
        return syllable.upper()
    return syllable.capitalize() if word[0].isupper() else syllable


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method(
            "viqr",
            "VIQR",
            re.compile(r"(?<![^\W_])[A-Za-z][A-Za-z^(+*`'?~.]*|\\[`?~'.^(+*]"),
            _viqr,
            re.compile(r"[aeoAEO]\^[`'?~.]?|[uoUO][+*][`'?~.]?|[aA]\([`'?~.]?[a-zA-Z]|^[Dd][Dd].*[^\w]"),
            re.compile(r"[aeiouyAEIOUY][`~?'][A-Za-z]"),
            re.compile(r"[~^`+*]|[aA]\("),
        ),
        Method(
            "telex",
            "Telex",
            re.compile(r"(?<![^\W_])[A-Za-z]{2,}(?![^\W_]|['’])"),
            _telex,
            re.compile(
                r"(?:aa|ee|oo|w).*j$|uw|uow|^dd.*(?:aa|ee|oo|w|[sfrxj]$)|^d?d?[^aeiouy]*(?:aa|ee|oo)[a-z]*j",
                re.IGNORECASE,
            ),
            re.compile(r"[a-z]j$|^dd|(?:aa|ee|oo|[uoa]w)[a-z]*[sfrxj]$", re.IGNORECASE),
            None,
        ),
        Method(
            "vni-keys",
            "VNI keys",
            re.compile(r"(?<![^\W_])[A-Za-z]+[1-9][A-Za-z1-9]*(?![^\W_])"),
            _vni_keys,
            re.compile(
                r"^[A-Za-z]{2,}[678][A-Za-z]*[1-5]|^[dD]9[A-Za-z]+|^[A-Za-z]+[678][1-5][a-z]+|^[a-zA-Z]*[uU]7?[oO]7",
                re.IGNORECASE,
            ),
            re.compile(r"^[A-Za-z]+[1-5][A-Za-z]+$"),
            re.compile(r"[a-zA-Z][1-9]"),
        ),
    )
}
