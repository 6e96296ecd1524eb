"""What a syllable's context is, in numbers: the one definition that training and restoring share.

Every token has a *symbol* (a lower-case bare syllable, a number's shape, a mark) and a *case*; symbols are known
by a 64-bit hash alone, so no vocabulary is needed to read a text. A feature of a token is an n-gram anchored at
its edges: a template (which neighbours it looks at) summed with the neighbours' hashes. Stage 1 looks at bare
symbols and case, stage 2 at the forms that stage 1 predicted.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.alphabet import STROKED_D, compose, place_tone, strip_diacritics
from vndiacritic.tokens import Kind, kind_of

__all__ = [
    "BOUNDARY",
    "DOUBT",
    "NETWORK_CASES",
    "REACH",
    "TEMPLATES",
    "WIDE",
    "Case",
    "Hashes",
    "TokenType",
    "caseless",
    "context1",
    "context2",
    "expert_salt",
    "symbol_hash",
    "token_type",
]

Hashes = NDArray[np.uint64]

REACH = 3  # boundaries that stand between lines, as many as any template looks ahead
BOUNDARY = "\x02"  # the symbol beyond either end of a line
_PROTECTED = "\x03"  # the symbol of every protected span


class Case(IntEnum):
    """The case of a token as its neighbours see it."""

    LOWER = 0
    TITLE = 1
    UPPER = 2
    MIXED = 3
    NONE = 4  # in a line without case: all lower or all capitals
    MARK = 5  # punctuation, numbers
    STOP = 6  # ends a sentence, or the line's edge: a capital after it says little


class TokenType(NamedTuple):
    """What a token means to the model, whatever its place: symbols, case, and what it does to a sentence."""

    kind: Kind
    bare: str
    form: str
    case: Case


_STOPS = frozenset(".!?…:")
_LIKE_D = str.maketrans({letter: "đ" for letter, base in STROKED_D.items() if base == "d"})
_NOT_IN_SYMBOLS = str.maketrans(BOUNDARY + _PROTECTED, "\x01\x01")
_REMEMBERED = 40  # characters; what is longer is met once


def token_type(token: str) -> TokenType:
    """Describe a token of `vndiacritic.tokens.split_tokens`; a word's form has its tone in the older place."""
    return _remembered(token) if len(token) <= _REMEMBERED else _token_type(token)


def _token_type(token: str) -> TokenType:
    kind = kind_of(token)
    if kind is Kind.WORD:
        word = compose(token)
        form = place_tone(word.lower().translate(_LIKE_D))
        return TokenType(kind, strip_diacritics(form), form, _case_of(word))
    if kind is Kind.NUMBER:
        symbol, case = re.sub(r"\d", "0", token)[:10], Case.MARK
    elif kind is Kind.PUNCTUATION:
        symbol = re.sub(r"(.)\1+", r"\1", token)[:3].translate(_NOT_IN_SYMBOLS)
        case = Case.STOP if _STOPS & set(token) else Case.MARK
    else:
        symbol, case = _PROTECTED, Case.MARK
    return TokenType(kind, symbol, symbol, case)


_remembered = lru_cache(maxsize=1 << 17)(_token_type)


def _case_of(word: str) -> Case:
    if word == word.lower():
        return Case.LOWER
    if word[0].isupper() and (len(word) == 1 or word[1:].islower()):
        return Case.TITLE
    return Case.UPPER if word.isupper() else Case.MIXED


