"""Vietnamese letters, marks and syllables as data, and the operations on them.

A letter is a base (``a e i o u y d``), a shape (circumflex, breve, horn, or the stroke of ``đ``) and a tone.
A syllable is an onset and a rime, with one tone. This module knows nothing of words, frequencies or
sentences, and uses the standard library only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, product
from typing import Literal, NamedTuple

__all__ = [
    "Letter",
    "Syllable",
    "ToneStyle",
    "completes",
    "completion",
    "compose",
    "decompose_letter",
    "fold_tone",
    "has_marks",
    "normalize",
    "overlay",
    "parse_syllable",
    "place_tone",
    "strip_diacritics",
]

ToneStyle = Literal["old", "new"]

# Combining characters, in the order of the tones' traditional names: huyền, hỏi, ngã, sắc, nặng.
TONES = {"grave": "\u0300", "hook": "\u0309", "tilde": "\u0303", "acute": "\u0301", "dot": "\u0323"}
SHAPES = {"circumflex": "\u0302", "breve": "\u0306", "horn": "\u031b"}
STROKE = "stroke"
VOWELS = "aeiouy"

# Letters that look like đ and stand for it in older fonts and badly mapped text: eth and African d.
STROKED_D = {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ɖ": "d", "Ɖ": "D"}

_TONE_OF = {mark: name for name, mark in TONES.items()}
_SHAPE_OF = {mark: name for name, mark in SHAPES.items()}
# With the deprecated ones that every normal form makes grave and acute of.
_MARKS = "".join((*TONES.values(), *SHAPES.values(), "\u0340", "\u0341"))


class Letter(NamedTuple):
    """One letter taken apart: ``Letter("ế") == ("e", "circumflex", "acute")``; absent parts are ``""``."""

    base: str
    shape: str
    tone: str


def _letters() -> dict[str, Letter]:
    """Every precomposed letter that carries Vietnamese marks, with its parts."""
    table = {letter: Letter(base, STROKE, "") for letter, base in STROKED_D.items()}
    for base, shape, tone in product(VOWELS + VOWELS.upper(), ("", *SHAPES), ("", *TONES)):
        letter = unicodedata.normalize("NFC", base + SHAPES.get(shape, "") + TONES.get(tone, ""))
        if len(letter) == 1:
            table[letter] = Letter(base, shape, tone)
    return table


_LETTERS = _letters()
# Ð and its look-alikes keep their form when stripped: they are other letters, which only repairing may touch.
_BARE = str.maketrans({c: parts.base for c, parts in _LETTERS.items() if c not in "ðÐɖƉ"})
_LOOSE_MARKS = re.compile(f"(?<=[{VOWELS}{VOWELS.upper()}])[{_MARKS}]+")
_MARKED_CLUSTER = re.compile(f"[{''.join(_LETTERS)}{VOWELS}{VOWELS.upper()}][{_MARKS}]+")
_ANY_MARKED = re.compile(f"[{''.join(c for c, parts in _LETTERS.items() if parts.shape or parts.tone)}{_MARKS}]")
# Longer than any word of the scripts that have combining marks in these ranges, which are all scripts that do.
_MAYBE_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u1dff\u20d0-\u20ff\u2cef-\u2dff\u302a-\u309a\ua66f-\uabed\ufb1e\ufe20-\ufe2f"
    "\U000101fd-\U0001e94a]{256,}"
)


def strip_diacritics(text: str) -> str:
    """Remove Vietnamese tone and shape marks; every other character stays as it is.

    Parameters
    ----------
    text : str
        Any text, precomposed (NFC), decomposed (NFD) or mixed.

    Returns
    -------
    str
        ``text`` with đ as d and every vowel without its Vietnamese marks. Foreign marks stay (``ü``, ``ç``, ``ñ``).

    Examples
    --------
    >>> strip_diacritics("Đường về nhà, Müller!")
    'Duong ve nha, Müller!'
    """
    if text.isascii():
        return text
    return _LOOSE_MARKS.sub("", text.translate(_BARE))


def decompose_letter(letter: str) -> Letter:
    """Take a precomposed letter apart; a letter without Vietnamese marks is its own base."""
    return _LETTERS.get(letter) or Letter(letter, "", "")


def has_marks(word: str) -> bool:
    """Tell whether a word carries at least one Vietnamese mark (or a look-alike of đ)."""
    return not word.isascii() and _ANY_MARKED.search(word) is not None


def compose(text: str) -> str:
    """Join letters with their combining Vietnamese marks, whatever order the marks come in.

    NFC alone keeps ``a`` + acute + circumflex apart, since both marks sit above the letter.

    Examples
    --------
    >>> compose("tiê\u0301ng Viê\u0323t"), len(compose("a\u0301\u0302"))
    ('tiếng Việt', 1)
    """
    if text.isascii():
        return text
    # Foreign marks in between may leave a cluster that is one only now: once more, unless nothing has changed.
    while (composed := normalize("NFC", _MARKED_CLUSTER.sub(_compose_cluster, text))) != text:
        text = composed
    return text


def _compose_cluster(match: re.Match[str]) -> str:
    base, *marks = list(normalize("NFD", match[0]))
    # Sorting by class puts shapes before tones above; a stable sort leaves doubled marks in their order.
    return normalize("NFC", base + "".join(sorted(marks, key=lambda m: m not in _SHAPE_OF)))


def normalize(form: Literal["NFC", "NFD"], text: str) -> str:
    """What `unicodedata.normalize` gives, in linear time.

    That one takes the square of the number of marks on a letter, where they are out of order: half a minute for a
    hundred thousand. Marks that are in their order already cost it nothing.
    """
    if len(text) > 256 and not text.isascii():
        text = _MAYBE_MARKS.sub(lambda match: "".join(_ordered(match[0])), text)
    return unicodedata.normalize(form, text)


def _ordered(text: str) -> Iterator[str]:
    """A text with the marks of each letter in the order that normal forms have."""
    for _, run in groupby(text, lambda char: unicodedata.combining(char) > 0):
        yield "".join(sorted(run, key=unicodedata.combining))  # what is no mark is of class 0 and stays


def fold_tone(word: str) -> str:
    """Move a word's tone marks behind it, so that hòa and hoà compare equal.

    Examples
    --------
    >>> fold_tone("hòa") == fold_tone("hoà"), fold_tone("hoa") == fold_tone("hòa")
    (True, False)
    """
    if word.isascii():
        return word
    tone, rest = "", []
    for char in normalize("NFD", word):
        if char in _TONE_OF:
            tone += char
        else:
            rest.append(char)
    return normalize("NFC", "".join(rest)) + tone


class Syllable(NamedTuple):
    """A written syllable taken apart: ``parse_syllable("Tiếng") == ("t", "iêng", "acute")``."""

    onset: str
    rime: str
    tone: str


# The grammar of written syllables. Sources: the Ministry of Education's primary-school spelling tables and
# Thompson, A Vietnamese Reference Grammar (1965), chapters 2 and 3; k/c, g/gh and ng/ngh are not told apart.
ONSETS = frozenset("b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x".split()) | {""}
RIMES = frozenset(
    """
    a ac ach ai am an ang anh ao ap at au ay ă ăc ăm ăn ăng ăp ăt â âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu êng êc
    i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong
    ooc oong op ot ô ôc ôi ôm ôn ông ôông ôp ôt ơ ơc ơi ơm ơn ơng ơp ơt
    u ua uân uâng uât uây uc uê uêch uên uênh ui um un ung uôc uôi uôm uôn uông uôt uơ uơt up ut uy uya uych uyn
    uynh uyt uyu uyên uyêt uyp
    ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
    y ych yn yt yêm yên yêng yêt yêu ynh ym
    """.split()
)
_STOPPED = ("c", "ch", "p", "t")  # rimes that end so take the tones acute and dot only
_LONGEST = max(map(len, ONSETS)) + max(map(len, RIMES))


def parse_syllable(word: str) -> Syllable | None:
    """Take a syllable apart, or return None if it is not one by the grammar of Vietnamese spelling.

    Parameters
    ----------
    word : str
        One word, in any case, precomposed; the tone mark may sit on any of its vowels.

    Examples
    --------
    >>> parse_syllable("giếng"), parse_syllable("QÚY"), parse_syllable("web")
    (Syllable(onset='gi', rime='êng', tone='acute'), Syllable(onset='qu', rime='y', tone='acute'), None)
    """
    return _parse(word.lower()) if len(word) <= _LONGEST else None


@lru_cache(maxsize=1 << 15)
def _parse(word: str) -> Syllable | None:
    toneless, tone = _lift_tone(word)
    if toneless is None:
        return None
    for length in (3, 2, 1, 0):
        onset, rime = toneless[:length], toneless[length:]
        if len(onset) == length and onset in ONSETS and rime in RIMES:
            if tone not in ("acute", "dot") and rime.endswith(_STOPPED):
                return None
            return Syllable(onset, rime, tone)
    return None


def _lift_tone(word: str) -> tuple[str | None, str]:
    """The word without its tone, and the tone; (None, "") where there is more than one."""
    tone, letters = "", []
    for char in word:
        base, shape, mark = decompose_letter(char)
        if mark:
            if tone:
                return None, ""
            tone = mark
            char = unicodedata.normalize("NFC", base + SHAPES.get(shape, ""))
        letters.append(char)
    return "".join(letters), tone


def place_tone(word: str, style: ToneStyle = "old") -> str:
    """Put a syllable's tone mark where an orthography wants it; other words stay as they are.

    The two differ in open rimes oa, oe and uy only: old hòa, khỏe, thúy; new hoà, khoẻ, thuý. A mark on the wrong
    vowel ("Qúy") goes to the right one in both.

    Parameters
    ----------
    word : str
        A precomposed word in any case.
    style : {"old", "new"}
        The placement to write.

    Examples
    --------
    >>> place_tone("hoà"), place_tone("Thúy", "new"), place_tone("QÚY"), place_tone("café")
    ('hòa', 'Thuý', 'QUÝ', 'café')
    """
    return _place_tone(word, style) if len(word) <= _LONGEST else word


@lru_cache(maxsize=1 << 15)
def _place_tone(word: str, style: ToneStyle) -> str:
    syllable = parse_syllable(word)
    if syllable is None or not syllable.tone:
        return word
    at = len(syllable.onset) + _tone_index(syllable.rime, style)
    letters = []
    for index, char in enumerate(word):
        base, shape, _ = decompose_letter(char)
        if index == at:
            char = unicodedata.normalize("NFC", base + SHAPES.get(shape, "") + TONES[syllable.tone])
        elif shape != STROKE:
            char = unicodedata.normalize("NFC", base + SHAPES.get(shape, ""))
        letters.append(char)
    return "".join(letters)


def _tone_index(rime: str, style: ToneStyle) -> int:
    """Where in a toneless rime the tone mark goes: on its shaped vowel, before a final consonant, or by style."""
    vowels = len(rime.rstrip("cghmnpt"))
    shaped = [i for i in range(vowels) if decompose_letter(rime[i]).shape]
    if shaped:
        return shaped[-1]
    if vowels < len(rime):
        return vowels - 1
    if vowels == 2 and style == "new" and rime in ("oa", "oe", "uy"):
        return 1
    return 1 if vowels == 3 else 0


def completes(partial: str, form: str) -> bool:
    """Tell whether a form adds marks to a partly marked word and contradicts none of them.

    Examples
    --------
    >>> completes("đuong", "đường"), completes("đuong", "dương"), completes("hoà", "hòa")
    (True, False, True)
    """
    return completion(partial, form) is not None


def completion(partial: str, form: str, style: ToneStyle = "old") -> str | None:
    """Give the form that completes a partly marked word, with the tone where the word has it already.

    Parameters
    ----------
    partial : str
        A precomposed word in any case.
    form : str
        A lower-case word.
    style : {"old", "new"}
        Where the tone goes if the word has none yet.

    Returns
    -------
    str or None
        None where the form has other letters or contradicts a mark.

    Examples
    --------
    >>> completion("đuong", "đường"), completion("hoà", "hòa"), completion("mâ", "mã")
    ('đường', 'hoà', None)
    """
    partial = partial.lower()
    if len(partial) != len(form):
        return None
    placed = dict.fromkeys((place_tone(form, style), place_tone(form, "old"), place_tone(form, "new")))
    return next((text for text in placed if all(map(_letter_completes, partial, text))), None)


def _letter_completes(partial: str, full: str) -> bool:
    have, want = decompose_letter(partial), decompose_letter(full)
    return have.base == want.base and have.shape in ("", want.shape) and have.tone in ("", want.tone)


# A letter and what is combined with it. The marks of other scripts never stand in a Vietnamese form.
_CLUSTER = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")


def overlay(word: str, form: str, *, decomposed: bool = False) -> str:
    """Write a lower-case form over a word of the same letters, keeping the case of each letter of the word.

    A letter that has the form's marks already stays as it is written, so that a look-alike of đ does too; and so does
    one with foreign marks that the form writes otherwise.

    Parameters
    ----------
    word : str
        Precomposed, decomposed or mixed.
    form : str
        Precomposed, with a letter for each letter of the word.
    decomposed : bool
        Whether new letters are written decomposed.

    Examples
    --------
    >>> overlay("DUONG", "đường"), overlay("Ha", "hà"), len(overlay("Ha", "hà", decomposed=True))
    ('ĐƯỜNG', 'Hà', 3)
    """
    if word.islower() and word.isascii() and not decomposed:
        return form
    letters = []
    for have, want in zip(_CLUSTER.findall(word), _CLUSTER.findall(form), strict=True):
        same = decompose_letter(compose(have).lower()) == decompose_letter(want)
        if same or strip_diacritics(have.lower()) != strip_diacritics(want):
            letters.append(have)
        else:
            new = want.upper() if have[0].isupper() else want
            letters.append(unicodedata.normalize("NFD", new) if decomposed else new)
    return "".join(letters)
