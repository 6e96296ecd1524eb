"""The scikit-learn face: an estimator that trains on lines, and restores.

Training reads a corpus from disk, so lines are spooled to a temporary folder; batches of `partial_fit` wait there until
the model is needed. What training does, and what a model is, are the affairs of others.
"""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral, Real
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from vndiacritic.errors import CorpusError
from vndiacritic.evaluation import compare, strip_gold, summarise
from vndiacritic.placement import PLACEMENTS, TonePlacement
from vndiacritic.restorer import Restorer
from vndiacritic.shipped import find_model
from vndiacritic.training.recipe import Settings, train
from vndiacritic.words import word_list

__all__ = ["DiacriticRestorer"]


class DiacriticRestorer(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Learns to restore the diacritics of Vietnamese text from accented lines.

    Parameters
    ----------
    max_size_mb : float, default=64
        Largest model, in millions of bytes; with `init_model`, most that is added to it.
    min_count : int or None, default=None
        Fewest occurrences of a form that may be restored; None chooses by the number of tokens.
    held_share : float, default=0.003
        Part of the lines that is held out to calibrate confidences.
    tone_style : {"old", "new", "as-is"}, default="old"
        Where restored syllables carry the tone: old hòa, thúy; new hoà, thuý; as-is what a line has, or old.
    random_state : int, default=0
        The same number gives the same model.
    n_jobs : int or None, default=1
        Worker processes of a training, as joblib counts them.
    init_model : str, path-like or None, default=None
        A model that is adapted to the lines, by name ("default" is the shipped one) or path; None starts from nothing.
    words : path-like, iterable of str or None, default=None
        Names and other phrases that the model writes as they are listed: see `vndiacritic.words.word_list`.

    Attributes
    ----------
    restorer_ : Restorer
        The fitted model. After `partial_fit`, to ask for it is to train it.

    Examples
    --------
    >>> lines = ["trời hôm nay đẹp quá", "hôm nay trời mưa", "ngày này trời nắng"] * 4
    >>> DiacriticRestorer().fit(lines).predict(["hom nay troi dep"])
    ['hôm nay trời đẹp']
    """

    def __init__(
        self,
        *,
        max_size_mb: float = 64,
        min_count: int | None = None,
        held_share: float = 0.003,
        tone_style: TonePlacement = "old",
        random_state: int = 0,
        n_jobs: int | None = 1,
        init_model: str | os.PathLike[str] | None = None,
        words: str | os.PathLike[str] | Iterable[str] | None = None,
    ) -> None:
        self.max_size_mb = max_size_mb
        self.min_count = min_count
        self.held_share = held_share
        self.tone_style = tone_style
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.init_model = init_model
        self.words = words

    def fit(self, X: Iterable[str], y: Iterable[str] | None = None) -> Self:
        """Train on accented lines, and forget what was learned before.

        Parameters
        ----------
        X : iterable of str
            Accented lines, or texts of several lines; with `y`, lines of any kind, which are not looked at.
        y : iterable of str, optional
            Accented lines, for tools that want the input and the answer apart.

        Raises
        ------
        CorpusError
            There is nothing to learn from: no line, or no diacritics.
        ModelError
            The model to be adapted is missing, damaged or foreign.
        ValueError
            A parameter is out of range.
        """
        self._check_parameters()
        spool = _Spool()
        spool.add(X if y is None else y)
        base = None if self.init_model is None else find_model(self.init_model)
        self._fitted = self._restorer = self._trained(spool, base)
        self._spool = None
        return self

    def partial_fit(self, X: Iterable[str], y: Iterable[str] | None = None) -> Self:
        """Keep a batch of accented lines, to be learned with the batches before it when the model is next needed.

        A model is no sum over batches: its rows are chosen among all that were seen, in a random order of all lines.
        So batches wait on disk, and whoever first asks for the model (`predict`, `score`, `save`, `restorer_`, ...)
        waits for a training on all of them: what `fit` gives for all of them together. After `fit`, batches adapt the
        model that it left, as `init_model` would.

        Parameters
        ----------
        X, y
            As for `fit`. A batch with something else than lines in it is refused whole.
        """
        self._check_parameters()
        if self._spool is None:
            self._spool = _Spool()
        self._spool.add(X if y is None else y)
        self._restorer = None
        return self

    # What is behind `restorer_`; clone() and set_params() know nothing of it.
    _restorer: Restorer | None = None
    _fitted: Restorer | None = None  # what `fit` left, for batches to adapt
    _spool: _Spool | None = None

    @property
    def restorer_(self) -> Restorer:
        """The fitted model; trained now if batches wait for it."""
        if self._restorer is None:
            if self._spool is None:
                raise AttributeError(f"this {type(self).__name__} is not fitted yet: call fit or partial_fit first")
            self._check_parameters()
            base = None if self.init_model is None else find_model(self.init_model)
            self._restorer = self._trained(self._spool, base if self._fitted is None else self._fitted.path)
        return self._restorer

    def __sklearn_tags__(self) -> object:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags  # since 1.6; older ones do not ask

        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=False),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(one_d_array=True, two_d_array=False, string=True),
        )

    def __sklearn_is_fitted__(self) -> bool:
        return self._restorer is not None or self._spool is not None

    def _trained(self, spool: _Spool, base: Path | None) -> Restorer:
        """Train a model on spooled lines."""
        if not spool.size:
            raise CorpusError("there is no line to learn from: give accented Vietnamese lines")
        settings = Settings(
            max_size_mb=self.max_size_mb, seed=self.random_state, held_share=self.held_share, min_count=self.min_count
        )
        folder = Path(mkdtemp(prefix="vndiacritic."))
        try:
            train(
                [spool.path], folder / _MODEL, settings=settings, n_jobs=1 if self.n_jobs is None else self.n_jobs,
                init_model=base, words=() if self.words is None else word_list(self.words).phrases,
            )  # fmt: skip
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return _load_and_keep(folder, self.tone_style)

    def _check_parameters(self) -> None:
        seed, jobs = self.random_state, self.n_jobs
        for name, right, what in (
            ("max_size_mb", isinstance(self.max_size_mb, Real) and self.max_size_mb > 0, "a number above 0"),
            ("min_count", self.min_count is None or _is_count(self.min_count), "None or a whole number from 1 on"),
            ("held_share", isinstance(self.held_share, Real) and 0 <= self.held_share < 1, "from 0 to below 1"),
            ("tone_style", self.tone_style in PLACEMENTS, "'old', 'new' or 'as-is'"),
            ("random_state", isinstance(seed, Integral) and 0 <= seed < 2**32, "a whole number from 0 to below 2**32"),
            ("n_jobs", jobs is None or (isinstance(jobs, Integral) and jobs != 0), "None or a whole number, not 0"),
        ):
            if not right:
                raise ValueError(f"{name} must be {what}, not {getattr(self, name)!r}")

    def predict(self, X: Sequence[str]) -> list[str]:
        """Restore lines."""
        check_is_fitted(self)
        return self.restorer_.predict(list(_checked(X)))

    def transform(self, X: Sequence[str]) -> list[str]:
        """Restore lines: `predict`, for a pipeline that goes on with accented text."""
        return self.predict(X)

    def fit_transform(self, X: Iterable[str], y: Iterable[str] | None = None) -> list[str]:
        """Train on lines, and restore the same lines."""
        lines = list(_checked(X))
        return self.fit(lines, y).transform(lines)

    def score(self, X: Sequence[str], y: Sequence[str] | None = None) -> float:
        """Share of words restored exactly, wherever the tone mark stands.

        Parameters
        ----------
        X : sequence of str
            Lines to restore; without `y`, accented lines, which are stripped first.
        y : sequence of str, optional
            The right answers.
        """
        lines = list(_checked(X))
        gold = lines if y is None else list(_checked(y))
        if len(lines) != len(gold):
            raise ValueError(f"X has {len(lines)} lines and y {len(gold)}: give an answer for every line")
        predicted = self.predict([strip_gold(line) for line in lines] if y is None else lines)
        return summarise(compare(gold, predicted), resamples=0).syllable / 100

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file that `Restorer.load` and the command line take."""
        check_is_fitted(self)
        temporary = Path(f"{os.fspath(path)}.{os.getpid()}.tmp")
        try:
            shutil.copyfile(self.restorer_.path, temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def to_restorer(self) -> Restorer:
        """The runtime alone: numpy only, safe to share between threads.

        It maps a temporary file that lives as long as itself; to pickle it, `save` the model and load that.
        """
        check_is_fitted(self)
        return self.restorer_

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the bytes of models and batches: their files are temporary."""
        state = dict(super().__getstate__())
        for name in ("_restorer", "_fitted", "_spool"):
            kept = state.pop(name, None)
            if kept is not None and (name != "_fitted" or kept is not self._restorer):
                state[name] = kept.path.read_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        kept = {name: state.pop(name) for name in ("_restorer", "_fitted", "_spool") if name in state}
        super().__setstate__(state)
        for name in ("_restorer", "_fitted"):
            if name in kept:
                folder = Path(mkdtemp(prefix="vndiacritic."))
                (folder / _MODEL).write_bytes(kept[name])
                setattr(self, name, _load_and_keep(folder, self.tone_style))
        if "_spool" in kept:
            self._spool = _Spool()
            self._spool.path.write_bytes(kept["_spool"])
        elif self._fitted is None:
            self._fitted = self._restorer


class _Spool:
    """Lines on disk, in a folder that is removed when nobody holds them any more."""

    def __init__(self) -> None:
        folder = Path(mkdtemp(prefix="vndiacritic."))
        self.path = folder / "lines.txt"
        self.path.touch()
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    @property
    def size(self) -> int:
        """Bytes of the lines."""
        return self.path.stat().st_size

    def add(self, lines: Iterable[str]) -> None:
        """Add texts line by line, all or none of them."""
        before = self.size
        try:
            with self.path.open("a", encoding="utf-8", errors="replace", newline="\n") as file:
                for text in _checked(lines):
                    file.writelines(f"{line}\n" for line in text.splitlines())
        except BaseException:
            os.truncate(self.path, before)
            raise


_MODEL = "model.safetensors"


def _load_and_keep(folder: Path, tone_style: TonePlacement) -> Restorer:
    """Load the model in a folder that is removed when nobody holds the restorer any more."""
    restorer = Restorer.load(folder / _MODEL, tone_style=tone_style)
    weakref.finalize(restorer, shutil.rmtree, folder, ignore_errors=True)
    return restorer


def _is_count(value: object) -> bool:
    return isinstance(value, Integral) and int(value) >= 1


def _checked(lines: Iterable[str]) -> Iterator[str]:
    """The lines, once it is sure that they are not one string taken for a list of letters."""
    if isinstance(lines, str):
        raise ValueError("X must be a sequence of lines, not one string: give [text] or text.splitlines()")
    return map(_checked_line, lines)


def _checked_line(line: object) -> str:
    if not isinstance(line, str):
        raise ValueError(f"every line must be a string, not {type(line).__name__} ({line!r:.40})")
    return line
