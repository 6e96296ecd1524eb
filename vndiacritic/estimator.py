"""The scikit-learn face: an estimator that trains on lines, and restores."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from vndiacritic.alphabet import ToneStyle
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
    n_jobs : int, default=1
        Worker processes of a training.

    Attributes
    ----------
    restorer_ : Restorer
        The fitted model.

    Examples
    --------
    >>> lines = ["trời hôm nay đẹp quá", "hôm nay trời mưa", "ngày mai trời nắng"] * 4
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
        n_jobs: int = 1,
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
        folder = TemporaryDirectory(prefix="vndiacritic.")
        corpus, model = Path(folder.name) / "lines.txt", Path(folder.name) / "model.safetensors"
        with corpus.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(" ".join(line.splitlines()) + "\n" for line in _lines(X if y is None else y))
        train([corpus], model, settings=settings, n_jobs=self.n_jobs)
        corpus.unlink()
        self._folder = folder  # removed with the estimator
        self.restorer_ = Restorer.load(model, tone_style=self.tone_style)
        return self

    def _check_parameters(self) -> None:
        if not self.max_size_mb > 0:
            raise ValueError(f"max_size_mb must be positive, not {self.max_size_mb!r}")
        if not 0 <= self.held_share < 1:
            raise ValueError(f"held_share must be from 0 to below 1, not {self.held_share!r}")
        if self.min_count is not None and self.min_count < 1:
            raise ValueError(f"min_count must be None or at least 1, not {self.min_count!r}")
        if self.tone_style not in ("old", "new"):
            raise ValueError(f"tone_style must be 'old' or 'new', not {self.tone_style!r}")

    def predict(self, X: Sequence[str]) -> list[str]:
        """Restore lines."""
        check_is_fitted(self)
        return self.restorer_.predict(list(_lines(X)))

    def transform(self, X: Sequence[str]) -> list[str]:
        """Restore lines: `predict`, for a pipeline that goes on with accented text."""
        return self.predict(X)

    def fit_transform(self, X: Iterable[str], y: Iterable[str] | None = None) -> list[str]:
        """Train on lines, and restore the same lines."""
        lines = list(_lines(X))
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
        lines = list(_lines(X))
        gold = lines if y is None else list(_lines(y))
        predicted = self.predict([strip_gold(line) for line in lines] if y is None else lines)
        return summarise(compare(gold, predicted), resamples=0).syllable / 100

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted model to a file that `Restorer.load` and the command line take."""
        check_is_fitted(self)
        temporary = Path(f"{os.fspath(path)}.{os.getpid()}.tmp")
        try:
            shutil.copyfile(self._model_path, temporary)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def to_restorer(self) -> Restorer:
        """The runtime alone: numpy only, safe to share between threads.

        It maps a file that lives as long as this estimator; to pickle it, `save` the model and load that.
        """
        check_is_fitted(self)
        restorer: Restorer = self.restorer_
        return restorer

    @property
    def _model_path(self) -> Path:
        return Path(self._folder.name) / "model.safetensors"

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the model's bytes: its file is temporary."""
        state = dict(super().__getstate__())
        if state.pop("restorer_", None) is not None:
            state["_folder"] = self._model_path.read_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        model = state.pop("_folder", None)
        super().__setstate__(state)
        if model is not None:
            self._folder = TemporaryDirectory(prefix="vndiacritic.")
            self._model_path.write_bytes(model)
            self.restorer_ = Restorer.load(self._model_path, tone_style=self.tone_style)


def _lines(lines: Iterable[str]) -> Iterable[str]:
    """The lines, once it is sure that they are not one string taken for a list of letters."""
    if isinstance(lines, str):
        raise ValueError("X must be a sequence of lines, not one string: give [text] or text.splitlines()")
    return lines
