"""The scikit-learn face: an estimator that trains on lines, and restores."""

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

from vndiacritic.alphabet import ToneStyle
from vndiacritic.errors import CorpusError
from vndiacritic.evaluation import compare, strip_gold, summarise
from vndiacritic.restorer import Restorer
from vndiacritic.training.recipe import Settings, train

__all__ = ["DiacriticRestorer"]


class DiacriticRestorer(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """Learns to restore the diacritics of Vietnamese text from accented lines.

    Parameters
    ----------
    max_size_mb : float, default=64
        Largest model, in millions of bytes.
    min_count : int or None, default=None
        Fewest occurrences of a form that may be restored; None chooses by the number of tokens.
    held_share : float, default=0.003
        Part of the lines that is held out to calibrate confidences.
    tone_style : {"old", "new"}, default="old"
        Where restored syllables carry the tone: old hòa, thúy; new hoà, thuý.
    random_state : int, default=0
        The same number gives the same model.
    n_jobs : int or None, default=1
        Worker processes of a training, as joblib counts them.

    Attributes
    ----------
    restorer_ : Restorer
        The fitted model.

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
        tone_style: ToneStyle = "old",
        random_state: int = 0,
        n_jobs: int | None = 1,
    ) -> None:
        self.max_size_mb = max_size_mb
        self.min_count = min_count
        self.held_share = held_share
        self.tone_style = tone_style
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(self, X: Iterable[str], y: Iterable[str] | None = None) -> Self:
        """Train on accented lines.

        Parameters
        ----------
        X : iterable of str
            Accented lines; with `y`, lines of any kind, which are not looked at.
        y : iterable of str, optional
            Accented lines, for tools that want the input and the answer apart.

        Raises
        ------
        CorpusError
            There is nothing to learn from: no line, or no diacritics.
        ValueError
            A parameter is out of range.
        """
        self._check_parameters()
        settings = Settings(
            max_size_mb=self.max_size_mb,
            seed=self.random_state,
            held_share=self.held_share,
            min_count=self.min_count,
        )
        folder = Path(mkdtemp(prefix="vndiacritic."))
        try:
            self._train(X if y is None else y, folder, settings)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.restorer_ = _load_and_keep(folder, self.tone_style)
        return self

    def _train(self, lines: Iterable[str], folder: Path, settings: Settings) -> None:
        """Write lines to a corpus in a folder, and train a model on it there."""
        corpus, n_lines = folder / "lines.txt", 0
        with corpus.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            for line in _checked(lines):
                file.write(" ".join(line.splitlines()) + "\n")
                n_lines += 1
        if not n_lines:
            raise CorpusError("there is no line to learn from: give accented Vietnamese lines")
        train([corpus], folder / _MODEL, settings=settings, n_jobs=1 if self.n_jobs is None else self.n_jobs)
        corpus.unlink()

    def _check_parameters(self) -> None:
        seed, jobs = self.random_state, self.n_jobs
        for name, right, what in (
            ("max_size_mb", isinstance(self.max_size_mb, Real) and self.max_size_mb > 0, "a number above 0"),
            ("min_count", self.min_count is None or _is_count(self.min_count), "None or a whole number from 1 on"),
            ("held_share", isinstance(self.held_share, Real) and 0 <= self.held_share < 1, "from 0 to below 1"),
            ("tone_style", self.tone_style in ("old", "new"), "'old' or 'new'"),
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
        restorer: Restorer = self.restorer_
        return restorer

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the model's bytes: its file is temporary."""
        state = dict(super().__getstate__())
        restorer = state.pop("restorer_", None)
        if restorer is not None:
            state["_model"] = restorer.path.read_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        model = state.pop("_model", None)
        super().__setstate__(state)
        if model is not None:
            folder = Path(mkdtemp(prefix="vndiacritic."))
            (folder / _MODEL).write_bytes(model)
            self.restorer_ = _load_and_keep(folder, self.tone_style)


_MODEL = "model.safetensors"


def _load_and_keep(folder: Path, tone_style: ToneStyle) -> Restorer:
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
