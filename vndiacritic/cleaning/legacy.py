"""The legacy encodings of Vietnamese as codecs over text: bytes as they are shown in Latin-1 or Windows-1252.

Knows how to read and write each encoding whole. Whether a text is in one is not asked here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from typing import NamedTuple

from vndiacritic.alphabet import SHAPES, TONES, compose, decompose_letter
from vndiacritic.cleaning.charts import (
    CP1258_LETTERS,
    CP1258_MARKS,
    TCVN,
    VISCII,
    VNI_LETTERS,
    VNI_MARKS,
    VPS,
    chart,
)

__all__ = ["ALIASES", "Legacy", "legacy_codecs", "shown", "viqr_encode"]

MARKS = {**TONES, **SHAPES}

ALIASES = {
    "abc": "tcvn3",
    "vni-windows": "vni",
    "vni_windows": "vni",
    "tcvn5712": "tcvn",
    "tcvn5712-1": "tcvn",
    "vscii": "tcvn",
    "windows-1258": "cp1258",
    "x-viet-vps": "vps",
}
"""Other names that the encodings go by, in lower case."""


class Legacy(NamedTuple):
    """An encoding.

    Attributes
    ----------
    name
        As given to ``--from-encoding``.
    title
        What it is called in reasons.
    decode
        Shown text to Vietnamese, composed. What the encoding has no letter for stays as it is.
    encode
        The reverse, to characters below U+0100; letters that the encoding lacks stay as they are.
    """

    name: str
    title: str
    decode: Callable[[str], str]
    encode: Callable[[str], str]


@cache
def legacy_codecs() -> Mapping[str, Legacy]:
    """The codecs by name, those found more often in texts first."""
    tcvn = chart(TCVN)
    codecs = [
        Legacy("tcvn3", "TCVN3 (ABC)", _tcvn3_decoder(tcvn), _tcvn3_encoder(tcvn)),
        Legacy("vni", "VNI for Windows", _vni_decode, _vni_encode),
        Legacy("viscii", "VISCII", *_single_bytes(chart(VISCII))),
        Legacy("cp1258", "Windows-1258", _cp1258_decode, _cp1258_encode),
        Legacy("vps", "VPS", *_single_bytes(chart(VPS))),
        Legacy("tcvn", "TCVN 5712-1", *_single_bytes(tcvn)),
    ]
    return {codec.name: codec for codec in codecs}


def shown(byte: int) -> tuple[str, ...]:
    """The characters that a byte is shown as: by Latin-1, and by Windows-1252 where that differs."""
    windows = bytes([byte]).decode("cp1252", "ignore")
    return (chr(byte), windows) if windows and windows != chr(byte) else (chr(byte),)


def _single_bytes(table: Mapping[int, str]) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """The codec of a chart: a letter for a byte."""
    letters = str.maketrans({char: letter for byte, letter in table.items() for char in shown(byte)})
    codes = str.maketrans({letter: chr(byte) for byte, letter in table.items()})
    return lambda text: text.translate(letters), lambda text: text.translate(codes)


# ---- TCVN3


def _tcvn3_decoder(table: Mapping[int, str]) -> Callable[[str], str]:
    """TCVN 5712 without its control codes, in which a capital's tone is written as that of a small letter."""
    letters = str.maketrans({chr(byte): letter for byte, letter in table.items() if byte > 0xA0})
    doubled = _doubled(table)
    pattern = re.compile("|".join(doubled))

    def decode(text: str) -> str:
        text = pattern.sub(lambda match: doubled[match[0]], text.translate(letters))
        return _raise_capitals(text)

    return decode


def _doubled(table: Mapping[int, str]) -> dict[str, str]:
    """How some converters write a capital: À is "Aà", since a vowel is never written twice in Vietnamese."""
    return {
        upper + lower: lower.upper()
        for lower in table.values()
        if lower.islower() and (upper := _without_tone(lower.upper())) != lower.upper()
    }


_WITHOUT_SMALL = re.compile(r"\b[^\W\d_a-z]+\b")
_TWO_CAPITALS = re.compile(r"[A-Z][^\W\d_a-z]*[A-Z]")


def _raise_capitals(text: str) -> str:
    """Capitals throughout for what the capital fonts (.VnTimeH) show so: "CộNG HòA" is CỘNG HÒA.

    "Xã" has one capital and may begin with it; in a text of capitals it is one of them.
    """
    shouted = _TWO_CAPITALS.search(text) and not re.search("[a-z]{2}", text)

    def raise_word(match: re.Match[str]) -> str:
        word = match[0]
        return word.upper() if shouted or (not word.isupper() and _TWO_CAPITALS.search(word)) else word

    return _WITHOUT_SMALL.sub(raise_word, text)


