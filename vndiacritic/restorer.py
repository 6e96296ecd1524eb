"""Restoring text with a model: the numpy-only runtime.

Text goes in, and the same text comes out with marks added: tokens, their meaning to the model, the decoder's choices,
and the chosen forms written over the bare words letter by letter. A line is restored by itself, so the result does not
depend on how lines are batched; a line of more tokens than a long chapter has is restored in parts, each by itself.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
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
    strip_diacritics,
)
from vndiacritic.decode import Batch, Decoder
from vndiacritic.errors import ModelError
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
        arrays, params = model.arrays, model.metadata.get("params", {})
        for name in ("syllables", "forms"):
            if name not in arrays:
                raise ModelError(f"it has no array {name!r}: give the path of a file that 'vndiacritic train' wrote")
        self._decoder = Decoder(arrays, params)
        self._lexicon = _Lexicon(
            unpack_strings(arrays["syllables"]), unpack_strings(arrays["forms"]), arrays["form_starts"]
        )
        self._calibration = float(params.get("calibration", 1))
        self._types = _Types(self._lexicon, self._decoder)

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
        model = open_model(Path(path))
        try:
            return cls(model, tone_style)
        except ModelError as error:
            raise ModelError(f"{os.fspath(path)} is not a model that restores ({error})") from error

    def __reduce__(self) -> tuple[Callable[..., Restorer], tuple[Any, ...]]:
        return _reload, (self._model.path, self._tone_style, self._model.payload_sha256)

    @property
    def path(self) -> Path:
        """The model's file."""
        return self._model.path

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

    def predict(self, lines: Sequence[str], n_jobs: int = 1) -> list[str]:
        """Restore a list of lines; `n_jobs` is as for `restore_lines`."""
        return list(self.restore_lines(lines, n_jobs))

    def restore_lines(self, lines: Iterable[str], n_jobs: int = 1) -> Iterator[str]:
        """Restore lines lazily, reading a bounded number ahead; a line may carry its line end.

        A string with several lines in it is restored line by line all the same.

        Parameters
        ----------
        lines : iterable of str
            May be endless.
        n_jobs : int
            Worker processes, -1 for one on each core; the lines are the same. They start once a million characters
            were restored without them. See `vndiacritic.parallel.restore_parallel`.
        """
        if n_jobs != 1:
            from vndiacritic.parallel import restore_parallel

            yield from restore_parallel(self, lines, n_jobs)
            return
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
        form = read.single.copy()
        form[choices.at] = self._lexicon.starts[read.batch.entry[choices.at]] + choices.candidate
        texts = iter(self._written(read, form[read.place], np.array([run.decomposed for run in runs])))
        for run in runs:
            run.parts[1::2] = islice(texts, len(run.parts) // 2)
        return ["".join(run.parts) for run in runs]

    def _written(self, read: _Read, form: NDArray[np.int32], decomposed: NDArray[np.bool_]) -> Iterator[str]:
        """All tokens of a batch, with the forms they got (-1 for none); each distinct pair is written once."""
        texts, n_words, n_forms = read.words.copy(), len(read.words), len(self._lexicon.forms)
        changed = np.flatnonzero(form >= 0)
        pairs = read.word[changed] * n_forms + form[changed]
        pairs += decomposed[read.run[changed]] * (n_words * n_forms)
        distinct, which = np.unique(pairs, return_inverse=True)
        for pair in distinct.tolist():
            nfd, (word, number) = pair >= n_words * n_forms, divmod(pair % (n_words * n_forms), n_forms)
            texts.append(_written(texts[word], self._lexicon.forms[number], self._tone_style, nfd))
        text = read.word.copy()
        text[changed] = n_words + which
        return map(texts.__getitem__, text.tolist())

    def _explain_batch(self, runs: list[_Run], k: int) -> list[list[Choice]]:
        read = self._types.read(runs)
        choices = self._decoder.decide(read.batch)
        probabilities = choices.probabilities(self._calibration)
        explained: list[list[Choice]] = [[] for _ in runs]
        token = np.searchsorted(read.place, choices.at)
        firsts = np.searchsorted(read.run, np.arange(len(runs)))
        places = [np.cumsum([0, *map(len, run.parts)]) for run in runs]
        for n, at, chosen, odds in zip(token, choices.at, choices.candidate, probabilities, strict=True):
            number = read.run[n]
            run, i = runs[number], 2 * int(n - firsts[number]) + 1
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


@lru_cache(maxsize=4)
def _reload(path: Path, tone_style: ToneStyle, payload_sha256: str) -> Restorer:
    """The very model that was pickled, once for each process.

    A worker may outlive a training that replaces the file, and another machine may have another file at the path.
    """
    restorer = Restorer.load(path, tone_style=tone_style)
    if restorer.info["payload_sha256"] != payload_sha256:
        raise ModelError(f"{path} is not the model that was loaded: load it again, or copy it to all machines")
    return restorer


def _lines(text: str) -> Iterator[str]:
    """The lines of a text with their ends; only a line feed ends a line, as in the files of a shell."""
    return (match[0] for match in re.finditer(r"[^\n]*\n|[^\n]+", text))


class _Run(NamedTuple):
    """A line, or a part of an endless one: what is restored by itself.

    Parts that shared some tokens would be read in more context, but could be restored otherwise a second time: in a
    phrase that is repeated a thousand times, what is settled at one place can turn words a hundred tokens away.
    """

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
        return self.forms[self._starts[entry] : self._starts[entry + 1]]

    def candidates(self, bare: str) -> list[str]:
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
    single: int  # the only form the word may take, by its place in the lexicon; -1 where there is none
    allowed: NDArray[np.bool_] | None  # of a partly marked word: the candidates that complete it


class _Read(NamedTuple):
    """A batch as the decoder takes it, and what is needed to write it again."""

    batch: Batch
    single: NDArray[np.int32]  # as in `_Meaning`, in the places of the batch
    words: list[str]  # the distinct tokens
    word: NDArray[np.intp]  # which of them each token is
    run: NDArray[np.intp]  # which run each token stands in
    place: NDArray[np.intp]  # where each token is in the batch


class _Types:
    """What tokens mean: most are met again, and remembered."""

    def __init__(self, lexicon: _Lexicon, decoder: Decoder) -> None:
        self._lexicon, self._decoder = lexicon, decoder
        self._remembered = lru_cache(maxsize=_TYPES_KEPT)(self._look_up)
        self._syllables = cache(self._find_syllables)

    def read(self, runs: Sequence[_Run]) -> _Read:
        """Lay the tokens of runs out, with boundaries between them."""
        numbers: dict[str, int] = {}
        ids: list[int] = []
        for run in runs:
            ids += [numbers.setdefault(token, len(numbers)) for token in run.parts[1::2]]
        lengths = np.array([len(run.parts) // 2 for run in runs])
        return _lay_out(lengths, np.array(ids, np.intp), list(numbers), [self._meaning(token) for token in numbers])

    def _meaning(self, token: str) -> _Meaning:
        return self._remembered(token) if len(token) <= _LONGEST_KEPT else self._look_up(token)

    def _look_up(self, token: str) -> _Meaning:
        kind = token_type(token)
        entry, form, single, allowed = -1, kind.bare, -1, None
        if kind.kind is Kind.WORD:
            entry = self._lexicon.entry(kind.bare)
            candidates = self._lexicon.candidates(kind.bare)
            if has_marks(token):
                allowed = self._completions(kind.form, candidates, entry)
                if allowed is None:
                    entry, form = -1, kind.form
            elif entry >= 0:
                self._syllables(entry)
            if entry >= 0 and len(candidates) == 1:
                single = int(self._lexicon.starts[entry])
                entry, form, allowed = -1, candidates[0], None
        one_letter = len(kind.bare) == 1
        return _Meaning(symbol_hash(kind.bare), symbol_hash(form), kind.case, one_letter, entry, single, allowed)

    def _completions(self, form: str, candidates: list[str], entry: int) -> NDArray[np.bool_] | None:
        """The candidates that complete a word with marks: syllables, if there are any; None where it is complete.

        A half-marked word that many have written is a candidate too ("nguời"), and yet to be completed.
        """
        if entry < 0 or parse_syllable(form) is not None:
            return None
        complete = np.array([completes(form, candidate) for candidate in candidates])
        if (syllables := complete & self._syllables(entry)).any():
            return syllables
        return complete if complete.any() and form not in candidates else None

    def _find_syllables(self, entry: int) -> NDArray[np.bool_]:
        """Which candidates of an expert are syllables; half-marked ones are never to be chosen from here on."""
        forms = self._lexicon.forms_of(entry)
        syllables = np.array([parse_syllable(form) is not None for form in forms])
        for i in np.flatnonzero(~syllables):
            if has_marks(forms[i]) and any(completes(forms[i], forms[j]) for j in np.flatnonzero(syllables)):
                self._decoder.rule_out(entry, int(i))
        return syllables


_EDGE = symbol_hash(BOUNDARY)


def _lay_out(lengths: NDArray[np.intp], word: NDArray[np.intp], words: list[str], meanings: list[_Meaning]) -> _Read:
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
    return _Read(Batch(bare, form, case, entry, allowed), single, words, word, run, place)


def _cases(case: NDArray[np.uint8], one_letter: NDArray[np.bool_], run: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The cases of words, without those of runs that have no case."""
    new = np.ones(len(run), bool)
    new[1:] = run[1:] != run[:-1]
    plain = caseless(case, one_letter, np.flatnonzero(new))[np.cumsum(new) - 1]
    case[plain & (case < Case.NONE)] = Case.NONE
    return case
