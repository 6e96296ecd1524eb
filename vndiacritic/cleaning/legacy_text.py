"""Text in a legacy encoding, told by its content: decoded where it then reads much more like Vietnamese.

Knows how to compare what a line says in each encoding; the encodings themselves are in legacy.py.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vndiacritic.alphabet import parse_syllable
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.legacy import Legacy, legacy_codecs
from vndiacritic.cleaning.plausibility import (
    ODD,
    VIETNAMESE_ONLY,
    WORD,
    commonness,
    is_cased_well,
    is_common,
    lines_with_words,
    score,
    unusual_words,
)

__all__ = ["decoded_as", "legacy_edits", "plainest"]

# Signs that Latin-1 and Windows-1252 have where the legacy encodings have letters. Quotes, dashes and the ellipsis of
# Windows-1252 are left out: they touch letters in good text ("l’été", "5–6").
_SIGNS = "¡-¿×÷€‚ƒ„†‡ˆ‰‹˜™›\x80-\x9f\x01-\x08\x0e-\x1f"
_GLUED = re.compile(f"(?<=[^\\W\\d_])[{_SIGNS}]|[{_SIGNS}](?=[^\\W\\d_])")

# A line is looked at where it has what Vietnamese in Unicode never has: a foreign letter, a sign that touches a
# letter, two vowels with one mark too many ("aâ", "uù"), a capital in the middle of a word ("hoÌa").
_ODD_LETTER = (
    "[ÄÅÆÇËÏÎÑÖØÛÜßäåæçëïîñöøûüÿþÞŒœŠšŽžŸÐð\x80-\x9f\x01-\x08\x0e-\x1f]"
    "|(?<=[A-Za-z])[¡-¿×÷€‚ƒ„†‡ˆ‰‹˜™›]|[¡-¿×÷€‚ƒ„†‡ˆ‰‹˜™›](?=[a-z])"
)
_PAIR = re.compile(
    "[aA][ÂÁÀÃÊÉÈÚÙÕâáàãêéèúùõìò]|[eE][ÁÀÃÂÙÕáàãâùõìò]|[oO][ÂÙÕâùõì]|[uUyY][ÙÕùõ]|[a-zâêôơưõýã][ÌÒÐ]|[âêôõý][ìò]"
)
_SUSPECT = re.compile(f"{_ODD_LETTER}|{_PAIR.pattern}")

_TOKEN = re.compile(r"[^ \t\r\n]+")
_BEYOND = re.compile(f"[{VIETNAMESE_ONLY}]")


class Reading(NamedTuple):
    """What a text says in one encoding, and how much better that reads."""

    codec: Legacy
    tokens: Sequence[tuple[re.Match[str], str]]  # those that change, with what they become
    gain: float
    good: int  # different words that become common Vietnamese syllables
    bad: int  # different tokens that become no Vietnamese


def legacy_edits(text: str) -> Iterator[Edit]:
    """The edits that decode what is clearly in a legacy encoding."""
    readings = [
        (at, reading)
        for at, line in _suspect_lines(text)
        for tokens in _segments(line)
        if (reading := _best_reading(tokens)) and _is_clear(reading)
    ]
    if not readings:
        return
    votes = Counter(reading.codec.name for _, reading in readings)
    name, count = votes.most_common(1)[0]
    if count >= 2 and count >= 0.8 * votes.total():
        # Lines without a doubt speak for the others: "Sè 12" alone could be a name.
        readings = list(_readings_in(text, legacy_codecs()[name]))
    for at, reading in readings:
        for match, after in reading.tokens:
            yield Edit(at + match.start(), at + match.end(), after, f"{reading.codec.title} shown as Latin-1")


def _suspect_lines(text: str) -> list[tuple[int, str]]:
    """The lines with odd characters, and those with words like "chaân", whose letters are Vietnamese ones by chance."""
    lines = dict(lines_with(ODD, text))
    pairs = {word for word in unusual_words(text).marked if _PAIR.search(word) and _is_readable(word)}
    lines.update(lines_with_words(pairs, text))
    return sorted(lines.items())


def _is_readable(token: str) -> bool:
    return any(_is_syllables(codec.decode(token)) for codec in legacy_codecs().values())


def _is_syllables(text: str) -> bool:
    return all(map(parse_syllable, WORD.findall(text)))


def decoded_as(text: str, codec: Legacy) -> Iterator[Edit]:
    """The edits that decode a whole text, wanted or not."""
    for match, after in _read(list(_TOKEN.finditer(text)), codec).tokens:
        yield Edit(match.start(), match.end(), after, f"{codec.title}, as asked for")


def plainest(text: str) -> tuple[Legacy, float] | None:
    """The encoding in which a text reads best, and the gain for a thousand characters; None if it is in none."""
    reading = _best_reading(list(_TOKEN.finditer(text)))
    if reading is None or reading.good < 2 or 10 * reading.bad > reading.good:
        return None
    return reading.codec, 1000 * reading.gain / len(text)


def _segments(line: str) -> Iterator[list[re.Match[str]]]:
    """Runs of tokens that could be of a legacy encoding: letters beyond Latin-1 are Unicode already."""
    run: list[re.Match[str]] = []
    for token in _TOKEN.finditer(line):
        if _BEYOND.search(token[0]):
            yield from [run] if run else []
            run = []
        else:
            run.append(token)
    if run:
        yield run


def _readings_in(text: str, codec: Legacy) -> Iterator[tuple[int, Reading]]:
    """What every line says in an encoding, where it says anything."""
    for at, line in lines_with(_HIGH, text):
        for tokens in _segments(line):
            reading = _read(tokens, codec)
            if reading.gain > 0 and reading.bad <= reading.good:
                yield at, reading


_HIGH = re.compile("[^\n\x20-\x7e]")


def _best_reading(tokens: Sequence[re.Match[str]]) -> Reading | None:
    """The encoding that gains most, of equals the one met more often; None if no suspect token makes sense."""
    suspects = [token[0] for token in tokens if _SUSPECT.search(token[0])]
    readings = [
        _read(tokens, codec)
        for codec in legacy_codecs().values()
        if any(_is_syllables(codec.decode(token)) for token in suspects)
    ]
    return max(readings, key=lambda reading: reading.gain, default=None)


def _read(tokens: Sequence[re.Match[str]], codec: Legacy) -> Reading:
    """Decode tokens together, since capitals are a matter of the whole."""
    decoded = codec.decode(" ".join(token[0] for token in tokens)).split(" ") if tokens else []
    if codec.name == "tcvn3" and not any("\u00ad" in token[0] for token in tokens):
        decoded = [_with_lost_horns(new, token[0]) for token, new in zip(tokens, decoded, strict=True)]
    decoded = [_with_signs(token[0], new, codec) for token, new in zip(tokens, decoded, strict=True)]
    changed = [
        (token, new)
        for token, new in zip(tokens, decoded, strict=True)
        if token[0] != new and not _is_spoilt(token[0], new)
    ]
    # A sign alone ("—", "º") says nothing for an encoding in which it is a letter.
    telling = {token[0]: new for token, new in changed if WORD.search(token[0])}
    gain = sum(_token_score(new) - _token_score(old) for old, new in telling.items())
    words = {tuple(WORD.findall(new)) for new in telling.values()}  # "Taï" and "Taï," are one
    good = sum(1 for found in words if all(map(is_common, found)) and len("".join(found)) > 1)
    bad = sum(1 for new in telling.values() if not _is_syllables(new))
    gain -= sum(len(_CONTROLS.findall(new)) for new in decoded)
    # "™" is Ở in TCVN 5712-1 and nothing in TCVN3, which is otherwise the same.
    gain += _ALONE * sum(1 for token, new in changed if token[0] not in telling and commonness(new) >= 12)
    return Reading(codec, changed, gain, good, bad)


_ALONE = 0.01
_CONTROLS = re.compile("[\x01-\x08\x0e-\x1f\x80-\x9f]")


# Signs that the encodings have letters for, where they are plainly signs: "8.000£", "25°C"; quotes and dashes that
# Windows shows in their places.
_MEASURE = re.compile(r"\W*(?:\d[\d.,]*[¡-¿×÷]|\d*°[CFK])\W*")
_QUOTE = re.compile("([‘’“”–—…])")


def _with_signs(token: str, new: str, codec: Legacy) -> str:
    """A decoded token with the signs left that cannot be letters in it ("Eto’o", "thế—một")."""
    if _MEASURE.fullmatch(token):
        return token
    if not _QUOTE.search(token) or _reads_well(new):
        return new
    kept = "".join(part if _QUOTE.match(part) else codec.decode(part) for part in _QUOTE.split(token))
    return kept if _reads_well(kept) else new


def _reads_well(text: str) -> bool:
    return all(parse_syllable(word) and is_cased_well(word) for word in WORD.findall(text))


def _is_spoilt(old: str, new: str) -> bool:
    """Whether a syllable would be none, or have a capital inside: of "lo»" the sign is one, "làng" is Unicode."""
    before, after = WORD.findall(old), WORD.findall(new)
    if not before or not all(map(parse_syllable, before)):
        return False
    return not all(map(parse_syllable, after)) or not all(map(is_cased_well, after))


def _token_score(token: str) -> float:
    return score(token) - 0.7 * len(_GLUED.findall(token))


def _is_clear(reading: Reading) -> bool:
    """Whether a line is in an encoding beyond doubt.

    One word is too little ("lång" would be "lồng"), unless signs stand in its middle ("N¨m") or a capital does.
    """
    if reading.gain < 1.5 or reading.bad * 4 > reading.good:
        return False
    if reading.good >= 2:
        return True
    token, new = reading.tokens[0]
    strange = _STRANGE.search(token[0]) is not None or len(_SUSPECT.findall(token[0])) > 1
    return reading.good == len(reading.tokens) == 1 and strange and commonness(new) >= 10


_STRANGE = re.compile(f"[A-Za-z][{_SIGNS}](?=[a-z])|[®§][a-z]|[a-z][À-ÖØ-Þ]")


# ---- TCVN3 without its soft hyphens

_HYPHENED = re.compile(r"[^\W\d_]-[^\W\d_]")
_BEFORE_HORN = re.compile("(?=[ơờớởỡợƠỜỚỞỠỢ])")
_BETWEEN = re.compile("(?<=nh|.[ghtr])(?=ng)|(?<=^nh)$")


def _with_lost_horns(decoded: str, token: str) -> str:
    """Put back ư where programs removed its code, a soft hyphen, or made a hyphen of it ("tr-êng" is "trường")."""
    if _HYPHENED.search(token) and (whole := WORD.fullmatch(decoded.replace("-", "ư"))) and is_common(whole[0]):
        return whole[0]
    return WORD.sub(_with_lost_horn, decoded)


def _with_lost_horn(match: re.Match[str]) -> str:
    word = match[0]
    known = commonness(word)
    for pattern in (_BEFORE_HORN, _BETWEEN):
        mended = pattern.sub("ư", word, count=1)
        if mended != word and commonness(mended) >= max(10, known + 4):
            return mended
    return word
