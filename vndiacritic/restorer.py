"""Restoring text with a model: the numpy-only runtime.

Text goes in, and the same text comes out with marks added: tokens, their meaning to the model, the decoder's choices,
and the chosen forms written over the bare words letter by letter. A line is restored by itself, so the result does not
depend on how lines are batched; a line of more tokens than a long chapter has is restored in parts.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.alphabet import (
    ToneStyle,
    completes,
    completion,
    compose,
    has_marks,
    overlay,
    parse_syllable,
    place_tone,
)
from vndiacritic.decode import Batch, Decoder
from vndiacritic.features import BOUNDARY, REACH, Case, caseless, symbol_hash, token_type
from vndiacritic.modelfile import ModelFile, describe, open_model, unpack_strings
from vndiacritic.tokens import Kind, split_runs

__all__ = ["Choice", "Restorer"]

_LINES_AT_ONCE = 2048
_TOKENS_AT_ONCE = 1 << 14  # enough to make numpy's calls cheap, little enough for the cache
_LONGEST_RUN = 1 << 15  # tokens; a longer line is restored in parts, since a file may be one line
_LONGEST_KEPT = 40  # characters; a longer token is met once
_TYPES_KEPT = 1 << 18
# A vowel and a mark that NFC would have joined.
_DECOMPOSED = re.compile("[aeiouyAEIOUY][\u0300\u0301\u0302\u0303\u0309\u0323]|[aeiouAEIOU]\u0306|[ouOU]\u031b")


class Choice(NamedTuple):
    """One decided syllable.

    Attributes
    ----------
    start, end : int
        Its place in the text, in characters.
    text : str
        What is written there.
    confidence : float
        Estimated probability that it is right.
    alternatives : tuple of (str, float)
        The most probable forms, the chosen one among them, with their probabilities.
    """

    start: int
    end: int
    text: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]


class Restorer:
    """Restores the diacritics of Vietnamese text; safe to share between threads.

    Make one with `Restorer.load`. It pickles as the path of its model, so that worker processes map the same pages.

    Examples
    --------
    >>> Restorer.load("models/default.safetensors").restore("hom nay troi dep")  # doctest: +SKIP
    'hôm nay trời đẹp'
    """

    def __init__(self, model: ModelFile, tone_style: ToneStyle = "old") -> None:
        self._model = model
        self._tone_style: ToneStyle = tone_style
        arrays = model.arrays
        self._lexicon = _Lexicon(
            unpack_strings(arrays["syllables"]), unpack_strings(arrays["forms"]), arrays["form_starts"]
        )
        self._decoder = Decoder(arrays, model.metadata["params"])
        self._calibration = float(model.metadata["params"]["calibration"])
        self._types = _Types(self._lexicon)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, tone_style: ToneStyle = "old") -> Restorer:
        """Open a model file.

        Parameters
        ----------
        path : path-like
            A file that `DiacriticRestorer.save` or ``vndiacritic train`` wrote.
        tone_style : {"old", "new"}
            Where restored syllables carry the tone: old hòa and thúy, new hoà and thuý.

        Raises
        ------
        ModelError
            The file is missing, damaged, foreign or of a newer format.
        """
        return cls(open_model(Path(path)), tone_style)

    def __reduce__(self) -> tuple[Callable[..., Restorer], tuple[Any, ...]]:
        return _reload, (self._model.path, self._tone_style)

    @property
    def info(self) -> dict[str, Any]:
        """What is in the model: see `vndiacritic.modelfile.describe`."""
        return describe(self._model)

    def is_ambiguous(self, bare: str) -> bool:
        """Whether a lower-case bare syllable may be written in more than one way."""
        return len(self._lexicon.candidates(bare)) > 1

    def restore(self, text: str) -> str:
        """Restore a text of any number of lines; everything but missing diacritics stays as it is.

        Examples
        --------
        >>> restorer.restore("Ha Noi\\r\\n")  # doctest: +SKIP
        'Hà Nội\\r\\n'
        """
        return "".join(self.restore_lines(_lines(text)))

    def predict(self, lines: Sequence[str]) -> list[str]:
        """Restore a list of lines."""
        return list(self.restore_lines(lines))

    def restore_lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Restore lines lazily, reading a bounded number ahead; a line may carry its line end.

        A string with several lines in it is restored line by line all the same.
        """
        written: list[str] = []
        for batch in _batches(_runs(lines)):
            for run, text in zip(batch, self._restore_batch(batch), strict=True):
                written.append(text)
                if run.last:
                    yield "".join(written)
                    written = []

    def explain(self, text: str, k: int = 3) -> list[Choice]:
        """Tell how each ambiguous syllable of a text was decided, in the order of the text.

        Parameters
        ----------
        text : str
            Any number of lines.
        k : int
            How many forms to tell for each syllable.
        """
        explained: list[Choice] = []
        start = 0
        for batch in _batches(_runs([text])):
            for run, choices in zip(batch, self._explain_batch(batch, k), strict=True):
                explained += (choice._replace(start=choice.start + start, end=choice.end + start) for choice in choices)
                start += sum(map(len, run.parts))
        return explained

    def _restore_batch(self, runs: list[_Run]) -> list[str]:
        read = self._types.read(runs)
        choices = self._decoder.decide(read.batch)
        forms = self._lexicon.chosen(read.batch.entry[choices.at], choices.candidate)
        new = read.single | dict(zip(choices.at.tolist(), forms, strict=True))
        texts = []
        for run, first in zip(runs, read.firsts, strict=True):
            parts = run.parts.copy()
            for i in range(1, len(parts), 2):
                if form := new.get(first + i // 2):
                    parts[i] = _written(parts[i], form, self._tone_style, run.decomposed)
            texts.append("".join(parts))
        return texts

    def _explain_batch(self, runs: list[_Run], k: int) -> list[list[Choice]]:
        read = self._types.read(runs)
        choices = self._decoder.decide(read.batch)
        probabilities = choices.probabilities(self._calibration)
        explained: list[list[Choice]] = [[] for _ in runs]
        of_run = np.searchsorted(read.firsts, choices.at, side="right") - 1
        places = [np.cumsum([0, *map(len, run.parts)]) for run in runs]
        for number, at, chosen, odds in zip(of_run, choices.at, choices.candidate, probabilities, strict=True):
            run, i = runs[number], 2 * int(at - read.firsts[number]) + 1
            forms = self._lexicon.forms_of(int(read.batch.entry[at]))
            best = [j for j in np.argsort(-odds[: len(forms)], kind="stable")[:k] if odds[j] > 0]
            texts = {j: _written(run.parts[i], forms[j], self._tone_style, run.decomposed) for j in (*best, chosen)}
            explained[number].append(
                Choice(
                    int(places[number][i]), int(places[number][i + 1]), texts[chosen], float(odds[chosen]),
                    tuple((texts[j], float(odds[j])) for j in best),
                )
            )  # fmt: skip
        return explained


def _reload(path: Path, tone_style: ToneStyle) -> Restorer:
    return Restorer.load(path, tone_style=tone_style)


def _lines(text: str) -> Iterator[str]:
    """The lines of a text with their ends; only a line feed ends a line, as in the files of a shell."""
    return (match[0] for match in re.finditer(r"[^\n]*\n|[^\n]+", text))


class _Run(NamedTuple):
    """A line, or a part of an endless one: what is restored by itself."""

    parts: list[str]  # gaps and tokens, in turn
    decomposed: bool  # whether its line is
    last: bool  # whether it ends a string that was given


def _runs(texts: Iterable[str]) -> Iterator[_Run]:
    """The runs of texts, of one line each or of several."""
    for text in texts:
        before = None
        for line in _lines(text):
            decomposed = _is_decomposed(line)
            for parts in split_runs(line, _LONGEST_RUN):
                if before:
                    yield before
                before = _Run(parts, decomposed, False)
        yield before._replace(last=True) if before else _Run([""], False, True)


def _is_decomposed(line: str) -> bool:
    """Whether new letters are written decomposed: in a line that has such letters, or is in NFD and not in NFC."""
    if line.isascii():
        return False
    if _DECOMPOSED.search(line):
        return True
    return not unicodedata.is_normalized("NFC", line) and unicodedata.is_normalized("NFD", line)


def _batches(runs: Iterable[_Run]) -> Iterator[list[_Run]]:
    """Runs in batches of bounded size; none is cut."""
    batch: list[_Run] = []
    size = 0
    for run in runs:
        batch.append(run)
        size += len(run.parts) // 2
        if size >= _TOKENS_AT_ONCE or len(batch) >= _LINES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@lru_cache(maxsize=1 << 16)
def _written(word: str, form: str, style: ToneStyle, decomposed: bool) -> str:
    """A form written over a word of the text; a word that has the marks already stays the very same string."""
    if not has_marks(word):
        return overlay(word, place_tone(form, style), decomposed=decomposed)
    if token_type(word).form == form:
        return word
    completed = completion(compose(word), form, style)
    return overlay(word, completed, decomposed=decomposed) if completed else word


class _Lexicon:
    """The model's candidates, by syllable."""

    def __init__(self, syllables: list[str], forms: list[str], starts: NDArray[np.int32]) -> None:
        self._entries = {syllable: i for i, syllable in enumerate(syllables)}
        self._forms = forms
        self._starts = starts.tolist()

    def entry(self, bare: str) -> int:
        """Place of a bare syllable, -1 if it is unknown."""
        return self._entries.get(bare, -1)

    def forms_of(self, entry: int) -> list[str]:
        return self._forms[self._starts[entry] : self._starts[entry + 1]]

    def candidates(self, bare: str) -> list[str]:
        """The forms of a bare syllable; none if it is unknown."""
        entry = self.entry(bare)
        return self.forms_of(entry) if entry >= 0 else []

    def chosen(self, entries: NDArray[np.int32], candidates: NDArray[np.intp]) -> list[str]:
        """The forms that were chosen."""
        starts, forms = self._starts, self._forms
        return [forms[starts[e] + c] for e, c in zip(entries.tolist(), candidates.tolist(), strict=True)]


class _Meaning(NamedTuple):
    """What a token means to the decoder, wherever it stands."""

    bare: int
    form: int
    case: int
    one_letter: bool
    entry: int  # of the expert that decides it
    single: str  # the only form the word may take; "" where there is none
    allowed: NDArray[np.bool_] | None  # of a partly marked word: the candidates that complete it


class _Read(NamedTuple):
    """A batch as the decoder takes it, and what is needed to write it again."""

    firsts: list[int]  # place of each run's first token in the batch
    batch: Batch
    single: dict[int, str]  # the only form of a token, by its place


class _Types:
    """What tokens mean: most are met again, and remembered."""

    def __init__(self, lexicon: _Lexicon) -> None:
        self._lexicon = lexicon
        self._remembered = lru_cache(maxsize=_TYPES_KEPT)(self._look_up)

    def read(self, runs: Sequence[_Run]) -> _Read:
        """Lay the tokens of runs out, with boundaries between them."""
        numbers: dict[str, int] = {}
        ids: list[int] = []
        for run in runs:
            ids += [numbers.setdefault(token, len(numbers)) for token in run.parts[1::2]]
        lengths = np.array([len(run.parts) // 2 for run in runs])
        return _lay_out(lengths, np.array(ids, np.intp), [self._meaning(token) for token in numbers])

    def _meaning(self, token: str) -> _Meaning:
        return self._remembered(token) if len(token) <= _LONGEST_KEPT else self._look_up(token)

    def _look_up(self, token: str) -> _Meaning:
        kind = token_type(token)
        entry, form, single, allowed = -1, kind.bare, "", None
        if kind.kind is Kind.WORD:
            candidates = self._lexicon.candidates(kind.bare)
            if not has_marks(token):
                entry = self._lexicon.entry(kind.bare)
            elif kind.form in candidates or parse_syllable(kind.form) is not None:
                form = kind.form
            else:
                allowed = np.array([completes(kind.form, candidate) for candidate in candidates], bool)
                if allowed.any():
                    entry = self._lexicon.entry(kind.bare)
                else:
                    form, allowed = kind.form, None
            if entry >= 0 and len(candidates) == 1:
                entry, form, single, allowed = -1, candidates[0], candidates[0], None
        one_letter = len(kind.bare) == 1
        return _Meaning(symbol_hash(kind.bare), symbol_hash(form), kind.case, one_letter, entry, single, allowed)


_EDGE = symbol_hash(BOUNDARY)


def _lay_out(lengths: NDArray[np.intp], ids: NDArray[np.intp], meanings: list[_Meaning]) -> _Read:
    """Scatter the meanings of a batch's tokens into arrays with boundaries."""
    run = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(ids)) + REACH * (run + 1)
    size = len(ids) + REACH * (len(lengths) + 1)
    bare, form = np.full(size, _EDGE, np.uint64), np.full(size, _EDGE, np.uint64)
    case, entry = np.full(size, Case.STOP, np.uint8), np.full(size, -1, np.int32)
    if len(ids):
        bare[place] = np.array([m.bare for m in meanings], np.uint64)[ids]
        form[place] = np.array([m.form for m in meanings], np.uint64)[ids]
        entry[place] = np.array([m.entry for m in meanings], np.int32)[ids]
        one_letter = np.array([m.one_letter for m in meanings])[ids]
        case[place] = _cases(np.array([m.case for m in meanings], np.uint8)[ids], one_letter, run)

    def those(wanted: Callable[[_Meaning], bool]) -> Iterator[tuple[int, _Meaning]]:
        """The tokens of some types, by their places."""
        found = np.flatnonzero(np.array([wanted(m) for m in meanings], bool)[ids])
        return ((at, meanings[number]) for at, number in zip(place[found].tolist(), ids[found].tolist(), strict=True))

    allowed = {at: m.allowed for at, m in those(lambda m: m.allowed is not None) if m.allowed is not None}
    single = {at: m.single for at, m in those(lambda m: bool(m.single))}
    firsts = np.cumsum(lengths + REACH) - lengths
    return _Read(firsts.tolist(), Batch(bare, form, case, entry, allowed), single)


def _cases(case: NDArray[np.uint8], one_letter: NDArray[np.bool_], run: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The cases of words, without those of runs that have no case."""
    new = np.ones(len(run), bool)
    new[1:] = run[1:] != run[:-1]
    plain = caseless(case, one_letter, np.flatnonzero(new))[np.cumsum(new) - 1]
    case[plain & (case < Case.NONE)] = Case.NONE
    return case