def _tcvn3_encoder(table: Mapping[int, str]) -> Callable[[str], str]:
    codes = {letter: chr(byte) for byte, letter in table.items() if byte > 0xA0 and not letter.isupper()}
    codes |= {letter: chr(byte) for byte, letter in table.items() if 0xA0 < byte < 0xA8}
    capitals = {letter.upper(): code for letter, code in codes.items() if letter.upper() not in codes}
    written = str.maketrans(codes | capitals)
    # Behind its own capital a letter is written as those converters do: one sign would be read as one with it.
    doubled = {letter: pair for pair, letter in _doubled(table).items()}
    pattern = re.compile("|".join(f"(?<={pair[0]}){letter}" for letter, pair in doubled.items()))
    return lambda text: pattern.sub(lambda match: doubled[match[0]], text).translate(written)


def _without_tone(letter: str) -> str:
    base, shape, _ = decompose_letter(letter)
    return unicodedata.normalize("NFC", base + SHAPES.get(shape, ""))


# ---- VNI for Windows


@cache
def _vni_table() -> Mapping[str, str]:
    """Each letter as VNI writes it, with what it is."""
    table = dict(VNI_LETTERS)
    for bases, marks in VNI_MARKS.items():
        for base, (mark, names) in product(bases, marks.items()):
            letter = VNI_LETTERS.get(base, base) + "".join(MARKS[name] for name in names.split())
            table[base + mark] = unicodedata.normalize("NFC", letter)
    return table


@cache
def _vni_pattern() -> re.Pattern[str]:
    """The writings of the table, in either case, the longer ones first."""
    return re.compile("|".join(sorted(_vni_table(), key=len, reverse=True)), re.IGNORECASE)


def _vni_decode(text: str) -> str:
    return _vni_pattern().sub(_vni_letter, text)


def _vni_letter(match: re.Match[str]) -> str:
    letter = _vni_table()[match[0].lower()]
    return letter.upper() if match[0][0].isupper() else letter


@cache
def _vni_codes() -> dict[int, str]:
    """A table to write with; ỵ is one byte of its own, and what has no byte keeps its two."""
    lower = {letter: code for table in (_vni_table(), VNI_LETTERS) for code, letter in table.items()}
    return str.maketrans(lower | {letter.upper(): code.upper() for letter, code in lower.items()})


def _vni_encode(text: str) -> str:
    return text.translate(_vni_codes())


# ---- Windows-1258

_FROM_CP1258 = str.maketrans(CP1258_LETTERS | {char: MARKS[name] for char, name in CP1258_MARKS.items()})
_TO_CP1258 = {letter: char for char, letter in CP1258_LETTERS.items()} | {
    MARKS[name]: char for char, name in CP1258_MARKS.items()
}


def _cp1258_decode(text: str) -> str:
    return compose(text.translate(_FROM_CP1258))


def _cp1258_encode(text: str) -> str:
    """Letters with their shape, then the tone, as Windows writes them."""
    return "".join(map(_cp1258_letter, text))


@cache
def _cp1258_letter(letter: str) -> str:
    tone = decompose_letter(letter).tone
    if not tone:
        return _TO_CP1258.get(letter, letter)
    shaped = _without_tone(letter)
    return _TO_CP1258.get(shaped, shaped) + _TO_CP1258[TONES[tone]]


# ---- VIQR

_VIQR_SIGNS = {
    "grave": "`",
    "hook": "?",
    "tilde": "~",
    "acute": "'",
    "dot": ".",
    "circumflex": "^",
    "breve": "(",
    "horn": "+",
}
_VIQR = str.maketrans({"đ": "dd", "Đ": "DD", **{MARKS[name]: sign for name, sign in _VIQR_SIGNS.items()}})
_SIGN_AFTER_VOWEL = re.compile(r"(?<=[aeiouyAEIOUY\u0300-\u036f])[`?~'.^(+*]")


def viqr_encode(text: str) -> str:
    """Write a text in VIQR (RFC 1456); a sign that would be read as a mark gets a backslash."""
    decomposed = "".join(_shape_first(char) for char in text)
    return _SIGN_AFTER_VOWEL.sub(r"\\\g<0>", decomposed).translate(_VIQR)


def _shape_first(char: str) -> str:
    base, shape, tone = decompose_letter(char)
    return char if shape == "stroke" else base + SHAPES.get(shape, "") + TONES.get(tone, "")
