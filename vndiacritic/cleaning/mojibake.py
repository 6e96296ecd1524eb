"""UTF-8 that was read as something else ("Viá»‡t"), once or twice, whole or with bytes lost on the way.

Knows how each Vietnamese letter looks when its UTF-8 bytes are read in another encoding, and which of the looks
programs turn into something plainer: undefined bytes vanish, no-break spaces become spaces, curly quotes straight.
Where several letters look alike after that, the one that makes a common syllable is taken; where none does, the text
is left. Letters of other languages are ftfy's part.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from vndiacritic.alphabet import SHAPES, TONES
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.plausibility import LATIN, ODD, VIETNAMESE_ONLY, WORD, commonness, is_cased_well, score

__all__ = ["C1", "foreign_edits", "left_over", "mojibake_edits", "one_byte_edits"]

# Letters that only other languages have, for their words in Vietnamese text, and what stands between words.
_FOREIGN = "äåæçëîïðñöøûüþÿßÄÅÆÇËÎÏÑÖØÛÜÞ"
_SIGNS = "“”‘’–—…•«»°·©®™₫€£¥×÷±²³½→⇒′″≤≥≠≈●★\u00a0\u00ad\ufeff\u200b"
TARGETS = VIETNAMESE_ONLY + LATIN + _FOREIGN + _SIGNS + "".join((*TONES.values(), *SHAPES.values()))

# The encodings that UTF-8 is taken for: Western and Vietnamese Windows first, then its neighbours, DOS, the Macintosh.
MISREADINGS = (
    "cp1252 latin-1 cp1258 cp1250 cp1254 cp1257 cp1251 cp1253 iso8859-2 iso8859-15 cp437 cp850 cp852 cp866 mac_roman"
).split()
_TWICE = [
    ("cp1252", "cp1252"),
    ("latin-1", "latin-1"),
    ("cp1252", "latin-1"),
    ("latin-1", "cp1252"),
    ("cp1258", "cp1258"),
]

# What programs make of a character; an empty string where it vanishes.
_PLAINER = {
    **{chr(c1): ("", "\ufffd", "?") for c1 in range(0x80, 0xA0)},
    "\u00a0": (" ", ""),
    "\u00ad": ("", "-"),
    **dict.fromkeys("“”„»«", ('"',)),
    "‘": ("'",),
    "’": ("'",),
    "‚": (",", "'"),
    "‹": ("<",),
    "›": (">",),
    "…": ("...",),
    "–": ("-",),
    "—": ("-",),
}
_LEADS = "ÃÄÆ"  # may be all that is left of a letter
_LOST = 0.2  # what a character costs that was made plainer
_GONE = 0.05  # and one that vanished, beyond that
_CAPITAL = 0.1  # and a capital, which is rarer
_STRAY = 0.4  # what a letter costs that was not misread like most of its line


class Look(NamedTuple):
    """What a look may stand for: a letter, how much of it is lost, and in which misreadings it looks so."""

    letter: str
    cost: float
    encodings: frozenset[str]


def _shown(text: str, encoding: str) -> str:
    """UTF-8 bytes read in another encoding, its undefined bytes as control codes, as browsers do."""
    pieces = []
    for byte in text.encode("utf-8"):
        char = bytes([byte]).decode(encoding, "replace")
        pieces.append(chr(byte) if char == "\ufffd" else char)
    return "".join(pieces)


@cache
def _looks() -> Mapping[str, tuple[Look, ...]]:
    """Everything that stands for a letter: the look, and what it may be, the whole ones before those with losses."""
    found: dict[str, dict[tuple[str, float], set[str]]] = {}
    chains = [(name,) for name in MISREADINGS] + _TWICE
    for chain, letter in product(chains, TARGETS):
        look = letter
        for encoding in chain:
            look = _shown(look, encoding)
        for variant, cost in _variants(look, letter):
            found.setdefault(variant, {}).setdefault((letter, cost), set()).add(" and ".join(chain))
    return {
        look: tuple(sorted(Look(letter, cost, frozenset(names)) for (letter, cost), names in letters.items()))
        for look, letters in found.items()
    }


def _variants(look: str, letter: str) -> Iterator[tuple[str, float]]:
    """A look, and what programs make of it with one or two of its characters made plainer."""
    yield look, 0.0
    if not letter.isalpha() and letter not in "“”‘’":
        return
    choices = [(char, *_PLAINER.get(char, ())) for char in look]
    for made in product(*choices):
        lost = sum(1 for char, new in zip(look, made, strict=True) if char != new)
        variant = "".join(made)
        if 0 < lost <= 2 and (len(variant) > 1 or variant in _LEADS) and variant and ord(variant[0]) > 127:
            yield variant, lost * _LOST + (len(variant) < len(look)) * _GONE + letter.isupper() * _CAPITAL


def _is_whole(looks: tuple[Look, ...], look: str) -> bool:
    return len(look) > 1 and any(found.cost == 0 for found in looks)


@cache
def _gate() -> re.Pattern[str]:
    """What begins a letter of which nothing is lost: its first two characters."""
    seconds: dict[str, set[str]] = {}
    for look, letters in _looks().items():
        if _is_whole(letters, look):
            seconds.setdefault(look[0], set()).add(look[1])
    grouped: dict[str, str] = {}
    for first, following in seconds.items():
        key = "".join(sorted(following))
        grouped[key] = grouped.get(key, "") + first
    return re.compile("|".join(f"[{re.escape(first)}][{re.escape(second)}]" for second, first in grouped.items()))


@cache
def _first() -> tuple[frozenset[str], int]:
    """The characters that looks begin with, and the length of the longest."""
    return frozenset(look[0] for look in _looks()), max(map(len, _looks()))


_ODD_OR_TILDE = re.compile(ODD.pattern.replace("Ã", ""))  # "Ã“" has nothing odd
_LOST_ONLY = re.compile("(?<=[a-z])Ã")  # "ThÃ nh": à and í are Ã and something that vanishes


def mojibake_edits(text: str) -> Iterator[Edit]:
    """The edits that give letters back to words whose bytes were misread."""
    for at, line in lines_with(_ODD_OR_TILDE, text):
        if _gate().search(line) or (_LOST_ONLY.search(line) and not ODD.search(line)):
            yield from _line_edits(line, at)


def left_over(text: str) -> Iterator[tuple[int, int]]:
    """The places of words in which a misread letter is still seen: two bytes of the three of a Vietnamese one."""
    for match in _TWO_OF_THREE.finditer(text):
        yield match.span()


# E1 BA and E1 BB, which begin most Vietnamese letters, as the Western encodings show them.
_TWO_OF_THREE = re.compile("[^\\s]{0,10}á[º»][^\\s]{0,10}")


def _line_edits(line: str, at: int) -> Iterator[Edit]:
    """Word by word: each alone must read better than before, much better unless the line leaves no doubt."""
    votes = _votes(line)
    usual = votes.most_common(1)[0][0] if votes else MISREADINGS[0]
    certain = votes.total() > 1 and votes[usual] > 1
    end = 0
    for token in _TOKEN.finditer(line):
        if token.start() < end or _first()[0].isdisjoint(token[0]):
            continue
        reading = _best_reading(line, token.start(), usual, certain)
        if reading is not None:
            end = reading.end
            lost = ", bytes lost" if reading.cost else ""
            yield Edit(at + token.start(), at + end, reading.text, f"UTF-8 read as {reading.encoding or usual}{lost}")


_TOKEN = re.compile(r"[^ \t\r\n]+")


def _votes(line: str) -> Counter[str]:
    """How many letters of a line each misreading accounts for; a double one counts more than its halves."""
    votes: Counter[str] = Counter()
    for match in _gate().finditer(line):
        for length in range(_first()[1], 1, -1):
            whole = [look for look in _looks().get(line[match.start() : match.start() + length], ()) if look.cost == 0]
            if whole:
                votes.update(name for look in whole for name in look.encodings)
                break
    order = [*(" and ".join(chain) for chain in _TWICE), *MISREADINGS]
    return Counter({name: votes[name] for name in order if votes[name]})


class _Reading(NamedTuple):
    text: str
    end: int  # in the line: a space may have been part of a letter
    cost: float
    stray: float
    encoding: str  # of a letter that was misread unlike the others


def _best_reading(line: str, start: int, usual: str, certain: bool) -> _Reading | None:
    """The best way to read the token that begins at a place, if it beats the token as it stands."""
    best = _best_in(line[start : start + _WINDOW], usual, certain)
    return best._replace(end=best.end + start) if best else None


_WINDOW = 48  # characters in which a token is read: a syllable, a double misreading, two spaces and what stands around


@lru_cache(maxsize=1 << 10)
def _best_in(window: str, usual: str, certain: bool) -> _Reading | None:
    readings = list(_readings(window, usual, certain))
    if not readings:
        return None
    end = max(reading.end for reading in readings)  # some readings take a space, and what follows it, for their own
    ranked = sorted(((_value(reading, window, end), reading) for reading in readings), reverse=True)
    value, best = ranked[0]
    if best.cost and _is_guess(best, ranked):
        return None
    if not certain and not set(best.text).difference(window[:end], _SIGNS):
        return None  # "Â" and a no-break space are no misread sign unless letters were misread too
    gain = value - _likelihood(window[:end])
    exact = best.cost == 0 and all(map(is_cased_well, WORD.findall(best.text)))
    return best if gain > (0 if certain else 0.5) or (certain and exact and gain > -0.7) else None


def _value(reading: _Reading, line: str, end: int) -> float:
    return _likelihood(reading.text + _plainly(line[reading.end : end])) - reading.cost - reading.stray


def _plainly(text: str) -> str:
    """Text with every whole look read as its first letter: what stands behind a reading that is shorter than others."""
    pieces, at = [], 0
    while at < len(text):
        looks = [(length, look) for length, look in _looks_at(text, at) if look.cost == 0 and length > 1]
        length, letter = (looks[0][0], looks[0][1].letter) if looks else (1, text[at])
        pieces.append(letter)
        at += length
    return "".join(pieces)


def _is_guess(best: _Reading, ranked: list[tuple[float, _Reading]]) -> bool:
    """Whether another syllable of the same length is nearly as likely: what is lost cannot be known then."""
    others = (other for _, other in ranked if other.end == best.end and other.stray <= best.stray)
    rivals = (
        other for other in others if other.text.lower() != best.text.lower() and other.cost < best.cost + 2 * _GONE
    )
    rival = next((other for other in rivals if len(other.text) == len(best.text)), None)
    if rival is None or not best.text.isalpha():
        return False
    return commonness(best.text) - commonness(rival.text) < _CLEARLY


_CLEARLY = 2  # classes: four times as common


_SMALL = "a-z" + "".join(filter(str.islower, VIETNAMESE_ONLY + LATIN))
_LEFT_OVER = re.compile(
    "[º»¼¡-§©-¯±-´¶-¹¾¿†‡ˆ‰ƒ€™œŒ\x80-\x9f]" + f"|[ÃÄÅÆ](?=[{_SMALL}])|(?<=[^\\W\\d_])[ÄÅÆ]|(?<=[{_SMALL}])Ã"
)


def _likelihood(text: str) -> float:
    """What readings are compared by: two words must be much more common than one ("hà i", "hài")."""
    words = WORD.findall(text)
    letters = sum(1 for word in words if len(word) == 1)
    return score(text) - 0.7 * len(_LEFT_OVER.findall(text)) - 0.8 * len(words) - 0.3 * letters


def _readings(window: str, usual: str, certain: bool, limit: int = 400) -> Iterator[_Reading]:
    """The ways to read the first token: at each place the longest whole look, or any with losses, or the character.

    The likeliest are tried first; no token that was text has more than the limit.
    """
    pending = [_Reading("", 0, 0.0, 0.0, "")]
    for _ in range(limit):
        if not pending:
            return
        reading = pending.pop()
        at = reading.end
        if at == len(window) or window[at] in " \t\r\n":
            if reading.text != window[:at] and (at < len(window) or at < _WINDOW):
                yield reading
            continue
        looks = _looks_at(window, at)
        if not any(look.cost == 0 for _, look in looks):
            # In a line that was misread as a whole, a letter that begins looks is one: a true Ã would be "Ãƒ".
            stray = reading.stray + 2 * _STRAY * (certain and window[at] in _LEADS)
            pending.append(reading._replace(text=reading.text + window[at], end=at + 1, stray=stray))
        following = [_followed(reading, length, look, usual) for length, look in looks]
        pending += sorted(following, key=lambda reading: -reading.cost - reading.stray)


def _followed(reading: _Reading, length: int, look: Look, usual: str) -> _Reading:
    """A reading with one more letter."""
    unlike = usual not in look.encodings
    return _Reading(
        reading.text + look.letter,
        reading.end + length,
        reading.cost + look.cost,
        reading.stray + unlike * _STRAY,
        reading.encoding or (min(look.encodings) if unlike else ""),
    )


def _looks_at(line: str, at: int) -> list[tuple[int, Look]]:
    """The looks that begin at a place; nothing shorter than a whole one."""
    if line[at] not in _first()[0]:
        return []
    found: list[tuple[int, Look]] = []
    for length in range(min(_first()[1], len(line) - at), 0, -1):
        text = line[at : at + length]
        looks = _looks().get(text, ())
        whole = [(length, look) for look in looks if look.cost == 0] if length > 1 else []
        if whole:
            return found + whole
        found += [(length, look) for look in looks]
    return found


# ---- Windows-1252 read as Latin-1, and what is not Vietnamese

_C1 = {chr(byte): bytes([byte]).decode("cp1252", "ignore") for byte in range(0x80, 0xA0) if byte != 0x85}
C1 = re.compile("[\x80-\x84\x86-\x9f]+")
_FOREIGN_GATE = re.compile("[ÂÃÄÅÐÑâãðГРС][\x80-\xbf‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œžŸ€°]")


def one_byte_edits(text: str) -> Iterator[Edit]:
    """The edits for single bytes of Windows-1252, and for words of other languages, which ftfy knows."""
    for match in C1.finditer(text):
        after = "".join(_C1.get(char) or char for char in match[0])
        if after != match[0]:
            yield Edit(match.start(), match.end(), after, "Windows-1252 read as Latin-1")


def foreign_edits(text: str) -> Iterator[Edit]:
    """The edits that ftfy makes to lines in which its heuristic sees misread bytes."""
    for at, line in lines_with(_FOREIGN_GATE, text):
        from ftfy import fix_encoding_and_explain

        fixed, steps = fix_encoding_and_explain(line)
        if steps and fixed.count(" ") == line.count(" ") and score(fixed) >= score(line):
            how = ", ".join(f"{step.action} {step.parameter}" for step in steps)
            yield Edit(at, at + len(line), fixed, f"misread bytes (ftfy: {how})")
