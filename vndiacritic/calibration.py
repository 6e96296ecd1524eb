"""How far confidences can be believed, measured against accented gold.

Knows which choices were right, the expected calibration error, and accuracy against coverage. Where confidences come
from is confidence's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vndiacritic.alphabet import fold_tone
from vndiacritic.evaluation import strip_gold
from vndiacritic.explain import Explained

__all__ = ["Calibration", "Coverage", "Judged", "calibration", "coverage_curve", "judge"]


@dataclass(frozen=True)
class Judged:
    """Choices, judged.

    Attributes
    ----------
    confidence : ndarray of float64, shape (choices,)
    right : ndarray of bool, shape (choices,)
        Whether the most probable form is that of the gold, the placement of the tone mark folded.
    """

    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]


def judge(explain: Callable[[list[str]], Iterable[Explained]], gold: Sequence[str]) -> Judged:
    """Strip gold lines, have them restored and explained, and see which choices were right.

    Parameters
    ----------
    explain : callable
        Takes unaccented lines and gives each explained, with one alternative or more.
    gold : sequence of str
        Accented lines, as `vndiacritic.evaluation.split_lines` gives them.
    """
    confidence: list[float] = []
    right: list[bool] = []
    for line, explained in zip(gold, explain([strip_gold(line) for line in gold]), strict=True):
        for choice in explained.choices:
            best, _ = choice.alternatives[0]
            confidence.append(choice.confidence)
            right.append(fold_tone(best) == fold_tone(line[choice.start : choice.end]))
    return Judged(np.array(confidence, np.float64), np.array(right, bool))


@dataclass(frozen=True)
class Calibration:
    """How far confidences can be taken for probabilities.

    Attributes
    ----------
    error : float
        Expected calibration error, between 0 and 1; 0 without tokens.
    edges : ndarray of float64, shape (bins + 1,)
        Bin i holds the confidences c with edges[i] < c <= edges[i + 1]; the first holds 0 too.
    counts : ndarray of int64, shape (bins,)
    confidence, accuracy : ndarray of float64, shape (bins,)
        Mean confidence and share of right tokens in each bin; NaN in an empty one.
    """

    error: float
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]


@dataclass(frozen=True)
class Coverage:
    """Accuracy of the tokens kept when those below a confidence are left alone.

    Attributes
    ----------
    threshold : ndarray of float64, shape (points,)
        The confidences that occur, from the highest down.
    coverage, accuracy : ndarray of float64, shape (points,)
        Share of all tokens with at least this confidence, and the share of right ones among them.
    """

    threshold: NDArray[np.float64]
    coverage: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def calibration(confidences: ArrayLike, right: ArrayLike, bins: int = 15) -> Calibration:
    """Expected calibration error and the reliability table behind it.

    Parameters
    ----------
    confidences : array of float, shape (tokens,)
        Between 0 and 1.
    right : array of bool, shape (tokens,)
        Whether each token was restored right.
    bins : int
        Bins of equal width.

    Raises
    ------
    ValueError
        If the arrays do not match, or a confidence is not between 0 and 1.

    Notes
    -----
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017, with their 15 bins.
    """
    confidence, correct = _checked(confidences, right)
    edges = np.linspace(0.0, 1.0, bins + 1)
    at = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    counts = np.bincount(at, minlength=bins).astype(np.int64)
    sums = np.bincount(at, weights=confidence, minlength=bins)
    hits = np.bincount(at, weights=correct, minlength=bins)
    error = float(np.abs(hits - sums).sum()) / max(len(confidence), 1)
    size = np.where(counts > 0, counts, np.nan)
    return Calibration(error, edges, counts, sums / size, hits / size)


def coverage_curve(confidences: ArrayLike, right: ArrayLike) -> Coverage:
    """Accuracy against coverage as the threshold of confidence falls.

    Parameters
    ----------
    confidences, right
        As in `calibration`.

    Raises
    ------
    ValueError
        As in `calibration`.

    Notes
    -----
    The risk-coverage curve of El-Yaniv and Wiener, On the Foundations of Noise-free Selective
    Classification, JMLR 2010, turned upside down. Tokens of equal confidence are kept or left together.
    """
    confidence, correct = _checked(confidences, right)
    threshold, at, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    hits = np.bincount(at, weights=correct, minlength=len(threshold))
    kept = np.cumsum(counts[::-1])
    return Coverage(threshold[::-1], kept / max(len(confidence), 1), np.cumsum(hits[::-1]) / kept)


def _checked(confidences: ArrayLike, right: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both arrays as float64, or a sentence on what is wrong with them."""
    confidence = np.asarray(confidences, dtype=np.float64)
    correct = np.asarray(right).astype(np.float64)
    if confidence.ndim != 1 or confidence.shape != correct.shape:
        raise ValueError(
            f"confidences and right must be two arrays of one length; got shapes {confidence.shape} and {correct.shape}"
        )
    valid = (confidence >= 0) & (confidence <= 1)
    if not valid.all():
        at = int(np.argmin(valid))
        raise ValueError(f"confidences must lie between 0 and 1; number {at} is {confidence[at]}")
    return confidence, correct
