"""Restoring text with a model: the numpy-only runtime.

Text goes in, and the same text comes out with marks added: tokens, their meaning to the model, the decoder's choices,
and the chosen forms written over the bare words letter by letter. A line is restored by itself, so the result does not
depend on how lines are batched; a line of more tokens than a long chapter has is restored in parts, each by itself, so
that a text of any kind can be restored as it comes.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vndiacritic.confidence import probabilities
from vndiacritic.cutting import by_parts, lines_of, parts_of
from vndiacritic.decode import Choices, Decoder
from vndiacritic.errors import ModelError, WordListError
from vndiacritic.explain import Choice, Explained, ExplainedRun, explain_runs, joined
from vndiacritic.modelfile import ModelFile, describe, unpack_strings, verify_model
from vndiacritic.placement import PLACEMENTS, TonePlacement, placement_of
from vndiacritic.reading import Candidates, Read, Reader
from vndiacritic.rounds import Round, rounds_of
from vndiacritic.runs import Run, batches, runs_of
from vndiacritic.words import WordList, joined_lists, word_list
from vndiacritic.writing import Forms, write_forms

__all__ = ["Restorer"]

_NO_WORDS = WordList(())


class Restorer:
    """Restores the diacritics of Vietnamese text; safe to share between threads.

    Make one with `Restorer.load`. It pickles as the path of its model, so that worker processes map the same pages.

    Examples
    --------
    >>> Restorer.load("models/default.safetensors").restore("hom nay troi dep")  # doctest: +SKIP
    'hôm nay trời đẹp'
    """

    def __init__(self, model: ModelFile, tone_style: TonePlacement = "old", words: WordList = _NO_WORDS) -> None:
        self._model, self._words = model, words
        self._tone_style = _known(tone_style)
        self._shares: Restorer | None = None  # whose model this is: an estimator removes its file with the restorer
        arrays, params = model.arrays, model.metadata.get("params", {})
        for name in ("syllables", "forms"):
            if name not in arrays:
                raise ModelError(f"it has no array {name!r}: give the path of a file that 'vndiacritic train' wrote")
        self._decoder = Decoder(arrays, params)
        self._candidates = Candidates(
            unpack_strings(arrays["syllables"]), unpack_strings(arrays["forms"]), arrays["form_starts"]
        )
        self._calibration = float(params.get("calibration", 1))
        listed = _with_stored(words, arrays)
        self._reader = Reader(self._candidates, listed)
        self._forms = Forms(self._candidates.forms, listed.forms)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        tone_style: TonePlacement = "old",
        words: str | os.PathLike[str] | Iterable[str] | WordList | None = None,
    ) -> Restorer:
        """Open a model file.

        Parameters
        ----------
        path : path-like
            A file that `DiacriticRestorer.save` or ``vndiacritic train`` wrote.
        tone_style : {"old", "new", "as-is"}
            Where restored syllables carry the tone: old hòa and thúy, new hoà and thuý, as-is where most of the
            text's own such syllables have it, and old where none tells. The text is all that `restore`, `explain` or
            `restore_and_explain` is given; in lists and streams it is each line. What has its tone is never moved.
        words : path-like, iterable of str or WordList, optional
            Names and other phrases, or the file they are in, to be written as they are listed: see
            `vndiacritic.words.word_list`, which tells of its errors and warnings. They go before those that the model
            was given when it was trained.

        Raises
        ------
        ModelError
            The file is missing, damaged, foreign or of a newer format.
        """
        listed = _NO_WORDS if words is None else words if isinstance(words, WordList) else word_list(words)
        model = verify_model(Path(path))  # 0.05 s for 64 MB, since nobody would see what a flipped byte spoils
        try:
            return cls(model, tone_style, listed)
        except ModelError as error:
            raise ModelError(f"{os.fspath(path)} is not a model that restores ({error})") from error

    def with_tone_style(self, tone_style: TonePlacement) -> Restorer:
        """The same model, which is not loaded again, with tones in another place.

        Examples
        --------
        >>> restorer.with_tone_style("new").restore("hoa binh")  # doctest: +SKIP
        'hoà bình'
        """
        styled = object.__new__(type(self))
        styled.__dict__.update(self.__dict__)
        styled._tone_style = _known(tone_style)
        styled._shares = self._shares or self
        return styled

    def __reduce__(self) -> tuple[Callable[..., Restorer], tuple[Any, ...]]:
        return _reload, (self._model.path, self._tone_style, self._words, self._model.payload_sha256)

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
        return len(self._candidates.of(bare)) > 1

    def restore(self, text: str, *, min_confidence: float = 0.0, mark: str = "") -> str:
        """Restore a text of any number of lines; everything but missing diacritics stays as it is.

        Parameters
        ----------
        text : str
        min_confidence, mark
            As for `restore_lines`.

        Examples
        --------
        >>> restorer.restore("Ha Noi\\r\\n")  # doctest: +SKIP
        'Hà Nội\\r\\n'
        """
        restorer = self._for_text(text)
        return "".join(restorer.restore_lines(lines_of(text), min_confidence=min_confidence, mark=mark))

    def predict(
        self, lines: Sequence[str], n_jobs: int = 1, *, min_confidence: float = 0.0, mark: str = ""
    ) -> list[str]:
        """Restore a list of lines; the rest is as for `restore_lines`."""
        return list(self.restore_lines(lines, n_jobs, min_confidence=min_confidence, mark=mark))

    def restore_lines(
        self, lines: Iterable[str], n_jobs: int = 1, *, min_confidence: float = 0.0, mark: str = ""
    ) -> Iterator[str]:
        """Restore lines lazily, reading a bounded number ahead; a line may carry its line end.

        A string with several lines in it is restored line by line all the same.

        Parameters
        ----------
        lines : iterable of str
            May be endless.
        n_jobs : int
            Worker processes, -1 for one on each core; the lines are the same. They start once a million characters
            were restored without them. See `vndiacritic.parallel.restore_parallel`.
        min_confidence : float
            Between 0 and 1. A syllable of which the model is less sure stays as it is. What has but one form is sure.
        mark : str
            Written after every syllable that stays for lack of confidence. It is for readers: a text with such marks
            is another text to restore.

        Raises
        ------
        ValueError
            If `min_confidence` is not between 0 and 1.
        """
        work = partial(self.restore_parts, n_jobs=n_jobs, min_confidence=min_confidence, mark=mark)
        return by_parts(lines, work, "".join)

    def restore_pieces(
        self, pieces: Iterable[str], n_jobs: int = 1, *, min_confidence: float = 0.0, mark: str = ""
    ) -> Iterator[str]:
        """Restore one text that comes in pieces, lazily and in bounded memory, even if it is a single endless line.

        Parameters
        ----------
        pieces : iterable of str
            They may end anywhere, in the middle of a word too; the result is the same for all of them.
        n_jobs, min_confidence, mark
            As for `restore_lines`.

        Yields
        ------
        str
            Other pieces, which join to ``restore("".join(pieces))``: lines, and parts of lines of more than 8,192
            tokens.

        Examples
        --------
        >>> "".join(restorer.restore_pieces(["hom n", "ay troi d", "ep"]))  # doctest: +SKIP
        'hôm nay trời đẹp'
        """
        return self.restore_parts(parts_of(pieces), n_jobs, min_confidence=min_confidence, mark=mark)

    def restore_parts(
        self, parts: Iterable[str], n_jobs: int = 1, *, min_confidence: float = 0.0, mark: str = ""
    ) -> Iterator[str]:
        """Restore what `vndiacritic.cutting.parts_of` gives, lazily: as many strings, in the same order.

        Parameters
        ----------
        parts : iterable of str
            Each is restored line by line. No line is cut, so one of a million words takes the memory of them all.
        n_jobs, min_confidence, mark
            As for `restore_lines`.
        """
        below = _checked(min_confidence)
        if n_jobs != 1:
            from vndiacritic.parallel import restore_parallel

            return restore_parallel(self, parts, n_jobs, {"min_confidence": min_confidence, "mark": mark})
        if below and mark:
            return (joined(runs).text for runs in self._explain_parts(parts, 0, below, mark))
        return self._restore_parts(parts, below)

    def explain(self, text: str, k: int = 3, *, min_confidence: float = 0.0) -> list[Choice]:
        """Tell how each ambiguous syllable of a text was decided, in the order of the text.

        Parameters
        ----------
        text : str
            Any number of lines.
        k : int
            How many forms to tell for each syllable.
        min_confidence : float
            As for `restore_lines`.
        """
        return list(self.restore_and_explain(text, k, min_confidence=min_confidence).choices)

    def restore_and_explain(self, text: str, k: int = 3, *, min_confidence: float = 0.0, mark: str = "") -> Explained:
        """Restore a text as `restore` does, and tell how its ambiguous syllables were decided.

        Parameters
        ----------
        text : str
            Any number of lines.
        k : int
            How many forms to tell for each syllable.
        min_confidence, mark
            As for `restore_lines`.
        """
        (explained,) = self._for_text(text).explain_lines([text], k, min_confidence=min_confidence, mark=mark)
        return explained

    def explain_lines(
        self, lines: Iterable[str], k: int = 3, n_jobs: int = 1, *, min_confidence: float = 0.0, mark: str = ""
    ) -> Iterator[Explained]:
        """Restore lines lazily as `restore_lines` does, and tell of each how its syllables were decided.

        Parameters
        ----------
        lines : iterable of str
            May be endless.
        k : int
            How many forms to tell for each syllable.
        n_jobs, min_confidence, mark
            As for `restore_lines`.
        """
        work = partial(self.explain_parts, k=k, n_jobs=n_jobs, min_confidence=min_confidence, mark=mark)
        return map(joined, by_parts(lines, work, lambda runs: list(chain.from_iterable(runs))))

    def explain_parts(
        self, parts: Iterable[str], k: int = 3, n_jobs: int = 1, *, min_confidence: float = 0.0, mark: str = ""
    ) -> Iterator[list[ExplainedRun]]:
        """Restore what `vndiacritic.cutting.parts_of` gives, lazily, and tell of each part's runs how.

        `vndiacritic.explain.joined` makes one text of the runs of several parts. The parameters are those of
        `explain_lines`.
        """
        below = _checked(min_confidence)
        if n_jobs != 1:
            from vndiacritic.parallel import explain_parallel

            return explain_parallel(self, parts, n_jobs, {"k": k, "min_confidence": min_confidence, "mark": mark})
        return self._explain_parts(parts, k, below, mark)

    def _for_text(self, text: str) -> Restorer:
        """Itself, or what writes tones as most syllables of a text do."""
        return self.with_tone_style(placement_of([text]) or "old") if self._tone_style == "as-is" else self

    def _restore_parts(self, texts: Iterable[str], below: float) -> Iterator[str]:
        parts: list[str] = []
        for batch in batches(runs_of(texts, self._tone_style)):
            self._restore_batch(batch, below)
            for run in batch:
                parts += run.parts
                if run.last:
                    yield "".join(parts)
                    parts = []

    def _explain_parts(self, texts: Iterable[str], k: int, below: float, mark: str) -> Iterator[list[ExplainedRun]]:
        runs: list[ExplainedRun] = []
        for explained in self._explain_runs(texts, k, below, mark):
            runs.append(explained)
            if explained.run.last:
                yield runs
                runs = []

    def _restore_batch(self, runs: list[Run], below: float) -> None:
        """Write into the runs what they become."""
        if below > 0:
            deque(self._rounds(runs, below), maxlen=0)
            return
        read = self._reader.read(runs)
        choices = self._decoder.decide(read.batch)
        self._write(runs, read, choices.at, choices.candidate)

    def _explain_runs(self, texts: Iterable[str], k: int, below: float, mark: str) -> Iterator[ExplainedRun]:
        for batch in batches(runs_of(texts, self._tone_style)):
            lengths = [sum(map(len, run.parts)) for run in batch]
            explained = explain_runs(batch, self._rounds(batch, below), self._candidates, k)
            for run, length, choices in zip(batch, lengths, explained, strict=True):
                for part, choice in choices.items():
                    if choice.confidence < below:
                        run.parts[part] += mark
                yield ExplainedRun(run, length, [choices[part] for part in sorted(choices)])

    def _rounds(self, runs: list[Run], below: float) -> Iterator[Round]:
        return rounds_of(runs, below, self._decide, self._write)

    def _decide(self, runs: Sequence[Run]) -> tuple[Read, Choices, NDArray[np.float64]]:
        read = self._reader.read(runs)
        choices = self._decoder.decide(read.batch)
        return read, choices, probabilities(choices.scores, self._calibration)

    def _write(self, runs: Sequence[Run], read: Read, at: NDArray[np.intp], candidate: NDArray[np.intp]) -> None:
        """Write what was chosen at places of a batch, and what has but one form."""
        form = read.single.copy()
        form[at] = self._candidates.starts[read.batch.entry[at]] + candidate
        write_forms(runs, read, form[read.place], self._forms)


def _known(tone_style: TonePlacement) -> TonePlacement:
    if tone_style not in PLACEMENTS:
        raise ValueError(f"tone_style is {tone_style!r}: give one of {', '.join(PLACEMENTS)}")
    return tone_style


def _checked(min_confidence: float) -> float:
    if not 0 <= min_confidence <= 1:
        raise ValueError(f"min_confidence is {min_confidence}: give a probability between 0 and 1")
    return min_confidence


def _with_stored(words: WordList, arrays: Mapping[str, NDArray[Any]]) -> WordList:
    """A user's words, and after them those that a model brings."""
    if "words" not in arrays:
        return words
    try:
        return joined_lists(words, unpack_strings(arrays["words"]))
    except WordListError as error:
        raise ModelError(f"its list of words cannot be used ({error}): train the model again with another") from error


@lru_cache(maxsize=4)
def _reload(path: Path, tone_style: TonePlacement, words: WordList, payload_sha256: str) -> Restorer:
    """The very model that was pickled, once for each process.

    A worker may outlive a training that replaces the file, and another machine may have another file at the path.
    """
    restorer = Restorer.load(path, tone_style=tone_style, words=words)
    if restorer.info["payload_sha256"] != payload_sha256:
        raise ModelError(f"{path} is not the model that was loaded: load it again, or copy it to all machines")
    return restorer
