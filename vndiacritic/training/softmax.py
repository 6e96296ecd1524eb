"""Softmax regression over sparse binary columns, by AdaGrad in mini-batches.

The one optimiser of training: an expert's rows, and the codebooks that replace them, are both fitted by it. It knows
columns and labels, not what they stand for. scikit-learn's SGDClassifier fits the same model one class against the
rest; on this task it takes ten times as long for a lower accuracy, and cannot add to given scores (docs/design.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Columns = NDArray[np.int32]
Floats = NDArray[np.float32]

# An error below this moves no weight: most tokens are settled, and skipping them halves the time at no loss.
_SETTLED = 0.02


class Schedule(NamedTuple):
    """How far a pass may move the weights.

    Attributes
    ----------
    rate : float
        AdaGrad's learning rate (Duchi, Hazan and Singer 2011).
    start : float
        What each weight's sum of squared gradients starts from; a small one lets a rare column speak at once.
    """

    rate: float
    start: float


def fit(
    columns: Columns, labels: NDArray[np.intp], offset: NDArray[np.floating], weights: Floats,
    schedule: Schedule, order: NDArray[np.intp],
) -> Floats:  # fmt: skip
    """Pass once over the tokens in the order given, which should be a random one, and move the weights in place.

    Parameters
    ----------
    columns : array of int32, shape (n_tokens, n_features)
        Row of `weights` of each feature; 0 stands for none.
    labels : array of int, shape (n_tokens,)
    offset : array of float, shape (n_tokens, n_classes) or (1, n_classes)
        Scores that the weights add to.
    weights : array of float32, shape (n_columns, n_classes)
        Row 0 is zero, and stays so.
    schedule : Schedule
    order : array of int, shape (n_tokens,)
        A permutation of the tokens.

    Returns
    -------
    array of float32, shape (n_tokens, n_classes)
        Log-probabilities of each token *before* it was learned from: what the model says of text it does not know.
    """
    n_tokens, n_classes = len(labels), weights.shape[1]
    squares = np.full(weights.shape, schedule.start, np.float32)
    flat_weights, flat_squares = weights.reshape(-1), squares.reshape(-1)
    before = np.empty((n_tokens, n_classes), np.float32)
    for batch in _batches(order):
        x, y = columns[batch], labels[batch]
        scores = weights[x].sum(axis=1)
        scores += offset[batch] if len(offset) > 1 else offset
        before[batch] = error = _log_softmax(scores)
        np.exp(error, out=error)
        error[np.arange(len(y)), y] -= 1
        token, label = np.nonzero(np.abs(error) > _SETTLED)
        gradient = error[token, label]
        cells = x[token].astype(np.int64) * n_classes + label[:, None]
        present = x[token] != 0
        cells, gradient = cells[present], np.broadcast_to(gradient[:, None], present.shape)[present]
        np.add.at(flat_squares, cells, gradient * gradient)
        np.subtract.at(flat_weights, cells, schedule.rate * gradient / np.sqrt(flat_squares[cells]))
    return before


def fit_from_both_ends(
    columns: Columns, labels: NDArray[np.intp], offset: NDArray[np.floating], weights: Floats,
    schedule: Schedule, order: NDArray[np.intp],
) -> Floats:  # fmt: skip
    """Fit twice, forwards and backwards through the order, and leave the mean of both in `weights`, zero before.

    Returns
    -------
    array of float32, shape (n_tokens, n_classes)
        As `fit`, for each token by the fit that had learned from at least half of the others: nearly as good as what
        the finished weights say of text they do not know, where a single pass knows little at its beginning.
    """
    backwards = np.zeros_like(weights)
    before = fit(columns, labels, offset, backwards, schedule, order[::-1])
    late = order[len(order) // 2 :]
    before[late] = fit(columns, labels, offset, weights, schedule, order)[late]
    weights += backwards
    weights *= 0.5
    return before


def _batches(order: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Consecutive batches, smaller where there is less to learn from."""
    n_tokens = len(order)
    size = 64 if n_tokens < 20_000 else 256 if n_tokens < 100_000 else 512
    return (order[at : at + size] for at in range(0, n_tokens, size))


def _log_softmax(scores: Floats) -> Floats:
    scores = scores - scores.max(axis=1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return scores
