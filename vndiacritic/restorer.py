"""Restoring text with a model: the numpy-only runtime.

Text goes in, and the same text comes out with marks added: tokens, their meaning to the model, the decoder's choices,
and the chosen forms written over the bare words letter by letter. A line is restored by itself, so the result does not
depend on how lines are batched.
"""

from __future__ import annotations

import os
import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vndiacritic.alphabet import ToneStyle, completes, compose, has_marks, overlay, parse_syllable, place_tone
from vndiacritic.decode import Batch, Choices, Decoder
from vndiacritic.features import BOUNDARY, REACH, Case, caseless, symbol_hash, token_type
from vndiacritic.modelfile import ModelFile, describe, open_model, unpack_strings
from vndiacritic.tokens import Kind, split_tokens

__all__ = ["Choice", "Restorer"]

_LINES_AT_ONCE = 2048
_CHARACTERS_AT_ONCE = 1 << 16  # some 14,000 syllables: enough to make numpy's calls cheap, little enough for the cache
_DECOMPOSED = re.compile("[\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b]")
_TYPES_KEPT = 1 << 18


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
        for batch in _batches(lines):
            yield from self._restore_batch(batch)

    def explain(self, text: str, k: int = 3) -> list[Choice]:
        """Tell how each ambiguous syllable of a text was decided, in the order of the text.

        Parameters
        ----------
        text : str
            Any number of lines.
        k : int
            How many forms to tell for each syllable.
        """
        explained = []
        start = 0
        for line in _lines(text):
            explained += self._explain_line(line, start, k)
            start += len(line)
        return explained

    def _restore_batch(self, lines: list[str]) -> list[str]:
        if any("\n" in line[:-1] for line in lines):
            return ["".join(self._restore_batch(list(_lines(line)))) for line in lines]
        read = self._types.read(lines)
        if not len(read.at):
            return lines
        choices = self._decoder.decide(read.batch)
        forms = self._lexicon.chosen(read.batch.entry[choices.at], choices.candidate)
        written = self._write(read, choices, forms)
        return written

    def _write(self, read: _Read, choices: Choices, forms: list[str]) -> list[str]:
        """Write the chosen forms, and the only form of syllables that have but one, over the words."""
        replaced = dict(read.single)
        replaced.update(zip(choices.at.tolist(), forms, strict=True))
        out = []
        for parts, first in zip(read.parts, read.firsts, strict=True):
            decomposed = read.decomposed and any(map(_DECOMPOSED.search, parts))
            for i in range(1, len(parts), 2):
                form = replaced.get(first + i // 2)
                if form is not None:
                    parts[i] = _written(parts[i], form, self._tone_style, decomposed)
            out.append("".join(parts))
        return out

    def _explain_line(self, line: str, start: int, k: int) -> Iterator[Choice]:
        read = self._types.read([line])
        if not len(read.at):
            return
        choices = self._decoder.decide(read.batch)
        probabilities = choices.probabilities(self._calibration)
        parts = read.parts[0]
        places = np.cumsum([0, *map(len, parts)])
        for at, chosen, odds in zip(choices.at, choices.candidate, probabilities, strict=True):
            i = 2 * (int(at) - read.firsts[0]) + 1
            forms = self._lexicon.forms_of(int(read.batch.entry[at]))
            best = np.argsort(-odds[: len(forms)], kind="stable")[:k]
            texts = [_written(parts[i], forms[j], self._tone_style, False) for j in range(len(forms))]
            yield Choice(
                start + int(places[i]), start + int(places[i + 1]), texts[chosen], float(odds[chosen]),
                tuple((texts[j], float(odds[j])) for j in best),
            )  # fmt: skip


def _reload(path: Path, tone_style: ToneStyle) -> Restorer:
    return Restorer.load(path, tone_style=tone_style)


def _lines(text: str) -> Iterator[str]:
    """The lines of a text with their ends; only a line feed ends a line, as in the files of a shell."""
    return (match[0] for match in re.finditer(r"[^\n]*\n|[^\n]+", text))


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines in batches of bounded size; a longer line is a batch by itself."""
    batch: list[str] = []
    size = 0
    for line in lines:
        batch.append(line)
        size += len(line)
        if size >= _CHARACTERS_AT_ONCE or len(batch) >= _LINES_AT_ONCE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


@lru_cache(maxsize=1 << 16)
def _written(word: str, form: str, style: ToneStyle, decomposed: bool) -> str:
    """A form written over a word of the text; a word that has the marks already stays the very same string."""
    if has_marks(word):
        composed = compose(word)
        if place_tone(composed.lower()) == form:
            return word
        form = form if style == "old" or not completes(composed, place_tone(form, "new")) else place_tone(form, "new")
        new = overlay(composed, form)
    else:
        new = overlay(word, form if style == "old" else place_tone(form, style))
    return unicodedata.normalize("NFD", new) if decomposed else new


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
    entry: int  # of the expert that decides it
    single: str  # the only form the word may take; "" where there is none
    partial: bool  # has some marks, and may get more


class _Read(NamedTuple):
    """A batch of lines as the decoder takes it, and what is needed to write it again."""

    parts: list[list[str]]
    firsts: list[int]  # place of each line's first token in the batch
    batch: Batch
    at: NDArray[np.intp]
    single: Mapping[int, str]
    decomposed: bool


class _Types:
    """The meanings of tokens met so far, in arrays that grow."""

    def __init__(self, lexicon: _Lexicon) -> None:
        self._lexicon = lexicon
        self._meaning = lru_cache(maxsize=_TYPES_KEPT)(self._look_up)
        self._lock = threading.Lock()

    def read(self, lines: list[str]) -> _Read:
        """Take lines apart and lay their tokens out with boundaries between them."""
        parts = [split_tokens(line) for line in lines]
        numbers: dict[str, int] = {}
        ids: list[int] = []
        firsts, lengths = [], []
        place = REACH
        for line in parts:
            tokens = line[1::2]
            firsts.append(place)
            lengths.append(len(tokens))
            ids += [numbers.setdefault(token, len(numbers)) for token in tokens]
            place += len(tokens) + REACH
        meanings = [self._meaning(token) for token in numbers]
        return _lay_out(
            parts, firsts, np.array(lengths), np.array(ids, np.intp), list(numbers), meanings, self._lexicon
        )

    def _look_up(self, token: str) -> _Meaning:
        kind = token_type(token)
        entry, form, single, partial = -1, kind.bare, "", False
        if kind.kind is Kind.WORD:
            candidates = self._lexicon.candidates(kind.bare)
            marked = has_marks(token)
            if not marked:
                entry = self._lexicon.entry(kind.bare)
            elif kind.form not in candidates and parse_syllable(kind.form) is None:
                if any(completes(compose(token), candidate) for candidate in candidates):
                    entry, partial = self._lexicon.entry(kind.bare), True
                else:
                    form = kind.form
            else:
                form = kind.form
            if entry >= 0 and len(candidates) == 1:
                form = single = candidates[0]
                entry, partial = -1, False
        return _Meaning(symbol_hash(kind.bare), symbol_hash(form), kind.case, entry, single, partial)


_EDGE = symbol_hash(BOUNDARY)


def _lay_out(
    parts: list[list[str]], firsts: list[int], lengths: NDArray[np.intp], ids: NDArray[np.intp],
    tokens: list[str], meanings: list[_Meaning], lexicon: _Lexicon,
) -> _Read:  # fmt: skip
    """Scatter the meanings of a batch's tokens into arrays with boundaries."""
    line = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(ids)) + REACH * (line + 1)
    size = len(ids) + REACH * (len(lengths) + 1)
    bare, form = np.full(size, _EDGE, np.uint64), np.full(size, _EDGE, np.uint64)
    case, entry = np.full(size, Case.STOP, np.uint8), np.full(size, -1, np.int32)
    if not len(ids):
        return _Read(parts, firsts, Batch(bare, form, case, entry, {}), place, {}, False)
    bare[place] = np.array([m.bare for m in meanings], np.uint64)[ids]
    form[place] = np.array([m.form for m in meanings], np.uint64)[ids]
    entry[place] = np.array([m.entry for m in meanings], np.int32)[ids]
    case[place] = _cases(
        np.array([m.case for m in meanings], np.uint8)[ids],
        np.array([len(t) == 1 for t in tokens])[ids],
        line,
    )

    allowed: dict[int, NDArray[np.bool_]] = {}
    for number in (i for i, m in enumerate(meanings) if m.partial):
        composed = compose(tokens[number])
        mask = np.array([completes(composed, f) for f in lexicon.forms_of(meanings[number].entry)])
        allowed |= dict.fromkeys(place[ids == number].tolist(), mask)
    single: dict[int, str] = {}
    for number in (i for i, m in enumerate(meanings) if m.single):
        single |= dict.fromkeys(place[ids == number].tolist(), meanings[number].single)
    decomposed = any(_DECOMPOSED.search(token) for token in tokens)
    return _Read(parts, firsts, Batch(bare, form, case, entry, allowed), place, single, decomposed)


def _cases(case: NDArray[np.uint8], single: NDArray[np.bool_], line: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The cases of words, without those of lines that have no case."""
    new = np.ones(len(line), bool)
    new[1:] = line[1:] != line[:-1]
    plain = caseless(case, single, np.flatnonzero(new))[np.cumsum(new) - 1]
    case[plain & (case < Case.NONE)] = Case.NONE
    return case
