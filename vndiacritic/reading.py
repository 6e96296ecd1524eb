"""What tokens mean to a model: its candidates for each, and a batch of runs laid out as the decoder takes it.

This module knows which forms a word may still take, given the marks it has and the user's own list of words. It decides
nothing, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.alphabet import completes, has_marks, parse_syllable, strip_diacritics
from vndiacritic.decode import Batch
from vndiacritic.errors import ModelError
from vndiacritic.features import BOUNDARY, REACH, Case, caseless, symbol_hash, token_type
from vndiacritic.runs import Run
from vndiacritic.tokens import Kind
from vndiacritic.words import WordList

__all__ = ["Candidates", "Read", "Reader"]

_LONGEST_KEPT = 40  # characters; a longer token is met once
_TYPES_KEPT = 1 << 16  # some 20 MB; a crawl has millions of types, and nine in ten tokens are of few thousands


class Candidates:
    """The model's candidates, by syllable."""

    def __init__(self, syllables: list[str], forms: list[str], starts: NDArray[np.int32]) -> None:
        self._entries = {syllable: i for i, syllable in enumerate(syllables)}
        self.forms = forms
        self.starts = np.array(starts)
        self._starts: list[int] = starts.tolist()
        bare = [syllable for syllable, n in zip(syllables, np.diff(starts).tolist(), strict=False) for _ in range(n)]
        if len(starts) != len(syllables) + 1 or strip_diacritics("\n".join(forms)) != "\n".join(bare):
            raise ModelError("its forms are not those of its syllables: fetch the model again, or train it anew")

    def entry(self, bare: str) -> int:
        """Place of a bare syllable, -1 if it is unknown."""
        return self._entries.get(bare, -1)

    def forms_of(self, entry: int) -> list[str]:
        """The forms of the syllable at a place."""
        return self.forms[self._starts[entry] : self._starts[entry + 1]]

    def of(self, bare: str) -> list[str]:
        """The forms of a bare syllable; none if it is unknown."""
        entry = self.entry(bare)
        return self.forms_of(entry) if entry >= 0 else []


class _Meaning(NamedTuple):
    """What a token means to the decoder, wherever it stands."""

    bare: int
    form: int
    case: int
    one_letter: bool
    entry: int  # of the expert that decides it
    single: int  # the only form the word may take, by its place among all forms; -1 where there is none
    allowed: NDArray[np.bool_] | None  # of a partly marked word: the candidates that complete it


class Read(NamedTuple):
    """A batch as the decoder takes it, and what is needed to write it again."""

    batch: Batch
    single: NDArray[np.int32]  # as in `_Meaning`, in the places of the batch; listed forms follow the model's
    words: list[str]  # the distinct tokens
    word: NDArray[np.intp]  # which of them each token is
    run: NDArray[np.intp]  # which run each token stands in
    place: NDArray[np.intp]  # where each token is in the batch


class Reader:
    """What tokens mean: most are met again, and remembered."""

    def __init__(self, candidates: Candidates, words: WordList) -> None:
        self._candidates, self._words = candidates, words
        self._remembered = lru_cache(maxsize=_TYPES_KEPT)(self._look_up)

    def read(self, runs: Sequence[Run]) -> Read:
        """Lay the tokens of runs out, with boundaries between them."""
        numbers: dict[str, int] = {}
        ids: list[int] = []
        for run in runs:
            ids += [numbers.setdefault(token, len(numbers)) for token in run.parts[1::2]]
        lengths = np.array([len(run.parts) // 2 for run in runs])
        read = _lay_out(lengths, np.array(ids, np.intp), list(numbers), [self._meaning(token) for token in numbers])
        return self._with_listed(read) if self._words.phrases else read

    def _with_listed(self, read: Read) -> Read:
        """Give the words of listed phrases their forms: the first longest phrase, then on from its end."""
        first = np.array([self._words.begins(token) for token in read.words], bool)
        n_own, end = len(self._candidates.forms), 0
        for start in np.flatnonzero(first[read.word]).tolist():
            if start < end:
                continue
            ahead = slice(start, start + self._words.reach)
            same_run = read.run[ahead] == read.run[start]
            numbers = self._words.longest([read.words[i] for i in read.word[ahead][same_run]])
            end = start + len(numbers)
            for place, number in zip(read.place[start:end].tolist(), numbers, strict=True):
                read.batch.entry[place], read.single[place] = -1, n_own + number
                read.batch.form[place] = symbol_hash(self._words.forms[number].form)
        allowed = {place: mask for place, mask in read.batch.allowed.items() if read.batch.entry[place] >= 0}
        return read._replace(batch=read.batch._replace(allowed=allowed))

    def _meaning(self, token: str) -> _Meaning:
        return self._remembered(token) if len(token) <= _LONGEST_KEPT else self._look_up(token)

    def _look_up(self, token: str) -> _Meaning:
        kind = token_type(token)
        entry, form, single, allowed = -1, kind.bare, -1, None
        if kind.kind is Kind.WORD:
            entry = self._candidates.entry(kind.bare)
            candidates = self._candidates.of(kind.bare)
            if has_marks(token):
                allowed = _completions(kind.form, candidates)
                if allowed is None:
                    entry, form = -1, kind.form
            if entry >= 0 and len(candidates) == 1:
                single = int(self._candidates.starts[entry])
                entry, form, allowed = -1, candidates[0], None
        one_letter = len(kind.bare) == 1
        return _Meaning(symbol_hash(kind.bare), symbol_hash(form), kind.case, one_letter, entry, single, allowed)


def _completions(form: str, candidates: list[str]) -> NDArray[np.bool_] | None:
    """Which candidates complete a word with marks; None where it is complete, or nothing completes it."""
    if form in candidates or parse_syllable(form) is not None:
        return None
    complete = np.array([completes(form, candidate) for candidate in candidates], bool)
    return complete if complete.any() else None


_EDGE = symbol_hash(BOUNDARY)


def _lay_out(lengths: NDArray[np.intp], word: NDArray[np.intp], words: list[str], meanings: list[_Meaning]) -> Read:
    """Scatter the meanings of a batch's tokens into arrays with boundaries."""
    run = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(word)) + REACH * (run + 1)
    size = len(word) + REACH * (len(lengths) + 1)
    bare, form = np.full(size, _EDGE, np.uint64), np.full(size, _EDGE, np.uint64)
    case = np.full(size, Case.STOP, np.uint8)
    entry, single = np.full(size, -1, np.int32), np.full(size, -1, np.int32)
    allowed: dict[int, NDArray[np.bool_]] = {}
    if meanings:
        columns = list(zip(*meanings, strict=True))
        bare[place] = np.array(columns[0], np.uint64)[word]
        form[place] = np.array(columns[1], np.uint64)[word]
        case[place] = _cases(np.array(columns[2], np.uint8)[word], np.array(columns[3])[word], run)
        entry[place] = np.array(columns[4], np.int32)[word]
        single[place] = np.array(columns[5], np.int32)[word]
        partial = np.flatnonzero(np.array([mask is not None for mask in columns[6]])[word])
        allowed = {int(place[i]): columns[6][word[i]] for i in partial}
    return Read(Batch(bare, form, case, entry, allowed), single, words, word, run, place)


def _cases(case: NDArray[np.uint8], one_letter: NDArray[np.bool_], run: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The cases of words, without those of runs that have no case."""
    new = np.ones(len(run), bool)
    new[1:] = run[1:] != run[:-1]
    plain = caseless(case, one_letter, np.flatnonzero(new))[np.cumsum(new) - 1]
    case[plain & (case < Case.NONE)] = Case.NONE
    return case
