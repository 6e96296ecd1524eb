"""Words written as in chats ("ko bik", "ngon wá", "lunnnn") and as spoken in regions ("mần chi"), in standard spelling.

Knows two lists (data/teencode.tsv, data/dialect.tsv) and how chats respell sounds. Neither is damage: these are ways to
write, so both run only when they are asked for. What may stand for several words is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

from vndiacritic.alphabet import has_marks, parse_syllable, strip_diacritics
from vndiacritic.cleaning.edits import Edit, lines_with
from vndiacritic.cleaning.plausibility import VIETNAMESE_ONLY, WORD, commonness, is_common

__all__ = ["dialect_edits", "teencode_edits"]

_ONLY = re.compile(f"[{VIETNAMESE_ONLY}]")
# A word of running text, not a part of an address, a tag, a path, a number or a formula.
_FREE = r"(?<![\w@#/.=&'’*+^\\-]){}(?![\w@/=&'’*+^\\-]|\.\w)"
_WORD = re.compile(_FREE.format(r"[^\W\d_]+"))


@cache
def _listed(name: str) -> Mapping[str, str]:
    """The words and phrases of a list, with what they stand for."""
    source = files("vndiacritic.cleaning") / "data" / name
    lines = source.read_text(encoding="utf-8").splitlines()
    rows = (line.partition("\t") for line in lines if not line.startswith("#"))
    return {key: word for key, _, word in rows}


@cache
def _phrases(name: str, words: int = 1) -> re.Pattern[str]:
    """The phrases of a list of at least so many words, the longer ones first."""
    keys = sorted((key for key in _listed(name) if key.count(" ") >= words - 1), key=len, reverse=True)
    return re.compile(_FREE.format(f"(?:{'|'.join(keys)})"), re.IGNORECASE)


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[0].upper() + word[1:] if like[0].isupper() else word


# ---- teencode


class _Found(NamedTuple):
    start: int
    end: int
    after: str
    sure: bool  # it is no single letter, which may be a name in a formula


def teencode_edits(text: str) -> Iterator[Edit]:
    """The edits that spell out what chats shorten, respell or draw out, in lines that read as Vietnamese."""
    for at, line in lines_with(WORD, text):
        found = sorted({word.start: word for word in [*_chat_words(line), *_chat_phrases(line)]}.values())
        if found and _is_chat(line, found):
            end, sure = 0, any(word.sure for word in found)
            for word in found:
                if word.start >= end and (sure or _is_asked(line, word)):
                    yield Edit(at + word.start, at + word.end, word.after, "as written in chats")
                    end = word.end


def _chat_phrases(line: str) -> Iterator[_Found]:
    for match in _phrases("teencode.tsv", 2).finditer(line):
        yield _Found(*match.span(), _cased(_listed("teencode.tsv")[match[0].lower()], match[0]), True)


def _chat_words(line: str) -> Iterator[_Found]:
    shouted = line.isupper()
    for match in _WORD.finditer(line):
        word = match[0]
        if len(word) > _LONGEST or (not shouted and _is_name(line, match)):
            continue
        after = _spelled_out(word.lower(), named=word[0].isupper())
        if after is not None:
            yield _Found(*match.span(), _cased(after, word), len(word) > 1)


_LONGEST = 40
_STARTS = re.compile(r"(?:^|[.!?…:]\s+|[-–“\"(]\s?)$")


def _is_name(line: str, match: re.Match[str]) -> bool:
    """Whether a word is in capitals ("KO"), or begins with one inside a sentence ("Mn")."""
    if match[0].isupper():
        return True
    return match[0][0].isupper() and not _STARTS.search(line[max(0, match.start() - 4) : match.start()])


def _is_asked(line: str, word: _Found) -> bool:
    """Whether a single letter ends a question or an exclamation: "đi k?"."""
    return line[word.end : word.end + 1] in ("?", "!")


def _is_chat(line: str, found: list[_Found]) -> bool:
    """Whether a line is Vietnamese: by its letters, or by two words of chats, and otherwise syllables."""
    words = WORD.findall(line)
    syllables = [word for word in words if parse_syllable(word)]
    ours = _ONLY.search(line) or sum(word.sure for word in found) > 1 or any(map(has_marks, syllables))
    return bool(ours) and 3 * (len(found) + len(syllables)) >= 2 * len(words)


@lru_cache(maxsize=1 << 14)
def _spelled_out(word: str, *, named: bool) -> str | None:
    """What a word, given in small letters, stands for; None where it is none of chats."""
    drawn = _shortened(word)
    if known := _listed("teencode.tsv").get(drawn):
        return known if len(drawn) > 1 or drawn == word else None  # "kkkk" laughs
    respelled = drawn if is_common(drawn, 1) else _respelled(drawn, named=named)
    return respelled if respelled != word and len(respelled) > 1 and is_common(respelled, 1) else None


_NUMERAL = re.compile("[ivxlcm]+")


def _shortened(word: str) -> str:
    """A word without the letters that draw it out: "lunnnn", "quáaaa"; three or more are no spelling."""
    if _NUMERAL.fullmatch(word):
        return word
    runs = (list(run) for _, run in groupby(word, key=strip_diacritics))
    return "".join(max(run, key=has_marks) if len(run) > 2 else "".join(run) for run in runs)


# Onsets of chats, with those they stand for; of several the one that makes the commonest syllable is meant. K begins
# and ends names as well: "Krông Pắk".
_ONSETS = {"dz": "v d gi", "w": "qu", "f": "ph", "j": "gi", "z": "v d gi", "k": "c"}
_RESPELLED = 10  # the class from which a syllable may be what was meant


def _respelled(word: str, *, named: bool) -> str:
    """A marked word that is no syllable, in standard spelling: "wá", "fải", "zậy", "thík"; itself if none fits."""
    if not has_marks(word) or (named and "k" in (word[0], word[-1])):
        return word
    onset = next((onset for onset in _ONSETS if word.startswith(onset)), "")
    heads = [new + word[len(onset) :] for new in _ONSETS[onset].split()] if onset else [word]
    made = [head[:-1] + end if head.endswith("k") else head for head in heads for end in ("c", "ch")]
    best = max(made, key=commonness)
    return best if commonness(best) >= _RESPELLED else word


# ---- dialect


def dialect_edits(text: str) -> Iterator[Edit]:
    """The edits that put standard words in the place of regional ones."""
    words = _listed("dialect.tsv")
    for match in _phrases("dialect.tsv").finditer(text):
        if match[0].islower() or match[0][1:].islower():  # "TUI", "RỨA" may be names
            yield Edit(*match.span(), _cased(words[match[0].lower()], match[0]), "regional word")