def caseless(cases: NDArray[np.uint8], single: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell for each line whether its capitals say nothing: all words lower, or none of them.

    Parameters
    ----------
    cases : array of uint8, shape (n_tokens,)
        `Case` of each token.
    single : array of bool, shape (n_tokens,)
        Whether the token is one capital letter, which fits both a title and capitals.
    starts : array of int, shape (n_lines,)
        Index of each line's first token; lines are not empty.
    """
    lower = cases == Case.LOWER
    title = ((cases == Case.TITLE) & ~single) | (cases == Case.MIXED)
    upper = (cases == Case.UPPER) | ((cases == Case.TITLE) & single)
    has = [np.logical_or.reduceat(mask, starts) for mask in (lower, title, upper)]
    return ~has[1] & ~(has[0] & has[2])


def symbol_hash(symbol: str) -> int:
    """The 64-bit hash of a symbol: BLAKE2b, so that it is the same on every machine and hard to collide."""
    return int.from_bytes(hashlib.blake2b(symbol.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


# A template lists the neighbours it joins, as offsets from the token.
STAGE1: tuple[tuple[int, ...], ...] = (
    (-1,), (1,), (-2, -1), (1, 2), (-1, 1), (-3, -2, -1), (1, 2, 3), (-2, -1, 1), (-1, 1, 2),
)  # fmt: skip
STAGE2: tuple[tuple[int, ...], ...] = (
    (-1,), (1,), (-1, 1), (-2, -1), (1, 2), (-2, -1, 1), (-1, 1, 2), (-2, -1, 1, 2), (-2,), (2,),
)  # fmt: skip
_N_CASE = 2  # stage 1 also has the token's own case, and its case with both neighbours'

# All templates in one numbering: where those of each stage are, and which look at one neighbour or none but case. The
# rows of such a *wide* template are few and often met, so they are stored with more precision.
TEMPLATES = {
    1: slice(0, len(STAGE1) + _N_CASE),
    2: slice(len(STAGE1) + _N_CASE, len(STAGE1) + _N_CASE + len(STAGE2)),
}
WIDE = np.array([len(t) == 1 for t in STAGE1] + [True] * _N_CASE + [len(t) == 1 for t in STAGE2])

NETWORK_CASES = (-1, 0, 1)  # the places whose case the network reads
DOUBT = 3.0  # a candidate this far ahead (95%) is not looked at again by the network


def _salts(count: int, purpose: str) -> Hashes:
    """Odd 64-bit constants, each drawn from its own name."""
    return np.array([symbol_hash(f"{purpose}{i}") | 1 for i in range(count)], dtype=np.uint64)


_PLACE = dict(zip(range(-5, 6), _salts(11, "place"), strict=True))  # more than the templates need yet
_TEMPLATE1, _TEMPLATE2 = _salts(len(STAGE1) + _N_CASE, "stage1"), _salts(len(STAGE2), "stage2")
_CASE_SALT = _salts(3, "case")


def expert_salt(symbol: str) -> int:
    """What sets the features of one bare syllable's expert apart from all others'."""
    return symbol_hash("expert" + symbol)


def context1(bare: Callable[[int], Hashes], case: Callable[[int], NDArray[np.uint8]]) -> Hashes:
    """Hash the bare context of tokens, for stage 1.

    Parameters
    ----------
    bare : callable
        Given an offset from -3 to 3, the hashes of the bare symbols that far from the tokens; shape (n_tokens,).
    case : callable
        Given an offset from -1 to 1, likewise the `Case`.

    Returns
    -------
    array of uint64, shape (n_templates, n_tokens)
        A row a template, without the expert's salt.
    """
    placed = {offset: bare(offset) * _PLACE[offset] for offset in (-3, -2, -1, 1, 2, 3)}
    before, own, after = (case(offset).astype(np.uint64) + np.uint64(1) for offset in (-1, 0, 1))
    out = np.empty((len(_TEMPLATE1), len(own)), dtype=np.uint64)
    _join(STAGE1, _TEMPLATE1, placed, out)
    np.add(_TEMPLATE1[-2], own * _CASE_SALT[1], out=out[-2])
    np.add(_TEMPLATE1[-1], before * _CASE_SALT[0] + own * _CASE_SALT[1] + after * _CASE_SALT[2], out=out[-1])
    return out


def context2(form: Callable[[int], Hashes]) -> Hashes:
    """Hash the predicted forms around tokens, for stage 2: as `context1`, with offsets from -2 to 2."""
    placed = {offset: form(offset) * _PLACE[offset] for offset in (-2, -1, 1, 2)}
    out = np.empty((len(_TEMPLATE2), len(placed[1])), dtype=np.uint64)
    _join(STAGE2, _TEMPLATE2, placed, out)
    return out


def _join(templates: tuple[tuple[int, ...], ...], salts: Hashes, placed: dict[int, Hashes], out: Hashes) -> None:
    """Write the sum of each template's salt and placed hashes into its row."""
    for row, (template, salt) in enumerate(zip(templates, salts, strict=False)):
        np.add(placed[template[0]], salt, out=out[row])
        for offset in template[1:]:
            out[row] += placed[offset]
